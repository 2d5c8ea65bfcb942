package issuers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

const (
	fetchTimeout   = 2 * time.Second
	connectTimeout = time.Second
	maxJWKSBytes   = 64 << 10
)

// NewHTTPClient returns a client for issuers' endpoints. It follows no
// redirect, because only the configured address is trusted, and speaks HTTP/1.1
// only: a request that times out closes its connection then, so a connection
// that died while the function was frozen never fails two requests.
func NewHTTPClient() *http.Client {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: connectTimeout}).DialContext,
		TLSHandshakeTimeout: connectTimeout,
		IdleConnTimeout:     time.Minute,
		MaxIdleConnsPerHost: 4,
		Protocols:           new(http.Protocols),
	}
	transport.Protocols.SetHTTP1(true)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// StatusError says that an issuer answered with another status than 200.
type StatusError struct{ Status int }

func (e *StatusError) Error() string {
	return fmt.Sprintf("the answer is %d, expected 200", e.Status)
}

// FetchKeys returns the signing keys that an issuer publishes, those that tokens
// may be signed with. The error wraps a [StatusError] when the issuer answered
// with another status than 200.
func FetchKeys(ctx context.Context, client *http.Client, uri string) (map[string]Key, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return nil, fmt.Errorf("build the request for keys: %w", err)
	}
	request.Header.Set("Accept", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch the keys: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch the keys: %w", &StatusError{response.StatusCode})
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, maxJWKSBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	if len(body) > maxJWKSBytes {
		return nil, errors.New("read the keys: the answer is larger than 64 KiB")
	}
	return ParseJWKS(body)
}
