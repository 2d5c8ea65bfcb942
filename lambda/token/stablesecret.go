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

// matches compares each reading of what was presented with both versions, and
// takes as long whichever fits.
func (s *stableSecret) matches(readings [2]digest) bool {
	found := 0
	for _, presented := range readings {
		found |= subtle.ConstantTimeCompare(s.current[:], presented[:])
		found |= subtle.ConstantTimeCompare(s.previous[:], presented[:])
	}
	return found == 1
}

// stableSecrets are the secrets of the clients that were seen.
type stableSecrets struct {
	api SecretsAPI
	now func() time.Time
	// life of a copy that cannot be renewed.
	life time.Duration
	// mayRead says whether this function may read secrets at all.
	mayRead func(context.Context) bool

	mu    sync.Mutex
	cells map[string]*cell[stableSecret] // by secret id
}

// decoyID is the secret of every client that does not exist, so that those
// take the same path, and as long, as the ones that do.
const decoyID = ""

func newStableSecrets(api SecretsAPI, now func() time.Time, life time.Duration, mayRead func(context.Context) bool) *stableSecrets {
	decoy := &cell[stableSecret]{
		now: now, maxAge: stableSecretAge, pause: stableSecretPause,
		read: func(context.Context) (stableSecret, error) { return newDecoy(), nil },
	}
	return &stableSecrets{api: api, now: now, life: life, mayRead: mayRead, cells: map[string]*cell[stableSecret]{decoyID: decoy}}
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
		now: s.now, maxAge: stableSecretAge, pause: stableSecretPause, life: s.life,
		read: func(ctx context.Context) (stableSecret, error) {
			return s.read(ctx, clientID, secretID)
		},
	}
	s.cells[secretID] = fresh
	return fresh
}

// read returns both versions. A secret that is gone, disabled or forbidden is no
// failure: its client must be refused from now on. Forbidden counts for a client
// only while this function may read other secrets; otherwise its role is broken,
// and no client is to blame.
func (s *stableSecrets) read(ctx context.Context, clientID, secretID string) (stableSecret, error) {
	secret, err := readStableSecret(ctx, s.api, clientID, secretID)
	switch {
	case errors.Is(err, errDisabled):
		logging.From(ctx).Warn("refuse a client that is disabled", "clientId", clientID)
		return newDecoy(), nil
	case errors.Is(err, errDenied) && s.mayRead(ctx):
		logging.From(ctx).Warn("refuse a client whose secret is forbidden", "clientId", clientID, "error", err)
		return newDecoy(), nil
	}
	return secret, err
}

// errDisabled says that an operator has locked the client out.
var errDisabled = errors.New("the client is disabled")

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
	switch {
	case err == nil:
		return digestOf(secret), nil
	case errors.Is(err, errDisabled) && stage == stageCurrent:
		return none, err
	case stage == stagePrevious:
		// A mistake that has been corrected must not lock the client out.
		logging.From(ctx).Warn("accept the current secret only", "clientId", clientID, "error", err)
		return none, nil
	}
	return none, fmt.Errorf("the %s version of secret %q: %w", stage, secretID, err)
}

func parseStableSecret(text, clientID string) (string, error) {
	var document struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		// Disabled locks the client out, whichever version is current.
		Disabled bool `json:"disabled"`
	}
	if json.Unmarshal([]byte(text), &document) != nil {
		// The decoder's error may quote the secret.
		return "", errors.New("it is not a JSON object with texts, and true or false for 'disabled'")
	}
	switch {
	case document.Disabled:
		return "", errDisabled
	case document.ClientID != clientID:
		return "", fmt.Errorf("'client_id' must be %q", clientID)
	case document.ClientSecret == "":
		return "", errors.New("'client_secret' is missing")
	}
	return document.ClientSecret, nil
}
