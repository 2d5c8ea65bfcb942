package durable

import (
	"crypto/rand"
	"encoding/hex"
	"hash/fnv"
	"slices"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
)

// Partitions of the index.
const Partitions = contract.IndexPartitions

// PartitionOf is the partition of the index that a key is in, and its blobs.
func PartitionOf(key string) int {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(key))
	return int(hash.Sum32() % Partitions)
}

// maxRecent is how many replaced states an entry remembers. A writer whose answer
// was lost finds its own state among them, unless more writes have followed.
const maxRecent = 8

// Entry is what the index says about a key.
type Entry struct {
	Key string
	// State is the unique id of the write that made the entry. It is also the name
	// of the blob, and what conditions compare.
	State string
	// Deleted entries have no blob. They stay for a while, so that writers whose
	// answers were lost find out what became of their writes.
	Deleted bool
	// Missing is the Region whose bucket does not have the blob yet; empty when both
	// have it.
	Missing string
	// Recent are the states before this one, the newest first.
	Recent []string
	// Size of the blob in bytes.
	Size int64
	// Modified is when the write was made, by its writer's clock.
	Modified time.Time
	// Writer is the Region that the write was made in.
	Writer string
}

// Regions is in how many Regions the entry and its blob are.
func (e *Entry) Regions() int {
	if e.Missing != "" {
		return 1
	}
	return 2
}

// NewState returns the id of a new state: 128 random bits, as 32 letters.
func NewState() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id)
	return hex.EncodeToString(id)
}

// has says whether a state is, or recently was, that of the entry.
func (e *Entry) has(state string) bool {
	return e != nil && (e.State == state || slices.Contains(e.Recent, state))
}

// stateOf is empty where there is no entry.
func stateOf(e *Entry) string {
	if e == nil {
		return ""
	}
	return e.State
}

// exists says whether readers find an object.
func exists(e *Entry) bool { return e != nil && !e.Deleted }

// follow makes the entry the successor of the current one.
func (e *Entry) follow(current *Entry) {
	e.Recent = nil
	if current == nil {
		return
	}
	e.Recent = append([]string{current.State}, current.Recent...)
	e.Recent = e.Recent[:min(len(e.Recent), maxRecent)]
}

// fate is what is known about a write after it failed.
type fate int

const (
	// written: it is the current state, or has been.
	written fate = iota
	// never: what it was meant to replace has been replaced by another write, and
	// states never return, so that its condition can never hold.
	never
	// open: it may still be made.
	open
	// lost: more writes have followed than the entry remembers.
	lost
)

// fateOf says what became of the write of a state that was to replace another
// one, empty for none.
func fateOf(state, replaced string, now *Entry) fate {
	if stateOf(now) == replaced {
		return open
	}
	if now == nil {
		return lost
	}
	if now.has(state) {
		return written
	}
	fromTheBeginning := len(now.Recent) < maxRecent
	if slices.Contains(now.Recent, replaced) || replaced == "" && fromTheBeginning {
		return never
	}
	return lost
}
