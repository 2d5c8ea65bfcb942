package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
)

// witnessRegion of the index; the emulator takes no notice of it.
const witnessRegion = "eu-west-3"

// globalTable is the type of tables with a replica in each Region.
const globalTable = "AWS::DynamoDB::GlobalTable"

// joinTables gives the other Region its replicas. CloudFormation does so in AWS; the
// emulator does when it is asked, and copies each write before it acknowledges it.
// It keeps the replicas in its own process, which answers for both Regions.
func (s *scenario) joinTables(ctx context.Context) error {
	home, other := s.emulators[s.data().Region], s.otherRegion(s.data().Region)
	tables := dynamodb.NewFromConfig(home.sdk(home.region))
	for _, resource := range s.data().Template.Resources {
		name, _ := resource.Properties["TableName"].(string)
		if resource.Type != globalTable {
			continue
		}
		_, err := tables.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: &name, ReplicaUpdates: []types.ReplicationGroupUpdate{
			{Create: &types.CreateReplicationGroupMemberAction{RegionName: &other}},
		}})
		if err != nil {
			return fmt.Errorf("make the replica of %s in %s: %w", name, other, err)
		}
	}
	_, err := s.network.Handle("dynamodb."+other+".amazonaws.com", egress.Endpoint{Region: other, Service: "aws"}, s.gatekeeper.serve(home, other))
	return err
}

func (s *scenario) otherRegion(region string) string {
	if region == s.config.PrimaryRegion {
		return s.config.SecondaryRegion
	}
	return s.config.PrimaryRegion
}

// tableKey is the ARN of the key that a Region's replica is encrypted with, as the
// template says it: the emulator forgets it.
func (s *scenario) tableKey(region, table string) string {
	for _, resource := range s.data().Template.Resources {
		replicas, _ := resource.Properties["Replicas"].([]any)
		if resource.Type != globalTable || resource.Properties["TableName"] != table {
			continue
		}
		for _, value := range replicas {
			replica, _ := value.(map[string]any)
			encryption, _ := replica["SSESpecification"].(map[string]any)
			if replica["Region"] == region {
				key, _ := adapter{outputs: s.outputs}.resolve(encryption["KMSMasterKeyId"]).(string)
				return key
			}
		}
	}
	return ""
}

// copyThroughAPI makes objects of an asynchronous pair synchronous ones, as
// docs/explanation/durability.md says.
func (s *scenario) copyThroughAPI(ctx context.Context, stack assembly.Stack, client clientCredentials) error {
	a, err := s.api(ctx, stack)
	if err != nil {
		return err
	}
	token, err := s.tokenFor(ctx, stack, client)
	if err != nil {
		return err
	}
	bucket, name := s.buckets(stack), s.outputs[stack.Name+"/BucketName"]
	list, err := bucket.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &name})
	if err != nil {
		return fmt.Errorf("list %s: %w", name, err)
	}
	for _, object := range list.Contents {
		if strings.HasPrefix(*object.Key, contract.MarkerPrefix) {
			continue
		}
		got, err := bucket.GetObject(ctx, &s3.GetObjectInput{Bucket: &name, Key: object.Key})
		if err != nil {
			return fmt.Errorf("read %s from %s: %w", *object.Key, name, err)
		}
		content, err := io.ReadAll(got.Body)
		if err != nil {
			return fmt.Errorf("read %s from %s: %w", *object.Key, name, err)
		}
		if err := a.putOnce(ctx, *object.Key, token, string(content)); err != nil {
			return err
		}
	}
	return nil
}

// putOnce writes an object that is not there yet, in both Regions.
func (a *api) putOnce(ctx context.Context, key, token, content string) error {
	put, err := a.send(ctx, http.MethodPut, "/objects/"+key, token, content, http.Header{"If-None-Match": {"*"}})
	if err != nil {
		return err
	}
	if durability := put.header.Get(contract.DurabilityHeader); put.status != http.StatusCreated || durability != "regions=2" {
		return fmt.Errorf("PUT %s in %s answers %d %s, Durability %q; expected 201 in two Regions", key, a.stack, put.status, put.body, durability)
	}
	return nil
}

// checkSynchronousObjects writes in one Region and reads in the other at once, both
// ways. Nobody copies objects between the processes: what is read is what was written
// into both buckets and the index.
func (s *scenario) checkSynchronousObjects(ctx context.Context) (string, error) {
	for _, direction := range s.directions() {
		if err := s.checkSynchronous(ctx, direction[0], direction[1]); err != nil {
			return "", fmt.Errorf("written in %s, read in %s: %w", direction[0].Region, direction[1].Region, err)
		}
	}
	event := map[string]any{"time": time.Now().UTC().Format(time.RFC3339)}
	for _, stack := range s.regionStacks() {
		for _, function := range []string{"UnitRepairFunction", "UnitCollectorFunction"} {
			if err := s.invoke(ctx, stack, function, event); err != nil {
				return "", err
			}
		}
	}
	return "written, replaced, deleted: the other Region knows it with the answer; repair and collection run", nil
}

func (s *scenario) checkSynchronous(ctx context.Context, from, to assembly.Stack) error {
	token, err := s.token(ctx, from)
	if err != nil {
		return err
	}
	here, err := s.api(ctx, from)
	if err != nil {
		return err
	}
	there, err := s.api(ctx, to)
	if err != nil {
		return err
	}
	key := "agreed/" + from.Region
	if err := here.putOnce(ctx, key, token, "one"); err != nil {
		return err
	}
	for _, call := range []struct {
		at           *api
		method, body string
		want         int
		holds        string
	}{
		{there, http.MethodGet, "", http.StatusOK, "one"},
		{there, http.MethodPut, "two", http.StatusNoContent, ""},
		{here, http.MethodGet, "", http.StatusOK, "two"},
		{here, http.MethodDelete, "", http.StatusNoContent, ""},
		{there, http.MethodGet, "", http.StatusNotFound, ""},
	} {
		if err := call.at.expect(ctx, call.method, "/objects/"+key, token, call.body, call.want, call.holds); err != nil {
			return err
		}
	}
	return there.putOnce(ctx, key, token, "three")
}
