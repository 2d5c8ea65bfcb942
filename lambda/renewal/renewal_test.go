package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/lambda/internal/issuers"
	"github.com/regionpair/regionpair/lambda/internal/issuers/issuertest"
	"github.com/regionpair/regionpair/lambda/internal/trust"
)

const parameter = "/orders/issuers/peer"

// store is the part of Parameter Store that counts.
type store struct {
	value  string
	writes int
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var input struct{ Name, Value string }
	_ = json.NewDecoder(r.Body).Decode(&input)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch {
	case strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".PutParameter"):
		s.value = input.Value
		s.writes++
		_, _ = w.Write([]byte(`{"Version":1}`))
	case s.value == "":
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"__type":"ParameterNotFound"}`))
	default:
		_ = json.NewEncoder(w).Encode(map[string]any{"Parameter": map[string]string{"Name": input.Name, "Value": s.value}})
	}
}

func newRenewal(t *testing.T, s *store, peer *issuertest.Issuer) *renewal {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	client := issuers.NewHTTPClient()
	client.Transport = peer.Transport()
	return &renewal{
		ssm: ssm.New(ssm.Options{
			BaseEndpoint: &server.URL, Region: "eu-west-1", Retryer: aws.NopRetryer{}, Credentials: aws.AnonymousCredentials{},
		}),
		http: client, parameter: parameter, now: time.Now,
	}
}

func introduction(t *testing.T, s *store) trust.Introduction {
	t.Helper()
	var current trust.Introduction
	require.NoError(t, json.Unmarshal([]byte(s.value), &current))
	return current
}

func TestTakesANewSnapshotWhenThePeerPublishesOtherKeys(t *testing.T) {
	peer := issuertest.NewIssuer(t, "peer-1")
	owner := `{"stack":"arn:aws:cloudformation:us-east-1:111122223333:stack/orders-global","resource":"Trust"}`
	s := &store{value: `{"owner":` + owner + `,` + peer.Parameter(true)[1:]}
	r := newRenewal(t, s, peer)
	require.NoError(t, r.handle(context.Background()))
	first := s.writes

	require.NoError(t, r.handle(context.Background()))
	require.Equal(t, first, s.writes, "the same keys are not written again")

	peer.AddKey(t, "peer-2")
	peer.RemoveKey("peer-1")
	require.NoError(t, r.handle(context.Background()))
	current := introduction(t, s)
	require.Len(t, current.Keys.Keys, 1)
	require.Equal(t, "peer-2", current.Keys.Keys[0].ID)
	require.Equal(t, peer.URL(), current.Issuer)
	require.JSONEq(t, owner, string(current.Owner), "whoever wired the pair stays the owner")
}

func TestKeepsTheSnapshotOfAPeerThatDoesNotAnswer(t *testing.T) {
	peer := issuertest.NewIssuer(t, "peer-1")
	s := &store{value: peer.Parameter(true)}
	r := newRenewal(t, s, peer)
	for _, answer := range []string{"<html>", `{"keys":[]}`} {
		peer.Answer(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) })
		require.NoError(t, r.handle(context.Background()))
		require.Zero(t, s.writes)
	}
	peer.Die()
	require.NoError(t, r.handle(context.Background()))
	require.Zero(t, s.writes)
}

func TestWaitsUntilTheRegionsAreWired(t *testing.T) {
	s := &store{}
	require.NoError(t, newRenewal(t, s, issuertest.NewIssuer(t, "peer-1")).handle(context.Background()))
	require.Zero(t, s.writes)
	s.value = "{"
	require.ErrorContains(t, newRenewal(t, s, issuertest.NewIssuer(t, "peer-1")).handle(context.Background()), parameter)
}
