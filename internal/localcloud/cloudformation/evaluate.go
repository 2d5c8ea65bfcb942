package cloudformation

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// scope is what an expression may refer to.
type scope interface {
	// ref returns the value of a parameter, pseudo parameter or resource.
	ref(name string) (any, error)
	// attribute returns an attribute of a resource.
	attribute(logicalID, name string) (any, error)
	// condition returns whether a condition holds.
	condition(name string) (bool, error)
	// mapping returns a value of a mapping.
	mapping(name, top, second string) (any, error)
	// stackOutput returns an output of another stack.
	stackOutput(stack, region, output string) (any, error)
	// zones returns the Availability Zones of a Region.
	zones(region string) ([]any, error)
}

// noValue is what Ref AWS::NoValue stands for: the property is not there.
type noValue struct{}

// evaluator resolves intrinsic functions.
type evaluator struct {
	scope scope
	// forbidStackOutput names the function that CloudFormation does not
	// resolve Fn::GetStackOutput in; it answers InternalFailure there.
	forbidStackOutput string
}

func (e evaluator) forbid(function string) evaluator {
	if e.forbidStackOutput == "" {
		e.forbidStackOutput = function
	}
	return e
}

// evaluate returns the value with all functions resolved. Errors say where.
func (e evaluator) evaluate(value any) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		if name, argument, is := function(v); is {
			result, err := e.call(name, argument)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return result, nil
		}
		return e.object(v)
	case []any:
		return e.list(v)
	}
	return value, nil
}

func (e evaluator) object(v map[string]any) (any, error) {
	result := map[string]any{}
	for key, child := range v {
		resolved, err := e.evaluate(child)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		if _, absent := resolved.(noValue); !absent {
			result[key] = resolved
		}
	}
	return result, nil
}

// whatResolves returns the properties that can be resolved, of a resource that
// is not created and whose others therefore do not matter.
func (e evaluator) whatResolves(v map[string]any) map[string]any {
	result := map[string]any{}
	for key, child := range v {
		if resolved, err := e.evaluate(child); err == nil {
			result[key] = resolved
		}
	}
	return result
}

func (e evaluator) list(v []any) ([]any, error) {
	result := []any{}
	for i, child := range v {
		resolved, err := e.evaluate(child)
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
		if _, absent := resolved.(noValue); !absent {
			result = append(result, resolved)
		}
	}
	return result, nil
}

// function reports whether an object is the call of an intrinsic function.
func function(v map[string]any) (name string, argument any, is bool) {
	if len(v) != 1 {
		return "", nil, false
	}
	for key, value := range v {
		if key == "Ref" || strings.HasPrefix(key, "Fn::") {
			return key, value, true
		}
		// A condition's name is a string; a policy statement's Condition is not.
		if _, isName := value.(string); key == "Condition" && isName {
			return key, value, true
		}
	}
	return "", nil, false
}

func (e evaluator) call(name string, argument any) (any, error) {
	switch name {
	case "Ref":
		text, err := literal(argument)
		if err != nil {
			return nil, err
		}
		return e.scope.ref(text)
	case "Condition":
		text, err := literal(argument)
		if err != nil {
			return nil, err
		}
		return e.scope.condition(text)
	case "Fn::GetAtt":
		return e.getAtt(argument)
	case "Fn::Join":
		return e.join(argument)
	case "Fn::Sub":
		return e.forbid(name).sub(argument)
	case "Fn::Select":
		return e.selectOne(argument)
	case "Fn::Split":
		return e.forbid(name).split(argument)
	case "Fn::If":
		return e.ifElse(argument)
	case "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not":
		return e.forbid(name).logic(name, argument)
	case "Fn::FindInMap":
		return e.findInMap(argument)
	case "Fn::Base64":
		return e.forbid(name).base64(argument)
	case "Fn::GetAZs":
		return e.getAZs(argument)
	case "Fn::GetStackOutput":
		return e.getStackOutput(argument)
	case "Fn::ImportValue":
		return nil, errors.New("exports couple stacks and are not used by a pair")
	}
	return nil, errors.New("unknown function")
}

func literal(argument any) (string, error) {
	text, ok := argument.(string)
	if !ok {
		return "", fmt.Errorf("needs a name, got %v", argument)
	}
	return text, nil
}

func (e evaluator) arguments(argument any, least, most int) ([]any, error) {
	list, ok := argument.([]any)
	if !ok || len(list) < least || len(list) > most {
		return nil, fmt.Errorf("needs a list of %d to %d arguments, got %v", least, most, argument)
	}
	return e.list(list)
}

func (e evaluator) text(value any) (string, error) {
	resolved, err := e.evaluate(value)
	if err != nil {
		return "", err
	}
	return textOf(resolved)
}

// textOf turns a scalar into the text CloudFormation would make of it.
func textOf(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case fmt.Stringer: // json.Number
		return v.String(), nil
	case int:
		return strconv.Itoa(v), nil
	}
	return "", fmt.Errorf("needs a text, got %v", value)
}

func (e evaluator) getAtt(argument any) (any, error) {
	if text, ok := argument.(string); ok {
		id, name, found := strings.Cut(text, ".")
		if !found {
			return nil, fmt.Errorf("needs <logical id>.<attribute>, got %q", text)
		}
		return e.scope.attribute(id, name)
	}
	list, err := e.arguments(argument, 2, 2)
	if err != nil {
		return nil, err
	}
	id, idErr := textOf(list[0])
	name, nameErr := textOf(list[1])
	if err := errors.Join(idErr, nameErr); err != nil {
		return nil, err
	}
	return e.scope.attribute(id, name)
}

func (e evaluator) join(argument any) (any, error) {
	list, err := e.arguments(argument, 2, 2)
	if err != nil {
		return nil, err
	}
	separator, err := textOf(list[0])
	if err != nil {
		return nil, err
	}
	elements, ok := list[1].([]any)
	if !ok {
		return nil, fmt.Errorf("needs a list to join, got %v", list[1])
	}
	texts := make([]string, len(elements))
	for i, element := range elements {
		if texts[i], err = textOf(element); err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
	}
	return strings.Join(texts, separator), nil
}

func (e evaluator) sub(argument any) (any, error) {
	template, variables := argument, map[string]any{}
	if list, ok := argument.([]any); ok {
		if len(list) != 2 {
			return nil, fmt.Errorf("needs a text, or a text and variables, got %v", argument)
		}
		given, isMap := list[1].(map[string]any)
		if !isMap {
			return nil, fmt.Errorf("needs variables by name, got %v", list[1])
		}
		template, variables = list[0], given
	}
	text, err := literal(template)
	if err != nil {
		return nil, err
	}
	return e.substitute(text, variables)
}

func (e evaluator) substitute(text string, variables map[string]any) (string, error) {
	var result strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		result.WriteString(before)
		if !found {
			return result.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", fmt.Errorf("'${' is not closed in %q", text)
		}
		text = after
		if literally, escaped := strings.CutPrefix(name, "!"); escaped {
			result.WriteString("${" + literally + "}")
			continue
		}
		value, err := e.variable(strings.TrimSpace(name), variables)
		if err != nil {
			return "", fmt.Errorf("${%s}: %w", name, err)
		}
		result.WriteString(value)
	}
}

func (e evaluator) variable(name string, variables map[string]any) (string, error) {
	if value, given := variables[name]; given {
		return e.text(value)
	}
	var value any
	var err error
	if id, attribute, dotted := strings.Cut(name, "."); dotted {
		value, err = e.scope.attribute(id, attribute)
	} else {
		value, err = e.scope.ref(name)
	}
	if err != nil {
		return "", err
	}
	return textOf(value)
}

func (e evaluator) selectOne(argument any) (any, error) {
	list, err := e.arguments(argument, 2, 2)
	if err != nil {
		return nil, err
	}
	text, err := textOf(list[0])
	if err != nil {
		return nil, err
	}
	elements, ok := list[1].([]any)
	index, notNumber := strconv.Atoi(text)
	if !ok || notNumber != nil || index < 0 || index >= len(elements) {
		return nil, fmt.Errorf("there is no element %s in %v", text, list[1])
	}
	return elements[index], nil
}

func (e evaluator) split(argument any) (any, error) {
	list, err := e.arguments(argument, 2, 2)
	if err != nil {
		return nil, err
	}
	separator, separatorErr := textOf(list[0])
	text, textErr := textOf(list[1])
	if err := errors.Join(separatorErr, textErr); err != nil {
		return nil, err
	}
	parts := []any{}
	for part := range strings.SplitSeq(text, separator) {
		parts = append(parts, part)
	}
	return parts, nil
}

func (e evaluator) ifElse(argument any) (any, error) {
	list, ok := argument.([]any)
	if !ok || len(list) != 3 {
		return nil, fmt.Errorf("needs a condition and two values, got %v", argument)
	}
	name, err := literal(list[0])
	if err != nil {
		return nil, err
	}
	holds, err := e.scope.condition(name)
	if err != nil {
		return nil, err
	}
	if holds {
		return e.evaluate(list[1])
	}
	return e.evaluate(list[2])
}

func (e evaluator) logic(name string, argument any) (any, error) {
	list, err := e.arguments(argument, 1, 10)
	if err != nil {
		return nil, err
	}
	if name == "Fn::Equals" {
		if len(list) != 2 {
			return nil, fmt.Errorf("needs two values, got %v", argument)
		}
		return fmt.Sprint(list[0]) == fmt.Sprint(list[1]), nil
	}
	result := name == "Fn::And"
	for _, element := range list {
		holds, ok := element.(bool)
		if !ok {
			return nil, fmt.Errorf("needs conditions, got %v", element)
		}
		switch name {
		case "Fn::And":
			result = result && holds
		case "Fn::Or":
			result = result || holds
		case "Fn::Not":
			return !holds, nil
		}
	}
	return result, nil
}

func (e evaluator) findInMap(argument any) (any, error) {
	list, err := e.arguments(argument, 3, 3)
	if err != nil {
		return nil, err
	}
	keys := make([]string, 3)
	for i, element := range list {
		if keys[i], err = textOf(element); err != nil {
			return nil, err
		}
	}
	return e.scope.mapping(keys[0], keys[1], keys[2])
}

func (e evaluator) base64(argument any) (any, error) {
	text, err := e.text(argument)
	return base64.StdEncoding.EncodeToString([]byte(text)), err
}

func (e evaluator) getAZs(argument any) (any, error) {
	region, err := e.text(argument)
	if err != nil {
		return nil, err
	}
	return e.scope.zones(region)
}

func (e evaluator) getStackOutput(argument any) (any, error) {
	if e.forbidStackOutput != "" {
		return nil, fmt.Errorf("CloudFormation answers InternalFailure to it inside %s", e.forbidStackOutput)
	}
	parameters, ok := argument.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("needs StackName, OutputName and Region, got %v", argument)
	}
	values := map[string]string{}
	for _, name := range []string{"StackName", "OutputName", "Region"} {
		text, err := e.text(parameters[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		values[name] = text
	}
	return e.scope.stackOutput(values["StackName"], values["Region"], values["OutputName"])
}
