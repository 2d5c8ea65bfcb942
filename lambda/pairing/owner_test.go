package main

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/stretchr/testify/require"
)

const (
	liveStack   = "arn:aws:cloudformation:us-east-1:111122223333:stack/orders-global/0a1b"
	secondStack = "arn:aws:cloudformation:eu-north-1:111122223333:stack/orders-global/2c3d"
)

// by is the event as another resource, stack or role sends it.
func by(event cfn.Event, stack, logicalID, role string) cfn.Event {
	event.StackID, event.LogicalResourceID = stack, logicalID
	if role != "" {
		event.ResourceProperties["RoleArn"] = role
	}
	return event
}

func send(t *testing.T, h *handler, event cfn.Event) error {
	t.Helper()
	_, _, err := h.handle(context.Background(), event)
	return err
}

// A second global stack, as a changed globalRegion makes one, fails and says
// whose the rule is; its rollback leaves the live pair alone.
func TestASecondStackLeavesTheRuleOfTheFirst(t *testing.T) {
	api := &replicationAPI{}
	h := newHandler(t, api)
	require.NoError(t, send(t, h, by(replicationEvent(cfn.RequestCreate), liveStack, "Forth", roleARN)))
	before := string(api.document)

	err := send(t, h, by(replicationEvent(cfn.RequestCreate), secondStack, "Forth", roleARN+"-2"))
	require.ErrorContains(t, err, "it belongs to another stack, arn:aws:cloudformation:us-east-1:111122223333:stack/orders-global (resource Forth)")
	require.NoError(t, send(t, h, by(replicationEvent(cfn.RequestDelete), secondStack, "Forth", roleARN+"-2")))
	require.Equal(t, before, string(api.document))
}

// CloudFormation makes the resource of a moved construct first, and deletes the
// old one afterwards.
func TestAMovedConstructKeepsTheRule(t *testing.T) {
	api := &replicationAPI{}
	h := newHandler(t, api)
	require.NoError(t, send(t, h, by(replicationEvent(cfn.RequestCreate), liveStack, "Forth", roleARN)))
	require.NoError(t, send(t, h, by(replicationEvent(cfn.RequestCreate), liveStack, "DataForth", roleARN+"-moved")))
	require.NoError(t, send(t, h, by(replicationEvent(cfn.RequestDelete), liveStack, "Forth", roleARN)))
	role, rules := api.rules(t)
	require.Equal(t, roleARN+"-moved", role)
	require.Len(t, rules, 1)

	require.NoError(t, send(t, h, by(replicationEvent(cfn.RequestDelete), liveStack, "DataForth", roleARN+"-moved")))
	require.Nil(t, api.document, "the last owner takes the rule along")
	require.Empty(t, api.claims.values)
}

// Roles that are swapped in place update both resources before the old physical
// ids of both are deleted.
func TestSwappedRolesKeepBothRules(t *testing.T) {
	buckets := map[string]*replicationAPI{"one": {}, "two": {}}
	act := func(kind cfn.RequestType, logicalID, bucket string) {
		event := by(replicationEvent(kind), liveStack, logicalID, roleARN+"-"+logicalID)
		event.ResourceProperties["Bucket"] = "bucket-" + bucket
		event.PhysicalResourceID = "bucket-" + bucket + "/regionpair"
		require.NoError(t, send(t, newHandler(t, buckets[bucket]), event))
	}
	act(cfn.RequestCreate, "Forth", "one")
	act(cfn.RequestCreate, "Back", "two")
	act(cfn.RequestUpdate, "Forth", "two")
	act(cfn.RequestUpdate, "Back", "one")
	act(cfn.RequestDelete, "Forth", "one")
	act(cfn.RequestDelete, "Back", "two")
	require.NotNil(t, buckets["one"].document)
	require.NotNil(t, buckets["two"].document)
}

// A stack that is deleted and made anew in the same place is the same owner, and
// what was set before there were owners is taken by an update of its stack.
func TestTheSameStackTakesItsRuleUpAgain(t *testing.T) {
	api := &replicationAPI{}
	h := newHandler(t, api)
	require.NoError(t, send(t, h, by(replicationEvent(cfn.RequestCreate), liveStack, "Forth", roleARN)))
	require.NoError(t, send(t, h, by(replicationEvent(cfn.RequestCreate), liveStack[:len(liveStack)-4]+"9z9z", "Forth", roleARN+"-new")))

	api.claims.values = nil // a deployment of an earlier version
	require.ErrorContains(t, send(t, h, by(replicationEvent(cfn.RequestCreate), secondStack, "Forth", roleARN+"-2")), "nobody says whose it is")
	require.NoError(t, send(t, h, by(replicationEvent(cfn.RequestDelete), secondStack, "Forth", roleARN+"-2")))
	require.NotNil(t, api.document)
	require.NoError(t, send(t, h, by(replicationEvent(cfn.RequestUpdate), liveStack, "Forth", roleARN+"-newer")))
	require.Len(t, api.claims.values, 1)
}

func TestTrustStaysWithItsOwner(t *testing.T) {
	api, document := &parameterAPI{values: map[string]string{}}, newKeySet(t, 1)
	h := newIssuerHandler(t, api, &document)
	require.NoError(t, send(t, h, by(issuerEvent(cfn.RequestCreate), liveStack, "Trust", "")))

	require.ErrorContains(t, send(t, h, by(issuerEvent(cfn.RequestCreate), secondStack, "Trust", "")), "it belongs to another stack")
	require.NoError(t, send(t, h, by(issuerEvent(cfn.RequestDelete), secondStack, "Trust", "")))
	require.Contains(t, api.values, peerParameter, "the rollback of another stack")

	require.NoError(t, send(t, h, by(issuerEvent(cfn.RequestCreate), liveStack, "Moved", "")))
	require.NoError(t, send(t, h, by(issuerEvent(cfn.RequestDelete), liveStack, "Trust", "")))
	require.Contains(t, api.values, peerParameter, "the clean-up after a move")

	require.NoError(t, send(t, h, by(issuerEvent(cfn.RequestDelete), liveStack, "Moved", "")))
	require.NotContains(t, api.values, peerParameter)
}

// A Create that is refused has made nothing, and its rollback takes nothing away.
func TestTrustThatNobodyOwnsOutlivesARefusedCreate(t *testing.T) {
	for name, test := range map[string]struct {
		value     string
		looksOurs bool
	}{
		"of the same issuer": {unownedTrust("eu-central-1_a"), true},
		"of another issuer":  {unownedTrust("eu-central-1_b"), false},
		"of nothing known":   {"{}", false},
	} {
		t.Run(name, func(t *testing.T) {
			api, unreachable := &parameterAPI{values: map[string]string{peerParameter: test.value}}, ""
			h := newIssuerHandler(t, api, &unreachable)
			ctx, cancel := context.WithTimeout(t.Context(), answerTime+500*time.Millisecond)
			defer cancel()
			id, _, err := h.handle(ctx, by(issuerEvent(cfn.RequestCreate), secondStack, "Trust", ""))
			require.ErrorContains(t, err, "nobody says whose it is")

			rollback := by(issuerEvent(cfn.RequestDelete), secondStack, "Trust", "")
			rollback.PhysicalResourceID = id
			require.NoError(t, send(t, h, rollback))
			require.Equal(t, test.value, api.values[peerParameter])

			require.NoError(t, send(t, h, by(issuerEvent(cfn.RequestDelete), secondStack, "Trust", "")))
			require.Equal(t, test.looksOurs, api.values[peerParameter] == "", "made before there were owners")
		})
	}
}
