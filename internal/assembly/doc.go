// Package assembly reads a cloud assembly: what `cdk synth` leaves in cdk.out.
package assembly
