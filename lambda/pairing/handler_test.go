package main

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// notYet refuses a number of requests before it serves.
type notYet struct {
	http.Handler
	refusals int
	status   int
	code     string
}

func (n *notYet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if n.refusals == 0 {
		n.Handler.ServeHTTP(w, r)
		return
	}
	n.refusals--
	if strings.HasPrefix(r.Header.Get("X-Amz-Target"), "AmazonSSM") {
		http.Error(w, `{"__type":"`+n.code+`"}`, n.status)
		return
	}
	refuse(w, n.status, refusal{code: n.code})
}

// The rollback of a first deployment that fails comes seconds after the role was made,
// and a deletion that fails leaves a stack that nobody can update.
func TestADeletionIsTriedAgain(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		code   string
	}{"denied": {http.StatusForbidden, "AccessDenied"}, "slow": {http.StatusServiceUnavailable, "SlowDown"}, "throttled": {http.StatusBadRequest, "ThrottlingException"}} {
		t.Run(name, func(t *testing.T) {
			rules := &replicationAPI{}
			api := &notYet{Handler: rules, status: test.status, code: test.code}
			h := newHandler(t, api)
			_, _, err := h.handle(context.Background(), replicationEvent(cfn.RequestCreate))
			require.NoError(t, err)
			api.refusals = 8
			_, _, err = h.handle(context.Background(), replicationEvent(cfn.RequestDelete))
			require.NoError(t, err)
			assert.Equal(t, 1, rules.deletes)

			trust := &parameterAPI{values: map[string]string{peerParameter: unownedTrust("eu-central-1_a")}}
			api = &notYet{Handler: trust, status: test.status, code: test.code, refusals: 8}
			_, _, err = newHandler(t, api).handle(context.Background(), issuerEvent(cfn.RequestDelete))
			require.NoError(t, err)
			assert.Empty(t, trust.values)
		})
	}
}
