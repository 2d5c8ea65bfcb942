package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/regionpair/regionpair/internal/assembly"
)

// deploy deploys the Regions side by side, which know nothing of each other,
// and then the tables and what wires the Regions.
func (s *scenario) deploy(ctx context.Context) (string, error) {
	s.outputs = map[string]string{}
	if err := s.deployAll(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d stacks, %d replicated secrets", len(s.assembly.Stacks), len(s.replicas[s.config.SecondaryRegion])), nil
}

func (s *scenario) deployAll(ctx context.Context) error {
	deploy := func(ctx context.Context, stack assembly.Stack) error {
		_, err := s.deployStack(ctx, stack)
		return err
	}
	if _, err := s.adapt(); err != nil {
		return err
	}
	if err := inParallel(ctx, s.regionStacks(), deploy); err != nil {
		return err
	}
	if err := s.readOutputs(ctx); err != nil {
		return err
	}
	var err error
	if s.replicas, err = s.carryReplicas(ctx); err != nil {
		return err
	}
	if _, err := s.adapt(); err != nil {
		return err
	}
	return inParallel(ctx, s.afterwards(), deploy)
}

func (s *scenario) deployRegions(ctx context.Context, changes ...change) error {
	if _, err := s.adapt(changes...); err != nil {
		return err
	}
	if err := inParallel(ctx, s.regionStacks(), func(ctx context.Context, stack assembly.Stack) error {
		_, err := s.deployStack(ctx, stack)
		return err
	}); err != nil {
		return err
	}
	return s.readOutputs(ctx)
}

// readOutputs of the Regions' stacks.
func (s *scenario) readOutputs(ctx context.Context) error {
	for _, stack := range s.regionStacks() {
		state, err := s.emulators[stack.Region].stack(ctx, stack.Name)
		if err != nil {
			return err
		}
		for _, output := range state.Outputs {
			s.outputs[stack.Name+"/"+output.Key] = output.Value
		}
	}
	return nil
}

// deployAgain deploys the same once more. The CLI has to see no change, and
// CloudFormation must not have been asked for one.
func (s *scenario) deployAgain(ctx context.Context) (string, error) {
	before, err := s.marks(ctx)
	if err != nil {
		return "", err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for _, stack := range s.assembly.Stacks {
		group.Go(func() error {
			output, err := s.deployStack(groupCtx, stack)
			if err == nil && !strings.Contains(output, "(no changes)") {
				err = fmt.Errorf("the CLI sees a change in %s:\n%s", stack.Name, output)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	after, err := s.marks(ctx)
	if err == nil && !slices.Equal(before, after) {
		err = fmt.Errorf("CloudFormation has changed a stack: %q, before %q", after, before)
	}
	return fmt.Sprintf("neither for the CLI nor in the events of %d stacks", len(after)), err
}

// marks tell every stack's last update and newest event.
func (s *scenario) marks(ctx context.Context) ([]string, error) {
	var marks []string
	for _, stack := range s.assembly.Stacks {
		e := s.emulators[stack.Region]
		state, err := e.stack(ctx, stack.Name)
		if err != nil {
			return nil, err
		}
		events, err := e.events(ctx, stack.Name)
		if err != nil {
			return nil, err
		}
		if len(events) == 0 || state.LastUpdated == "" {
			return nil, fmt.Errorf("%s shows no event or no time of its last update", stack.Name)
		}
		marks = append(marks, strings.Join([]string{stack.Name, state.Status, state.LastUpdated, events[0].ID}, " "))
	}
	return marks, nil
}

// handlerID is the function behind the API in a Region's template.
const handlerID = "UnitHandlerFunction053B0560"

func setMemory(mebibytes int) change {
	return func(resources map[string]any) {
		if handler, exists := resources[handlerID].(map[string]any); exists {
			handler["Properties"].(map[string]any)["MemorySize"] = mebibytes
		}
	}
}

const (
	updatedMemory = 640
	aloneMemory   = 768
	brokenMemory  = 1024
)

func (s *scenario) update(ctx context.Context) (string, error) {
	if err := s.deployRegions(ctx, setMemory(updatedMemory)); err != nil {
		return "", err
	}
	for _, stack := range s.regionStacks() {
		if err := s.mustHaveMemory(ctx, stack, updatedMemory); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("the API's function has %d MiB in both Regions", updatedMemory), nil
}

func (s *scenario) mustHaveMemory(ctx context.Context, stack assembly.Stack, mebibytes int) error {
	e := s.emulators[stack.Region]
	ids, err := e.physicalIDs(ctx, stack.Name)
	if err != nil {
		return err
	}
	text, err := e.read(ctx, request{service: "lambda", path: "/2015-03-31/functions/" + ids[handlerID] + "/configuration"})
	if err != nil {
		return err
	}
	var function struct{ MemorySize int }
	if err := json.Unmarshal([]byte(text), &function); err != nil {
		return fmt.Errorf("read the function of %s: %w: %s", stack.Name, err, text)
	}
	if function.MemorySize != mebibytes {
		return fmt.Errorf("%s in %s has %d MiB, expected %d", ids[handlerID], stack.Name, function.MemorySize, mebibytes)
	}
	return nil
}

// failingUpdate changes a function and adds what the emulator cannot create:
// CloudFormation has to undo the change.
func (s *scenario) failingUpdate(ctx context.Context) (string, error) {
	primary := s.primary()
	impossible := func(resources map[string]any) {
		if _, isRegion := resources[handlerID]; isRegion {
			resources["Impossible"] = map[string]any{"Type": "AWS::CloudWatch::Alarm", "DependsOn": []any{handlerID}, "Properties": map[string]any{
				"Metrics": []any{map[string]any{"Id": "m", "Expression": "1"}}, "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1,
			}}
		}
	}
	if _, err := s.adapt(setMemory(brokenMemory), impossible); err != nil {
		return "", err
	}
	output, err := s.deployStack(ctx, primary)
	if err == nil {
		return "", fmt.Errorf("the update was expected to fail:\n%s", output)
	}
	if !strings.Contains(output, refusals[metricMath]) {
		return "", fmt.Errorf("the update failed for another reason: %w", err)
	}
	state, err := s.emulators[primary.Region].stack(ctx, primary.Name)
	if err != nil {
		return "", err
	}
	if state.Status != "UPDATE_ROLLBACK_COMPLETE" {
		return "", fmt.Errorf("the stack is in %s, expected UPDATE_ROLLBACK_COMPLETE", state.Status)
	}
	return fmt.Sprintf("the API's function has %d MiB again", updatedMemory), s.mustHaveMemory(ctx, primary, updatedMemory)
}

// destroy takes down what wires the Regions first.
func (s *scenario) destroy(ctx context.Context) (string, error) {
	if err := s.gatekeeper.survey(ctx); err != nil {
		return "", err
	}
	// The next deployment has functions of the same names with other permissions.
	s.granted = s.gatekeeper.grants()
	kept, err := s.retained(ctx)
	if err != nil {
		return "", err
	}
	for _, stacks := range [][]assembly.Stack{s.afterwards(), s.regionStacks()} {
		if err := inParallel(ctx, stacks, s.destroyStack); err != nil {
			return "", err
		}
	}
	return s.checkLeftovers(ctx, kept)
}

func inParallel(ctx context.Context, stacks []assembly.Stack, do func(context.Context, assembly.Stack) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, stack := range stacks {
		group.Go(func() error { return do(ctx, stack) })
	}
	return group.Wait()
}
