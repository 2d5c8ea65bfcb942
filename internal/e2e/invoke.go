package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/internal/assembly"
)

// invoke calls a function of a stack with an event, and fails when it does.
func (s *scenario) invoke(ctx context.Context, stack assembly.Stack, shortName string, event any) error {
	e := s.emulators[stack.Region]
	function, err := e.functionNamed(ctx, shortName)
	if err != nil {
		return err
	}
	payload, err := json.Marshal(event)
	if err != nil {
		return err
	}
	answer, err := lambda.NewFromConfig(e.sdk(stack.Region)).Invoke(ctx, &lambda.InvokeInput{FunctionName: &function.FunctionName, Payload: payload})
	if err == nil && answer.FunctionError != nil {
		err = fmt.Errorf("%s: %s", *answer.FunctionError, answer.Payload)
	}
	if err != nil {
		return fmt.Errorf("invoke %s in %s: %w", shortName, stack.Region, err)
	}
	return nil
}

// forgetKeys takes the keys out of the snapshot of the peer's issuer.
func (s *scenario) forgetKeys(ctx context.Context, in assembly.Stack) error {
	parameters, name := ssm.NewFromConfig(s.emulators[in.Region].sdk(in.Region)), s.peerParameter(in)
	answer, err := parameters.GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if err != nil {
		return err
	}
	var peer map[string]any
	if err := json.Unmarshal([]byte(*answer.Parameter.Value), &peer); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	peer["keys"] = map[string]any{"keys": []any{}}
	text, err := json.Marshal(peer)
	if err != nil {
		return err
	}
	_, err = parameters.PutParameter(ctx, &ssm.PutParameterInput{Name: &name, Value: aws.String(string(text)), Overwrite: aws.Bool(true)})
	return err
}

const guardFunction = "UnitGuardFunction"

// runSchedules does once what schedules would do again and again.
func (s *scenario) runSchedules(ctx context.Context) (string, error) {
	event := map[string]any{"time": time.Now().UTC().Format(time.RFC3339)}
	for _, direction := range s.directions() {
		in, of := direction[0], direction[1]
		if err := s.forgetKeys(ctx, in); err != nil {
			return "", err
		}
		if err := s.invoke(ctx, in, "UnitKeyRenewalFunction", event); err != nil {
			return "", err
		}
		if err := s.checkPeerIssuer(ctx, in, of); err != nil {
			return "", fmt.Errorf("after the renewal: %w", err)
		}
	}
	if err := s.invoke(ctx, s.secondary(), guardFunction, event); err != nil {
		return "", err
	}
	return "keys renewed in both Regions, and a look of the guard", nil
}
