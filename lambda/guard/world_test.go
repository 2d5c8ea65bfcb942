package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/internal/localcloud/services"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

const (
	primaryName = "eu-west-1"
	standbyName = "eu-central-1"
	switchName  = "/orders/failover/switch"
	holdName    = "/orders/failover/hold"
	stateName   = "/orders/failover/guard"
	fenceName   = "/orders/failover/fence"
)

// world answers whatever the guard asks, by host.
type world struct {
	mu         sync.Mutex
	now        time.Time
	parameters map[string]map[string]parameter // by Region
	// serving is the Region that the shared name leads to.
	serving string
	// down Regions answer nothing.
	down map[string]bool
	// hanging hosts, those whose names contain it, take requests and answer none.
	hanging string
	// replication is what S3 says about markers, by Region; nothing without a rule.
	replication map[string]string
	// markers are the versions that can be found, by Region, with whether a rule
	// replicates them; marked is how many were written.
	markers map[string]map[string]bool
	marked  int
	// unseen: S3 answers nobody who asks for a marker.
	unseen bool
	// unreadable parameters, with why they are, by name; unwritable: the guard's
	// cannot be written.
	unreadable map[string]string
	unwritable bool
	// meanwhile happens once, before the guard's question where clients are is answered.
	meanwhile func()
	writes    []string
	metrics   bytes.Buffer
	// cloud has the CloudWatch of the primary, unless there are noMetrics.
	cloud        *services.Region
	noMetrics    bool
	metricsAsked int
}

func newWorld() *world {
	w := &world{
		now: time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC), serving: primaryName, down: map[string]bool{},
		replication: map[string]string{primaryName: "COMPLETED", standbyName: "COMPLETED"},
		parameters:  map[string]map[string]parameter{},
		unreadable:  map[string]string{},
		markers:     map[string]map[string]bool{primaryName: {}, standbyName: {}},
	}
	for _, name := range []string{primaryName, standbyName} {
		w.parameters[name] = map[string]parameter{
			switchName: {value: "off"}, holdName: {value: "off"}, stateName: {value: "{}"}, fenceName: {value: "off"},
			"/orders/failover/health": {value: "https://health." + name + ".example/health"},
		}
	}
	w.cloud = services.NewRegion(primaryName, "111122223333", func() time.Time { return w.now })
	return w
}

func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	host := r.URL.Host
	w.mu.Lock()
	if w.hanging != "" && strings.Contains(host, w.hanging) {
		w.mu.Unlock()
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	answer, err := w.answer(host, r)
	meanwhile := w.meanwhile
	if host == "api.example.com" {
		w.meanwhile = nil
	}
	w.mu.Unlock()
	if host == "api.example.com" && meanwhile != nil {
		meanwhile()
	}
	return answer, err
}

func (w *world) answer(host string, r *http.Request) (*http.Response, error) {
	name := primaryName
	if strings.Contains(host, standbyName) || host == "api.example.com" && w.serving == standbyName {
		name = standbyName
	}
	if w.down[name] {
		return nil, errors.New("connection refused")
	}
	answer := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r}
	body := ""
	switch {
	case host == "api.example.com":
		answer.StatusCode = http.StatusForbidden
		answer.Header.Set(contract.RegionHeader, name)
	case strings.HasPrefix(host, "health."):
		answer.StatusCode, body = w.health(name)
	case strings.HasPrefix(host, "monitoring."):
		w.metricsAsked++
		if w.noMetrics {
			return nil, errors.New("connection refused")
		}
		recorder := httptest.NewRecorder()
		w.cloud.CloudWatch().ServeHTTP(recorder, r)
		return recorder.Result(), nil
	case strings.HasPrefix(host, "ssm."):
		answer.StatusCode, body = w.ssm(name, r)
	case r.Method == http.MethodPut:
		w.marked++
		version := strconv.Itoa(w.marked)
		w.markers[name][version] = w.replication[name] != ""
		answer.Header.Set("X-Amz-Version-Id", version)
	default:
		replicated, found := w.markers[name][r.URL.Query().Get("versionId")]
		if !found || w.unseen {
			// As S3 answers those who may not list.
			answer.StatusCode = http.StatusForbidden
		} else if replicated {
			answer.Header.Set("X-Amz-Replication-Status", w.replication[name])
		}
	}
	answer.Body = io.NopCloser(strings.NewReader(body))
	return answer, nil
}

func (w *world) health(name string) (int, string) {
	if w.parameters[name][holdName].value != "off" {
		return http.StatusServiceUnavailable, `{"status":"healthy","held":true}`
	}
	return http.StatusOK, `{"status":"healthy"}`
}

func (w *world) ssm(name string, r *http.Request) (int, string) {
	var input struct{ Name, Value string }
	_ = json.NewDecoder(r.Body).Decode(&input)
	writes := strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".PutParameter")
	if input.Name == stateName && writes && w.unwritable {
		return http.StatusBadRequest, `{"__type":"ThrottlingException"}`
	}
	if reason := w.unreadable[input.Name]; reason != "" && !writes {
		return http.StatusBadRequest, `{"__type":"` + reason + `"}`
	}
	if writes {
		w.parameters[name][input.Name] = parameter{input.Value, w.now, w.parameters[name][input.Name].version + 1}
		if input.Name != stateName {
			w.writes = append(w.writes, name+input.Name+"="+input.Value)
		}
		return http.StatusOK, `{"Version":1}`
	}
	found := w.parameters[name][input.Name]
	text, _ := json.Marshal(map[string]any{"Parameter": map[string]any{"Value": found.value, "LastModifiedDate": found.modified.Unix(), "Version": found.version}})
	return http.StatusOK, string(text)
}

func (w *world) set(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

// captureLogs returns what is logged until the test ends.
func captureLogs(t *testing.T) *bytes.Buffer {
	t.Helper()
	logs, previous := &bytes.Buffer{}, slog.Default()
	slog.SetDefault(logging.New(logs))
	t.Cleanup(func() { slog.SetDefault(previous) })
	return logs
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) state(t *testing.T) document {
	t.Helper()
	var d document
	require.NoError(t, json.Unmarshal([]byte(w.parameters[standbyName][stateName].value), &d))
	return d
}

func (w *world) newFunction(t *testing.T) *function {
	t.Helper()
	client := &http.Client{Transport: w}
	f := newFunction(settings{
		rules: guard.DefaultRules(guard.Guarded), pair: "orders", domainName: "api.example.com", region: standbyName,
		primaryRegion: primaryName, healthURL: "https://health." + standbyName + ".example/health",
		bucket: "orders-standby", peerBucket: "orders-primary", api: "api.example.com", stage: "live",
	}, aws.Config{
		Region: standbyName, HTTPClient: client, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}, metric.NewCounter(&w.metrics, "guard"))
	f.http, f.now = client, w.clock
	f.pause = func(_ context.Context, d time.Duration) { w.set(func() { w.now = w.now.Add(d) }) }
	return f
}

// minutes lets the schedule invoke the guard.
func (w *world) minutes(t *testing.T, f *function, n int) {
	t.Helper()
	for range n {
		next := w.clock().Truncate(time.Minute).Add(time.Minute)
		w.set(func() { w.now = next })
		ctx, cancel := context.WithDeadline(t.Context(), next.Add(58*time.Second))
		// Deadlines are real times, and the world's are not.
		_, err := f.handle(deadlined{ctx, next.Add(58 * time.Second)}, event{Time: next})
		require.NoError(t, err)
		cancel()
	}
}

// failover lets the guard latch, and the primary return.
func (w *world) failover(t *testing.T, f *function) {
	t.Helper()
	w.minutes(t, f, 6)
	w.set(func() { w.down[primaryName], w.serving = true, standbyName })
	w.minutes(t, f, 1)
	require.Equal(t, guard.Latched, w.state(t).Phase)
	w.set(func() { w.down[primaryName] = false })
}

// minuteOfTraffic is what API Gateway measures in a minute.
type minuteOfTraffic struct {
	requests, errors int
	latency          time.Duration
}

// minutesWith lets clients of the primary meet something, and then the schedule
// invoke the guard, minute after minute.
func (w *world) minutesWith(t *testing.T, f *function, n int, traffic minuteOfTraffic) {
	t.Helper()
	dimensions := services.Dimensions{"ApiName": "api.example.com", "Stage": "live"}
	for range n {
		for i := range traffic.requests {
			failed := 0.0
			if i < traffic.errors {
				failed = 1
			}
			for name, value := range map[string]float64{"Count": 1, "5XXError": failed, "Latency": float64(traffic.latency.Milliseconds())} {
				w.cloud.Metrics().Measure("AWS/ApiGateway", name, dimensions, value)
			}
		}
		w.minutes(t, f, 1)
	}
}

// wake lets the standby's health function invoke the guard.
func (w *world) wake(t *testing.T, f *function) {
	t.Helper()
	deadline := w.clock().Add(58 * time.Second)
	_, err := f.handle(deadlined{t.Context(), deadline}, event{})
	require.NoError(t, err)
}

// deadlined is a context with a deadline of the world's.
type deadlined struct {
	context.Context
	deadline time.Time
}

func (d deadlined) Deadline() (time.Time, bool) { return d.deadline, true }

func (d deadlined) Done() <-chan struct{} { return nil }

func (d deadlined) Err() error { return nil }
