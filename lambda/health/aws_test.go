package main

import (
	"bytes"
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
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/issuers/issuertest"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

// region answers as the AWS services of one Region do; each can be broken.
type region struct {
	*httptest.Server
	mu         sync.Mutex
	broken     map[string]http.HandlerFunc
	calls      map[string]int
	parameters map[string]string
	keys       string
	// read are the keys that were read of tables.
	read []string
	// modified is when parameters were written.
	modified time.Time
}

const (
	switchName = "/orders/failover/switch"
	holdName   = "/orders/failover/hold"
	ownName    = "/orders/issuers/own"
	guardName  = "/orders/failover/guard"
	// primaryPath is where the primary's health is asked.
	primaryPath = "/prod/a1b2c3d4e5/health"
	keyARN      = "arn:aws:kms:eu-west-1:111122223333:key/0a1b"
	bucketName  = "orders-objects-111122223333-eu-west-1"
)

func newRegion(t *testing.T) *region {
	t.Helper()
	r := &region{
		broken:     map[string]http.HandlerFunc{},
		calls:      map[string]int{},
		parameters: map[string]string{switchName: contract.PositionOff, holdName: contract.PositionOff, ownName: `{"issuer":"x"}`},
		keys:       jwks(t),
	}
	r.Server = httptest.NewTLSServer(r)
	t.Cleanup(r.Close)
	return r
}

func jwks(t *testing.T) string {
	t.Helper()
	text, err := json.Marshal(issuertest.NewIssuer(t, "own").JWKS())
	require.NoError(t, err)
	return string(text)
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
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `<Error><Code>NoSuchKey</Code></Error>`)
	case "key":
		_, _ = io.WriteString(w, `{"KeyId":"`+keyARN+`","CiphertextBlob":"AAAA"}`)
	case "decrypt":
		_, _ = io.WriteString(w, `{"KeyId":"`+keyARN+`","Plaintext":"AAAA"}`)
	case "issuer":
		_, _ = io.WriteString(w, r.keys)
	case "tokens":
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_client"}`)
	case "items":
		var input struct {
			TableName      string
			Key            map[string]map[string]string
			ConsistentRead bool
		}
		_ = json.NewDecoder(request.Body).Decode(&input)
		r.mu.Lock()
		r.read = append(r.read, input.TableName+" "+input.Key["id"]["S"]+input.Key["at"]["N"])
		r.mu.Unlock()
		if !input.ConsistentRead {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = io.WriteString(w, `{}`)
	case "table", "primary":
		_, _ = io.WriteString(w, `{"status":"healthy"}`)
	case "guard":
		w.WriteHeader(http.StatusAccepted)
	case "secrets":
		_, _ = io.WriteString(w, `{"SecretString":"{\"client_id\":\"orders.canary\",\"client_secret\":\"s3cret\"}"}`)
	case "front-token":
		r.answerToken(w, request)
	case "front-path":
		status := http.StatusNotFound
		if request.URL.Path != "/objects/.regionpair/health" || request.Header.Get("Authorization") != "Bearer token" {
			status = http.StatusUnauthorized
		}
		w.WriteHeader(status)
	default:
		r.answerParameters(w, request)
	}
}

// frontName is one that the certificate of test servers is for.
const frontName = "example.com"

// answerToken knows one client.
func (r *region) answerToken(w http.ResponseWriter, request *http.Request) {
	if request.FormValue("client_id") == "orders.canary" && request.FormValue("client_secret") == "s3cret" {
		r.mu.Lock()
		r.calls["grants"]++
		r.mu.Unlock()
		_, _ = io.WriteString(w, `{"access_token":"token","expires_in":3600}`)
		return
	}
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = io.WriteString(w, `{"error":"invalid_client"}`)
}

func serviceOf(request *http.Request) string {
	if request.Host == frontName {
		return map[string]string{http.MethodPost: "front-token", http.MethodGet: "front-path"}[request.Method]
	}
	_, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
	switch {
	case operation == "GenerateDataKeyWithoutPlaintext":
		return "key"
	case operation == "GetSecretValue":
		return "secrets"
	case operation == "GetItem":
		return "items"
	case operation == "Decrypt":
		return "decrypt"
	case operation == "GetParameters":
		return "parameters"
	case operation == "GetParameter":
		return "switch"
	case strings.HasSuffix(request.URL.Path, "jwks.json"):
		return "issuer"
	case request.URL.Path == "/oauth2/token":
		return "tokens"
	case request.URL.Path == "/2015-03-31/functions/orders-table/invocations":
		return "table"
	case request.URL.Path == "/2015-03-31/functions/orders-guard/invocations" && request.Header.Get("X-Amz-Invocation-Type") == "Event":
		return "guard"
	case request.URL.Path == primaryPath:
		return "primary"
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
		_ = json.NewEncoder(w).Encode(map[string]any{"Parameter": map[string]any{
			"Name": input.Name, "Value": r.parameters[input.Name], "LastModifiedDate": r.modified.Unix(),
		}})
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

// handler is the function's, over a region that answers here.
type handler struct {
	http.Handler
	metrics *bytes.Buffer
}

func newTestHandler(r *region, depth contract.HealthDepth, c *clock) handler {
	s := settings{
		region: "eu-west-1", depth: depth, switchParameter: switchName, bucket: bucketName,
		keyARN: keyARN, jwksURI: r.URL + "/pool/.well-known/jwks.json", tokenURL: r.URL + "/oauth2/token", ownIssuer: ownName,
		ownProbes: map[string]string{"table": "orders-table"},
		frontDoor: contract.FrontDoor{Host: strings.TrimPrefix(r.URL, "https://"), Name: frontName, Path: "/objects/.regionpair/health", Secret: "orders/clients/canary"},
		tables:    map[string]contract.HealthTable{"orders": {Table: "shop-orders", Key: map[string]string{"id": "S", "at": "N"}}},
	}
	metrics := &bytes.Buffer{}
	monitor := newMonitor(monitorProps{region: s.region, probes: probes(s, r.config(), r.Client(), c.Now), metrics: metric.NewCounter(metrics, "health"), now: c.Now})
	hold := newTakeover(holdName, ssm.NewFromConfig(r.config()), c.Now)
	hold.lease = 5 * time.Minute
	return handler{newHandler(monitor, newTakeover(s.switchParameter, ssm.NewFromConfig(r.config()), c.Now), hold), metrics}
}
