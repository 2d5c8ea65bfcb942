package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/regionpair/regionpair/internal/contract"
)

// ownProbes asks functions of the user's, by the names of their checks.
func ownProbes(functions map[string]string, config aws.Config) []*probe {
	list := []*probe{}
	if len(functions) == 0 {
		return list
	}
	client := lambda.NewFromConfig(config)
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		list = append(list, &probe{name: name, ask: askFunction(client, functions[name])})
	}
	return list
}

// askFunction invokes a probe. What it answers with decides; a function that
// fails is unhealthy.
func askFunction(client *lambda.Client, function string) func(context.Context) error {
	return func(ctx context.Context) error {
		output, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &function, Payload: []byte(contract.ProbeEvent)})
		if err != nil {
			return err
		}
		if output.FunctionError != nil {
			return fmt.Errorf("%w: the probe failed: %s", errFailed, *output.FunctionError)
		}
		var answer contract.ProbeAnswer
		if err := json.Unmarshal(output.Payload, &answer); err != nil {
			return fmt.Errorf("%w: the probe's answer is no JSON object with a status", errFailed)
		}
		switch answer.Status {
		case statusHealthy:
			return nil
		case statusDegraded:
			return degradedError{errors.New("the probe says so")}
		case statusUnhealthy:
			return fmt.Errorf("%w: the probe says so", errFailed)
		}
		return fmt.Errorf("%w: the probe's status must be %q, %q or %q, got %q", errFailed, statusHealthy, statusDegraded, statusUnhealthy, answer.Status)
	}
}
