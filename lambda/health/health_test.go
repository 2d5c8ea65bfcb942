package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/position"
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

func answer(text string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		_, _ = io.WriteString(w, text)
	}
}

func disconnect(w http.ResponseWriter, _ *http.Request) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = connection.Close()
	}
}

func TestHealthyRegionAnswers200WithEveryCheck(t *testing.T) {
	recorder := get(t, newTestHandler(newRegion(t), contract.HealthDependencies, newClock()), "/health")
	require.Equal(t, http.StatusOK, recorder.Code, recorder.Body)
	names := []string{}
	for _, c := range decode(t, recorder).Checks {
		names = append(names, c.Name)
	}
	assert.Equal(t, []string{"bucket", "key", "tokens", "issuer", "parameters", "table/orders", "table"}, names)
	assert.Equal(t, "no-store", recorder.Header().Get("Cache-Control"))
}

func TestOneKeyOfEachTableIsRead(t *testing.T) {
	r := newRegion(t)
	require.Equal(t, http.StatusOK, get(t, newTestHandler(r, contract.HealthDependencies, newClock()), "/health").Code)
	assert.Equal(t, []string{"shop-orders regionpair.health0"}, r.read)
}

// A probe of the user's with one of these names could not be told from it.
func TestTheNamesOfItsOwnChecksAreRefusedForOthers(t *testing.T) {
	names := []string{}
	for _, probe := range probes(settings{depth: contract.HealthAPI}, aws.Config{}, http.DefaultClient, time.Now) {
		names = append(names, probe.name)
	}
	assert.Equal(t, contract.HealthChecks(), names)
}

func TestStaticHealthAsksOwnProbesOnly(t *testing.T) {
	r := newRegion(t)
	recorder := get(t, newTestHandler(r, contract.HealthStatic, newClock()), "/health")
	assert.Equal(t, http.StatusOK, recorder.Code)
	assert.Equal(t, map[string]int{"table": 1, "switch": 1}, r.calls)
}

func s3Error(status int, code string) http.HandlerFunc {
	return awsError(status, "<Error><Code>"+code+"</Code><Message>not for the public</Message></Error>")
}

func TestWhatIsWrongIsNamedWithItsReason(t *testing.T) {
	status := map[string]int{statusHealthy: 200, statusDegraded: 200, statusUnhealthy: 503}
	for _, test := range []struct {
		name, service, reason string
		with                  http.HandlerFunc
		// cold is the status where the service never answered, warm where it did.
		cold, warm string
	}{
		{"bucket hangs", "bucket", reasonTimeout, hang, statusUnhealthy, statusUnhealthy},
		{"bucket is gone", "bucket", reasonMissing, s3Error(404, "NoSuchBucket"), statusUnhealthy, statusUnhealthy},
		{"bucket refuses", "bucket", reasonDenied, s3Error(403, "AccessDenied"), statusUnhealthy, statusUnhealthy},
		{"bucket is overloaded", "bucket", reasonThrottled, s3Error(503, "SlowDown"), statusDegraded, statusDegraded},
		{"bucket fails", "bucket", reasonError, s3Error(500, "InternalError"), statusUnhealthy, statusUnhealthy},
		{"key is disabled", "key", reasonError, awsError(400, "DisabledException"), statusUnhealthy, statusUnhealthy},
		{"key refuses", "key", reasonDenied, awsError(400, "AccessDeniedException"), statusUnhealthy, statusUnhealthy},
		{"key is throttled", "key", reasonThrottled, awsError(400, "ThrottlingException"), statusDegraded, statusDegraded},
		{"table hangs", "items", reasonTimeout, hang, statusUnhealthy, statusUnhealthy},
		{"table is overloaded", "items", reasonThrottled, awsError(400, "ProvisionedThroughputExceededException"), statusDegraded, statusDegraded},
		{"table is throttled", "items", reasonThrottled, awsError(400, "ThrottlingException"), statusDegraded, statusDegraded},
		{"table fails", "items", reasonError, awsError(500, "InternalServerError"), statusUnhealthy, statusUnhealthy},
		{"table refuses", "items", reasonDenied, awsError(400, "AccessDeniedException"), statusUnhealthy, statusUnhealthy},
		{"table is not there yet, or gone", "items", reasonMissing, awsError(400, "ResourceNotFoundException"), statusDegraded, statusUnhealthy},
		{"tokens fail", "tokens", reasonError, awsError(500, "InternalError"), statusUnhealthy, statusUnhealthy},
		{"tokens hang", "tokens", reasonTimeout, hang, statusUnhealthy, statusUnhealthy},
		{"tokens are throttled", "tokens", reasonThrottled, awsError(429, "TooManyRequestsException"), statusDegraded, statusDegraded},
		{"tokens come from somebody else", "tokens", reasonError, awsError(200, "hello"), statusUnhealthy, statusUnhealthy},
		{"issuer is down", "issuer", reasonError, awsError(500, "InternalError"), statusUnhealthy, statusDegraded},
		{"issuer drops connections", "issuer", reasonUnreachable, disconnect, statusUnhealthy, statusDegraded},
		{"issuer has no keys", "issuer", reasonError, awsError(200, "none"), statusUnhealthy, statusDegraded},
		{"parameters are throttled", "parameters", reasonThrottled, awsError(400, "ThrottlingException"), statusDegraded, statusDegraded},
		{"parameters are down", "parameters", reasonError, awsError(500, "InternalServerError"), statusUnhealthy, statusDegraded},
		{"parameters hang", "parameters", reasonTimeout, hang, statusUnhealthy, statusDegraded},
		{"parameters refuse", "parameters", reasonDenied, awsError(400, "AccessDeniedException"), statusUnhealthy, statusUnhealthy},
		{"own probe fails", "table", reasonError, answer(`{"errorMessage":"nil"}`, "X-Amz-Function-Error", "Unhandled"), statusUnhealthy, statusUnhealthy},
		{"own probe is degraded", "table", reasonError, answer(`{"status":"degraded"}`), statusDegraded, statusDegraded},
		{"own probe is unhealthy", "table", reasonError, answer(`{"status":"unhealthy"}`), statusUnhealthy, statusUnhealthy},
		{"own probe says something else", "table", reasonError, answer(`{"status":"fine"}`), statusUnhealthy, statusUnhealthy},
		{"own probe says nothing", "table", reasonError, answer(``), statusUnhealthy, statusUnhealthy},
		{"own probe is throttled", "table", reasonThrottled, awsError(429, "TooManyRequestsException"), statusDegraded, statusDegraded},
		{"own probe is gone", "table", reasonMissing, awsError(404, "ResourceNotFoundException"), statusUnhealthy, statusUnhealthy},
	} {
		for want, warm := range map[string]bool{"cold": false, "warm": true} {
			t.Run(test.name+" "+want, func(t *testing.T) {
				t.Parallel() // what hangs is waited for
				r, c := newRegion(t), newClock()
				h := newTestHandler(r, contract.HealthDependencies, c)
				expected := test.cold
				if warm {
					expected = test.warm
					// Twice: what the key is asked alternates.
					for range 2 {
						require.Equal(t, http.StatusOK, get(t, h, "/health").Code)
						c.advance(keyAge)
					}
				}
				r.fail(test.service, test.with)
				recorder := get(t, h, "/health")
				require.Equal(t, status[expected], recorder.Code)
				found := decode(t, recorder)
				assert.Equal(t, expected, found.Status)
				name := map[string]string{"decrypt": "key", "items": "table/orders"}[test.service]
				if name == "" {
					name = test.service
				}
				for _, c := range found.Checks {
					if c.Name == name {
						assert.Equal(t, check{Name: name, Status: expected, Reason: test.reason}, c)
					} else {
						assert.Equal(t, statusHealthy, c.Status, c.Name)
					}
				}
				assert.Equal(t, expected == statusDegraded, strings.Contains(h.metrics.String(), `"Degraded":1`))
				for _, secret := range []string{"arn:", bucketName, ownName, "public", r.URL} {
					assert.NotContains(t, recorder.Body.String(), secret)
				}
			})
		}
	}
}

func TestTheKeyIsAskedForBothWaysInTurns(t *testing.T) {
	r, c := newRegion(t), newClock()
	h := newTestHandler(r, contract.HealthDependencies, c)
	ask := func() int {
		defer c.advance(reportAge)
		return get(t, h, "/health").Code
	}
	asksInKeyAge := int(keyAge / reportAge)
	for range 4 * asksInKeyAge {
		require.Equal(t, http.StatusOK, ask())
	}
	assert.Equal(t, 2, r.count("key"), "a good answer is relied on for a while")
	assert.Equal(t, 2, r.count("decrypt"))

	for _, denied := range []string{"key", "decrypt"} {
		r.fail(denied, awsError(400, "AccessDeniedException"))
		answers := []int{}
		for range 2 * asksInKeyAge {
			answers = append(answers, ask())
		}
		assert.Contains(t, answers, http.StatusServiceUnavailable, denied)
		for range 3 {
			assert.Equal(t, http.StatusServiceUnavailable, ask(), "three in a row, or Route 53 would not believe it: "+denied)
		}
		r.heal()
		assert.Equal(t, http.StatusOK, ask(), denied)
	}
}

func TestEveryProbeAsksOnce(t *testing.T) {
	for _, service := range []string{"bucket", "key", "tokens", "issuer", "parameters", "table"} {
		r := newRegion(t)
		r.fail(service, awsError(500, "InternalError"))
		get(t, newTestHandler(r, contract.HealthDependencies, newClock()), "/health")
		assert.Equal(t, 1, r.count(service), service)
	}
}

func TestAMissingOwnIssuerIsUnhealthy(t *testing.T) {
	r := newRegion(t)
	delete(r.parameters, ownName)
	recorder := get(t, newTestHandler(r, contract.HealthDependencies, newClock()), "/health")
	assert.Equal(t, http.StatusServiceUnavailable, recorder.Code)
	assert.Equal(t, check{Name: "parameters", Status: statusUnhealthy, Reason: reasonMissing}, decode(t, recorder).Checks[4])
}

func TestAnswerComesBeforeRoute53GivesUpWhenEverythingHangs(t *testing.T) {
	r := newRegion(t)
	for _, service := range []string{"bucket", "key", "tokens", "issuer", "parameters", "table", "switch"} {
		r.fail(service, hang)
	}
	h := newTestHandler(r, contract.HealthDependencies, newClock())
	for path, status := range map[string]int{"/health": http.StatusServiceUnavailable, "/switch": http.StatusNotFound} {
		start := time.Now()
		assert.Equal(t, status, get(t, h, path).Code)
		assert.Less(t, time.Since(start), 2*time.Second, path)
	}
}

func TestProbesRunOnceForManyCheckersAndAgainAfterFiveSeconds(t *testing.T) {
	r, c := newRegion(t), newClock()
	h := newTestHandler(r, contract.HealthDependencies, c)
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
	h := newTestHandler(r, contract.HealthDependencies, c)
	ask := func() {
		get(t, h, "/health")
		c.advance(keyAge)
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
	h := newTestHandler(r, contract.HealthStatic, c)
	assert.Equal(t, http.StatusNotFound, get(t, h, "/switch").Code)
	r.set(switchName, contract.PositionOn)
	assert.Equal(t, http.StatusNotFound, get(t, h, "/switch").Code, "within five seconds the position is not read again")
	c.advance(position.MaxAge)
	assert.Equal(t, http.StatusOK, get(t, h, "/switch").Code)
	assert.Equal(t, http.StatusOK, get(t, h, "/a1b2c3d4e5/switch").Code, "as the checkers ask")
	assert.Equal(t, http.StatusOK, get(t, h, "/a1b2c3d4e5/health").Code)
	assert.Equal(t, http.StatusNotFound, get(t, h, "/a/b/health").Code)
}

func TestSwitchKeepsItsPositionWhenTheParameterCannotBeRead(t *testing.T) {
	for _, before := range []string{contract.PositionOn, contract.PositionOff} {
		for name, breakIt := range map[string]func(*region){
			"throttled": func(r *region) { r.fail("switch", awsError(400, "ThrottlingException")) },
			"hangs":     func(r *region) { r.fail("switch", hang) },
			"nonsense":  func(r *region) { r.set(switchName, "ON!") },
		} {
			t.Run(before+" "+name, func(t *testing.T) {
				r, c := newRegion(t), newClock()
				r.set(switchName, before)
				h := newTestHandler(r, contract.HealthStatic, c)
				status := get(t, h, "/switch").Code
				c.advance(position.MaxAge)
				breakIt(r)
				assert.Equal(t, status, get(t, h, "/switch").Code)
				reads := r.count("switch")
				assert.Equal(t, status, get(t, h, "/switch").Code)
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
	recorder := get(t, newTestHandler(r, contract.HealthStatic, newClock()), "/switch")
	assert.Equal(t, http.StatusNotFound, recorder.Code)
	assert.JSONEq(t, `{"switch":"unknown","region":"eu-west-1"}`, recorder.Body.String())
}

func TestAHeldRegionIsUnhealthyAndSaysWhatItWouldBe(t *testing.T) {
	for _, test := range []struct {
		position string
		// age of the parameter.
		age    time.Duration
		status int
	}{
		{contract.PositionOff, 0, http.StatusOK},
		{contract.PositionOn, 24 * time.Hour, http.StatusServiceUnavailable},
		{contract.PositionByGuard, 4 * time.Minute, http.StatusServiceUnavailable},
		{contract.PositionByGuard, 6 * time.Minute, http.StatusOK},
	} {
		r, c := newRegion(t), newClock()
		r.set(holdName, test.position)
		r.modified = c.Now().Add(-test.age)
		recorder := get(t, newTestHandler(r, contract.HealthStatic, c), "/health")
		assert.Equal(t, test.status, recorder.Code, "%s set %s ago", test.position, test.age)
		found := decode(t, recorder)
		assert.Equal(t, statusHealthy, found.Status)
		assert.Equal(t, test.status != http.StatusOK, found.Held)
	}
}

func TestTheGuardsSwitchIsOn(t *testing.T) {
	r := newRegion(t)
	r.set(switchName, contract.PositionByGuard)
	recorder := get(t, newTestHandler(r, contract.HealthStatic, newClock()), "/switch")
	assert.Equal(t, http.StatusOK, recorder.Code)
	assert.JSONEq(t, `{"switch":"guard","region":"eu-west-1"}`, recorder.Body.String())
}

func TestOtherPathsAreNotFound(t *testing.T) {
	h := newTestHandler(newRegion(t), contract.HealthStatic, newClock())
	assert.Equal(t, http.StatusNotFound, get(t, h, "/").Code)
}

func TestSettingsReportEveryProblem(t *testing.T) {
	env := map[string]string{contract.HealthDepthVariable: string(contract.HealthDependencies), "BUCKET_NAME": "b"}
	_, err := readSettings(func(name string) string { return env[name] })
	for _, missing := range []string{"AWS_REGION", "SWITCH_PARAMETER", "HOLD_PARAMETER", "KMS_KEY_ARN", "JWKS_URI", "TOKEN_URL", "ISSUER_PARAMETERS"} {
		require.ErrorContains(t, err, missing)
	}
	_, err = readSettings(func(string) string { return "deep" })
	require.ErrorContains(t, err, `HEALTH_DEPTH must be "static", "dependencies" or "api", got "deep"`)
}

func TestSettingsTakeTheOwnIssuerOnly(t *testing.T) {
	env := map[string]string{contract.HealthDepthVariable: string(contract.HealthDependencies), "ISSUER_PARAMETERS": ownName, contract.HealthProbes: `{"table":"orders-table"}`}
	s, err := readSettings(func(name string) string {
		if value, set := env[name]; set {
			return value
		}
		return "x"
	})
	require.NoError(t, err)
	assert.Equal(t, ownName, s.ownIssuer)
	assert.Equal(t, map[string]string{"table": "orders-table"}, s.ownProbes)

	env[contract.HealthProbes] = "table"
	_, err = readSettings(func(name string) string { return env[name] })
	require.ErrorContains(t, err, "HEALTH_PROBES must be a JSON object of function names")
}

func TestTheTablesAreBesideTheBinary(t *testing.T) {
	folder := t.TempDir()
	read := func() (settings, error) {
		return readSettings(func(name string) string {
			return map[string]string{contract.HealthDepthVariable: string(contract.HealthStatic), contract.HealthProbes: "", "LAMBDA_TASK_ROOT": folder}[name]
		})
	}
	s, _ := read()
	assert.Empty(t, s.tables, "there is no file where there is no table")

	path := filepath.Join(folder, contract.HealthTablesFile)
	require.NoError(t, os.WriteFile(path, []byte(`{"orders":{"table":"shop-orders","key":{"id":"S"}}}`), 0o600))
	s, _ = read()
	assert.Equal(t, map[string]contract.HealthTable{"orders": {Table: "shop-orders", Key: map[string]string{"id": "S"}}}, s.tables)

	require.NoError(t, os.WriteFile(path, []byte(`[]`), 0o600))
	_, err := read()
	require.ErrorContains(t, err, path+" must be a JSON object of tables and their keys")
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Mkdir(path, 0o700))
	_, err = read()
	require.ErrorContains(t, err, "read the tables: ")
}

func BenchmarkHealthWarm(b *testing.B) {
	m := newMonitor(monitorProps{region: "eu-west-1", probes: []*probe{{name: "bucket", ask: func(context.Context) error { return nil }}}})
	h := newHandler(m, newTakeover("", nil, time.Now), newTakeover("", nil, time.Now))
	request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/health", nil)
	for b.Loop() {
		h.ServeHTTP(httptest.NewRecorder(), request)
	}
}
