package cloudformation

import (
	"maps"
	"slices"
	"strings"
)

// NotRunError says why a resource is not created here. The rest of its stack is
// still brought up, and refers to it as to any other.
type NotRunError struct{ Reason string }

func (e *NotRunError) Error() string { return e.Reason }

// plausibleRef is what Ref gives for a resource that is not created: its own
// name, where it has one, as CloudFormation does.
func plausibleRef(logicalID, resourceType string, properties map[string]any) string {
	parts := strings.Split(resourceType, "::")
	kind := parts[len(parts)-1]
	// A GlobalTable has a TableName, a WebACL a Name.
	for _, property := range slices.Sorted(maps.Keys(properties)) {
		named, isName := strings.CutSuffix(property, "Name")
		if name, ok := properties[property].(string); ok && isName && name != "" && strings.HasSuffix(kind, named) {
			return name
		}
	}
	return logicalID
}

// plausible is an attribute of a resource that is not created, in the form that
// such an attribute has.
func plausible(region, account, resourceType, ref, attribute string) string {
	parts := strings.Split(strings.ToLower(resourceType), "::")
	switch {
	case len(parts) == 3 && (attribute == "Arn" || strings.HasSuffix(attribute, "Arn")):
		separator := "/"
		if parts[1] == "sns" || parts[1] == "sqs" || parts[1] == "lambda" {
			return "arn:aws:" + parts[1] + ":" + region + ":" + account + ":" + ref
		}
		return "arn:aws:" + parts[1] + ":" + region + ":" + account + ":" + parts[2] + separator + ref
	case strings.HasSuffix(attribute, "Id"):
		return strings.ToLower(ref)
	}
	return ref + "." + attribute
}
