package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/regionpair/regionpair/internal/assembly"
)

// settings are retained, too, and are no things that could be listed.
var settings = []string{"AWS::ApiGateway::Account"}

// retained lists what the templates keep, as "type id", by Region. It has to be
// asked while the stacks are there.
func (s *scenario) retained(ctx context.Context) (map[string][]string, error) {
	kept := map[string][]string{}
	for region, names := range s.replicas {
		for _, name := range names {
			kept[region] = append(kept[region], "AWS::SecretsManager::Secret "+name)
		}
	}
	for _, stack := range s.assembly.Stacks {
		ids, err := s.emulators[stack.Region].physicalIDs(ctx, stack.Name)
		if err != nil {
			return nil, err
		}
		things, err := retainedBy(stack.Template, ids)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", stack.Name, err)
		}
		kept[stack.Region] = append(kept[stack.Region], things...)
	}
	return kept, nil
}

func retainedBy(template assembly.Template, ids map[string]string) ([]string, error) {
	var kept []string
	for logicalID, resource := range template.Resources {
		if !strings.HasPrefix(resource.DeletionPolicy, "Retain") || slices.Contains(settings, resource.Type) {
			continue
		}
		if _, listed := listings[resource.Type]; !listed {
			return nil, fmt.Errorf("%s is retained, and nobody lists a %s", logicalID, resource.Type)
		}
		id, deployed := ids[logicalID]
		if !deployed {
			return nil, fmt.Errorf("%s is to be retained and does not exist", logicalID)
		}
		kept = append(kept, resource.Type+" "+id)
	}
	return kept, nil
}

// checkLeftovers compares what is left with what was there before the first
// deployment and what is retained.
func (s *scenario) checkLeftovers(ctx context.Context, kept map[string][]string) (string, error) {
	var problems []error
	count := 0
	for region, e := range s.emulators {
		left, err := e.inventory(ctx)
		if err != nil {
			return "", err
		}
		expected := slices.Concat(s.before[region], kept[region], s.leftBehind[region], s.gatekeeper.carriedTo(region))
		problems = append(problems, difference(region, expected, left)...)
		count += len(kept[region]) + len(s.leftBehind[region])
	}
	for _, stack := range s.regionStacks() {
		problems = append(problems, s.checkRulesGone(ctx, stack))
	}
	return fmt.Sprintf("%d retained resources are left, nothing else; the replication rules are gone", count), errors.Join(problems...)
}

func difference(region string, want, got []string) []error {
	var problems []error
	for _, thing := range got {
		if !slices.Contains(want, thing) {
			problems = append(problems, fmt.Errorf("%s: %s is left", region, thing))
		}
	}
	for _, thing := range want {
		if !slices.Contains(got, thing) {
			problems = append(problems, fmt.Errorf("%s: %s is gone and was to be retained", region, thing))
		}
	}
	return problems
}

func (s *scenario) checkRulesGone(ctx context.Context, stack assembly.Stack) error {
	_, err := s.buckets(stack).GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: aws.String(s.outputs[stack.Name+"/BucketName"])})
	var answer smithy.APIError
	if errors.As(err, &answer) && answer.ErrorCode() == "ReplicationConfigurationNotFoundError" {
		return nil
	}
	if err == nil {
		err = errors.New("it is still there")
	}
	return fmt.Errorf("the replication rule of %s: %w", stack.Name, err)
}
