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
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// replication is our rule in one bucket.
type replication struct {
	s3    *s3.Client
	claim claim
	self  owner
	pause time.Duration

	account              string
	region               string
	bucket               string
	roleARN              string
	ruleID               string
	destinationBucketARN string
	destinationKeyARN    string
	// prefix of the keys that the rule is about; empty for all.
	prefix string
}

func (h *handler) newReplication(p properties, account string, self owner) (resource, error) {
	r := &replication{pause: h.pause, account: account, self: self}
	r.prefix, _ = p["Prefix"].(string)
	ruleID := bucketField("RuleId", &r.ruleID)
	ruleID.description = "lower-case letters, digits and hyphens"
	err := p.read(regionField(&r.region), bucketField("Bucket", &r.bucket), arnField("RoleArn", "iam", &r.roleARN), ruleID,
		arnField("DestinationBucketArn", "s3", &r.destinationBucketARN), arnField("DestinationKmsKeyArn", "kms", &r.destinationKeyARN))
	if err != nil {
		return nil, err
	}
	r.s3 = s3.NewFromConfig(h.aws, func(o *s3.Options) { o.Region = r.region })
	r.claim = claim{ssm.NewFromConfig(h.aws, func(o *ssm.Options) { o.Region = r.region }), contract.ReplicationClaim(r.bucket)}
	return r, nil
}

func (r *replication) id() string { return r.bucket + "/" + r.ruleID }

// ensure sets the rule and reads it back.
func (r *replication) ensure(ctx context.Context) (map[string]any, error) {
	if err := repeat(ctx, r.pause, r.attempt); err != nil {
		return nil, r.explain("set", err)
	}
	return map[string]any{"RuleId": r.ruleID}, nil
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
	if err := r.take(ctx, current); err != nil {
		return err
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

// take makes the rule ours, unless it belongs to another stack. A rule under our
// own role is ours: an earlier attempt of this resource set it.
func (r *replication) take(ctx context.Context, current *types.ReplicationConfiguration) error {
	by, err := r.claim.read(ctx)
	if err != nil {
		return err
	}
	_, exists := r.own(current.Rules)
	if by.isNobody() && aws.ToString(current.Role) == r.roleARN {
		exists = false
	}
	if err := r.self.mayTake(by, exists); err != nil {
		return err
	}
	if by.Stack == r.self.Stack && by.Resource == r.self.Resource {
		return nil
	}
	return r.claim.write(ctx, r.self)
}

func (r *replication) verify(ctx context.Context, wanted *types.ReplicationConfiguration) error {
	kept, err := r.read(ctx)
	if err != nil {
		return err
	}
	want, _ := r.own(wanted.Rules)
	got, exists := r.own(kept.Rules)
	if !exists {
		return ruleNotKept("the rule is not there")
	}
	found := differences(want, got)
	if role := aws.ToString(kept.Role); role != r.roleARN {
		found = append(found, fmt.Sprintf("Role is %q instead of %q", role, r.roleARN))
	}
	if len(found) > 0 {
		return ruleNotKept(strings.Join(found, "; "))
	}
	return nil
}

func ruleNotKept(difference string) error {
	return &notKeptError{"S3 accepted the rule and shows another one: " + difference}
}

func (r *replication) own(rules []types.ReplicationRule) (types.ReplicationRule, bool) {
	for _, rule := range rules {
		if aws.ToString(rule.ID) == r.ruleID {
			return rule, true
		}
	}
	return types.ReplicationRule{}, false
}

// remove takes the rule away when it is still ours; the last one of two
// resources that set it keeps it.
func (r *replication) remove(ctx context.Context) error {
	by, err := r.claim.read(ctx)
	if err != nil {
		return r.explain("remove", err)
	}
	current, err := r.read(ctx)
	if hasCode(err, "NoSuchBucket") {
		return r.claim.remove(ctx)
	}
	if err != nil {
		return r.explain("remove", err)
	}
	isOurs := r.self.mayRemove(by, aws.ToString(current.Role) == r.roleARN)
	if _, exists := r.own(current.Rules); !isOurs {
		logging.From(ctx).Info("leave what belongs to another resource", "bucket", r.bucket, "exists", exists, "owner", by)
		return nil
	}
	if err := r.removeRule(ctx, current); err != nil {
		return r.explain("remove", err)
	}
	return r.claim.remove(ctx)
}

func (r *replication) removeRule(ctx context.Context, current *types.ReplicationConfiguration) error {
	if _, exists := r.own(current.Rules); !exists {
		return nil
	}
	others, _ := r.foreign(current.Rules)
	if len(others) == 0 {
		_, err := r.s3.DeleteBucketReplication(ctx, &s3.DeleteBucketReplicationInput{Bucket: &r.bucket, ExpectedBucketOwner: r.owner()})
		return err
	}
	_, err := r.s3.PutBucketReplication(ctx, &s3.PutBucketReplicationInput{
		Bucket: &r.bucket, ExpectedBucketOwner: r.owner(),
		ReplicationConfiguration: &types.ReplicationConfiguration{Role: current.Role, Rules: others},
	})
	return err
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
