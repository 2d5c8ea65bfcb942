package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// replication is our rule in one bucket.
type replication struct {
	s3    *s3.Client
	pause time.Duration

	account              string
	region               string
	bucket               string
	roleARN              string
	ruleID               string
	destinationBucketARN string
	destinationKeyARN    string
}

func (h *handler) newReplication(p properties, account string) (resource, error) {
	r := &replication{pause: h.pause, account: account}
	ruleID := bucketField("RuleId", &r.ruleID)
	ruleID.description = "lower-case letters, digits and hyphens"
	err := p.read(regionField(&r.region), bucketField("Bucket", &r.bucket), arnField("RoleArn", "iam", &r.roleARN), ruleID,
		arnField("DestinationBucketArn", "s3", &r.destinationBucketARN), arnField("DestinationKmsKeyArn", "kms", &r.destinationKeyARN))
	if err != nil {
		return nil, err
	}
	r.s3 = s3.NewFromConfig(h.aws, func(o *s3.Options) { o.Region = r.region })
	return r, nil
}

func (r *replication) id() string { return r.bucket + "/" + r.ruleID }

// ensure sets the rule and reads it back.
func (r *replication) ensure(ctx context.Context) (map[string]any, error) {
	var lastProblem error
	for attempt := 1; ; attempt++ {
		err := r.attempt(ctx)
		if err == nil {
			return map[string]any{"RuleId": r.ruleID}, nil
		}
		if ctx.Err() != nil && lastProblem != nil {
			return nil, r.explain("set", fmt.Errorf("gave up when the time was over: %w", lastProblem))
		}
		if !passes(err, attempt) {
			return nil, r.explain("set", err)
		}
		lastProblem = err
		logging.From(ctx).Info("wait for S3", "attempt", attempt, "error", err.Error())
		if !sleep(ctx, r.pause) {
			return nil, r.explain("set", fmt.Errorf("gave up when the time was over: %w", lastProblem))
		}
	}
}

func (r *replication) attempt(ctx context.Context) error {
	current, err := r.read(ctx)
	if err != nil {
		return err
	}
	if others, ids := r.foreign(current.Rules); len(others) > 0 && aws.ToString(current.Role) != r.roleARN {
		return fmt.Errorf("it has rules of others (%s) under the role %s, and a bucket has one replication role only: remove those rules, or add what they need to the role %s and set it on them",
			ids, aws.ToString(current.Role), r.roleARN)
	}
	wanted := &types.ReplicationConfiguration{Role: aws.String(r.roleARN), Rules: r.merge(current.Rules)}
	_, err = r.s3.PutBucketReplication(ctx, &s3.PutBucketReplicationInput{
		Bucket: &r.bucket, ExpectedBucketOwner: r.owner(), ReplicationConfiguration: wanted,
	})
	if err != nil {
		return err
	}
	return r.verify(ctx, wanted)
}

func (r *replication) verify(ctx context.Context, wanted *types.ReplicationConfiguration) error {
	kept, err := r.read(ctx)
	if err != nil {
		return err
	}
	want, _ := r.own(wanted.Rules)
	got, exists := r.own(kept.Rules)
	if !exists {
		return &notKeptError{"the rule is not there"}
	}
	found := differences(want, got)
	if role := aws.ToString(kept.Role); role != r.roleARN {
		found = append(found, fmt.Sprintf("Role is %q instead of %q", role, r.roleARN))
	}
	if len(found) > 0 {
		return &notKeptError{strings.Join(found, "; ")}
	}
	return nil
}

// notKeptError says that S3 accepted a rule and shows another one.
type notKeptError struct{ difference string }

func (e *notKeptError) Error() string {
	return "S3 accepted the rule and shows another one: " + e.difference
}

func (r *replication) own(rules []types.ReplicationRule) (types.ReplicationRule, bool) {
	for _, rule := range rules {
		if aws.ToString(rule.ID) == r.ruleID {
			return rule, true
		}
	}
	return types.ReplicationRule{}, false
}

func (r *replication) remove(ctx context.Context) error {
	current, err := r.read(ctx)
	if hasCode(err, "NoSuchBucket") {
		return nil
	}
	if err != nil {
		return r.explain("remove", err)
	}
	if _, exists := r.own(current.Rules); !exists {
		return nil
	}
	others, _ := r.foreign(current.Rules)
	if len(others) == 0 {
		_, err = r.s3.DeleteBucketReplication(ctx, &s3.DeleteBucketReplicationInput{Bucket: &r.bucket, ExpectedBucketOwner: r.owner()})
	} else {
		_, err = r.s3.PutBucketReplication(ctx, &s3.PutBucketReplicationInput{
			Bucket: &r.bucket, ExpectedBucketOwner: r.owner(),
			ReplicationConfiguration: &types.ReplicationConfiguration{Role: current.Role, Rules: others},
		})
	}
	if err != nil {
		return r.explain("remove", err)
	}
	return nil
}

// read returns the bucket's replication, empty when it has none.
func (r *replication) read(ctx context.Context) (*types.ReplicationConfiguration, error) {
	answer, err := r.s3.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: &r.bucket, ExpectedBucketOwner: r.owner()})
	if hasCode(err, "ReplicationConfigurationNotFoundError") {
		return &types.ReplicationConfiguration{}, nil
	}
	if err != nil {
		return nil, err
	}
	if answer.ReplicationConfiguration == nil {
		return &types.ReplicationConfiguration{}, nil
	}
	return answer.ReplicationConfiguration, nil
}

func (r *replication) owner() *string {
	if r.account == "" {
		return nil
	}
	return &r.account
}

func (r *replication) explain(verb string, err error) error {
	return fmt.Errorf("%s the replication rule %q of bucket %s in %s: %w", verb, r.ruleID, r.bucket, r.region, err)
}

func hasCode(err error, code string) bool {
	var apiError smithy.APIError
	return errors.As(err, &apiError) && apiError.ErrorCode() == code
}

// patience is how often something is tried again that a wrong set-up would
// answer with, too: a new permission takes seconds to be known everywhere.
const patience = 24

// passes says whether the error may go away by itself.
func passes(err error, attempt int) bool {
	var notKept *notKeptError
	var apiError smithy.APIError
	switch {
	case errors.As(err, &notKept):
		return attempt < 3
	case !errors.As(err, &apiError):
		return false
	}
	switch apiError.ErrorCode() {
	case "InvalidRequest":
		// Enabling versioning may take 15 minutes to be seen everywhere.
		return strings.Contains(strings.ToLower(apiError.ErrorMessage()), "versioning") || attempt < patience
	case "OperationAborted":
		return true
	case "AccessDenied", "InvalidArgument":
		return attempt < patience
	}
	return false
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
