// Package signature checks AWS Signature Version 4 as a service does, in the
// Authorization header and in presigned URLs:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html.
package signature
