package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

const (
	directoryAge = 5 * time.Minute
	// directoryPause bounds what requests with unknown client ids cost.
	directoryPause = 30 * time.Second
)

// client is what this Region knows of a machine client.
type client struct {
	// SecretID names its stable secret.
	SecretID string `json:"secretId"`
	// Scopes it may ask for.
	Scopes []string `json:"scopes"`
	// CognitoClientID and CognitoClientSecret are the app client of this
	// Region's pool that stands behind it.
	CognitoClientID     string `json:"cognitoClientId"`
	CognitoClientSecret string `json:"cognitoClientSecret"`

	// id is the stable client id.
	id string
}

// directory is all machine clients, by stable client id.
type directory map[string]client

func newDirectory(api SecretsAPI, secretID string, now func() time.Time) *cell[directory] {
	return &cell[directory]{
		now: now, maxAge: directoryAge, pause: directoryPause,
		read: func(ctx context.Context) (directory, error) {
			text, err := readSecret(ctx, api, secretID, stageCurrent)
			if err != nil {
				return nil, err
			}
			return parseDirectory(text)
		},
	}
}

// parseDirectory returns errors that name fields and client ids, never values.
func parseDirectory(text string) (directory, error) {
	var d directory
	if json.Unmarshal([]byte(text), &d) != nil {
		// The decoder's error may quote the document.
		return nil, errors.New("the secret with this Region's app clients is not a JSON object of clients")
	}
	for id, c := range d {
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("client %q: %w", id, err)
		}
		c.id = id
		d[id] = c
	}
	return d, nil
}

func (c client) check() error {
	for _, field := range []struct{ name, value string }{
		{"secretId", c.SecretID}, {"cognitoClientId", c.CognitoClientID}, {"cognitoClientSecret", c.CognitoClientSecret},
	} {
		if field.value == "" {
			return fmt.Errorf("'%s' is missing", field.name)
		}
	}
	if len(c.Scopes) == 0 {
		return errors.New("'scopes' must hold at least one scope")
	}
	return nil
}

// scopes that exist, sorted.
func (d directory) scopes() []string {
	all := []string{}
	for _, c := range d {
		all = append(all, c.Scopes...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (c client) sameApp(other client) bool {
	return c.CognitoClientID == other.CognitoClientID && c.CognitoClientSecret == other.CognitoClientSecret
}
