package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/internal/assembly"
)

// checkPairing looks for what the custom resources were to do in both Regions.
func (s *scenario) checkPairing(ctx context.Context) (string, error) {
	for _, direction := range [][2]assembly.Stack{{s.primary(), s.secondary()}, {s.secondary(), s.primary()}} {
		if err := s.checkRule(ctx, direction[0], direction[1]); err != nil {
			return "", fmt.Errorf("the replication rule of %s: %w", direction[0].Name, err)
		}
		if err := s.checkPeerIssuer(ctx, direction[0], direction[1]); err != nil {
			return "", fmt.Errorf("the peer's issuer in %s: %w", direction[0].Name, err)
		}
	}
	return "in both Regions", nil
}

// checkRule looks at the destination, too: no emulator knows the bucket and the
// key of another, so it would accept any.
func (s *scenario) checkRule(ctx context.Context, from, to assembly.Stack) error {
	answer, err := s.buckets(from).GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: aws.String(s.outputs[from.Name+"/BucketName"])})
	if err != nil {
		return err
	}
	rules := answer.ReplicationConfiguration.Rules
	if len(rules) != 1 || rules[0].DeleteMarkerReplication == nil || rules[0].SourceSelectionCriteria == nil || rules[0].Destination == nil || rules[0].Destination.EncryptionConfiguration == nil {
		return fmt.Errorf("%d rules, or one that is not complete", len(rules))
	}
	destination := rules[0].Destination
	if bucket := "arn:aws:s3:::" + s.outputs[to.Name+"/BucketName"]; aws.ToString(destination.Bucket) != bucket {
		return fmt.Errorf("replicates to %s, expected %s", aws.ToString(destination.Bucket), bucket)
	}
	keys, err := listKeys(ctx, s.emulators[to.Region])
	if err != nil {
		return err
	}
	arn := aws.ToString(destination.EncryptionConfiguration.ReplicaKmsKeyID)
	for _, key := range keys {
		if arn == "arn:aws:kms:"+to.Region+":"+account+":key/"+key {
			return nil
		}
	}
	return fmt.Errorf("encrypts with %s, which is no key of %s", arn, to.Region)
}

func (s *scenario) checkPeerIssuer(ctx context.Context, in, of assembly.Stack) error {
	name := strings.Replace(s.outputs[in.Name+"/SwitchParameter"], "failover/switch", "issuers/peer", 1)
	peer, err := ssm.NewFromConfig(s.emulators[in.Region].sdk(in.Region)).GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if err != nil {
		return err
	}
	if value := *peer.Parameter.Value; !strings.Contains(value, `"kid"`) || !strings.Contains(value, "cognito-idp."+of.Region) {
		return fmt.Errorf("%s does not hold the issuer and the keys of %s: %s", name, of.Region, value)
	}
	return nil
}

func (s *scenario) buckets(stack assembly.Stack) *s3.Client {
	return s3.NewFromConfig(s.emulators[stack.Region].sdk(stack.Region), func(o *s3.Options) { o.UsePathStyle = true })
}
