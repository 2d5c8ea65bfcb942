package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
)

// callWithAuthlib lets an OAuth client in Python find the token endpoint, get
// tokens and call the API by its public name, in each Region.
func (s *scenario) callWithAuthlib(ctx context.Context) (string, error) {
	for _, stack := range s.regionStacks() {
		if err := s.serveName(ctx, stack); err != nil {
			return "", err
		}
		client, err := s.credentials(ctx, stack)
		if err != nil {
			return "", err
		}
		command := exec.CommandContext(ctx, filepath.Join(s.venv, "bin", "python"), filepath.Join("internal", "e2e", "client", "client.py")) //nolint:gosec // just installed
		command.Env = cleanEnviron("API=https://"+s.config.DomainName, "CLIENT_ID="+client.ID, "CLIENT_SECRET="+client.Secret,
			"HTTPS_PROXY="+s.network.ProxyURL("client").String(), "SSL_CERT_FILE="+s.network.CAFile())
		var problems strings.Builder
		command.Stderr = &problems
		output, err := command.Output()
		if err != nil {
			return "", fmt.Errorf("the client in Python, in %s: %w\n%s%s", stack.Region, err, output, problems.String())
		}
		if got := strings.Fields(string(output)); !slices.Equal(slices.Sorted(slices.Values(got)), []string{"client_secret_basic", "client_secret_post"}) {
			return "", fmt.Errorf("the client in Python has used %q, expected both ways to send a secret", got)
		}
	}
	return "metadata, tokens with the secret in the header and in the body, write, read, delete, in both Regions", nil
}

// serveName leads the API's public name to a Region, as its DNS record would.
func (s *scenario) serveName(ctx context.Context, stack assembly.Stack) error {
	handler, err := s.publicAPI(ctx, stack)
	if err != nil {
		return err
	}
	// Whoever calls the Region's own name for it says the public one, too.
	if err := s.network.Alias(s.config.DomainName, egress.Endpoint{Region: stack.Region, Service: "aws"}, handler); err != nil {
		return err
	}
	_, err = s.network.Handle(s.config.DomainName, egress.Endpoint{Region: stack.Region, Service: "name"}, handler)
	return err
}

// publicAPI serves a Region's API as API Gateway does for its custom domain name,
// which the emulator does not route.
func (s *scenario) publicAPI(ctx context.Context, stack assembly.Stack) (http.Handler, error) {
	a, err := s.api(ctx, stack)
	if err != nil {
		return nil, err
	}
	address, err := url.Parse(a.address)
	if err != nil {
		return nil, err
	}
	return &httputil.ReverseProxy{
		ErrorLog: log.New(io.Discard, "", 0), // clients that do not wait are expected
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(address)
			r.Out.Host = a.host
		},
		ModifyResponse: func(r *http.Response) error {
			if r.StatusCode == http.StatusNoContent {
				// The emulator announces a length that it does not send.
				r.Header.Del("Content-Length")
				r.Body, r.ContentLength = http.NoBody, 0
			}
			return nil
		},
	}, nil
}
