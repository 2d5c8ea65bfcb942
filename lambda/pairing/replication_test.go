package main

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/stretchr/testify/require"
)

const (
	roleARN    = "arn:aws:iam::111122223333:role/orders-forth"
	ourBucket  = "orders-objects-111122223333-eu-west-1"
	peerBucket = "arn:aws:s3:::orders-objects-111122223333-eu-central-1"
	peerKey    = "arn:aws:kms:eu-central-1:111122223333:key/1b2c"
)

func replicationEvent(requestType cfn.RequestType) cfn.Event {
	return cfn.Event{
		RequestType: requestType, ResourceType: "Custom::BucketReplication", LogicalResourceID: "Forth", RequestID: "r-1",
		StackID:            "arn:aws:cloudformation:us-east-1:111122223333:stack/orders-global/1",
		PhysicalResourceID: ourBucket + "/regionpair",
		ResourceProperties: map[string]any{
			"ServiceToken": "arn", "Region": "eu-west-1", "Bucket": ourBucket, "RoleArn": roleARN, "RuleId": "regionpair",
			"DestinationBucketArn": peerBucket, "DestinationKmsKeyArn": peerKey,
		},
	}
}

const foreignConfiguration = `<ReplicationConfiguration><Role>%ROLE%</Role><Rule><ID>backup</ID><Status>Enabled</Status><Priority>7</Priority>` +
	`<Filter><Prefix>b/</Prefix></Filter><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>` +
	`<Destination><Bucket>arn:aws:s3:::backup</Bucket></Destination></Rule></ReplicationConfiguration>`

func foreignDocument(role string) []byte {
	return bytes.ReplaceAll([]byte(foreignConfiguration), []byte("%ROLE%"), []byte(role))
}

func TestCreateSetsTheWholeRule(t *testing.T) {
	api := &replicationAPI{}
	id, data, err := newHandler(t, api).handle(context.Background(), replicationEvent(cfn.RequestCreate))
	require.NoError(t, err)
	require.Equal(t, ourBucket+"/regionpair", id)
	require.Equal(t, map[string]any{"RuleId": "regionpair"}, data)
	role, rules := api.rules(t)
	require.Equal(t, roleARN, role)
	require.Len(t, rules, 1)
	prefix := ""
	require.Equal(t, xmlRule{
		ID: "regionpair", Status: "Enabled", Priority: 1, Filter: &struct{ Prefix *string }{&prefix},
		Marker: "Enabled", Kms: "Enabled", Replicas: "Enabled", Bucket: peerBucket, Key: peerKey, Metrics: 15, Time: 15,
	}, rules[0])
	require.Equal(t, "111122223333", api.owner, "a bucket of somebody else must never be configured")
}

func TestSettingTheRuleAgainChangesNothing(t *testing.T) {
	api := &replicationAPI{}
	h := newHandler(t, api)
	for _, requestType := range []cfn.RequestType{cfn.RequestCreate, cfn.RequestUpdate} {
		_, _, err := h.handle(context.Background(), replicationEvent(requestType))
		require.NoError(t, err)
	}
	_, rules := api.rules(t)
	require.Len(t, rules, 1)
	require.Equal(t, 1, rules[0].Priority)
}

func TestRulesOfOthersUnderTheSameRoleAreKept(t *testing.T) {
	api := &replicationAPI{document: foreignDocument(roleARN)}
	h := newHandler(t, api)
	_, _, err := h.handle(context.Background(), replicationEvent(cfn.RequestCreate))
	require.NoError(t, err)
	_, rules := api.rules(t)
	require.Len(t, rules, 2)
	require.Equal(t, "backup", rules[0].ID)
	require.Equal(t, 8, rules[1].Priority, "a rule must have a priority of its own")

	_, _, err = h.handle(context.Background(), replicationEvent(cfn.RequestDelete))
	require.NoError(t, err)
	_, rules = api.rules(t)
	require.Len(t, rules, 1)
	require.Equal(t, "backup", rules[0].ID)
	require.Zero(t, api.deletes)
}

func TestFailsWhenOthersUseAnotherRole(t *testing.T) {
	api := &replicationAPI{document: foreignDocument("arn:aws:iam::111122223333:role/backup")}
	_, _, err := newHandler(t, api).handle(context.Background(), replicationEvent(cfn.RequestCreate))
	require.ErrorContains(t, err, "bucket "+ourBucket+" in eu-west-1: it has rules of others (backup) under the role arn:aws:iam::111122223333:role/backup")
	require.Zero(t, api.puts, "what others set must not be touched")
}

func TestWaitsUntilVersioningIsSeenEverywhere(t *testing.T) {
	api := &replicationAPI{}
	for range 2 * patience {
		api.refusals = append(api.refusals, refusal{"InvalidRequest", "Destination bucket must have versioning enabled."})
	}
	_, _, err := newHandler(t, api).handle(context.Background(), replicationEvent(cfn.RequestCreate))
	require.NoError(t, err)
	require.Equal(t, 2*patience+1, api.puts)
}

func TestGivesUpOnADestinationThatNeverAppears(t *testing.T) {
	api := &replicationAPI{}
	for range 2 * patience {
		api.refusals = append(api.refusals, refusal{"InvalidRequest", "Destination bucket must exist."})
	}
	_, _, err := newHandler(t, api).handle(context.Background(), replicationEvent(cfn.RequestCreate))
	require.ErrorContains(t, err, "Destination bucket must exist.")
	require.Equal(t, patience, api.puts)
}

func TestAnswersBeforeTheFunctionTimesOut(t *testing.T) {
	api := &replicationAPI{}
	for range 1000 {
		api.refusals = append(api.refusals, refusal{"OperationAborted", "A conflicting conditional operation is currently in progress"})
	}
	h := newHandler(t, api)
	h.pause = 20 * time.Millisecond
	ctx, cancel := context.WithTimeout(context.Background(), answerTime+300*time.Millisecond)
	defer cancel()
	_, _, err := h.handle(ctx, replicationEvent(cfn.RequestCreate))
	require.ErrorContains(t, err, "gave up when the time was over")
	require.ErrorContains(t, err, "A conflicting conditional operation")
	require.NoError(t, ctx.Err(), "there must be time left to answer CloudFormation")
}

func TestFailsWhenS3ShowsAnotherRuleThanItAccepted(t *testing.T) {
	for name, alter := range map[string][2]string{
		"ReplicaKmsKeyID":         {peerKey, "arn:aws:kms:eu-central-1:111122223333:key/other"},
		"DeleteMarkerReplication": {"<DeleteMarkerReplication><Status>Enabled", "<DeleteMarkerReplication><Status>Disabled"},
		"ReplicationTime":         {"<ReplicationTime><Status>Enabled", "<ReplicationTime><Status>Disabled"},
		"Role":                    {roleARN, "arn:aws:iam::111122223333:role/other"},
		"not there":               {"<ID>regionpair", "<ID>other"},
	} {
		t.Run(name, func(t *testing.T) {
			api := &replicationAPI{alter: func(document []byte) []byte {
				changed := bytes.ReplaceAll(document, []byte(alter[0]), []byte(alter[1]))
				require.NotEqual(t, string(document), string(changed))
				return changed
			}}
			_, _, err := newHandler(t, api).handle(context.Background(), replicationEvent(cfn.RequestCreate))
			require.ErrorContains(t, err, "S3 accepted the rule and shows another one")
			require.ErrorContains(t, err, name)
		})
	}
}

func TestDeleteRemovesTheConfigurationWithTheLastRule(t *testing.T) {
	api := &replicationAPI{}
	h := newHandler(t, api)
	_, _, err := h.handle(context.Background(), replicationEvent(cfn.RequestCreate))
	require.NoError(t, err)
	for range 2 {
		id, _, err := h.handle(context.Background(), replicationEvent(cfn.RequestDelete))
		require.NoError(t, err)
		require.Equal(t, ourBucket+"/regionpair", id)
	}
	require.Equal(t, 1, api.deletes)
}

func TestDeleteOfARuleInABucketThatIsGoneSucceeds(t *testing.T) {
	_, _, err := newHandler(t, &replicationAPI{missing: true}).handle(context.Background(), replicationEvent(cfn.RequestDelete))
	require.NoError(t, err)
}

func TestCreateInABucketThatIsGoneFails(t *testing.T) {
	_, _, err := newHandler(t, &replicationAPI{missing: true}).handle(context.Background(), replicationEvent(cfn.RequestCreate))
	require.ErrorContains(t, err, "NoSuchBucket")
}

func TestWrongPropertiesAreReportedAllAtOnce(t *testing.T) {
	event := replicationEvent(cfn.RequestCreate)
	event.ResourceProperties["Region"] = "Ireland"
	delete(event.ResourceProperties, "RoleArn")
	event.ResourceProperties["DestinationBucketArn"] = 7
	_, _, err := newHandler(t, &replicationAPI{}).handle(context.Background(), event)
	require.EqualError(t, err, `property "Region" is "Ireland", allowed is a Region code such as eu-west-1; property "RoleArn" is missing; property "DestinationBucketArn" is missing`)

	event.RequestType = cfn.RequestDelete
	_, _, err = newHandler(t, &replicationAPI{}).handle(context.Background(), event)
	require.NoError(t, err, "a rollback must get through what was never created")
}

func TestUnknownResourceTypesAreRefused(t *testing.T) {
	_, _, err := newHandler(t, &replicationAPI{}).handle(context.Background(), cfn.Event{ResourceType: "Custom::Other", RequestType: cfn.RequestCreate})
	require.ErrorContains(t, err, `resource type "Custom::Other" is unknown`)
}

func FuzzProperties(f *testing.F) {
	f.Add("eu-west-1", ourBucket, roleARN)
	f.Add("", "..", "arn:aws:iam::1:role/\x00")
	f.Fuzz(func(t *testing.T, region, bucket, role string) {
		h := &handler{}
		event := replicationEvent(cfn.RequestCreate)
		event.ResourceProperties["Region"], event.ResourceProperties["Bucket"], event.ResourceProperties["RoleArn"] = region, bucket, role
		target, err := h.resource(event)
		if (target == nil) == (err == nil) {
			t.Errorf("resource %v, error %v", target, err)
		}
	})
}
