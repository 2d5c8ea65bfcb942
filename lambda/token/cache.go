package main

import (
	"container/list"
	"sync"
	"time"
)

// maxCachedTokens bounds the memory that tokens take; the token that was not
// used for the longest time makes room.
const maxCachedTokens = 1000

// lastPart is the share of a token's life in which it is replaced, so that a
// client never gets a token that is about to end: one tenth.
const lastPart = 10

// cache keeps tokens, by client and scopes. It is safe for concurrent use.
type cache struct {
	capacity int
	now      func() time.Time

	mu      sync.Mutex
	byKey   map[string]*list.Element
	recency list.List // of *cached, the most recent first
}

type cached struct {
	key   string
	grant grant
	// retryAt is when Cognito is asked again after it gave no token.
	retryAt time.Time
}

func newCache(capacity int, now func() time.Time) *cache {
	return &cache{capacity: capacity, now: now, byKey: map[string]*list.Element{}}
}

// get returns a token that has not ended, and whether it need not be replaced
// now: because a tenth of its life is left, or because that failed a moment ago.
func (c *cache) get(key string) (g grant, settled, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	element, exists := c.byKey[key]
	if !exists {
		return grant{}, false, false
	}
	entry := element.Value.(*cached)
	now := c.now()
	if entry.grant.secondsLeft(now) < 1 {
		c.remove(element)
		return grant{}, false, false
	}
	c.recency.MoveToFront(element)
	return entry.grant, now.Before(entry.grant.replaceAt()) || now.Before(entry.retryAt), true
}

// put keeps the token and drops the least recent one when there are too many.
func (c *cache) put(key string, g grant) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, exists := c.byKey[key]; exists {
		c.remove(element)
	}
	c.byKey[key] = c.recency.PushFront(&cached{key: key, grant: g})
	if c.recency.Len() > c.capacity {
		c.remove(c.recency.Back())
	}
}

// postpone keeps the token, if there is one, and leaves Cognito alone for a while.
func (c *cache) postpone(key string, pause time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, exists := c.byKey[key]; exists {
		element.Value.(*cached).retryAt = c.now().Add(pause)
	}
}

// drop forgets the token.
func (c *cache) drop(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, exists := c.byKey[key]; exists {
		c.remove(element)
	}
}

func (c *cache) remove(element *list.Element) {
	delete(c.byKey, element.Value.(*cached).key)
	c.recency.Remove(element)
}

func (g grant) replaceAt() time.Time {
	return g.expiresAt.Add(-g.expiresAt.Sub(g.issuedAt) / lastPart)
}

func (g grant) secondsLeft(now time.Time) int64 {
	return int64(g.expiresAt.Sub(now) / time.Second)
}
