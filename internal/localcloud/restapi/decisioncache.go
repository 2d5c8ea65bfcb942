package restapi

import (
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// decisionLimit bounds the cache against clients that send a new token with
// each request.
const decisionLimit = 10000

// decisionCache keeps what authorizers decided about identities. Refusals by error
// are not kept: only a policy is.
type decisionCache struct {
	mu      sync.Mutex
	entries map[decisionKey]cachedDecision
	flights singleflight.Group
}

// decisionKey holds the values of an authorizer's identity sources.
type decisionKey struct{ authorizerID, identity string }

type cachedDecision struct {
	decision *authorization
	expires  time.Time
}

func newDecisionCache() *decisionCache {
	return &decisionCache{entries: map[decisionKey]cachedDecision{}}
}

// get returns the decision about an identity. Requests that come with it while
// the function is being asked wait for that answer.
func (c *decisionCache) get(x *exchange, a *Authorizer, identity []string) (*authorization, error) {
	if a.TTL <= 0 {
		return a.ask(x, identity)
	}
	key := decisionKey{a.ID, strings.Join(identity, "\x00")}
	if decision, found := c.lookup(key, x.api.now()); found {
		return decision, nil
	}
	result, err, _ := c.flights.Do(a.ID+"\x00"+key.identity, func() (any, error) {
		if decision, found := c.lookup(key, x.api.now()); found {
			return decision, nil
		}
		decision, err := a.ask(x, identity)
		if err != nil {
			return nil, err
		}
		c.store(key, decision, x.api.now(), a.TTL)
		return decision, nil
	})
	if err != nil {
		return nil, err
	}
	return result.(*authorization), nil
}

func (c *decisionCache) lookup(key decisionKey, now time.Time) (*authorization, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, found := c.entries[key]
	if !found || !now.Before(entry.expires) {
		return nil, false
	}
	return entry.decision, true
}

// store keeps a copy without the latency: who finds it has not waited.
func (c *decisionCache) store(key decisionKey, decision *authorization, now time.Time, ttl time.Duration) {
	kept := *decision
	kept.latency = 0
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= decisionLimit {
		c.makeRoom(now)
	}
	c.entries[key] = cachedDecision{decision: &kept, expires: now.Add(ttl)}
}

// makeRoom drops what has expired, or all when nothing has.
func (c *decisionCache) makeRoom(now time.Time) {
	for key, entry := range c.entries {
		if !now.Before(entry.expires) {
			delete(c.entries, key)
		}
	}
	if len(c.entries) >= decisionLimit {
		clear(c.entries)
	}
}
