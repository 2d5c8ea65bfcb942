package main

import (
	"fmt"
	"regexp"
	"strings"
)

// properties of the custom resource, as CloudFormation hands them over.
type properties map[string]any

// read fills the fields in, and reports everything that is wrong at once.
func (p properties) read(fields ...field) error {
	var problems []string
	for _, f := range fields {
		value, isText := p[f.name].(string)
		switch {
		case !isText || value == "":
			problems = append(problems, fmt.Sprintf("property %q is missing", f.name))
		case !f.allowed.MatchString(value):
			problems = append(problems, fmt.Sprintf("property %q is %q, allowed is %s", f.name, value, f.description))
		default:
			*f.into = value
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("%s", strings.Join(problems, "; "))
	}
	return nil
}

type field struct {
	name        string
	into        *string
	allowed     *regexp.Regexp
	description string
}

func regionField(into *string) field {
	return field{"Region", into, regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-\d$`), "a Region code such as eu-west-1"}
}

func bucketField(name string, into *string) field {
	return field{name, into, regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`), "a bucket name"}
}

func arnField(name, service string, into *string) field {
	return field{name, into, regexp.MustCompile(`^arn:aws[a-z-]*:` + service + `:[a-z0-9-]*:(\d{12})?:[!-~]+$`), "an ARN of " + service}
}

// accountOf returns the account in a stack's ARN, empty when there is none.
func accountOf(stackID string) string {
	if parts := strings.Split(stackID, ":"); len(parts) > 5 {
		return parts[4]
	}
	return ""
}
