package main

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/internal/assembly"
)

// checkPairing looks for what the custom resources were to do in both Regions.
func (s *scenario) checkPairing(ctx context.Context) (string, error) {
	for _, direction := range s.directions() {
		if err := s.checkRule(ctx, direction[0], direction[1]); err != nil {
			return "", fmt.Errorf("the replication rule of %s: %w", direction[0].Name, err)
		}
		if err := s.checkPeerIssuer(ctx, direction[0], direction[1]); err != nil {
			return "", fmt.Errorf("the peer's issuer in %s: %w", direction[0].Name, err)
		}
	}
	return "in both Regions", nil
}

// directions are both ways from a Region to its peer.
func (s *scenario) directions() [][2]assembly.Stack {
	return [][2]assembly.Stack{{s.primary(), s.secondary()}, {s.secondary(), s.primary()}}
}

// peerParameter is where a Region keeps the issuer and the keys of its peer.
func (s *scenario) peerParameter(in assembly.Stack) string {
	return strings.Replace(s.outputs[in.Name+"/SwitchParameter"], "failover/switch", "issuers/peer", 1)
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
		if arn == keyARN(to.Region, key) {
			return nil
		}
	}
	return fmt.Errorf("encrypts with %s, which is no key of %s", arn, to.Region)
}

func (s *scenario) checkPeerIssuer(ctx context.Context, in, of assembly.Stack) error {
	name := s.peerParameter(in)
	peer, err := ssm.NewFromConfig(s.emulators[in.Region].sdk(in.Region)).GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if err != nil {
		return err
	}
	if value := *peer.Parameter.Value; !strings.Contains(value, `"kid"`) || !strings.Contains(value, "cognito-idp."+of.Region) {
		return fmt.Errorf("%s does not hold the issuer and the keys of %s: %s", name, of.Region, value)
	}
	return nil
}

// bucketKey is the ARN of the key that a bucket is encrypted with, as the template
// says it: the emulator forgets it.
func (s *scenario) bucketKey(ctx context.Context, region, bucket string) string {
	for _, stack := range s.regionStacks() {
		if stack.Region != region {
			continue
		}
		ids, err := s.emulators[region].physicalIDs(ctx, stack.Name)
		if err != nil {
			return ""
		}
		for id, resource := range stack.Template.Resources {
			if resource.Type != "AWS::S3::Bucket" || ids[id] != bucket {
				continue
			}
			encryption := resource.Properties["BucketEncryption"]
			if names := references(encryption); len(names) == 1 {
				return keyARN(region, ids[names[0]])
			}
			text, _ := json.Marshal(encryption)
			return literalKey.FindString(string(text))
		}
	}
	return ""
}

// literalKey is a key that the template does not define.
var literalKey = regexp.MustCompile(`arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+`)

func (s *scenario) buckets(stack assembly.Stack) *s3.Client { return s.emulators[stack.Region].s3() }

func (e *emulator) s3() *s3.Client {
	return s3.NewFromConfig(e.sdk(e.region), func(o *s3.Options) { o.UsePathStyle = true })
}
