package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

const (
	stableSecretAge = 2 * time.Minute
	// stableSecretPause bounds what requests with a wrong secret cost, and is
	// how long a new secret may be unknown after one.
	stableSecretPause = 10 * time.Second
)

// digest of a secret: the function keeps no stable secret in clear, and the
// time to compare two digests says nothing about the secrets.
type digest [sha256.Size]byte

func digestOf(secret string) digest { return sha256.Sum256([]byte(secret)) }

// stableSecret is the two versions of a client's secret that are accepted, so
// that a rotation locks nobody out.
type stableSecret struct {
	current, previous digest
}

// newDecoy matches nothing.
func newDecoy() stableSecret {
	var s stableSecret
	_, _ = rand.Read(s.current[:])
	_, _ = rand.Read(s.previous[:])
	return s
}

func (s *stableSecret) matches(presented digest) bool {
	current := subtle.ConstantTimeCompare(s.current[:], presented[:])
	previous := subtle.ConstantTimeCompare(s.previous[:], presented[:])
	return current|previous == 1
}

// stableSecrets are the secrets of the clients that were seen.
type stableSecrets struct {
	api SecretsAPI
	now func() time.Time

	mu    sync.Mutex
	cells map[string]*cell[stableSecret] // by secret id
}

// decoyID is the secret of every client that does not exist, so that those
// take the same path, and as long, as the ones that do.
const decoyID = ""

func newStableSecrets(api SecretsAPI, now func() time.Time) *stableSecrets {
	decoy := &cell[stableSecret]{
		now: now, maxAge: stableSecretAge, pause: stableSecretPause,
		read: func(context.Context) (stableSecret, error) { return newDecoy(), nil },
	}
	return &stableSecrets{api: api, now: now, cells: map[string]*cell[stableSecret]{decoyID: decoy}}
}

// of returns the secret of a client of the directory, which also bounds how
// many there are.
func (s *stableSecrets) of(clientID, secretID string) *cell[stableSecret] {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, exists := s.cells[secretID]; exists {
		return known
	}
	fresh := &cell[stableSecret]{
		now: s.now, maxAge: stableSecretAge, pause: stableSecretPause,
		read: func(ctx context.Context) (stableSecret, error) {
			return readStableSecret(ctx, s.api, clientID, secretID)
		},
	}
	s.cells[secretID] = fresh
	return fresh
}

// readStableSecret reads both versions. A secret that is gone is no failure:
// its client has been removed and must be refused from now on.
func readStableSecret(ctx context.Context, api SecretsAPI, clientID, secretID string) (stableSecret, error) {
	secret := newDecoy()
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		secret.current, err = readDigest(ctx, api, clientID, secretID, stageCurrent, secret.current)
		return err
	})
	both.Go(func() (err error) {
		secret.previous, err = readDigest(ctx, api, clientID, secretID, stagePrevious, secret.previous)
		return err
	})
	err := both.Wait()
	return secret, err
}

func readDigest(ctx context.Context, api SecretsAPI, clientID, secretID, stage string, none digest) (digest, error) {
	text, err := readSecret(ctx, api, secretID, stage)
	if errors.Is(err, errNoSecret) {
		if stage == stageCurrent {
			logging.From(ctx).Warn("refuse a client without a secret", "clientId", clientID, "error", err)
		}
		return none, nil
	}
	if err != nil {
		return none, err
	}
	secret, err := parseStableSecret(text, clientID)
	if err == nil {
		return digestOf(secret), nil
	}
	err = fmt.Errorf("the %s version of secret %q: %w", stage, secretID, err)
	if stage == stagePrevious {
		// A mistake that has been corrected must not lock the client out.
		logging.From(ctx).Warn("accept the current secret only", "clientId", clientID, "error", err)
		return none, nil
	}
	return none, err
}

func parseStableSecret(text, clientID string) (string, error) {
	var document struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	if json.Unmarshal([]byte(text), &document) != nil {
		// The decoder's error may quote the secret.
		return "", errors.New("it is not a JSON object of strings")
	}
	if document.ClientID != clientID {
		return "", fmt.Errorf("'client_id' must be %q", clientID)
	}
	if document.ClientSecret == "" {
		return "", errors.New("'client_secret' is missing")
	}
	return document.ClientSecret, nil
}
