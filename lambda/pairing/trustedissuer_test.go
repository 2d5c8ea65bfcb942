package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/lambda/internal/issuers"
	"github.com/regionpair/regionpair/lambda/internal/trust"
)

// parameterAPI speaks the part of Parameter Store's JSON protocol that counts.
type parameterAPI struct {
	values map[string]string
	forget bool
	// denials of writing are still to come; denied have been.
	denials, denied int
}

func (a *parameterAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var input struct {
		Name, Value string
		Overwrite   bool
	}
	_ = json.NewDecoder(r.Body).Decode(&input)
	value, exists := a.values[input.Name]
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AmazonSSM.")
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch {
	case operation == "PutParameter" && a.denied < a.denials:
		a.denied++
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"__type":"AccessDeniedException"}`)
	case operation == "PutParameter" && exists && !input.Overwrite:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"__type":"ParameterAlreadyExists"}`)
	case operation == "PutParameter":
		if !a.forget {
			a.values[input.Name] = input.Value
		}
		_, _ = fmt.Fprint(w, `{"Version":1}`)
	case !exists && !a.forget:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"__type":"ParameterNotFound"}`)
	case operation == "DeleteParameter":
		delete(a.values, input.Name)
		_, _ = fmt.Fprint(w, `{}`)
	default:
		_ = json.NewEncoder(w).Encode(map[string]any{"Parameter": map[string]string{"Name": input.Name, "Value": value}})
	}
}

func newKeySet(t testing.TB, count int) string {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	keys := []map[string]string{}
	for i := range count {
		keys = append(keys, map[string]string{
			"kty": "RSA", "alg": "RS256", "use": "sig", "kid": fmt.Sprint("key-", i),
			"n":   base64.RawURLEncoding.EncodeToString(private.N.Bytes()),
			"e":   base64.RawURLEncoding.EncodeToString(big.NewInt(int64(private.E)).Bytes()),
			"x5c": strings.Repeat("certificate", 300),
		})
	}
	document, err := json.Marshal(map[string]any{"keys": keys})
	require.NoError(t, err)
	return string(document)
}

// newIssuer returns a TLS server that answers with the document.
func newIssuer(t *testing.T, document *string) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if *document == "" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = fmt.Fprint(w, *document)
	}))
	t.Cleanup(server.Close)
	return server
}

const peerParameter = "/orders/issuers/peer"

// issuerEvent names a host without a port, as the real issuer's; the client
// is led to the test's server.
func issuerEvent(requestType cfn.RequestType) cfn.Event {
	return cfn.Event{
		RequestType: requestType, ResourceType: "Custom::TrustedIssuer", PhysicalResourceID: "eu-west-1" + peerParameter,
		ResourceProperties: map[string]any{
			"Issuer":        "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a",
			"JwksUri":       "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a/.well-known/jwks.json",
			"Region":        "eu-west-1",
			"ParameterName": peerParameter,
		},
	}
}

// unownedTrust is a parameter that was written before there were owners.
func unownedTrust(pool string) string {
	issuer := "https://cognito-idp.eu-central-1.amazonaws.com/" + pool
	return `{"issuer":"` + issuer + `","jwksUri":"` + issuer + `/.well-known/jwks.json"}`
}

func newIssuerHandler(t *testing.T, parameters http.Handler, document *string) *handler {
	t.Helper()
	h := newHandler(t, parameters)
	issuer := newIssuer(t, document)
	client := issuer.Client()
	transport := client.Transport.(*http.Transport)
	transport.DialContext = dialTo(issuer.Listener.Addr().String())
	transport.TLSClientConfig.ServerName = "example.com"
	h.http = client
	return h
}

func TestCreateWritesIssuerAndKeys(t *testing.T) {
	api, document := &parameterAPI{values: map[string]string{}}, newKeySet(t, 2)
	h := newIssuerHandler(t, api, &document)
	for _, requestType := range []cfn.RequestType{cfn.RequestCreate, cfn.RequestUpdate} {
		id, data, err := h.handle(context.Background(), issuerEvent(requestType))
		require.NoError(t, err)
		require.Equal(t, "eu-west-1"+peerParameter, id)
		require.Equal(t, map[string]any{"Keys": 2}, data)
	}
	var written trust.Introduction
	require.NoError(t, json.Unmarshal([]byte(api.values[peerParameter]), &written))
	require.Equal(t, "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a", written.Issuer)
	require.Len(t, written.Keys.Keys, 2)
	require.NotEmpty(t, written.CapturedAt)
	require.NotContains(t, api.values[peerParameter], "certificate", "what verifiers do not need takes up the parameter's room")
}

func TestKeySetsThatCannotBeTrustedAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ document, message string }{
		"unreachable": {"", "the answer is 503"},
		"garbage":     {"<html>", "read the key set"},
		"empty":       {`{"keys":[]}`, "holds no RSA signing key"},
		"symmetric":   {`{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0"}]}`, "holds no RSA signing key"},
		"short":       {`{"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}]}`, "holds no RSA signing key"},
		"oversized":   {strings.Repeat(" ", 64<<10+1), "larger than 64 KiB"},
		"too many":    {newKeySet(t, 12), "a parameter holds 4096"},
	} {
		t.Run(name, func(t *testing.T) {
			api := &parameterAPI{values: map[string]string{}}
			ctx, cancel := context.WithTimeout(context.Background(), answerTime+200*time.Millisecond)
			defer cancel()
			_, _, err := newIssuerHandler(t, api, &c.document).handle(ctx, issuerEvent(cfn.RequestCreate))
			require.ErrorContains(t, err, c.message)
			require.Empty(t, api.values, "nothing may be half-written")
		})
	}
}

func TestFailsWhenParameterStoreShowsAnotherValue(t *testing.T) {
	document := newKeySet(t, 1)
	_, _, err := newIssuerHandler(t, &parameterAPI{values: map[string]string{}, forget: true}, &document).
		handle(context.Background(), issuerEvent(cfn.RequestCreate))
	require.ErrorContains(t, err, "the parameter was written and shows another value")
}

// failing loses the first requests.
type failing struct {
	http.RoundTripper
	times int
}

func (f *failing) RoundTrip(request *http.Request) (*http.Response, error) {
	if f.times > 0 {
		f.times--
		return nil, errors.New("lost")
	}
	return f.RoundTripper.RoundTrip(request)
}

// An issuer that comes back within minutes does not cost the first deployment.
func TestWaitsForAnIssuerThatDoesNotAnswer(t *testing.T) {
	api, document := &parameterAPI{values: map[string]string{}}, newKeySet(t, 1)
	h := newIssuerHandler(t, api, &document)
	h.http.Transport = &failing{RoundTripper: h.http.Transport, times: 3}
	h.pause = 20 * time.Millisecond
	_, _, err := h.handle(context.Background(), issuerEvent(cfn.RequestCreate))
	require.NoError(t, err)
	require.Contains(t, api.values, peerParameter)
}

func TestDeleteForgetsTheIssuerAlsoTwice(t *testing.T) {
	api := &parameterAPI{values: map[string]string{peerParameter: unownedTrust("eu-central-1_a")}}
	h := newHandler(t, api)
	for range 2 {
		_, _, err := h.handle(context.Background(), issuerEvent(cfn.RequestDelete))
		require.NoError(t, err)
	}
	require.Empty(t, api.values)
}

func TestIssuersWithoutTLSAreRefused(t *testing.T) {
	event := issuerEvent(cfn.RequestCreate)
	event.ResourceProperties["JwksUri"] = "http://issuer.example.com/jwks.json"
	_, _, err := newHandler(t, &parameterAPI{}).handle(context.Background(), event)
	require.ErrorContains(t, err, `property "JwksUri" is "http://issuer.example.com/jwks.json", allowed is an https URL`)
}

// A permission that was just given is not known everywhere at once.
func TestWaitsForAPermission(t *testing.T) {
	api, document := &parameterAPI{values: map[string]string{}, denials: patience - 1}, newKeySet(t, 1)
	_, _, err := newIssuerHandler(t, api, &document).handle(context.Background(), issuerEvent(cfn.RequestCreate))
	require.NoError(t, err)
	require.Contains(t, api.values, peerParameter)

	api = &parameterAPI{values: map[string]string{}, denials: 2 * patience}
	_, _, err = newIssuerHandler(t, api, &document).handle(context.Background(), issuerEvent(cfn.RequestCreate))
	require.ErrorContains(t, err, "AccessDeniedException")
	require.Equal(t, patience, api.denied)
}

func FuzzUsableKeys(f *testing.F) {
	f.Add([]byte(newKeySet(f, 1)))
	f.Add([]byte(`{"keys":[null,{"kty":"RSA"}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		parsed, err := issuers.ParseJWKS(document)
		if err != nil {
			return
		}
		keys := trust.Usable(parsed)
		text, err := json.Marshal(keys)
		if err != nil {
			t.Fatal(err)
		}
		again, err := issuers.ParseJWKS(text)
		if err != nil || len(again) != len(keys.Keys) {
			t.Errorf("the authorizer refuses what was kept: %s: %v", text, err)
		}
	})
}
