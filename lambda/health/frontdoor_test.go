package main

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
)

// checkOf returns one check of a report.
func checkOf(t *testing.T, recorder *httptest.ResponseRecorder, name string) check {
	t.Helper()
	for _, c := range decode(t, recorder).Checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no check %s in %s", name, recorder.Body)
	return check{}
}

func TestTheFrontDoorIsAskedAsClientsAsk(t *testing.T) {
	r, c := newRegion(t), newClock()
	h := newTestHandler(r, contract.HealthAPI, c)
	for range 10 {
		require.Equal(t, http.StatusOK, get(t, h, "/health").Code)
		c.advance(reportAge)
	}
	assert.Equal(t, 10, r.count("front-path"))
	assert.Equal(t, 1, r.count("grants"), "a token is kept")
	assert.Equal(t, 1, r.count("secrets"))
	c.advance(50 * time.Minute)
	require.Equal(t, http.StatusOK, get(t, h, "/health").Code)
	assert.Equal(t, 2, r.count("grants"), "for most of its life")
	assert.Zero(t, countOf(t, contract.HealthDependencies, "front-path"), "other depths leave it alone")
}

func countOf(t *testing.T, depth contract.HealthDepth, service string) int {
	t.Helper()
	r := newRegion(t)
	get(t, newTestHandler(r, depth, newClock()), "/health")
	return r.count(service)
}

func TestWhatIsWrongAtTheFrontDoor(t *testing.T) {
	for _, test := range []struct {
		name, service, check string
		with                 http.HandlerFunc
		status, reason       string
	}{
		{"the API fails", "front-path", "request", awsError(502, ""), statusUnhealthy, reasonError},
		{"the handler hangs", "front-path", "request", hang, statusUnhealthy, reasonTimeout},
		{"nothing is mapped", "front-path", "request", awsError(403, ""), statusUnhealthy, reasonDenied},
		{"the authorizer fails", "front-path", "request", awsError(500, ""), statusUnhealthy, reasonError},
		{"the API is throttled", "front-path", "request", awsError(429, ""), statusDegraded, reasonThrottled},
		{"a new connection fails", "front-path", "request", disconnect, statusUnhealthy, reasonUnreachable},
		{"the handler finds nothing", "front-path", "request", awsError(404, ""), statusHealthy, ""},
		{"tokens cannot be had", "front-token", "front-door", awsError(503, "temporarily_unavailable"), statusUnhealthy, reasonError},
		{"the token endpoint is not mapped", "front-token", "front-door", answer(`{"message":"Forbidden"}`), statusUnhealthy, reasonError},
		{"the token endpoint is throttled", "front-token", "front-door", awsError(429, ""), statusDegraded, reasonThrottled},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, c := newRegion(t), newClock()
			h := newTestHandler(r, contract.HealthAPI, c)
			require.Equal(t, http.StatusOK, get(t, h, "/health").Code)
			c.advance(reportAge)
			r.fail(test.service, test.with)
			recorder := get(t, h, "/health")
			assert.Equal(t, statusIf(test.status != statusUnhealthy, http.StatusServiceUnavailable), recorder.Code)
			assert.Equal(t, check{Name: test.check, Status: test.status, Reason: test.reason}, checkOf(t, recorder, test.check))
			r.heal()
			c.advance(reportAge)
			assert.Equal(t, http.StatusOK, get(t, h, "/health").Code)
		})
	}
}

// What only the check lacks, or one client, is no reason to move all of them.
func TestNobodyIsMovedForWhatOnlyTheCheckLacks(t *testing.T) {
	for name, lost := range map[string]func(*region){
		"Secrets Manager": func(r *region) { r.fail("secrets", awsError(500, "InternalServiceError")) },
		"this client": func(r *region) {
			r.fail("secrets", answer(`{"SecretString":"{\"client_id\":\"gone\",\"client_secret\":\"x\"}"}`))
		},
		"a secret": func(r *region) { r.fail("secrets", answer(`{"SecretString":"?"}`)) },
	} {
		t.Run(name, func(t *testing.T) {
			r, c := newRegion(t), newClock()
			lost(r)
			recorder := get(t, newTestHandler(r, contract.HealthAPI, c), "/health")
			assert.Equal(t, http.StatusOK, recorder.Code, recorder.Body)
			assert.Equal(t, statusDegraded, checkOf(t, recorder, "request").Status)
			assert.Equal(t, statusHealthy, checkOf(t, recorder, "front-door").Status)
		})
	}
	r, c := newRegion(t), newClock()
	h := newTestHandler(r, contract.HealthAPI, c)
	require.Equal(t, http.StatusOK, get(t, h, "/health").Code)
	r.fail("secrets", awsError(500, "InternalServiceError"))
	c.advance(55 * time.Minute)
	assert.Equal(t, statusHealthy, checkOf(t, get(t, h, "/health"), "request").Status, "the last token is still good")
	c.advance(6 * time.Minute)
	assert.Equal(t, statusDegraded, checkOf(t, get(t, h, "/health"), "request").Status)
}

func TestATokenThatIsRefusedIsReplaced(t *testing.T) {
	r, c := newRegion(t), newClock()
	h := newTestHandler(r, contract.HealthAPI, c)
	require.Equal(t, http.StatusOK, get(t, h, "/health").Code)
	r.fail("front-path", awsError(401, ""))
	c.advance(reportAge)
	require.Equal(t, http.StatusServiceUnavailable, get(t, h, "/health").Code)
	r.heal()
	c.advance(reportAge)
	require.Equal(t, http.StatusOK, get(t, h, "/health").Code)
	assert.Equal(t, 2, r.count("grants"))
}

func TestABadCertificateIsNamed(t *testing.T) {
	r, c := newRegion(t), newClock()
	other := httptest.NewUnstartedServer(http.NotFoundHandler())
	other.Config.ErrorLog = log.New(io.Discard, "", 0)
	other.StartTLS()
	t.Cleanup(other.Close)
	front := newFrontDoor(contract.FrontDoor{Host: other.Listener.Addr().String(), Name: "api.example.net", Path: "/"}, nil, &tls.Config{RootCAs: tlsOf(r.Client()).RootCAs, MinVersion: tls.VersionTLS12}, c.Now)
	for _, p := range front.probes() {
		found := p.run(t.Context())
		assert.Equal(t, statusUnhealthy, found.Status, p.name)
		assert.Equal(t, reasonCertificate, found.Reason, p.name)
	}
}

func TestAPublicPathNeedsNoToken(t *testing.T) {
	r, c := newRegion(t), newClock()
	r.fail("front-path", func(w http.ResponseWriter, request *http.Request) {
		assert.Empty(t, request.Header.Get("Authorization"))
		w.WriteHeader(http.StatusOK)
	})
	front := newFrontDoor(contract.FrontDoor{Host: r.Listener.Addr().String(), Name: frontName, Path: "/ready"}, nil, tlsOf(r.Client()), c.Now)
	require.NoError(t, front.askPath(t.Context()))
	assert.Zero(t, r.count("secrets"))
}
