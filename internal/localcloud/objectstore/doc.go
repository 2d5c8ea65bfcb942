// Package objectstore is S3 in one Region: versioned buckets in memory behind
// the protocol of an existing S3 server library, replication configuration,
// and a copier that executes it between Regions.
//
// Where two Regions write the same key, an [Order] decides which version becomes
// the current one: AWS documents no rule for that. Within a Region an acknowledged
// write is always the current version.
//
// Not emulated, and refused by name: deleting and listing versions, tags, ACLs
// and policies. Whole objects are kept in memory, up to 256 MiB each. Objects
// keep Content-Type, Content-Disposition, Content-Encoding and user metadata.
package objectstore
