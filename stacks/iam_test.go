package stacks_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type statement struct {
	Sid       string
	Effect    string
	Action    any
	NotAction any
	Resource  any
	Principal any
	Condition any
}

// statements returns every identity-based statement, by the policy's id.
func statements(t *testing.T, from template) map[string][]statement {
	t.Helper()
	found := map[string][]statement{}
	for id, policy := range from.of("AWS::IAM::Policy") {
		text, err := json.Marshal(policy.Properties["PolicyDocument"])
		require.NoError(t, err)
		var document struct{ Statement []statement }
		require.NoError(t, json.Unmarshal(text, &document))
		found[id] = document.Statement
	}
	return found
}

func list(value any) []string {
	switch v := value.(type) {
	case nil:
		return nil
	case string:
		return []string{v}
	case []any:
		texts := []string{}
		for _, element := range v {
			texts = append(texts, list(element)...)
		}
		slices.Sort(texts)
		return texts
	}
	text, _ := json.Marshal(value)
	return []string{string(text)}
}

// reasons says why a statement may cover more than named resources: by the
// first of its actions that needs it.
var reasons = map[string]string{
	"xray:PutTelemetryRecords":         "X-Ray supports no resource-level permissions for segments",
	"s3:DeleteObject":                  "the object API serves every key of its own bucket",
	"s3:GetObjectVersionAcl":           "the rule replicates every key of the source bucket",
	"s3:ReplicateDelete":               "the rule replicates every key of the source bucket",
	"ec2:AssignPrivateIpAddresses":     "EC2 supports no resource-level permissions that Lambda could use for network interfaces",
	"secretsmanager:GetSecretValue":    "Secrets Manager appends six characters to a secret's name; '??????' matches exactly those",
	"secretsmanager:GetRandomPassword": "the action has no resource",
}

// TestWhoMayDoWhat lists every statement of every role in a file that a
// reviewer reads: stack, policy, actions, resources, condition, and the reason
// for each wildcard.
func TestWhoMayDoWhat(t *testing.T) {
	lines := []string{}
	for _, environment := range environments {
		for name, template := range synthOnce(t, environment).all() {
			for policy, granted := range statements(t, template) {
				for _, s := range granted {
					lines = append(lines, describe(t, environment+" "+name+" "+policy, s))
				}
			}
		}
	}
	slices.Sort(lines)
	golden(t, "testdata/permissions.txt", []byte(strings.Join(lines, "\n")+"\n"))
}

func describe(t *testing.T, where string, s statement) string {
	t.Helper()
	actions, resources := list(s.Action), list(s.Resource)
	require.Equal(t, "Allow", s.Effect, where)
	require.Nil(t, s.NotAction, where)
	text := fmt.Sprintf("%s\n  may  %s\n  on   %s", where, strings.Join(actions, " "), strings.Join(resources, "\n       "))
	if s.Condition != nil {
		condition, _ := json.Marshal(s.Condition)
		text += "\n  when " + string(condition)
	}
	for _, action := range actions {
		assert.NotContains(t, action, "*", where)
	}
	if strings.ContainsAny(strings.Join(resources, " "), "*?") {
		reason := reasonFor(actions)
		require.NotEmpty(t, reason, "%s: say in 'reasons' why %v may cover %v", where, actions, resources)
		text += "\n  why  " + reason
	}
	return text
}

func reasonFor(actions []string) string {
	for _, action := range actions {
		if reason, known := reasons[action]; known {
			return reason
		}
	}
	return ""
}

func TestTokenFunctionReadsItsOwnRegionOnly(t *testing.T) {
	for _, environment := range environments {
		p, c := synthOnce(t, environment), load(t, environment)
		for own, regional := range map[string]template{c.PrimaryRegion: p.primary, c.SecondaryRegion: p.secondary} {
			read := []string{}
			for policy, granted := range statements(t, regional) {
				if strings.HasPrefix(policy, "UnitToken") {
					for _, s := range granted {
						if slices.Contains(list(s.Action), "secretsmanager:GetSecretValue") {
							read = append(read, list(s.Resource)...)
						}
					}
				}
			}
			require.NotEmpty(t, read)
			for _, resource := range read {
				isOwn := strings.Contains(resource, ":secretsmanager:"+own+":") || strings.Contains(resource, "UnitAuthCredentials")
				assert.True(t, isOwn, "%s reads %s", own, resource)
			}
		}
	}
}

// Secrets come into a template as references only, and never into what anyone
// who may describe a function can read.
func TestNoSecretInEnvironmentOrOutput(t *testing.T) {
	for _, environment := range environments {
		for name, template := range synthOnce(t, environment).all() {
			for id, function := range template.of("AWS::Lambda::Function") {
				text, _ := json.Marshal(function.Properties["Environment"])
				for _, forbidden := range []string{"ClientSecret", "resolve:secretsmanager", "SecretString", "password"} {
					assert.NotContains(t, string(text), forbidden, "%s %s", name, id)
				}
			}
			text, _ := json.Marshal(template.Outputs)
			assert.NotContains(t, string(text), "ClientSecret", name)
			for id, resource := range template.Resources {
				if resource.Type != "AWS::SecretsManager::Secret" {
					assert.NotContains(t, resource.text(), "ClientSecret\"", "%s %s", name, id)
				}
			}
		}
	}
}
