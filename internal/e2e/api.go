package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/contract"
)

// api is the REST API of one Region, called as a machine client calls it.
type api struct {
	stack         string
	address, host string
}

func (s *scenario) api(ctx context.Context, stack assembly.Stack) (*api, error) {
	return s.namedAPI(ctx, stack, s.config.DomainName)
}

func (s *scenario) namedAPI(ctx context.Context, stack assembly.Stack, name string) (*api, error) {
	e := s.emulators[stack.Region]
	ids, err := e.physicalIDs(ctx, stack.Name)
	if err != nil {
		return nil, err
	}
	for id, resource := range stack.Template.Resources {
		if resource.Type == "AWS::ApiGateway::RestApi" && resource.Properties["Name"] == name {
			return &api{stack: stack.Name, address: e.url().String() + "/live", host: ids[id] + ".execute-api." + e.host}, nil
		}
	}
	return nil, fmt.Errorf("%s has no API %s", stack.Name, name)
}

// clientCredentials are those of a machine client.
type clientCredentials struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

// credentials of the client, as a Region holds them now.
func (s *scenario) credentials(ctx context.Context, stack assembly.Stack) (clientCredentials, error) {
	var client clientCredentials
	secrets := secretsmanager.NewFromConfig(s.emulators[stack.Region].sdk(stack.Region))
	value, err := secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(contract.ClientSecret(s.config.Name, clientName))})
	if err != nil {
		return client, fmt.Errorf("read the client's secret in %s: %w", stack.Region, err)
	}
	if err := json.Unmarshal([]byte(*value.SecretString), &client); err != nil {
		return client, fmt.Errorf("read the client's secret in %s: %w", stack.Region, err)
	}
	return client, nil
}

// token gets a token as the client, with the credentials that the Region holds.
func (s *scenario) token(ctx context.Context, stack assembly.Stack) (string, error) {
	client, err := s.credentials(ctx, stack)
	if err != nil {
		return "", err
	}
	return s.tokenFor(ctx, stack, client)
}

func (s *scenario) askForToken(ctx context.Context, stack assembly.Stack, client clientCredentials) (int, string, error) {
	a, err := s.api(ctx, stack)
	if err != nil {
		return 0, "", err
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {client.Secret}}
	return a.call(ctx, http.MethodPost, "/oauth2/token", "", form.Encode())
}

func (s *scenario) tokenFor(ctx context.Context, stack assembly.Stack, client clientCredentials) (string, error) {
	status, body, err := s.askForToken(ctx, stack, client)
	if err != nil {
		return "", err
	}
	var granted struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &granted); err != nil || granted.AccessToken == "" {
		return "", fmt.Errorf("the token endpoint of %s answers %d: %s", stack.Name, status, body)
	}
	return granted.AccessToken, nil
}

// checkAPI calls a Region through the emulator's API Gateway and the real
// functions.
func (s *scenario) checkAPI(ctx context.Context, stack assembly.Stack) error {
	a, err := s.api(ctx, stack)
	if err != nil {
		return err
	}
	token, err := s.token(ctx, stack)
	if err != nil {
		return err
	}
	for _, call := range []struct {
		method, path, bearer, body string
		want                       int
		holds                      string
	}{
		{http.MethodPut, "/objects/greeting", token, "hello from " + stack.Region, http.StatusNoContent, ""},
		{http.MethodGet, "/objects/greeting", token, "", http.StatusOK, "hello from " + stack.Region},
		{http.MethodGet, "/objects", token, "", http.StatusOK, `"greeting"`},
		{http.MethodDelete, "/objects/greeting", token, "", http.StatusNoContent, ""},
		{http.MethodGet, "/objects/greeting", token, "", http.StatusNotFound, ""},
		{http.MethodGet, "/objects", "wrong", "", http.StatusUnauthorized, ""},
	} {
		if err := a.expect(ctx, call.method, call.path, call.bearer, call.body, call.want, call.holds); err != nil {
			return err
		}
	}
	health, err := s.namedAPI(ctx, stack, s.config.Name+"-health")
	if err != nil {
		return err
	}
	return health.awaitHealthy(ctx)
}

// awaitHealthy asks again while a report may be kept: on a machine that is busy the
// emulators do not answer within the time that the health function gives them.
func (a *api) awaitHealthy(ctx context.Context) error {
	const attempts, pause = 4, 6 * time.Second
	for left := attempts; ; left-- {
		err := a.expect(ctx, http.MethodGet, "/health", "", "", http.StatusOK, "")
		if err == nil || left == 1 {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (a *api) expect(ctx context.Context, method, path, bearer, body string, want int, holds string) error {
	status, answer, err := a.call(ctx, method, path, bearer, body)
	if err != nil {
		return fmt.Errorf("%s %s of %s: %w", method, path, a.stack, err)
	}
	if status != want || !strings.Contains(answer, holds) {
		return fmt.Errorf("%s %s of %s answers %d %s, expected %d %s", method, path, a.stack, status, answer, want, holds)
	}
	return nil
}

func (a *api) call(ctx context.Context, method, path, bearer, body string) (int, string, error) {
	got, err := a.send(ctx, method, path, bearer, body, nil)
	return got.status, got.body, err
}

// reply of an API.
type reply struct {
	status int
	header http.Header
	body   string
}

func (a *api) send(ctx context.Context, method, path, bearer, body string, header http.Header) (reply, error) {
	r, err := http.NewRequestWithContext(ctx, method, a.address+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	r.Host = a.host
	maps.Copy(r.Header, header)
	// The emulator decodes binary answers for those only who say what they accept.
	r.Header.Set("Accept", "*/*")
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	} else {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if response.StatusCode == http.StatusNoContent {
		// The emulator announces a length that it does not send.
		err = nil
	}
	return reply{response.StatusCode, response.Header, string(text)}, err
}
