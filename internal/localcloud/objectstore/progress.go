package objectstore

import "sync/atomic"

// progress is how far the replication of a version is. All its copies share
// one.
type progress struct{ wanted, done, failed atomic.Int32 }

// replicationStatus is what S3 tells about a version: empty where no rule has
// applied to it.
func (v *Version) replicationStatus() string {
	switch {
	case v.Replica:
		return "REPLICA"
	case v.progress == nil || v.progress.wanted.Load() == 0:
		return ""
	case v.progress.failed.Load() > 0:
		return "FAILED"
	case v.progress.done.Load() < v.progress.wanted.Load():
		return "PENDING"
	}
	return "COMPLETED"
}
