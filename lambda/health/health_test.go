package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return recorder
}

func decode(t *testing.T, recorder *httptest.ResponseRecorder) report {
	t.Helper()
	var r report
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &r))
	return r
}

func hang(_ http.ResponseWriter, r *http.Request) {
	// The server notices that a client has gone only once the body is read.
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func awsError(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-ErrorType", code)
		w.WriteHeader(status)
		if strings.HasPrefix(code, "<") {
			_, _ = io.WriteString(w, code)
			return
		}
		_, _ = io.WriteString(w, `{"__type":"`+code+`","message":"not for the public: `+keyARN+`"}`)
	}
}

func disconnect(w http.ResponseWriter, _ *http.Request) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = connection.Close()
	}
}

func TestHealthyRegionAnswers200WithEveryCheck(t *testing.T) {
	recorder := get(t, newTestHandler(newRegion(t), depthDependencies, newClock()), "/health")
	require.Equal(t, http.StatusOK, recorder.Code, recorder.Body)
	names := []string{}
	for _, c := range decode(t, recorder).Checks {
		names = append(names, c.Name)
	}
	assert.Equal(t, []string{"bucket", "key", "issuer", "parameters"}, names)
	assert.Equal(t, "no-store", recorder.Header().Get("Cache-Control"))
}

func TestStaticHealthAsksNothing(t *testing.T) {
	r := newRegion(t)
	recorder := get(t, newTestHandler(r, depthStatic, newClock()), "/health")
	assert.Equal(t, http.StatusOK, recorder.Code)
	assert.Empty(t, r.calls)
}

func TestAnUnhealthyDependencyIsNamedWithItsReason(t *testing.T) {
	const s3Error = "<Error><Code>%</Code><Message>not for the public</Message></Error>"
	for _, test := range []struct {
		name, service, reason string
		with                  http.HandlerFunc
	}{
		{"bucket hangs", "bucket", reasonTimeout, hang},
		{"bucket is gone", "bucket", reasonMissing, awsError(404, strings.Replace(s3Error, "%", "NoSuchBucket", 1))},
		{"bucket refuses", "bucket", reasonDenied, awsError(403, strings.Replace(s3Error, "%", "AccessDenied", 1))},
		{"bucket is overloaded", "bucket", reasonThrottled, awsError(503, strings.Replace(s3Error, "%", "SlowDown", 1))},
		{"key is disabled", "key", reasonError, awsError(400, "DisabledException")},
		{"key refuses", "key", reasonDenied, awsError(400, "AccessDeniedException")},
		{"issuer is down", "issuer", reasonError, awsError(500, "InternalError")},
		{"issuer drops connections", "issuer", reasonUnreachable, disconnect},
		{"parameters are throttled", "parameters", reasonThrottled, awsError(400, "ThrottlingException")},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := newRegion(t)
			r.fail(test.service, test.with)
			recorder := get(t, newTestHandler(r, depthDependencies, newClock()), "/health")
			require.Equal(t, http.StatusServiceUnavailable, recorder.Code)
			for _, c := range decode(t, recorder).Checks {
				assert.Equal(t, c.Name != test.service, c.Healthy, c.Name)
				if c.Name == test.service {
					assert.Equal(t, test.reason, c.Reason)
				}
			}
			for _, secret := range []string{"arn:", bucketName, ownName, "public", r.URL} {
				assert.NotContains(t, recorder.Body.String(), secret)
			}
		})
	}
}

func TestAMissingOwnIssuerIsUnhealthy(t *testing.T) {
	r := newRegion(t)
	delete(r.parameters, ownName)
	recorder := get(t, newTestHandler(r, depthDependencies, newClock()), "/health")
	assert.Equal(t, http.StatusServiceUnavailable, recorder.Code)
	assert.Equal(t, check{Name: "parameters", Reason: reasonMissing}, decode(t, recorder).Checks[3])
}

func TestAnswerComesBeforeRoute53GivesUpWhenEverythingHangs(t *testing.T) {
	r := newRegion(t)
	for _, service := range []string{"bucket", "key", "issuer", "parameters", "switch"} {
		r.fail(service, hang)
	}
	h := newTestHandler(r, depthDependencies, newClock())
	for _, path := range []string{"/health", "/switch"} {
		start := time.Now()
		assert.Equal(t, http.StatusServiceUnavailable, get(t, h, path).Code)
		assert.Less(t, time.Since(start), 2*time.Second, path)
	}
}

func TestProbesRunOnceForManyCheckersAndAgainAfterFiveSeconds(t *testing.T) {
	r, c := newRegion(t), newClock()
	h := newTestHandler(r, depthDependencies, c)
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() { assert.Equal(t, http.StatusOK, get(t, h, "/health").Code) })
	}
	group.Wait()
	assert.Equal(t, 1, r.count("bucket"))
	c.advance(reportAge - time.Millisecond)
	get(t, h, "/health")
	assert.Equal(t, 1, r.count("bucket"))
	c.advance(time.Millisecond)
	get(t, h, "/health")
	assert.Equal(t, 2, r.count("bucket"))
}

func TestAChangeIsLoggedOnce(t *testing.T) {
	var lines bytes.Buffer
	before := slog.Default()
	slog.SetDefault(logging.New(&lines))
	t.Cleanup(func() { slog.SetDefault(before) })
	r, c := newRegion(t), newClock()
	h := newTestHandler(r, depthDependencies, c)
	ask := func() {
		get(t, h, "/health")
		c.advance(reportAge)
	}
	ask()
	ask()
	r.fail("key", awsError(400, "DisabledException"))
	ask()
	ask()
	r.heal()
	ask()
	messages := []string{}
	for line := range strings.Lines(lines.String()) {
		var entry struct{ Msg, Check string }
		require.NoError(t, json.Unmarshal([]byte(line), &entry))
		messages = append(messages, strings.TrimSpace(entry.Msg+" "+entry.Check))
	}
	assert.Equal(t, []string{"the Region is healthy", "the Region is unhealthy key", "the Region is healthy"}, messages)
}

func TestSwitchFollowsTheParameter(t *testing.T) {
	r, c := newRegion(t), newClock()
	h := newTestHandler(r, depthStatic, c)
	assert.Equal(t, http.StatusServiceUnavailable, get(t, h, "/switch").Code)
	r.set(switchName, switchOn)
	assert.Equal(t, http.StatusServiceUnavailable, get(t, h, "/switch").Code, "within five seconds the position is not read again")
	c.advance(switchAge)
	assert.Equal(t, http.StatusOK, get(t, h, "/switch").Code)
}

func TestSwitchKeepsItsPositionWhenTheParameterCannotBeRead(t *testing.T) {
	for _, position := range []string{switchOn, switchOff} {
		for name, breakIt := range map[string]func(*region){
			"throttled": func(r *region) { r.fail("switch", awsError(400, "ThrottlingException")) },
			"hangs":     func(r *region) { r.fail("switch", hang) },
			"nonsense":  func(r *region) { r.set(switchName, "ON!") },
		} {
			t.Run(position+" "+name, func(t *testing.T) {
				r, c := newRegion(t), newClock()
				r.set(switchName, position)
				h := newTestHandler(r, depthStatic, c)
				before := get(t, h, "/switch").Code
				c.advance(switchAge)
				breakIt(r)
				assert.Equal(t, before, get(t, h, "/switch").Code)
				reads := r.count("switch")
				assert.Equal(t, before, get(t, h, "/switch").Code)
				if name != "hangs" {
					assert.Equal(t, reads, r.count("switch"), "a failure is not repeated for every caller")
				}
			})
		}
	}
}

func TestSwitchThatWasNeverReadIsOff(t *testing.T) {
	r := newRegion(t)
	r.fail("switch", awsError(400, "ParameterNotFound"))
	recorder := get(t, newTestHandler(r, depthStatic, newClock()), "/switch")
	assert.Equal(t, http.StatusServiceUnavailable, recorder.Code)
	assert.JSONEq(t, `{"switch":"unknown","region":"eu-west-1"}`, recorder.Body.String())
}

func TestOtherPathsAreNotFound(t *testing.T) {
	h := newTestHandler(newRegion(t), depthStatic, newClock())
	assert.Equal(t, http.StatusNotFound, get(t, h, "/").Code)
}

func TestSettingsReportEveryProblem(t *testing.T) {
	env := map[string]string{"HEALTH_DEPTH": depthDependencies, "BUCKET_NAME": "b"}
	_, err := readSettings(func(name string) string { return env[name] })
	for _, missing := range []string{"AWS_REGION", "SWITCH_PARAMETER", "KMS_KEY_ARN", "JWKS_URI", "ISSUER_PARAMETERS"} {
		require.ErrorContains(t, err, missing)
	}
	_, err = readSettings(func(string) string { return "deep" })
	require.ErrorContains(t, err, `HEALTH_DEPTH must be "static" or "dependencies", got "deep"`)
}

func TestSettingsTakeTheOwnIssuerOnly(t *testing.T) {
	env := map[string]string{"HEALTH_DEPTH": depthDependencies, "ISSUER_PARAMETERS": ownName + ",/orders/issuers/peer"}
	s, err := readSettings(func(name string) string {
		if value, set := env[name]; set {
			return value
		}
		return "x"
	})
	require.NoError(t, err)
	assert.Equal(t, ownName, s.ownIssuer)
}

func BenchmarkHealthWarm(b *testing.B) {
	m := newMonitor("eu-west-1", []probe{{"bucket", func(context.Context) error { return nil }}}, time.Now)
	h := newHandler(m, newTakeover("", nil, time.Now))
	request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/health", nil)
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), request)
	}
}
