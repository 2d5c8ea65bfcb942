package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/url"
)

// stackState is what CloudFormation says about a stack.
type stackState struct {
	Status      string `xml:"DescribeStacksResult>Stacks>member>StackStatus"`
	LastUpdated string `xml:"DescribeStacksResult>Stacks>member>LastUpdatedTime"`
	Outputs     []struct {
		Key   string `xml:"OutputKey"`
		Value string `xml:"OutputValue"`
	} `xml:"DescribeStacksResult>Stacks>member>Outputs>member"`
}

type stackEvent struct {
	ID        string `xml:"EventId"`
	LogicalID string `xml:"LogicalResourceId"`
	Status    string `xml:"ResourceStatus"`
	Reason    string `xml:"ResourceStatusReason"`
}

func (e *emulator) stack(ctx context.Context, name string) (stackState, error) {
	var state stackState
	return state, e.cloudFormation(ctx, &state, "DescribeStacks", name)
}

// events of a stack, the newest first.
func (e *emulator) events(ctx context.Context, name string) ([]stackEvent, error) {
	var answer struct {
		Events []stackEvent `xml:"DescribeStackEventsResult>StackEvents>member"`
	}
	return answer.Events, e.cloudFormation(ctx, &answer, "DescribeStackEvents", name)
}

// physicalIDs of a stack's resources by their logical ones.
func (e *emulator) physicalIDs(ctx context.Context, name string) (map[string]string, error) {
	var answer struct {
		Resources []struct {
			LogicalID  string `xml:"LogicalResourceId"`
			PhysicalID string `xml:"PhysicalResourceId"`
		} `xml:"DescribeStackResourcesResult>StackResources>member"`
	}
	if err := e.cloudFormation(ctx, &answer, "DescribeStackResources", name); err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, resource := range answer.Resources {
		ids[resource.LogicalID] = resource.PhysicalID
	}
	return ids, nil
}

func (e *emulator) cloudFormation(ctx context.Context, answer any, action, stack string) error {
	text, err := e.read(ctx, request{service: "cloudformation", path: "/", body: url.Values{"Action": {action}, "StackName": {stack}}.Encode()})
	if err != nil {
		return fmt.Errorf("%s of %s: %w", action, stack, err)
	}
	if err := xml.Unmarshal([]byte(text), answer); err != nil {
		return fmt.Errorf("read %s of %s: %w: %s", action, stack, err, text)
	}
	return nil
}
