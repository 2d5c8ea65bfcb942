package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// region answers as the AWS services of one Region do; each can be broken.
type region struct {
	*httptest.Server
	mu         sync.Mutex
	broken     map[string]http.HandlerFunc
	calls      map[string]int
	parameters map[string]string
}

const (
	switchName = "/orders/failover/switch"
	ownName    = "/orders/issuers/own"
	keyARN     = "arn:aws:kms:eu-west-1:111122223333:key/0a1b"
	bucketName = "orders-objects-111122223333-eu-west-1"
)

func newRegion(t *testing.T) *region {
	t.Helper()
	r := &region{
		broken:     map[string]http.HandlerFunc{},
		calls:      map[string]int{},
		parameters: map[string]string{switchName: switchOff, ownName: `{"issuer":"x"}`},
	}
	r.Server = httptest.NewTLSServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *region) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	service := serviceOf(request)
	r.mu.Lock()
	r.calls[service]++
	broken := r.broken[service]
	r.mu.Unlock()
	if broken != nil {
		broken(w, request)
		return
	}
	switch service {
	case "bucket":
		_, _ = io.WriteString(w, `<ListBucketResult><MaxKeys>1</MaxKeys></ListBucketResult>`)
	case "key":
		_, _ = io.WriteString(w, `{"KeyId":"`+keyARN+`","CiphertextBlob":"AAAA"}`)
	case "issuer":
		_, _ = io.WriteString(w, `{"keys":[]}`)
	default:
		r.answerParameters(w, request)
	}
}

func serviceOf(request *http.Request) string {
	_, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
	switch {
	case operation == "GenerateDataKeyWithoutPlaintext":
		return "key"
	case operation == "GetParameters":
		return "parameters"
	case operation == "GetParameter":
		return "switch"
	case strings.HasSuffix(request.URL.Path, "jwks.json"):
		return "issuer"
	}
	return "bucket"
}

func (r *region) answerParameters(w http.ResponseWriter, request *http.Request) {
	var input struct {
		Name  string
		Names []string
	}
	_ = json.NewDecoder(request.Body).Decode(&input)
	r.mu.Lock()
	defer r.mu.Unlock()
	if input.Name != "" {
		_ = json.NewEncoder(w).Encode(map[string]any{"Parameter": map[string]string{"Name": input.Name, "Value": r.parameters[input.Name]}})
		return
	}
	found := []map[string]string{}
	for _, name := range input.Names {
		if value, exists := r.parameters[name]; exists {
			found = append(found, map[string]string{"Name": name, "Value": value})
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"Parameters": found})
}

func (r *region) fail(service string, with http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken[service] = with
}

func (r *region) heal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.broken)
}

func (r *region) set(name, value string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parameters[name] = value
}

func (r *region) count(service string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[service]
}

func (r *region) config() aws.Config {
	return aws.Config{
		Region:           "eu-west-1",
		BaseEndpoint:     &r.URL,
		HTTPClient:       r.Client(),
		Credentials:      credentials.NewStaticCredentialsProvider("id", "secret", ""),
		RetryMaxAttempts: attempts,
	}
}

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newClock() *clock { return &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func newTestHandler(r *region, depth string, c *clock) http.Handler {
	s := settings{
		region: "eu-west-1", depth: depth, switchParameter: switchName, bucket: bucketName,
		keyARN: keyARN, jwksURI: r.URL + "/pool/.well-known/jwks.json", ownIssuer: ownName,
	}
	parameters := ssm.NewFromConfig(r.config())
	return newHandler(
		newMonitor(s.region, probes(s, r.config(), parameters, r.Client()), c.Now),
		newTakeover(s.switchParameter, parameters, c.Now),
	)
}
