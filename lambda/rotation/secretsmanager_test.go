package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// secret is one secret of Secrets Manager with its versions, and the part of
// the protocol that a rotation uses.
type secret struct {
	mu sync.Mutex

	enabled bool
	values  map[string]string   // by version id
	stages  map[string][]string // by version id
	failure map[string]string   // error code by operation
	calls   []string
}

const (
	secretID = "orders/clients/billing"
	first    = "11111111-1111-1111-1111-111111111111"
	second   = "22222222-2222-2222-2222-222222222222"
	original = `{"client_id":"orders.billing","client_secret":"original-secret-abcdefghijklmnopqrstuvwxyz"}`
)

// newSecret is a secret whose rotation to the second version has begun.
func newSecret() *secret {
	return &secret{
		enabled: true,
		values:  map[string]string{first: original},
		stages:  map[string][]string{first: {stageCurrent}, second: {stagePending}},
		failure: map[string]string{},
	}
}

func (s *secret) client(t testing.TB) *secretsmanager.Client {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return secretsmanager.New(secretsmanager.Options{
		BaseEndpoint: aws.String(server.URL), Region: "eu-west-1",
		Retryer: aws.NopRetryer{}, Credentials: aws.AnonymousCredentials{},
	})
}

// input is the union of the operations' inputs.
type input struct {
	SecretID            string `json:"SecretId"`
	VersionID           string `json:"VersionId"`
	MoveToVersionID     string `json:"MoveToVersionId"`
	RemoveFromVersionID string `json:"RemoveFromVersionId"`
	VersionStage        string
	VersionStages       []string
	ClientRequestToken  string
	SecretString        string
}

func (s *secret) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var in input
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		refuse(w, "InvalidRequestException")
		return
	}
	operation := r.Header.Get("X-Amz-Target")[len("secretsmanager."):]
	s.calls = append(s.calls, operation)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch code := s.failure[operation]; {
	case code != "":
		refuse(w, code)
	case in.SecretID != secretID:
		refuse(w, "ResourceNotFoundException")
	case operation == "DescribeSecret":
		_ = json.NewEncoder(w).Encode(map[string]any{"RotationEnabled": s.enabled, "VersionIdsToStages": s.stages})
	case operation == "GetSecretValue":
		s.get(w, in)
	case operation == "PutSecretValue":
		s.put(w, in)
	case operation == "UpdateSecretVersionStage":
		s.move(w, in)
	default:
		refuse(w, "UnknownOperationException")
	}
}

func (s *secret) get(w http.ResponseWriter, in input) {
	for id, value := range s.values {
		if (in.VersionID == "" || in.VersionID == id) && slices.Contains(s.stages[id], in.VersionStage) {
			_ = json.NewEncoder(w).Encode(map[string]string{"SecretString": value, "VersionId": id})
			return
		}
	}
	refuse(w, "ResourceNotFoundException")
}

func (s *secret) put(w http.ResponseWriter, in input) {
	if value, exists := s.values[in.ClientRequestToken]; exists && value != in.SecretString {
		refuse(w, "ResourceExistsException")
		return
	}
	s.values[in.ClientRequestToken] = in.SecretString
	s.stages[in.ClientRequestToken] = in.VersionStages
	_, _ = w.Write([]byte(`{}`))
}

func (s *secret) move(w http.ResponseWriter, in input) {
	if in.VersionStage != stageCurrent || !slices.Contains(s.stages[in.RemoveFromVersionID], stageCurrent) {
		refuse(w, "InvalidParameterException")
		return
	}
	s.stages[in.RemoveFromVersionID] = []string{"AWSPREVIOUS"}
	s.stages[in.MoveToVersionID] = append(s.stages[in.MoveToVersionID], stageCurrent)
	_, _ = w.Write([]byte(`{}`))
}

func refuse(w http.ResponseWriter, code string) {
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": "no"})
}
