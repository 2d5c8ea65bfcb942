package main

import (
	"context"
	"errors"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
)

// authenticator knows which credentials belong to a machine client.
type authenticator struct {
	directory *cell[directory]
	secrets   *stableSecrets
}

func newAuthenticator(api SecretsAPI, credentialsSecret string, now func() time.Time, life time.Duration) *authenticator {
	a := &authenticator{directory: newDirectory(api, credentialsSecret, now)}
	a.secrets = newStableSecrets(api, now, life, a.mayRead)
	return a
}

// mayRead asks for the secret that this function needs for every client.
func (a *authenticator) mayRead(ctx context.Context) bool {
	_ = a.directory.renew(ctx)
	return !errors.Is(a.directory.lastFailure(), errDenied)
}

// authenticate returns the client that the credentials belong to. Credentials
// that do not match are tried once more with what Secrets Manager says now: a
// client may have been added, or its secret rotated.
func (a *authenticator) authenticate(ctx context.Context, c credentials) (client, *oauthError) {
	presented := c.readings()
	found, matched, err := a.lookUp(ctx, c.clientID, presented)
	if err != nil {
		return client{}, unavailable(err)
	}
	if matched {
		return found, nil
	}
	if c.clientID == contract.HealthClient {
		// It asks every few seconds whether this function works, and never matches.
		return client{}, invalidClient()
	}
	a.renew(ctx, c.clientID)
	found, matched, err = a.lookUp(ctx, c.clientID, presented)
	if err != nil {
		return client{}, unavailable(err)
	}
	if !matched {
		return client{}, invalidClient()
	}
	return found, nil
}

// lookUp does the same for a client that does not exist: its secret id is
// empty, which names the decoy.
func (a *authenticator) lookUp(ctx context.Context, clientID string, presented [2]digest) (client, bool, error) {
	known, err := a.directory.get(ctx)
	if err != nil {
		return client{}, false, err
	}
	found, exists := known[clientID]
	secret, err := a.secrets.of(clientID, found.SecretID).get(ctx)
	if err != nil {
		return client{}, false, err
	}
	return found, secret.matches(presented) && exists, nil
}

// renew reads what may be outdated. A failure changes nothing: the last good
// copy has just been tried.
func (a *authenticator) renew(ctx context.Context, clientID string) {
	known, err := a.directory.get(ctx)
	if err != nil {
		return
	}
	if found, exists := known[clientID]; exists {
		_ = a.secrets.of(clientID, found.SecretID).renew(ctx)
		return
	}
	_ = a.directory.renew(ctx)
}
