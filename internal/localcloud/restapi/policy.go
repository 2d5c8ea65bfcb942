package restapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/regionpair/regionpair/internal/localcloud/iam"
	"github.com/regionpair/regionpair/internal/route"
)

const invokeAction = "execute-api:invoke"

// policy is the document that an authorizer returns.
type policy struct {
	Statement statements `json:"Statement"`
}

type statements []statement

// UnmarshalJSON accepts a single statement in place of a list.
func (s *statements) UnmarshalJSON(text []byte) error {
	var list []statement
	if err := json.Unmarshal(text, &list); err == nil {
		*s = list
		return nil
	}
	var one statement
	if err := json.Unmarshal(text, &one); err != nil {
		return err
	}
	*s = statements{one}
	return nil
}

type statement struct {
	Effect      string         `json:"Effect"`
	Action      words          `json:"Action"`
	Resource    words          `json:"Resource"`
	NotAction   words          `json:"NotAction"`
	NotResource words          `json:"NotResource"`
	Condition   map[string]any `json:"Condition"`
}

// words is a string or a list of strings.
type words []string

// UnmarshalJSON implements json.Unmarshaler.
func (w *words) UnmarshalJSON(text []byte) error {
	var list []string
	if err := json.Unmarshal(text, &list); err == nil {
		*w = list
		return nil
	}
	var one string
	if err := json.Unmarshal(text, &one); err != nil {
		return fmt.Errorf("must be a string or a list of strings, got %s", text)
	}
	*w = words{one}
	return nil
}

// check returns an error for what cannot be evaluated here: guessing at a
// policy would let requests through or refuse them without reason.
func (p policy) check() error {
	if len(p.Statement) == 0 {
		return errors.New("'policyDocument.Statement' must hold at least one statement, got none")
	}
	for i, s := range p.Statement {
		switch {
		case s.Effect != "Allow" && s.Effect != "Deny":
			return fmt.Errorf("'policyDocument.Statement[%d].Effect' must be 'Allow' or 'Deny', got %q", i, s.Effect)
		case len(s.NotAction) > 0 || len(s.NotResource) > 0 || len(s.Condition) > 0:
			return fmt.Errorf("'policyDocument.Statement[%d]' has 'NotAction', 'NotResource' or 'Condition', which are not emulated", i)
		case len(s.Action) == 0 || len(s.Resource) == 0:
			return fmt.Errorf("'policyDocument.Statement[%d]' needs 'Action' and 'Resource'", i)
		}
	}
	return nil
}

func (p policy) evaluate(methodARN string) iam.Verdict {
	result := iam.Neither
	for _, s := range p.Statement {
		if !s.appliesTo(methodARN) {
			continue
		}
		if s.Effect == "Deny" {
			return iam.Denied
		}
		result = iam.Allowed
	}
	return result
}

func (s statement) appliesTo(methodARN string) bool {
	return s.Action.match(invokeAction, strings.ToLower) && s.Resource.match(methodARN, func(text string) string { return text })
}

func (w words) match(text string, fold func(string) string) bool {
	for _, pattern := range w {
		if route.Match(fold(pattern), text) {
			return true
		}
	}
	return false
}
