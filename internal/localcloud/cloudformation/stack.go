package cloudformation

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/regionpair/regionpair/internal/assembly"
)

// stack is one stack while it comes up. It is the scope of its template.
type stack struct {
	assembly.Stack
	deployment *Deployment

	mu      sync.Mutex
	created map[string]Attributes
	outputs map[string]any
}

func (s *stack) id() string {
	return "arn:aws:cloudformation:" + s.Region + ":" + s.Account + ":stack/" + s.Name + "/00000000-0000-0000-0000-000000000000"
}

func (s *stack) ref(name string) (any, error) {
	switch name {
	case "AWS::AccountId":
		return s.Account, nil
	case "AWS::Region":
		return s.Region, nil
	case "AWS::Partition":
		return partition(s.Region), nil
	case "AWS::URLSuffix":
		return urlSuffix(s.Region), nil
	case "AWS::StackName":
		return s.Name, nil
	case "AWS::StackId":
		return s.id(), nil
	case "AWS::NoValue":
		return noValue{}, nil
	}
	if parameter, exists := s.Template.Parameters[name]; exists {
		if parameter.Default == nil {
			return nil, fmt.Errorf("parameter %s has no default value", name)
		}
		return parameter.Default, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	attributes, exists := s.created[name]
	if !exists {
		return nil, fmt.Errorf("there is no resource or parameter %s", name)
	}
	return attributes.Ref, nil
}

func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

func urlSuffix(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

func (s *stack) attribute(logicalID, name string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	attributes, exists := s.created[logicalID]
	if !exists {
		return nil, fmt.Errorf("there is no resource %s", logicalID)
	}
	value, exists := attributes.Att[name]
	if exists {
		return value, nil
	}
	resourceType := s.Template.Resources[logicalID].Type
	if attributes.Unknown {
		return plausible(s.Region, s.Account, resourceType, attributes.Ref, name), nil
	}
	return nil, fmt.Errorf("%s (%s) has no attribute %s here", logicalID, resourceType, name)
}

func (s *stack) condition(name string) (bool, error) {
	expression, exists := s.Template.Conditions[name]
	if !exists {
		return false, fmt.Errorf("there is no condition %s", name)
	}
	value, err := evaluator{scope: s}.forbid("Conditions").evaluate(expression)
	if err != nil {
		return false, fmt.Errorf("condition %s: %w", name, err)
	}
	holds, ok := value.(bool)
	if !ok {
		return false, fmt.Errorf("condition %s is neither true nor false: %v", name, value)
	}
	return holds, nil
}

func (s *stack) mapping(name, top, second string) (any, error) {
	level, ok := s.Template.Mappings[name].(map[string]any)
	if ok {
		if level, ok = level[top].(map[string]any); ok {
			if value, exists := level[second]; exists {
				return value, nil
			}
		}
	}
	return nil, fmt.Errorf("there is no %s.%s.%s in the mappings", name, top, second)
}

func (s *stack) stackOutput(name, region, output string) (any, error) {
	return s.deployment.output(name, region, output)
}

func (s *stack) zones(region string) ([]any, error) {
	if region == "" {
		region = s.Region
	}
	return []any{region + "a", region + "b", region + "c"}, nil
}

// resolveOutputs evaluates the outputs once all resources exist.
func (s *stack) resolveOutputs() error {
	for name, output := range s.Template.Outputs {
		if output.Condition != "" {
			holds, err := s.condition(output.Condition)
			if err != nil {
				return err
			}
			if !holds {
				continue
			}
		}
		if direct, ok := output.Value.(map[string]any); ok && direct["Fn::GetStackOutput"] != nil {
			return fmt.Errorf("stack %s: output %s: CloudFormation answers InternalFailure to Fn::GetStackOutput as an output's value", s.Name, name)
		}
		value, err := evaluator{scope: s}.evaluate(output.Value)
		if err != nil {
			return fmt.Errorf("stack %s: output %s: %w", s.Name, name, err)
		}
		s.outputs[name] = value
	}
	return nil
}

var errNotDeployed = errors.New("is not deployed")
