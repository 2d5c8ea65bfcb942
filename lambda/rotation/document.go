package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
)

const (
	// secretBytes of randomness make a secret of 43 characters.
	secretBytes = 32
	// minSecretLength is the least that testSecret lets pass.
	minSecretLength = 32
)

// document is the JSON of a client's secret. Members this function does not
// know are kept as they are.
type document map[string]json.RawMessage

// parseDocument returns an error that never quotes the secret.
func parseDocument(text string) (document, error) {
	var d document
	if json.Unmarshal([]byte(text), &d) != nil || d == nil {
		return nil, errors.New("the secret is not a JSON object")
	}
	for _, name := range []string{"client_id", "client_secret"} {
		if d.text(name) == "" {
			return nil, fmt.Errorf("'%s' must be a text, got none", name)
		}
	}
	return d, nil
}

func (d document) text(name string) string {
	var value string
	if json.Unmarshal(d[name], &value) != nil {
		return ""
	}
	return value
}

// withNewSecret returns a copy with another, random secret. It needs no
// escaping in a form, a URL or a Basic header.
func (d document) withNewSecret() (string, error) {
	random := make([]byte, secretBytes)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("make a new secret: %w", err)
	}
	secret, err := json.Marshal(base64.RawURLEncoding.EncodeToString(random))
	if err != nil {
		return "", fmt.Errorf("encode the new secret: %w", err)
	}
	next := maps.Clone(d)
	next["client_secret"] = secret
	text, err := json.Marshal(next)
	if err != nil {
		return "", errors.New("encode the new version of the secret")
	}
	return string(text), nil
}

// checkSuccessor reports why next cannot follow d. The same secret may: a
// version made to try a schedule can be a copy.
func (d document) checkSuccessor(next document) error {
	switch secret := next.text("client_secret"); {
	case next.text("client_id") != d.text("client_id"):
		return errors.New("'client_id' must stay the same")
	case len(secret) < minSecretLength:
		return fmt.Errorf("'client_secret' must have at least %d characters, got %d", minSecretLength, len(secret))
	}
	return nil
}
