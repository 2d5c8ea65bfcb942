package issuers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

const (
	// refreshInterval is how often the keys of one issuer are fetched at
	// most, however many unknown key ids callers present.
	refreshInterval = 30 * time.Second
	// firstRetry is the same while no key of the issuer is known at all.
	firstRetry = time.Second
	// liveAge is when fetched keys are renewed although all ids are known, so
	// that a key the issuer has withdrawn stops being honoured.
	liveAge = time.Hour
)

var (
	// ErrUnavailable says that the keys of a trusted issuer cannot be had, so
	// that nothing can be said about its tokens.
	ErrUnavailable = errors.New("the issuer's keys are unavailable")
	errUnknownKey  = errors.New("unknown key id")
)

// keyring is the keys of one issuer: a snapshot from its parameter and what
// its key endpoint answered last.
type keyring struct {
	issuer  string
	jwksURI string
	client  *http.Client
	now     func() time.Time
	flight  singleflight.Group

	mu        sync.Mutex
	snapshot  map[string]Key
	live      map[string]Key
	fetchedAt time.Time
	triedAt   time.Time
}

func (k *keyring) setSnapshot(keys map[string]Key) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.snapshot = keys
}

// key returns the key with this id. A snapshot answers without a network
// call. It returns an error that wraps ErrUnavailable when no key is known at
// all, and errUnknownKey when keys are known but none has this id.
func (k *keyring) key(ctx context.Context, id string) (Key, error) {
	if key, known := k.known(id); known {
		k.renewInBackground(ctx)
		return key, nil
	}
	err := k.refresh(ctx)
	if key, known := k.known(id); known {
		return key, nil
	}
	if k.isEmpty() {
		return Key{}, errors.Join(ErrUnavailable, err)
	}
	return Key{}, errUnknownKey
}

// all returns every known key, fetching them first when there is none.
func (k *keyring) all(ctx context.Context) (map[string]Key, error) {
	if k.isEmpty() {
		if err := k.refresh(ctx); err != nil {
			return nil, errors.Join(ErrUnavailable, err)
		}
	}
	k.renewInBackground(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	keys := maps.Clone(k.live)
	if keys == nil {
		keys = map[string]Key{}
	}
	maps.Copy(keys, k.snapshot)
	if len(keys) == 0 {
		return nil, ErrUnavailable
	}
	return keys, nil
}

func (k *keyring) known(id string) (Key, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if key, exists := k.snapshot[id]; exists {
		return key, true
	}
	key, exists := k.live[id]
	return key, exists
}

func (k *keyring) isEmpty() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.snapshot)+len(k.live) == 0
}

// refresh fetches the keys unless that was tried a moment ago. Callers at the
// same time share one fetch.
func (k *keyring) refresh(ctx context.Context) error {
	done := k.flight.DoChan("", func() (any, error) {
		if !k.mayFetch() {
			return nil, nil
		}
		// The fetch is for everyone: one caller who leaves must not end it.
		return nil, k.fetch(context.WithoutCancel(ctx))
	})
	select {
	case result := <-done:
		return result.Err
	case <-ctx.Done():
		return fmt.Errorf("wait for the keys: %w", ctx.Err())
	}
}

func (k *keyring) mayFetch() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	interval := refreshInterval
	if len(k.snapshot)+len(k.live) == 0 {
		interval = firstRetry
	}
	now := k.now()
	if !k.triedAt.IsZero() && now.Sub(k.triedAt) < interval {
		return false
	}
	k.triedAt = now
	return true
}

func (k *keyring) fetch(ctx context.Context) error {
	keys, err := FetchKeys(ctx, k.client, k.jwksURI)
	if err != nil {
		logging.From(ctx).Warn("keep the last good keys of an issuer", "issuer", k.issuer, "error", err)
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.live, k.fetchedAt = keys, k.now()
	return nil
}

func (k *keyring) renewInBackground(ctx context.Context) {
	if !k.isOld() {
		return
	}
	go func() { _ = k.refresh(context.WithoutCancel(ctx)) }()
}

func (k *keyring) isOld() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	return len(k.live) > 0 && now.Sub(k.fetchedAt) >= liveAge && now.Sub(k.triedAt) >= refreshInterval
}
