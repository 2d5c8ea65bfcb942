// Package issuertest has an issuer and a parameter store for tests: real
// servers on the loopback interface that speak the protocols of Cognito's key
// endpoint and of Systems Manager.
package issuertest
