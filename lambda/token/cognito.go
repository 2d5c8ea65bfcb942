package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
)

const (
	exchangeTimeout  = 4 * time.Second
	maxExchangeBytes = 64 << 10
)

var (
	// errCognitoUnavailable says that another attempt may succeed.
	errCognitoUnavailable = errors.New("the token endpoint of Cognito is unavailable")
	// errCognitoRefused says that the regional app client does not fit.
	errCognitoRefused = errors.New("the token endpoint of Cognito refused this Region's app client")
	errConnection     = errors.New("no answer")
)

// grant is an access token and when it ends.
type grant struct {
	accessToken string
	issuedAt    time.Time
	expiresAt   time.Time
}

// cognito is the token endpoint of this Region's user pool.
type cognito struct {
	tokenURL string
	http     *http.Client
	now      func() time.Time
}

// exchange gets a token for the app client. Errors wrap errCognitoUnavailable
// or errCognitoRefused and hold nothing of what was sent or answered but an
// error code of RFC 6749.
func (c *cognito) exchange(ctx context.Context, app client, scopes []string) (grant, error) {
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	token, err := c.attempt(ctx, app, scopes)
	// A kept connection may have died while the function was frozen.
	if errors.Is(err, errConnection) && ctx.Err() == nil {
		return c.attempt(ctx, app, scopes)
	}
	return token, err
}

func (c *cognito) attempt(ctx context.Context, app client, scopes []string) (grant, error) {
	request, err := c.request(ctx, app, scopes)
	if err != nil {
		return grant{}, fmt.Errorf("%w: build the request: %w", errCognitoUnavailable, err)
	}
	// The token's life is counted from before it can have begun.
	start := c.now()
	response, err := c.http.Do(request)
	if err != nil {
		return grant{}, fmt.Errorf("%w: %w: %w", errCognitoUnavailable, errConnection, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxExchangeBytes))
	if err != nil {
		return grant{}, fmt.Errorf("%w: read the answer: %w", errCognitoUnavailable, err)
	}
	if response.StatusCode != http.StatusOK {
		return grant{}, refusal(response.StatusCode, body)
	}
	return parseGrant(body, start)
}

func (c *cognito) request(ctx context.Context, app client, scopes []string) (*http.Request, error) {
	// The token says whose it is in a scope of its own.
	scopes = append(slices.Clone(scopes), contract.ClientScope(app.id))
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {strings.Join(scopes, " ")}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.tokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	request.SetBasicAuth(url.QueryEscape(app.CognitoClientID), url.QueryEscape(app.CognitoClientSecret))
	return request, nil
}

func refusal(status int, body []byte) error {
	if status == http.StatusTooManyRequests || status >= http.StatusInternalServerError || status < http.StatusBadRequest {
		return fmt.Errorf("%w: the answer is %d", errCognitoUnavailable, status)
	}
	return fmt.Errorf("%w: the answer is %d %s", errCognitoRefused, status, errorCode(body))
}

// errorCode returns the code of an error answer if it is one of RFC 6749: the
// log must not hold what an unknown sender writes.
func errorCode(body []byte) string {
	var answer struct {
		Code string `json:"error"`
	}
	known := []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}
	if json.Unmarshal(body, &answer) != nil || !slices.Contains(known, answer.Code) {
		return "without a known error code"
	}
	return answer.Code
}

func parseGrant(body []byte, start time.Time) (grant, error) {
	var answer struct {
		AccessToken string `json:"access_token"`
		TokenType   string `json:"token_type"`
		ExpiresIn   int64  `json:"expires_in"`
	}
	if json.Unmarshal(body, &answer) != nil {
		// The decoder's error may quote the token.
		return grant{}, fmt.Errorf("%w: the answer is not JSON", errCognitoUnavailable)
	}
	const longest = 24 * 60 * 60
	if answer.AccessToken == "" || !strings.EqualFold(answer.TokenType, "Bearer") || answer.ExpiresIn < 1 || answer.ExpiresIn > longest {
		return grant{}, fmt.Errorf("%w: the answer holds no bearer token with a life between 1 second and 1 day", errCognitoUnavailable)
	}
	return grant{
		accessToken: answer.AccessToken,
		issuedAt:    start,
		expiresAt:   start.Add(time.Duration(answer.ExpiresIn) * time.Second),
	}, nil
}
