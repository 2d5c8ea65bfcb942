package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// key is the part of an RSA signing key that verifiers need.
type key struct {
	KeyType   string `json:"kty"`
	ID        string `json:"kid"`
	Algorithm string `json:"alg,omitempty"`
	Use       string `json:"use,omitempty"`
	Modulus   string `json:"n"`
	Exponent  string `json:"e"`
}

// keySet is a JSON Web Key Set (RFC 7517 section 5).
type keySet struct {
	Keys []key `json:"keys"`
}

// minimumModulus is 2048 bits, the least that RS256 allows (RFC 7518 section 3.3).
const minimumModulus = 2048 / 8

// parseKeySet keeps the RSA signing keys and drops every other member. A set
// without a single usable key is an error.
func parseKeySet(document []byte) (keySet, error) {
	var all keySet
	if err := json.Unmarshal(document, &all); err != nil {
		return keySet{}, fmt.Errorf("the key set is not JSON: %w", err)
	}
	usable := keySet{}
	for _, k := range all.Keys {
		if k.check() == nil {
			usable.Keys = append(usable.Keys, k)
		}
	}
	if len(usable.Keys) == 0 {
		return keySet{}, fmt.Errorf("the key set has %d keys and none is an RSA signing key of 2048 bits or more", len(all.Keys))
	}
	return usable, nil
}

func (k key) check() error {
	if k.KeyType != "RSA" || k.ID == "" || (k.Use != "" && k.Use != "sig") || (k.Algorithm != "" && k.Algorithm != "RS256") {
		return errors.New("not an RS256 signing key")
	}
	modulus, err := base64.RawURLEncoding.DecodeString(k.Modulus)
	if err != nil || len(modulus) < minimumModulus {
		return errors.New("modulus too short")
	}
	exponent, err := base64.RawURLEncoding.DecodeString(k.Exponent)
	if err != nil || len(exponent) == 0 || len(exponent) > 4 {
		return errors.New("unusual exponent")
	}
	return nil
}
