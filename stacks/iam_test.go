package stacks_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/regionpairtest"
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

// document returns the statements of a policy document.
func document(t *testing.T, policy any) []statement {
	t.Helper()
	text, err := json.Marshal(policy)
	require.NoError(t, err)
	var d struct{ Statement []statement }
	require.NoError(t, json.Unmarshal(text, &d))
	require.NotEmpty(t, d.Statement, string(text))
	return d.Statement
}

// statements returns every identity-based statement, by the policy's id.
func statements(t *testing.T, from template) map[string][]statement {
	t.Helper()
	found := map[string][]statement{}
	for id, policy := range from.of("AWS::IAM::Policy") {
		found[id] = document(t, policy.Properties["PolicyDocument"])
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

// reasons says why a statement may cover more than named actions and
// resources: by the first of its actions that needs it.
var reasons = map[string]string{
	"xray:PutTelemetryRecords":         "X-Ray supports no resource-level permissions for segments",
	"s3:DeleteObject":                  "the object API serves every key of its own bucket",
	"dynamodb:Query":                   "the handler uses every index of its own tables",
	"s3:GetObjectVersionAcl":           "the rule replicates every key of the source bucket",
	"s3:ReplicateDelete":               "the rule replicates every key of the source bucket",
	"ec2:AssignPrivateIpAddresses":     "EC2 supports no resource-level permissions that Lambda could use for network interfaces",
	"secretsmanager:DescribeSecret":    "the clients' secrets share one path of the pair, and Secrets Manager ends each ARN with six characters",
	"secretsmanager:GetSecretValue":    "Secrets Manager appends six characters to a secret's name; '??????' matches exactly those",
	"secretsmanager:GetRandomPassword": "the action has no resource",

	// In policies of resources.
	"kms:*":                       "the account administers its own key, by its IAM policies; without it nobody could",
	"kms:GenerateDataKey*":        "'*' is the key that the policy belongs to; AWS documents these actions for the service",
	"s3:DeleteObject*":            "CDK empties a bucket that is to be destroyed, all versions; only with removal 'destroy'",
	"secretsmanager:DeleteSecret": "'*' is the secret that the policy belongs to",
	"execute-api:Invoke":          "'execute-api:/*' is every route of the API that the policy belongs to",
}

// TestWhoMayDoWhat lists every statement of every policy in a file that a
// reviewer reads, with the reason for each wildcard. What is allowed to
// everybody is refused.
func TestWhoMayDoWhat(t *testing.T) {
	lines := []string{}
	for _, statement := range regionpairtest.Statements(documents(t, environments...)...) {
		lines = append(lines, explain(t, statement))
	}
	regionpairtest.MatchFile(t, "testdata/permissions.txt", strings.Join(lines, "\n")+"\n")
}

// explain returns the statement with the reason for what is not named in it.
func explain(t *testing.T, s regionpairtest.Statement) string {
	t.Helper()
	where := s.Stack + " " + s.Resource
	require.Empty(t, s.NotActions, where)
	if s.Effect == "Deny" {
		return s.String()
	}
	isOpen := strings.Contains(s.Principal, `"AWS":"*"`) || s.Principal == "*"
	require.False(t, isOpen && !slices.Contains(s.Actions, "execute-api:Invoke"), "%s: everybody may %v", where, s.Actions)
	isInvocation := slices.Contains(s.Actions, "lambda:InvokeFunction") && len(s.Resources) == 1 && !strings.HasPrefix(s.Principal, "{")
	if isInvocation {
		require.NotEmpty(t, s.Condition, "%s: a service may call for anybody", where)
		return s.String()
	}
	if len(s.Actions) == 1 && strings.Contains(s.Actions[0], ":iam::aws:policy/") {
		return s.String() + "\n  why  " + reasonForManaged(t, where, s.Actions)
	}
	if !s.HasWildcard() {
		return s.String()
	}
	reason := cmp.Or(reasonOf(s.Resources), reasonFor(s.Actions))
	require.NotEmpty(t, reason, "%s: say in 'reasons' why %v may cover %v", where, s.Actions, s.Resources)
	return s.String() + "\n  why  " + reason
}

// managedReasons says why a role has a policy of AWS, which allows more than a
// policy of ours would.
var managedReasons = map[string]string{
	"AmazonAPIGatewayPushToCloudWatchLogs": "API Gateway documents it for the one role of the account that writes the logs of all its APIs",
	"AWSLambdaBasicExecutionRole":          "CDK's own function that empties a bucket to be destroyed; only with removal 'destroy'",
}

func reasonForManaged(t *testing.T, where string, policies []string) string {
	t.Helper()
	for name, reason := range managedReasons {
		if len(policies) == 1 && strings.Contains(policies[0], ":iam::aws:policy/service-role/"+name) {
			return reason
		}
	}
	require.Fail(t, "say in 'managedReasons' why a role has a policy of AWS", "%s: %v", where, policies)
	return ""
}

// reasonOf says why resources that a statement covers have no names.
func reasonOf(resources []string) string {
	for part, reason := range map[string]string{
		"/.regionpair/blobs/*": "the contents of synchronous objects have random names below one prefix",
		":key/*":               "the key of the peer's bucket has an id that this Region cannot know; the condition ties the right to S3 and that bucket",
	} {
		if !slices.ContainsFunc(resources, func(resource string) bool { return !strings.Contains(resource, part) }) {
			return reason
		}
	}
	return ""
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
					assert.NotContains(t, resource.Text(), "ClientSecret\"", "%s %s", name, id)
				}
			}
		}
	}
}
