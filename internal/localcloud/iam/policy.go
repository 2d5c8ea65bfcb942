package iam

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Statement is one statement of a policy.
type Statement struct {
	Deny bool
	// Actions and Resources are patterns with * and ?.
	Actions, Resources []string
	// Conditions are values by operator and key; the keys are in lower case.
	Conditions map[string]map[string][]string
}

// Parse reads a policy document as it is in a template after its
// intrinsics were resolved. It fails with what it cannot evaluate.
func Parse(document any) ([]Statement, error) {
	statements := []Statement{}
	for _, entry := range anyList(object(document)["Statement"]) {
		fields := object(entry)
		for name := range fields {
			if !slices.Contains([]string{"Sid", "Effect", "Action", "Resource", "Condition"}, name) {
				return nil, fmt.Errorf("%s is not evaluated", name)
			}
		}
		conditions, err := conditionsOf(fields["Condition"])
		if err != nil {
			return nil, err
		}
		statements = append(statements, Statement{
			Deny:    fields["Effect"] == "Deny",
			Actions: texts(fields["Action"]), Resources: texts(fields["Resource"]), Conditions: conditions,
		})
	}
	return statements, nil
}

// roleOperators are those that policies of roles may have.
var roleOperators = slices.DeleteFunc(slices.Sorted(maps.Keys(operators)), func(operator string) bool {
	return operator == inNetwork || operator == notInNetwork
})

func conditionsOf(value any) (map[string]map[string][]string, error) {
	conditions := map[string]map[string][]string{}
	for operator, keys := range object(value) {
		if !slices.Contains(roleOperators, operator) {
			return nil, fmt.Errorf("the condition operator %s is not evaluated; those that are: %s", operator, strings.Join(roleOperators, ", "))
		}
		conditions[operator] = map[string][]string{}
		for key, values := range object(keys) {
			conditions[operator][strings.ToLower(key)] = texts(values)
		}
	}
	return conditions, nil
}

func object(value any) map[string]any {
	v, _ := value.(map[string]any)
	return v
}

// anyList is a list, or the one element that may stand for it.
func anyList(value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{value}
}

func texts(value any) []string {
	result := []string{}
	for _, element := range anyList(value) {
		result = append(result, fmt.Sprint(element))
	}
	return result
}
