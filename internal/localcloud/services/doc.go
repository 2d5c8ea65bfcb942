// Package services emulates the AWS APIs of one Region that the functions of a
// pair call, besides S3: Parameter Store, Secrets Manager, KMS, STS and
// Cognito's token endpoint and keys. Signatures of requests are not checked.
package services
