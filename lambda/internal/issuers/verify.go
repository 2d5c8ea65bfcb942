package issuers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// MaxTokenBytes is the longest token that is looked at.
	MaxTokenBytes = 8 << 10
	// leeway is how far the clocks of an issuer and of the verifier may differ.
	leeway = 30 * time.Second
)

// ErrInvalid says that a token is not a valid access token of a trusted
// issuer. Its text says why and never holds a part of the token.
var ErrInvalid = errors.New("invalid token")

// Token is what a valid access token says.
type Token struct {
	// Issuer is one of the trusted ones.
	Issuer string
	// ClientID is the client at that issuer, not the stable one.
	ClientID string
	// Scopes the client was granted.
	Scopes []string
	// ExpiresAt is when the token ends.
	ExpiresAt time.Time
}

// Has reports whether the token was granted any of the scopes.
func (t Token) Has(scopes ...string) bool {
	return slices.ContainsFunc(scopes, func(scope string) bool { return slices.Contains(t.Scopes, scope) })
}

// Verifier checks access tokens. It is safe for concurrent use.
type Verifier struct {
	set    *Set
	parser *jwt.Parser
}

// NewVerifier returns a verifier that trusts the issuers of the set.
func NewVerifier(set *Set) *Verifier {
	return &Verifier{set: set, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodRS256.Alg()}),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(leeway),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(set.props.Now),
	)}
}

// Verify returns what the token says. Errors wrap ErrInvalid when the token
// is to blame, and ErrUnavailable when nothing can be said about it.
func (v *Verifier) Verify(ctx context.Context, text string) (Token, error) {
	if len(text) > MaxTokenBytes {
		return Token{}, invalid("longer than 8 KiB")
	}
	if err := v.set.Load(ctx); err != nil {
		return Token{}, err
	}
	var c claims
	_, err := v.parser.ParseWithClaims(text, &c, func(token *jwt.Token) (any, error) {
		return v.keyOf(ctx, token.Header, c.Issuer)
	})
	if err != nil {
		return Token{}, classify(err)
	}
	return Token{Issuer: c.Issuer, ClientID: c.ClientID, Scopes: strings.Fields(c.Scope), ExpiresAt: c.ExpiresAt.Time}, nil
}

// keyOf looks for keys only at issuers that are trusted: whoever writes a
// token must not choose where this function connects to.
func (v *Verifier) keyOf(ctx context.Context, header map[string]any, issuer string) (any, error) {
	ring, trusted := v.set.ring(issuer)
	if !trusted {
		return nil, errUntrusted
	}
	if _, exists := header["crit"]; exists {
		return nil, errCritical
	}
	id, ok := header["kid"].(string)
	if !ok || id == "" {
		return nil, errNoKeyID
	}
	key, err := ring.key(ctx, id)
	if err != nil {
		return nil, err
	}
	return key.Public, nil
}

type claims struct {
	jwt.RegisteredClaims
	ClientID string `json:"client_id"`
	Scope    string `json:"scope"`
	TokenUse string `json:"token_use"`
}

// Validate implements jwt.ClaimsValidator.
func (c *claims) Validate() error {
	if c.TokenUse != "access" {
		return errTokenUse
	}
	if c.ClientID == "" {
		return errNoClient
	}
	return nil
}

var (
	errUntrusted = errors.New("the issuer is not trusted")
	errCritical  = errors.New("the header asks for an extension")
	errNoKeyID   = errors.New("the header names no key")
	errTokenUse  = errors.New("not an access token")
	errNoClient  = errors.New("the claims name no client")
)

// reasons are tried in this order; their texts replace the parser's, which may
// quote the token.
var reasons = []struct {
	err  error
	text string
}{
	{errUntrusted, errUntrusted.Error()},
	{errCritical, errCritical.Error()},
	{errNoKeyID, errNoKeyID.Error()},
	{errUnknownKey, errUnknownKey.Error()},
	{errTokenUse, errTokenUse.Error()},
	{errNoClient, errNoClient.Error()},
	{jwt.ErrTokenExpired, "expired"},
	{jwt.ErrTokenNotValidYet, "not valid yet"},
	{jwt.ErrTokenUsedBeforeIssued, "issued in the future"},
	{jwt.ErrTokenRequiredClaimMissing, "a required claim is missing"},
	{jwt.ErrTokenSignatureInvalid, "the signature or its algorithm is wrong"},
	{jwt.ErrTokenMalformed, "malformed"},
}

func classify(err error) error {
	if errors.Is(err, ErrUnavailable) {
		return err
	}
	for _, reason := range reasons {
		if errors.Is(err, reason.err) {
			return invalid(reason.text)
		}
	}
	return invalid("unverifiable")
}

func invalid(reason string) error { return fmt.Errorf("%w: %s", ErrInvalid, reason) }
