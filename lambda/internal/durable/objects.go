package durable

import (
	"context"
	"errors"
	"time"
)

// Index is the table of entries that all Regions agree on.
type Index interface {
	// Get returns the entry of a key as it is now in every Region, and nil when there
	// is none.
	Get(ctx context.Context, key string) (*Entry, error)
	// Put stores an entry on the condition that the key's state is still the one
	// given, empty for no entry. It tries once. [ErrChanged] and [ErrRefused] say
	// that nothing was stored; after any other error it may have been.
	Put(ctx context.Context, entry Entry, seen string) error
}

// Errors of an [Index].
var (
	// ErrChanged: the key has another state.
	ErrChanged = errors.New("the entry has changed")
	// ErrRefused: the index has not stored the entry, and may store it later:
	// throttled, or written in another Region at the same time.
	ErrRefused = errors.New("the index has refused the write for now")
)

// Errors of [Objects].
var (
	// ErrCondition: the object is not in the state that the caller asks for. Nothing
	// was changed.
	ErrCondition = errors.New("the object is not in the state that the condition asks for")
	// ErrUnknown: the write may have been made, or may still be made.
	ErrUnknown = errors.New("nobody knows whether the write was made")
	// ErrUnavailable: the write was not made and will not be.
	ErrUnavailable = errors.New("the write was not made")
	// ErrNotFound: there is no object with this key.
	ErrNotFound = errors.New("there is no object with this key")
	// ErrBlobMissing is what a bucket answers that does not have a blob.
	ErrBlobMissing = errors.New("the bucket does not have the blob")
	// ErrContentAway: the object is there, and no bucket that has its content
	// answers.
	ErrContentAway = errors.New("no Region that has the content answers")
)

// Objects are those of a pair, seen from one of its Regions. Its zero value is not
// usable: every field is required.
type Objects struct {
	Index Index
	// Here and Peer are the names of the two Regions.
	Here, Peer string
	// Alone says whether a write is acknowledged when only one Region's bucket takes
	// the blob.
	Alone bool
	// Patience with one bucket while the other one has the blob.
	Patience time.Duration
	// Breaker remembers which bucket did not answer.
	Breaker *Breaker
}

// Condition of a write. The zero value has none.
type Condition struct {
	// State that the object must be in; empty for any.
	State string
	// Absent: there must be no object.
	Absent bool
}

func (c Condition) holds(current *Entry) bool {
	switch {
	case c.Absent:
		return !exists(current)
	case c.State != "":
		return exists(current) && current.State == c.State
	}
	return true
}
