// Package lambdaruntime runs unmodified Lambda binaries: one process per
// concurrent invocation, fed through Lambda's Runtime API and frozen between
// invocations.
package lambdaruntime
