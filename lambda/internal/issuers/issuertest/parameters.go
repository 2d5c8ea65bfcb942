package issuertest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// Parameters is the part of Parameter Store that reads several parameters.
type Parameters struct {
	server *httptest.Server

	mu       sync.Mutex
	values   map[string]string
	broken   bool
	requests int
}

// NewParameters starts a store with these values.
func NewParameters(t testing.TB, values map[string]string) *Parameters {
	t.Helper()
	p := &Parameters{values: map[string]string{}}
	for name, value := range values {
		p.values[name] = value
	}
	p.server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.server.Close)
	return p
}

// Client reads them with the AWS SDK, without its retries.
func (p *Parameters) Client() *ssm.Client {
	return ssm.New(ssm.Options{
		BaseEndpoint: aws.String(p.server.URL),
		Region:       "eu-west-1",
		Retryer:      aws.NopRetryer{},
		Credentials:  aws.AnonymousCredentials{},
	})
}

// Set changes a parameter; an empty value removes it.
func (p *Parameters) Set(name, value string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if value == "" {
		delete(p.values, name)
		return
	}
	p.values[name] = value
}

// Break makes every request fail, or work again.
func (p *Parameters) Break(broken bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.broken = broken
}

// Requests that were received.
func (p *Parameters) Requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.requests
}

func (p *Parameters) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	var input ssm.GetParametersInput
	if p.broken || r.Header.Get("X-Amz-Target") != "AmazonSSM.GetParameters" || json.NewDecoder(r.Body).Decode(&input) != nil {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(`{"__type":"InternalServerError"}`))
		return
	}
	type parameter struct{ Name, Value, Type string }
	answer := struct {
		Parameters        []parameter
		InvalidParameters []string
	}{}
	for _, name := range input.Names {
		if value, exists := p.values[name]; exists {
			answer.Parameters = append(answer.Parameters, parameter{name, value, "String"})
		} else {
			answer.InvalidParameters = append(answer.InvalidParameters, name)
		}
	}
	_ = json.NewEncoder(w).Encode(answer)
}
