// Package trust holds what one Region knows of the other's token issuer: the
// document in its parameter, with a snapshot of the signing keys.
package trust

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/regionpair/regionpair/lambda/internal/issuers"
)

// parameterLimit is what a standard parameter may hold, in bytes.
const parameterLimit = 4096

// Introduction is the document in the parameter of a trusted issuer.
type Introduction struct {
	// Issuer is the exact "iss" of its tokens.
	Issuer string `json:"issuer"`
	// JWKSURI is where it publishes its keys.
	JWKSURI string `json:"jwksUri"`
	// Keys is a snapshot of them.
	Keys issuers.JWKS `json:"keys"`
	// CapturedAt is when the snapshot was taken, in RFC 3339.
	CapturedAt string `json:"capturedAt"`
	// Owner is whoever wired the pair; it is kept as it is.
	Owner json.RawMessage `json:"owner,omitempty"`
}

// Capture returns the introduction with the keys that the issuer publishes now.
func (i Introduction) Capture(ctx context.Context, client *http.Client, now time.Time) (Introduction, error) {
	keys, err := issuers.FetchKeys(ctx, client, i.JWKSURI)
	if err != nil {
		return i, err
	}
	i.Keys, i.CapturedAt = Usable(keys), now.UTC().Format(time.RFC3339)
	return i, nil
}

// Text is the document, if a parameter can hold it.
func (i Introduction) Text() (string, error) {
	text, err := json.Marshal(i)
	if err != nil {
		return "", fmt.Errorf("encode the issuer: %w", err)
	}
	if len(text) > parameterLimit {
		return "", fmt.Errorf("the issuer %s with its %d keys takes %d bytes, a parameter holds %d", i.Issuer, len(i.Keys.Keys), len(text), parameterLimit)
	}
	return string(text), nil
}

// Usable is the keys in a fixed order, without the members that an authorizer
// does not need.
func Usable(keys map[string]issuers.Key) issuers.JWKS {
	set := issuers.JWKS{}
	for _, id := range slices.Sorted(maps.Keys(keys)) {
		set.Keys = append(set.Keys, keys[id].JWK())
	}
	return set
}
