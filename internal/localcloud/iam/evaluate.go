package iam

import (
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/route"
)

// Call is what somebody asks AWS to do.
type Call struct {
	// Action with its service, "s3:GetObject".
	Action string
	// Resource is the ARN; "*" for actions that have none.
	Resource string
	// Context are the condition keys, in lower case, that the call has.
	Context map[string]string
}

// operators decide whether a value of the context meets one of the condition.
var operators = map[string]func(found, wanted string) bool{
	"StringEquals":           func(found, wanted string) bool { return found == wanted },
	"StringEqualsIgnoreCase": strings.EqualFold,
	"StringLike":             func(found, wanted string) bool { return route.Match(wanted, found) },
	"StringNotEquals":        func(found, wanted string) bool { return found == wanted },
	"ArnEquals":              func(found, wanted string) bool { return route.Match(wanted, found) },
	"ArnLike":                func(found, wanted string) bool { return route.Match(wanted, found) },
	"Bool":                   strings.EqualFold,
	// Every value of the call has to be met. The calls that are evaluated have one.
	"ForAllValues:StringEquals": func(found, wanted string) bool { return found == wanted },
	inNetwork:                   isInNetwork,
	notInNetwork:                isInNetwork,
}

// The operators of addresses. Policies of roles do not have them: calls of
// functions are evaluated without an address.
const (
	inNetwork    = "IpAddress"
	notInNetwork = "NotIpAddress"
)

// negated operators hold when none of the values is met, also for a key that the
// call does not have.
var negated = map[string]bool{"StringNotEquals": true, notInNetwork: true}

// Verdict is what statements say about a call.
type Verdict int

const (
	// Neither is that no statement covers it.
	Neither Verdict = iota
	// Denied is that a statement denies it; no other can allow it again.
	Denied
	// Allowed is that a statement allows it, and none denies it.
	Allowed
)

// Allows reports whether the statements allow a call. An explicit denial wins;
// what nobody allows is denied.
func Allows(statements []Statement, call Call) bool { return Evaluate(statements, call) == Allowed }

// Evaluate returns what the statements say about a call.
func Evaluate(statements []Statement, call Call) Verdict {
	verdict := Neither
	for _, s := range statements {
		if !s.covers(call) {
			continue
		}
		if s.Deny {
			return Denied
		}
		verdict = Allowed
	}
	return verdict
}

func (s Statement) covers(call Call) bool {
	action := func(pattern string) bool {
		return route.Match(strings.ToLower(pattern), strings.ToLower(call.Action))
	}
	resource := func(pattern string) bool { return route.Match(pattern, call.Resource) }
	return slices.ContainsFunc(s.Actions, action) && slices.ContainsFunc(s.Resources, resource) && s.fulfilled(call.Context)
}

// fulfilled says whether all conditions hold.
func (s Statement) fulfilled(context map[string]string) bool {
	for operator, keys := range s.Conditions {
		for key, wanted := range keys {
			found, present := context[key]
			if !present && strings.HasPrefix(operator, "ForAllValues:") {
				continue
			}
			met := present && slices.ContainsFunc(wanted, func(value string) bool { return operators[operator](found, value) })
			if met == negated[operator] {
				return false
			}
		}
	}
	return true
}
