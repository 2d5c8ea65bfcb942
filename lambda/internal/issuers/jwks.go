package issuers

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
)

const (
	minModulusBits = 2048
	// A longer modulus makes every verification slower than a caller waits.
	maxModulusBits = 8192
	maxExponent    = 1<<31 - 1
)

// JWK is a public RSA key as RFC 7517 writes it.
type JWK struct {
	KeyType   string `json:"kty"`
	ID        string `json:"kid"`
	Use       string `json:"use,omitempty"`
	Algorithm string `json:"alg,omitempty"`
	Modulus   string `json:"n"`
	Exponent  string `json:"e"`
}

// JWKS is a set of public keys as RFC 7517 writes it.
type JWKS struct {
	Keys []JWK `json:"keys"`
}

// Key is a signing key of an issuer.
type Key struct {
	// ID is the "kid" of the tokens it signs.
	ID string
	// Public verifies them.
	Public *rsa.PublicKey
}

// JWK writes the key for clients.
func (k Key) JWK() JWK {
	return JWK{
		KeyType: "RSA", ID: k.ID, Use: "sig", Algorithm: "RS256",
		Modulus:  base64.RawURLEncoding.EncodeToString(k.Public.N.Bytes()),
		Exponent: base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.Public.E)).Bytes()),
	}
}

var errNoKeys = errors.New("the key set holds no RSA signing key of at least 2048 bits")

// ParseJWKS returns the keys that can sign RS256 tokens, by id, and leaves out
// all others: key types, uses and sizes the pair does not accept. Of two keys
// with one id the first counts. A set without a usable key is an error.
func ParseJWKS(text []byte) (map[string]Key, error) {
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("read the key set: %w", err)
	}
	keys := map[string]Key{}
	for _, raw := range document.Keys {
		key, err := parseJWK(raw)
		if err != nil {
			continue
		}
		if _, exists := keys[key.ID]; !exists {
			keys[key.ID] = key
		}
	}
	if len(keys) == 0 {
		return nil, errNoKeys
	}
	return keys, nil
}

func parseJWK(raw []byte) (Key, error) {
	var jwk JWK
	if err := json.Unmarshal(raw, &jwk); err != nil {
		return Key{}, fmt.Errorf("read the key: %w", err)
	}
	if jwk.KeyType != "RSA" || jwk.ID == "" || !isEmptyOr(jwk.Use, "sig") || !isEmptyOr(jwk.Algorithm, "RS256") {
		return Key{}, errors.New("not an RS256 signing key")
	}
	modulus, err := base64.RawURLEncoding.DecodeString(jwk.Modulus)
	if err != nil {
		return Key{}, fmt.Errorf("read the modulus: %w", err)
	}
	exponent, err := base64.RawURLEncoding.DecodeString(jwk.Exponent)
	if err != nil {
		return Key{}, fmt.Errorf("read the exponent: %w", err)
	}
	public, err := publicKey(new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent))
	return Key{ID: jwk.ID, Public: public}, err
}

func publicKey(modulus, exponent *big.Int) (*rsa.PublicKey, error) {
	if bits := modulus.BitLen(); bits < minModulusBits || bits > maxModulusBits {
		return nil, fmt.Errorf("the modulus has %d bits, allowed are %d to %d", bits, minModulusBits, maxModulusBits)
	}
	if modulus.Bit(0) == 0 {
		return nil, errors.New("the modulus is even")
	}
	if !exponent.IsInt64() || exponent.Int64() < 3 || exponent.Int64() > maxExponent || exponent.Bit(0) == 0 {
		return nil, errors.New("the exponent must be odd and between 3 and 2^31-1")
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, nil
}

func isEmptyOr(value, allowed string) bool { return value == "" || value == allowed }
