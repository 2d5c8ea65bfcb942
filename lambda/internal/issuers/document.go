package issuers

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// document is what a parameter says about an issuer.
type document struct {
	// Issuer is the exact "iss" of its tokens.
	Issuer string `json:"issuer"`
	// JWKSURI is where it publishes its keys.
	JWKSURI string `json:"jwksUri"`
	// Keys is a copy of them; absent for the own issuer.
	Keys json.RawMessage `json:"keys"`
	// CapturedAt is when that was, in RFC 3339; absent for the own issuer.
	CapturedAt string `json:"capturedAt"`
}

// capturedAt is long ago when the document does not say: such keys are newer than
// none.
func (d document) capturedAt() time.Time {
	at, err := time.Parse(time.RFC3339, d.CapturedAt)
	if err != nil {
		return time.Time{}
	}
	return at
}

func parseDocument(text string) (document, map[string]Key, error) {
	var d document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return d, nil, fmt.Errorf("read the issuer: %w", err)
	}
	if d.Issuer == "" {
		return d, nil, errors.New("'issuer' is missing")
	}
	if err := mustBeHTTPS(d.JWKSURI); err != nil {
		return d, nil, err
	}
	if len(d.Keys) == 0 || string(d.Keys) == "null" {
		return d, nil, nil
	}
	keys, err := ParseJWKS(d.Keys)
	if err != nil {
		return d, nil, fmt.Errorf("'keys': %w", err)
	}
	return d, keys, nil
}

func mustBeHTTPS(text string) error {
	address, err := url.Parse(text)
	if err != nil || address.Scheme != "https" || address.Host == "" {
		return fmt.Errorf("'jwksUri' must be an https URL, got %q", text)
	}
	return nil
}
