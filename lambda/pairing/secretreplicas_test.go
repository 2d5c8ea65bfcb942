package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/stretchr/testify/require"
)

// secretsAPI speaks the part of Secrets Manager's protocol that counts. Each
// secret answers one state after the other, the last one for ever.
type secretsAPI struct {
	states  map[string][]string
	message string
}

func (a *secretsAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var input struct {
		SecretID string `json:"SecretId"`
	}
	_ = json.NewDecoder(r.Body).Decode(&input)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	states := a.states[input.SecretID]
	if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".DescribeSecret") || len(states) == 0 {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprint(w, `{"__type":"ResourceNotFoundException"}`)
		return
	}
	if len(states) > 1 {
		a.states[input.SecretID] = states[1:]
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"ReplicationStatus": []map[string]string{
		{"Region": "eu-central-1", "Status": states[0], "StatusMessage": a.message}, {"Region": "us-east-1", "Status": "Failed"},
	}})
}

func replicasEvent() cfn.Event {
	return cfn.Event{
		RequestType: cfn.RequestCreate, ResourceType: "Custom::SecretReplicas", LogicalResourceID: "Replicas", StackID: liveStack,
		ResourceProperties: map[string]any{
			"Region": "eu-west-1", "ReplicaRegion": "eu-central-1", "SecretIds": "orders/clients/partner,orders/clients/reporting",
		},
	}
}

func TestWaitsForTheReplicaOfEverySecret(t *testing.T) {
	api := &secretsAPI{states: map[string][]string{
		"orders/clients/partner": {"InProgress", "InProgress", "InSync"}, "orders/clients/reporting": {"InSync"},
	}}
	_, data, err := newHandler(t, api).handle(context.Background(), replicasEvent())
	require.NoError(t, err)
	require.Equal(t, map[string]any{"Secrets": 2}, data)
}

// A replica that fails would be found at the failover: the standby would refuse
// the client.
func TestFailsWithTheReasonOfAReplica(t *testing.T) {
	api := &secretsAPI{
		states:  map[string][]string{"orders/clients/partner": {"InSync"}, "orders/clients/reporting": {"Failed"}},
		message: "a secret with this name exists",
	}
	_, _, err := newHandler(t, api).handle(context.Background(), replicasEvent())
	require.ErrorContains(t, err, "the replica of secret orders/clients/reporting in eu-central-1: failed: a secret with this name exists")
}

func TestFailsOnASecretThatNeverAppears(t *testing.T) {
	_, _, err := newHandler(t, &secretsAPI{}).handle(context.Background(), replicasEvent())
	require.ErrorContains(t, err, "ResourceNotFoundException")
}
