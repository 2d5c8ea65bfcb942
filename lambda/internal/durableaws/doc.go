// Package durableaws keeps what package durable needs in DynamoDB and S3: the
// index in a table with multi-Region strong consistency, the blobs in the pair's
// two buckets.
package durableaws
