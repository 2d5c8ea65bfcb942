package main

import (
	"maps"
	"slices"
)

// unknownTypes are the resource types that the emulator does not know. A step
// of the scenario asks it about each.
var unknownTypes = []string{"AWS::Logs::QueryDefinition", "AWS::Route53::HealthCheck", "AWS::SecretsManager::ResourcePolicy", "AWS::SecretsManager::RotationSchedule"}

const (
	unknownType = "the emulator does not know the type"
	metricMath  = "the emulator does not support metric math"
)

// refusals are the emulator's own words, by the reason that is given here.
var refusals = map[string]string{
	unknownType: "Unrecognized resource type",
	metricMath:  "(metric math) is not supported",
}

// refused says why one resource is left out; empty when it is not.
func refused(resource map[string]any) string {
	kind, _ := resource["Type"].(string)
	if slices.Contains(unknownTypes, kind) {
		return unknownType
	}
	if properties, ok := resource["Properties"].(map[string]any); ok && kind == "AWS::CloudWatch::Alarm" && properties["Metrics"] != nil {
		return metricMath
	}
	return ""
}

// leaveOut removes what is refused and, again and again, what refers to it. An
// order alone is no reference: DependsOn just loses the name. It returns the
// reasons by logical id.
func leaveOut(resources map[string]any) map[string]string {
	gone := map[string]string{}
	for again := true; again; {
		again = false
		for _, id := range slices.Sorted(maps.Keys(resources)) {
			resource, _ := resources[id].(map[string]any)
			reason := refused(resource)
			if reason == "" {
				reason = refersTo(resource["Properties"], gone)
			}
			if reason != "" {
				gone[id] = reason
				delete(resources, id)
				again = true
			}
		}
	}
	for _, value := range resources {
		if resource, ok := value.(map[string]any); ok {
			forgetOrder(resource, gone)
		}
	}
	return gone
}

func refersTo(value any, gone map[string]string) string {
	for _, id := range references(value) {
		if _, left := gone[id]; left {
			return "refers to " + id + ", which is left out"
		}
	}
	return ""
}

func forgetOrder(resource map[string]any, gone map[string]string) {
	left := func(name any) bool {
		text, _ := name.(string)
		_, is := gone[text]
		return is
	}
	switch order := resource["DependsOn"].(type) {
	case string:
		if left(order) {
			delete(resource, "DependsOn")
		}
	case []any:
		resource["DependsOn"] = slices.DeleteFunc(order, left)
	}
}
