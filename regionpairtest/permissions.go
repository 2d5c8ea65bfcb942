package regionpairtest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// Statement of a policy, wherever CloudFormation keeps it: of a role, a key, a
// bucket, a topic, a secret, an API, or a function's permission.
type Statement struct {
	// Stack and Resource say where it stands; Resource is the logical id.
	Stack, Resource string
	// Principal that the statement speaks of. In a policy of a role it is the
	// role, in a policy of a resource who may use it.
	Principal string
	// Effect is "Allow" or "Deny".
	Effect string
	// Actions allowed or denied, in order.
	Actions []string
	// NotActions that the statement excludes, in order.
	NotActions []string
	// Resources it holds for, in order.
	Resources []string
	// Condition as JSON; empty when there is none.
	Condition string
}

// HasWildcard reports whether an action or a resource has one.
func (s Statement) HasWildcard() bool {
	return strings.ContainsAny(strings.Join(slices.Concat(s.Actions, s.Resources), " "), "*?")
}

// String is the statement on a few lines, for a file that a reviewer reads.
func (s Statement) String() string {
	verb := "may"
	if s.Effect == "Deny" {
		verb = "not"
	}
	lines := []string{s.Stack + " " + s.Resource, "  who  " + s.Principal}
	if len(s.Actions) > 0 {
		lines = append(lines, "  "+verb+"  "+strings.Join(s.Actions, " "))
	}
	if len(s.NotActions) > 0 {
		lines = append(lines, "  "+verb+"  all but "+strings.Join(s.NotActions, " "))
	}
	if len(s.Resources) > 0 {
		lines = append(lines, "  on   "+strings.Join(s.Resources, "\n       "))
	}
	if s.Condition != "" {
		lines = append(lines, "  when "+s.Condition)
	}
	return strings.Join(lines, "\n")
}

// Permissions lists every statement of every policy of the stacks: who may do
// what, on what, and when. A changed line means that somebody may do something
// new.
func Permissions(t testing.TB, stacks ...awscdk.Stack) string {
	t.Helper()
	texts := []string{}
	for _, statement := range Statements(Templates(t, stacks...)...) {
		texts = append(texts, statement.String())
	}
	return strings.Join(texts, "\n") + "\n"
}

// Statements returns every statement of every policy of the templates, in
// order.
func Statements(documents ...Document) []Statement {
	var found []Statement
	for _, document := range documents {
		for _, id := range document.ids() {
			for _, statement := range statementsOf(document.Resources[id]) {
				statement.Stack, statement.Resource = document.Stack, id
				found = append(found, statement)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Statement) int { return strings.Compare(a.String(), b.String()) })
	return found
}

func statementsOf(resource Resource) []Statement {
	properties := resource.Properties
	switch resource.Type {
	case "AWS::Lambda::Permission":
		return []Statement{invocation(properties)}
	case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy":
		holders := slices.Concat(texts(properties["Roles"]), texts(properties["Users"]), texts(properties["Groups"]))
		return parse(strings.Join(holders, " "), properties["PolicyDocument"])
	case "AWS::IAM::Role":
		found := parse("", properties["AssumeRolePolicyDocument"])
		inline, _ := properties["Policies"].([]any)
		for _, policy := range inline {
			if policy, ok := policy.(map[string]any); ok {
				found = append(found, parse("this role", policy["PolicyDocument"])...)
			}
		}
		for _, arn := range texts(properties["ManagedPolicyArns"]) {
			found = append(found, Statement{Principal: "this role", Effect: "Allow", Actions: []string{arn}})
		}
		return found
	}
	var found []Statement
	for _, property := range []string{"KeyPolicy", "PolicyDocument", "ResourcePolicy", "Policy"} {
		found = append(found, parse("", properties[property])...)
	}
	return found
}

// invocation describes who may invoke a function.
func invocation(properties map[string]any) Statement {
	from := map[string]any{}
	for _, property := range []string{"SourceArn", "SourceAccount", "PrincipalOrgID", "FunctionUrlAuthType"} {
		if properties[property] != nil {
			from[property] = properties[property]
		}
	}
	statement := Statement{
		Principal: strings.Join(texts(properties["Principal"]), " "), Effect: "Allow",
		Actions: texts(properties["Action"]), Resources: texts(properties["FunctionName"]),
	}
	if len(from) > 0 {
		statement.Condition = short(from)
	}
	return statement
}

func parse(holder string, policy any) []Statement {
	text, err := json.Marshal(policy)
	if err != nil {
		return nil
	}
	var document struct{ Statement json.RawMessage }
	if json.Unmarshal(text, &document) != nil || document.Statement == nil {
		return nil
	}
	var raw []struct {
		Effect                                            string
		Action, NotAction, Resource, Principal, Condition any
	}
	// A policy with one statement may have it without a list.
	if json.Unmarshal(document.Statement, &raw) != nil && json.Unmarshal([]byte("["+string(document.Statement)+"]"), &raw) != nil {
		return nil
	}
	found := make([]Statement, 0, len(raw))
	for _, s := range raw {
		statement := Statement{
			Principal: holder, Effect: s.Effect, Actions: texts(s.Action), NotActions: texts(s.NotAction), Resources: texts(s.Resource),
		}
		if holder == "" {
			statement.Principal = strings.Join(texts(s.Principal), " ")
		}
		if s.Condition != nil {
			statement.Condition = short(s.Condition)
		}
		found = append(found, statement)
	}
	return found
}

// texts returns a value that may be a string, a list, or an intrinsic function
// as a sorted list.
func texts(value any) []string {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		all := []string{}
		for _, element := range v {
			all = append(all, texts(element)...)
		}
		slices.Sort(all)
		return all
	}
	return []string{short(value)}
}
