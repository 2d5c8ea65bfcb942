// Package durable keeps objects in two Regions so that an acknowledged write
// survives the loss of either.
//
// An object's content is a blob, which never changes and is stored in the buckets
// of both Regions before the write is acknowledged. An index that all Regions
// agree on, a strongly consistent table, says which blob is an object's current
// content. A write is one conditional change of the index; blobs that no entry
// names do not exist for readers. The package knows the rules and neither S3 nor
// DynamoDB.
package durable
