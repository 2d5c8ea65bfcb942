// Package objectstore is S3 in one Region: versioned buckets in memory behind
// the protocol of an existing S3 server library, replication configuration,
// and a copier that executes it between Regions.
//
// Where two Regions write the same key, the version that was created later
// becomes the current one on both sides. AWS documents no rule for that.
package objectstore
