package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/stretchr/testify/require"
)

func dialTo(address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
}

// answerTo runs the function as CloudFormation does and returns what arrives
// at the response URL.
func answerTo(t *testing.T, h *handler, event cfn.Event) cfn.Response {
	t.Helper()
	var answer cfn.Response
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		require.Equal(t, http.MethodPut, r.Method)
		require.NoError(t, json.NewDecoder(r.Body).Decode(&answer))
	}))
	defer server.Close()
	event.ResponseURL = server.URL
	_, err := cfn.LambdaWrap(h.handle)(context.Background(), event)
	require.NoError(t, err)
	return answer
}

func TestCloudFormationGetsAnAnswerWhateverHappens(t *testing.T) {
	success := answerTo(t, newHandler(t, &replicationAPI{}), replicationEvent(cfn.RequestCreate))
	require.Equal(t, cfn.StatusSuccess, success.Status)
	require.Equal(t, ourBucket+"/regionpair", success.PhysicalResourceID)

	failure := answerTo(t, newHandler(t, &replicationAPI{missing: true}), replicationEvent(cfn.RequestCreate))
	require.Equal(t, cfn.StatusFailed, failure.Status)
	require.Contains(t, failure.Reason, ourBucket)
	require.Equal(t, ourBucket+"/regionpair", failure.PhysicalResourceID, "the rollback must be able to delete what was made")
}
