package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regionpair/regionpair/internal/contract"
)

// tokenUse is the share of a token's life after which a new one is asked for.
const tokenUse = 0.8

// tokenTimeout bounds the way to a token, on which nothing may be warm yet.
const tokenTimeout = 5 * time.Second

// errRefused is an answer that the API gives to strangers, or API Gateway where
// nothing is mapped.
var errRefused = errors.New("the API refuses the request")

// frontDoor asks the API as clients do: by the address that DNS gives them for
// this Region, under the pair's own name.
type frontDoor struct {
	contract.FrontDoor
	client  *http.Client
	secrets *secretsmanager.Client
	now     func() time.Time

	mu sync.Mutex
	// token that requests are made with; it is renewed from renewAt on.
	token            string
	renewAt, expires time.Time
}

func newFrontDoor(to contract.FrontDoor, secrets *secretsmanager.Client, roots *tls.Config, now func() time.Time) *frontDoor {
	config := &tls.Config{ServerName: to.Name, MinVersion: tls.VersionTLS12}
	if roots != nil {
		config.RootCAs = roots.RootCAs
	}
	return &frontDoor{FrontDoor: to, secrets: secrets, now: now, client: &http.Client{
		Transport: &http.Transport{
			Proxy:           http.ProxyFromEnvironment,
			DialContext:     (&net.Dialer{Timeout: probeTimeout}).DialContext,
			TLSClientConfig: config,
			// An open connection would not show what a new one meets.
			DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (f *frontDoor) probes() []*probe {
	return []*probe{{name: "front-door", ask: f.askTokenEndpoint}, {name: "request", ask: f.askPath}}
}

// askTokenEndpoint asks for a token as a client that does not exist: the endpoint
// refuses it when it knows the clients that do.
func (f *frontDoor) askTokenEndpoint(ctx context.Context) error {
	_, err := f.grant(ctx, contract.HealthClient, "none")
	var refused oauthRefusal
	if errors.As(err, &refused) && refused == "invalid_client" {
		return nil
	}
	return err
}

// askPath asks what clients ask for. Any answer of the handler is a good one,
// unless it blames itself.
func (f *frontDoor) askPath(ctx context.Context) error {
	// A first token may take longer than an answer; the next one finds it.
	patient, cancel := context.WithTimeout(context.WithoutCancel(ctx), tokenTimeout)
	defer cancel()
	token, err := f.current(patient)
	if err != nil {
		return err
	}
	response, err := f.send(ctx, http.MethodGet, f.Path, token, nil)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusUnauthorized {
		f.forget(token)
	}
	return statusOf(response)
}

// statusOf an answer; nil for one of the API's own.
func statusOf(response *http.Response) error {
	switch status := response.StatusCode; {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fmt.Errorf("%w: the answer is %d", errRefused, status)
	case status == http.StatusTooManyRequests, status >= http.StatusInternalServerError:
		return statusError(status)
	}
	return nil
}

// current is a token for the path, empty for a public one. A token that cannot be
// renewed is used while it is valid.
func (f *frontDoor) current(ctx context.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Secret == "" || f.now().Before(f.renewAt) {
		return f.token, nil
	}
	id, secret, err := f.credentials(ctx)
	if err != nil {
		if f.now().Before(f.expires) {
			return f.token, nil
		}
		// This function lacks them, which says nothing about clients.
		return "", degradedError{err}
	}
	granted, err := f.grant(ctx, id, secret)
	var refused oauthRefusal
	switch {
	case errors.As(err, &refused):
		// Somebody has locked this one client out.
		return "", degradedError{err}
	case err != nil:
		return "", err
	}
	life := time.Duration(granted.ExpiresIn) * time.Second
	f.token, f.renewAt, f.expires = granted.AccessToken, f.now().Add(time.Duration(tokenUse*float64(life))), f.now().Add(life)
	return f.token, nil
}

func (f *frontDoor) forget(token string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.token == token {
		f.renewAt, f.expires = time.Time{}, time.Time{}
	}
}

func (f *frontDoor) credentials(ctx context.Context) (id, secret string, err error) {
	output, err := f.secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &f.Secret})
	if err != nil {
		return "", "", fmt.Errorf("read the credentials of the check: %w", err)
	}
	var document struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if output.SecretString == nil || json.Unmarshal([]byte(*output.SecretString), &document) != nil || document.ID == "" {
		return "", "", errors.New("the credentials of the check are no JSON object with 'client_id' and 'client_secret'")
	}
	return document.ID, document.Secret, nil
}

// oauthRefusal is the code of an error that a token endpoint answers with.
type oauthRefusal string

func (r oauthRefusal) Error() string { return "the token endpoint answers " + string(r) }

type grantedToken struct {
	AccessToken string `json:"access_token"`
	ExpiresIn   int64  `json:"expires_in"`
	Code        string `json:"error"`
}

func (f *frontDoor) grant(ctx context.Context, id, secret string) (grantedToken, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}.Encode()
	response, err := f.send(ctx, http.MethodPost, "/oauth2/token", "", strings.NewReader(form))
	if err != nil {
		return grantedToken{}, err
	}
	defer func() { _ = response.Body.Close() }()
	var granted grantedToken
	decoded := json.NewDecoder(io.LimitReader(response.Body, maxAnswerBytes)).Decode(&granted)
	switch {
	case response.StatusCode < http.StatusInternalServerError && granted.Code != "":
		return grantedToken{}, oauthRefusal(granted.Code)
	case statusOf(response) != nil:
		return grantedToken{}, statusOf(response)
	case decoded != nil || granted.AccessToken == "":
		return grantedToken{}, fmt.Errorf("%w: the token endpoint's answer holds no token", errFailed)
	}
	return granted, nil
}

func (f *frontDoor) send(ctx context.Context, method, path, token string, body io.Reader) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, "https://"+f.Host+path, body)
	if err != nil {
		return nil, fmt.Errorf("build the request to the front door: %w", err)
	}
	request.Host = f.Name
	if body != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := f.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask the API: %w", err)
	}
	return response, nil
}
