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
	liveAge = 10 * time.Minute
	// renewPause is how long an issuer is left alone that did not answer a
	// renewal: each one costs a caller up to keysRenewTimeout.
	renewPause = 5 * time.Minute
	// keysRenewTimeout bounds a renewal while a known key would do.
	keysRenewTimeout = 500 * time.Millisecond
)

var (
	// ErrUnavailable says that the keys of a trusted issuer cannot be had, so
	// that nothing can be said about its tokens.
	ErrUnavailable = errors.New("the issuer's keys are unavailable")
	errUnknownKey  = errors.New("unknown key id")
)

// keyring is the keys of one issuer. Without a snapshot, as for the own Region's
// issuer, what its key endpoint publishes counts, and is asked for again and
// again. With one, as for the peer's, the snapshot counts, which a scheduled
// function renews, so that no request crosses Regions; the endpoint is asked for
// a key that the snapshot does not have, and its answer then counts for a while.
// While an endpoint does not answer, the snapshot and the last answer both count,
// unless the snapshot is newer.
type keyring struct {
	issuer  string
	jwksURI string
	client  *http.Client
	now     func() time.Time
	flight  singleflight.Group

	mu       sync.Mutex
	snapshot map[string]Key
	live     map[string]Key
	// failure is why the last fetch did not succeed.
	failure   error
	fetchedAt time.Time
	triedAt   time.Time
}

// setSnapshot takes over keys that the issuer published at a time. What was fetched
// before then may have been withdrawn since.
func (k *keyring) setSnapshot(keys map[string]Key, capturedAt time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.snapshot = keys
	if capturedAt.After(k.fetchedAt) {
		k.live = nil
	}
}

// key returns the key with this id. It returns errUnknownKey when the issuer has
// no such key, and an error that wraps ErrUnavailable when the issuer does not
// answer and the key is not among those that are known.
func (k *keyring) key(ctx context.Context, id string) (Key, error) {
	if k.isDue() {
		k.renew(ctx)
	}
	if key, known := k.known(id); known {
		return key, nil
	}
	err := k.refresh(ctx, fetchTimeout)
	key, known := k.known(id)
	switch {
	case known:
		return key, nil
	case err != nil:
		return Key{}, errors.Join(ErrUnavailable, err)
	}
	return Key{}, errUnknownKey
}

// all returns every key that is honoured, fetching them first when that is due.
func (k *keyring) all(ctx context.Context) (map[string]Key, error) {
	if k.isDue() {
		k.renew(ctx)
	}
	if k.isEmpty() {
		if err := k.refresh(ctx, fetchTimeout); err != nil {
			return nil, errors.Join(ErrUnavailable, err)
		}
	}
	keys := k.honoured()
	if len(keys) == 0 {
		return nil, ErrUnavailable
	}
	return keys, nil
}

func (k *keyring) known(id string) (Key, bool) {
	key, exists := k.honoured()[id]
	return key, exists
}

func (k *keyring) honoured() map[string]Key {
	k.mu.Lock()
	defer k.mu.Unlock()
	isFresh := k.live != nil && (len(k.snapshot) == 0 || k.now().Sub(k.fetchedAt) < liveAge)
	switch {
	case k.failure == nil && isFresh:
		return k.live
	case k.failure == nil:
		return k.snapshot
	}
	keys := map[string]Key{}
	maps.Copy(keys, k.snapshot)
	maps.Copy(keys, k.live)
	return keys
}

func (k *keyring) isEmpty() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.snapshot)+len(k.live) == 0
}

// isDue reports whether to ask the issuer although keys are known.
func (k *keyring) isDue() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.snapshot) > 0 {
		return false
	}
	now := k.now()
	isOld := k.fetchedAt.IsZero() || now.Sub(k.fetchedAt) >= liveAge
	return isOld && (k.triedAt.IsZero() || now.Sub(k.triedAt) >= renewPause)
}

// renew asks the issuer although keys are known, within a time that a caller can
// spare who has a key to go on with.
func (k *keyring) renew(ctx context.Context) {
	if !k.isEmpty() {
		_ = k.refresh(ctx, keysRenewTimeout)
	}
}

// refresh fetches the keys unless that was tried a moment ago, and returns why
// the last try failed. Callers at the same time share one fetch.
func (k *keyring) refresh(ctx context.Context, timeout time.Duration) error {
	done := k.flight.DoChan("", func() (any, error) {
		if !k.mayFetch() {
			return nil, k.lastFailure()
		}
		// The fetch is for everyone: one caller who leaves must not end it.
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancel()
		return nil, k.fetch(bounded)
	})
	select {
	case result := <-done:
		return result.Err
	case <-ctx.Done():
		return fmt.Errorf("wait for the keys: %w", ctx.Err())
	}
}

func (k *keyring) lastFailure() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.failure
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
	k.mu.Lock()
	defer k.mu.Unlock()
	k.failure = err
	if err != nil {
		logging.From(ctx).Warn("keep the last good keys of an issuer", "issuer", k.issuer, "error", err)
		return err
	}
	k.live, k.fetchedAt = keys, k.now()
	return nil
}
