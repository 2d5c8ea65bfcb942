package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// secretStore speaks the part of Secrets Manager's protocol that reads.
type secretStore struct {
	server *httptest.Server

	mu sync.Mutex
	// values by secret id and stage.
	values map[string]map[string]string
	// failure is answered instead, as "ErrorCode".
	failure string
	// refusals of single secrets, as "ErrorCode: message", by id.
	refusals map[string]string
	delay    time.Duration
	reads    map[string]int
}

func newSecretStore(t testing.TB) *secretStore {
	t.Helper()
	s := &secretStore{values: map[string]map[string]string{}, reads: map[string]int{}}
	s.server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.server.Close)
	return s
}

func (s *secretStore) client() *secretsmanager.Client {
	return secretsmanager.New(secretsmanager.Options{
		BaseEndpoint: aws.String(s.server.URL), Region: "eu-west-1",
		Retryer: aws.NopRetryer{}, Credentials: aws.AnonymousCredentials{},
	})
}

// put makes the value current and what was current previous.
func (s *secretStore) put(id, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	versions := map[string]string{stageCurrent: value}
	if current, exists := s.values[id][stageCurrent]; exists {
		versions[stagePrevious] = current
	}
	s.values[id] = versions
}

func (s *secretStore) remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.values, id)
}

func (s *secretStore) fail(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = code
}

// refuse answers an error for one secret alone, such as "ErrorCode: message".
func (s *secretStore) refuse(id, problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refusals == nil {
		s.refusals = map[string]string{}
	}
	s.refusals[id] = problem
}

func (s *secretStore) slow(delay time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delay = delay
}

func (s *secretStore) readsOf(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads[id]
}

func (s *secretStore) serve(w http.ResponseWriter, r *http.Request) {
	var input struct {
		SecretID     string `json:"SecretId"`
		VersionStage string
	}
	err := json.NewDecoder(r.Body).Decode(&input)
	s.mu.Lock()
	s.reads[input.SecretID]++
	value, exists := s.values[input.SecretID][input.VersionStage]
	failure, message, delay := s.failure, "no", s.delay
	if refusal, exists := s.refusals[input.SecretID]; exists {
		failure, message, _ = strings.Cut(refusal, ": ")
	}
	s.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-r.Context().Done():
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch {
	case err != nil || r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue":
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"__type":"UnknownOperationException"}`))
	case failure != "":
		w.WriteHeader(http.StatusBadRequest)
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": failure, "message": message})
	case !exists:
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"__type":"ResourceNotFoundException","message":"Secrets Manager can't find the specified secret."}`))
	default:
		_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": value})
	}
}
