package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// claim says in a parameter who owns what has no room for an owner itself.
type claim struct {
	ssm  *ssm.Client
	name string
}

// read returns the owner, nobody when there is no claim.
func (c claim) read(ctx context.Context) (owner, error) {
	answer, err := c.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: &c.name})
	if hasCode(err, "ParameterNotFound") {
		return owner{}, nil
	}
	if err != nil {
		return owner{}, fmt.Errorf("read the claim %s: %w", c.name, err)
	}
	if answer.Parameter == nil {
		return owner{}, nil
	}
	var current owner
	if err := json.Unmarshal([]byte(aws.ToString(answer.Parameter.Value)), &current); err != nil {
		return owner{}, fmt.Errorf("read the claim %s: %w", c.name, err)
	}
	return current, nil
}

func (c claim) write(ctx context.Context, by owner) error {
	value, err := json.Marshal(by)
	if err != nil {
		return fmt.Errorf("encode the claim %s: %w", c.name, err)
	}
	_, err = c.ssm.PutParameter(ctx, &ssm.PutParameterInput{
		Name: &c.name, Value: aws.String(string(value)), Type: types.ParameterTypeString, Overwrite: aws.Bool(true),
		Description: aws.String("The stack and the resource that own the replication rule of a bucket"),
	})
	if err != nil {
		return fmt.Errorf("write the claim %s: %w", c.name, err)
	}
	return nil
}

func (c claim) remove(ctx context.Context) error {
	_, err := c.ssm.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: &c.name})
	if err != nil && !hasCode(err, "ParameterNotFound") {
		return fmt.Errorf("remove the claim %s: %w", c.name, err)
	}
	return nil
}
