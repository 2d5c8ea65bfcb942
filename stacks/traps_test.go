package stacks_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/contract"
)

// Each test here is named after a mistake that synthesizes without complaint
// and fails, or silently misbehaves, on the first deployment.

var environments = []string{"minimal", "full"}

// A native Cognito authorizer knows the tokens of one Region's pool only, and
// cannot read the issuer that Cognito's replicas share.
func TestNoCognitoAuthorizer(t *testing.T) {
	for _, environment := range environments {
		p := synthOnce(t, environment)
		for _, regional := range []template{p.primary, p.secondary} {
			assert.Equal(t, "REQUEST", regional.only(t, "AWS::ApiGateway::Authorizer").Properties["Type"])
			for id, method := range regional.of("AWS::ApiGateway::Method") {
				assert.NotEqual(t, "COGNITO_USER_POOLS", method.Properties["AuthorizationType"], id)
			}
		}
	}
}

// Route 53 refuses failover alias records that do not evaluate their target,
// and other primary failover records without a check.
func TestRecordsHaveWhatRoute53AsksOfTheirKind(t *testing.T) {
	kinds := map[bool]bool{}
	for _, environment := range environments {
		for id, record := range synthOnce(t, environment).global.of("AWS::Route53::RecordSet") {
			alias, isAlias := record.Properties["AliasTarget"].(map[string]any)
			kinds[isAlias] = true
			if isAlias {
				assert.Equal(t, true, alias["EvaluateTargetHealth"], id)
				assert.NotContains(t, record.Properties, "TTL", id)
				continue
			}
			assert.NotEmpty(t, record.Properties["TTL"], id)
			if record.Properties["Failover"] == "PRIMARY" {
				assert.NotEmpty(t, record.Properties["HealthCheckId"], id)
			}
		}
	}
	assert.Len(t, kinds, 2, "both kinds are looked at")
}

// IAM is global: a fixed role name in one Region's stack collides with its
// peer's.
func TestRolesHaveNoFixedNames(t *testing.T) {
	for _, environment := range environments {
		for name, template := range synthOnce(t, environment).all() {
			for id, role := range template.of("AWS::IAM::Role") {
				assert.NotContains(t, role.Properties, "RoleName", "%s %s", name, id)
			}
		}
	}
}

// One replication role per direction: each may read one bucket and write the
// other.
func TestReplicationHasARolePerDirection(t *testing.T) {
	roles := map[string]bool{}
	for _, rule := range synthOnce(t, "minimal").global.of("Custom::BucketReplication") {
		role, _ := json.Marshal(rule.Properties["RoleArn"])
		roles[string(role)] = true
	}
	assert.Len(t, roles, 2)
}

// KMS refuses a key policy with a principal that does not exist yet, such as
// the replication role of a stack that comes later.
func TestKeyPoliciesNameOnlyTheAccountAndServices(t *testing.T) {
	for _, environment := range environments {
		for name, template := range synthOnce(t, environment).all() {
			for id, key := range template.of("AWS::KMS::Key") {
				policy := key.Properties["KeyPolicy"].(map[string]any)
				for _, statement := range policy["Statement"].([]any) {
					principal := statement.(map[string]any)["Principal"].(map[string]any)
					if _, isService := principal["Service"]; isService {
						continue
					}
					text, _ := json.Marshal(principal["AWS"])
					assert.Contains(t, string(text), ":root", "%s %s", name, id)
				}
			}
		}
	}
}

// Two buckets cannot name each other as destination when they are created;
// the rules come from the stack that is deployed last.
func TestRegionsCarryNoReplicationRule(t *testing.T) {
	p := synthOnce(t, "minimal")
	for _, regional := range []template{p.primary, p.secondary} {
		bucket := regional.only(t, "AWS::S3::Bucket")
		assert.NotContains(t, bucket.Properties, "ReplicationConfiguration")
		assert.Equal(t, map[string]any{"Status": "Enabled"}, bucket.Properties["VersioningConfiguration"])
	}
	assert.Len(t, p.global.of("Custom::BucketReplication"), 2)
}

// CloudFormation answers InternalFailure when GetStackOutput stands where it
// is not resolved; nothing checks that before the deployment.
func TestGetStackOutputStandsOnlyWhereItIsResolved(t *testing.T) {
	for _, environment := range environments {
		for name, template := range synthOnce(t, environment).all() {
			var document map[string]any
			require.NoError(t, json.Unmarshal([]byte(template.Text()), &document))
			mustNotHold(t, name+" Conditions", document["Conditions"], "Fn::GetStackOutput")
			outputs, _ := document["Outputs"].(map[string]any)
			for id, output := range outputs {
				value, _ := output.(map[string]any)["Value"].(map[string]any)
				assert.NotContains(t, value, "Fn::GetStackOutput", "%s output %s", name, id)
			}
			walk(document, func(key string, value any) {
				switch key {
				case "Fn::Sub", "Fn::Base64", "Fn::Equals", "Fn::ImportValue", "Fn::Split":
					mustNotHold(t, name+" "+key, value, "Fn::GetStackOutput")
				}
			})
		}
	}
}

// Exports couple the deployment of one Region to the other: an exporting stack
// cannot change while an importing one exists.
func TestRegionsDependOnNothing(t *testing.T) {
	for _, environment := range environments {
		p := synthOnce(t, environment)
		for name, template := range p.all() {
			for _, coupling := range []string{"Fn::ImportValue", `"Export"`, "ExportWriter", "ExportReader"} {
				assert.NotContains(t, template.Text(), coupling, name)
			}
		}
		assert.NotContains(t, p.primary.Text(), "Fn::GetStackOutput")
		assert.NotContains(t, p.secondary.Text(), "Fn::GetStackOutput")
	}
}

// The peer computes these names: a generated one would be unknown to it.
func TestNamesThatThePeerComputesAreLiteral(t *testing.T) {
	p := synthOnce(t, "minimal")
	assert.Equal(t, "orders-objects-111122223333-eu-west-1", p.primary.only(t, "AWS::S3::Bucket").Properties["BucketName"])
	assert.Equal(t, "orders-objects-111122223333-eu-central-1", p.secondary.only(t, "AWS::S3::Bucket").Properties["BucketName"])
	assert.Equal(t, "orders-111122223333-eu-west-1", p.primary.only(t, "AWS::Cognito::UserPoolDomain").Properties["Domain"])
}

// AWS documents TLS up to 1.2 for health checkers.
func TestHealthEndpointSpeaksTLS12WhateverTheAPIDoes(t *testing.T) {
	p := synth(t, load(t, "minimal", func(c *config.Config) { c.TLSPolicy = "SecurityPolicy_TLS13_1_3_2025_09" }))
	for _, regional := range []template{p.primary, p.secondary} {
		policies := map[string]any{}
		for _, api := range regional.of("AWS::ApiGateway::RestApi") {
			policies[api.Properties["Name"].(string)] = api.Properties["SecurityPolicy"]
		}
		domain := regional.only(t, "AWS::ApiGateway::DomainName").Properties["SecurityPolicy"]
		assert.Equal(t, "SecurityPolicy_TLS13_1_3_2025_09", domain)
		assert.Equal(t, map[string]any{
			// API Gateway negotiates with the API's policy, not its domain name's.
			"api.example.com": domain,
			"orders-health":   "TLS_1_2",
		}, policies)
	}
}

// S3 needs to decrypt with the destination's key, too, when bucket keys are on.
func TestReplicationRoleMayUseBothKeys(t *testing.T) {
	p := synthOnce(t, "minimal")
	for _, regional := range []template{p.primary, p.secondary} {
		assert.Contains(t, regional.only(t, "AWS::S3::Bucket").Text(), `"BucketKeyEnabled":true`)
	}
	found := 0
	for id, policy := range p.global.of("AWS::IAM::Policy") {
		if !strings.HasPrefix(id, "Replication") {
			continue
		}
		found++
		text := policy.Text()
		for _, needed := range []string{
			`"kms:Decrypt","kms:Encrypt","kms:GenerateDataKey"`, `"kms:EncryptionContext:aws:s3:arn"`, "kms:ViaService",
			"s3:GetObjectVersionForReplication", "s3:ReplicateDelete", "s3:GetReplicationConfiguration",
		} {
			assert.Contains(t, text, needed, id)
		}
		assert.NotContains(t, text, `"s3:GetObjectVersion"`, "it skips objects encrypted with KMS")
	}
	assert.Equal(t, 2, found)
}

// The first deployment of an API with logs fails in an account without the
// logging role; deleting the stack must not take it from the other APIs.
func TestAccountLoggingRole(t *testing.T) {
	p := synthOnce(t, "minimal")
	for _, regional := range []template{p.primary, p.secondary} {
		account := regional.only(t, "AWS::ApiGateway::Account")
		assert.Equal(t, "Retain", account.DeletionPolicy)
		for id, stage := range regional.of("AWS::ApiGateway::Stage") {
			assert.Contains(t, stage.Text(), "Account", "%s must wait for the account's role", id)
		}
	}
	without := synth(t, load(t, "minimal", func(c *config.Config) { c.APIGatewayAccountRole = new(bool) }))
	assert.Empty(t, without.primary.of("AWS::ApiGateway::Account"))
}

// Checking the name that fails over would report the health of whichever
// Region answers.
func TestHealthChecksNeverAskTheFailoverName(t *testing.T) {
	for id, check := range synthOnce(t, "minimal").global.of("AWS::Route53::HealthCheck") {
		configuration := check.Properties["HealthCheckConfig"]
		text, _ := json.Marshal(configuration)
		assert.NotContains(t, string(text), "api.example.com", id)
	}
}

// What bypasses the domain name would bypass the failover; what Route 53 asks
// has no domain name.
func TestDefaultEndpointIsOffExceptForHealth(t *testing.T) {
	p := synthOnce(t, "minimal")
	disabled := 0
	for _, api := range p.primary.of("AWS::ApiGateway::RestApi") {
		if api.Properties["DisableExecuteApiEndpoint"] == true {
			disabled++
		}
	}
	assert.Equal(t, 1, disabled)
}

// A variable of the user's own goes before the product's: with another fence, say,
// a handler would write while a planned switch waits for it.
func TestTheUsersEnvironmentReplacesNoneOfTheProducts(t *testing.T) {
	seen := []string{}
	refused := func(p pair, c config.Config) {
		own := c.Handler.Environment
		for id := range p.primary.of("AWS::Lambda::Function") {
			if !strings.HasPrefix(id, "UnitHandler") && !strings.HasPrefix(id, "Probe") {
				continue
			}
			for variable := range environmentOf(t, p.primary, id) {
				if own[variable] != "" {
					continue
				}
				seen = append(seen, variable)
				c.Handler.Environment = map[string]string{variable: "mine"}
				assert.ErrorContains(t, c.Validate(), "handler.environment."+variable+": ", id)
			}
		}
	}
	refused(synthOnce(t, "full"), load(t, "full"))
	refused(synchronousOnce(t), load(t, "minimal", synchronously))
	assert.Subset(t, seen, []string{"BUCKET_NAME", "TABLE_LEDGER", contract.FenceVariable, contract.IndexVariable, contract.PeerDownVariable})
}

func TestToolsArePinned(t *testing.T) {
	text, err := os.ReadFile("../package.json")
	require.NoError(t, err)
	var file struct {
		Dependencies    map[string]string
		DevDependencies map[string]string
	}
	require.NoError(t, json.Unmarshal(text, &file))
	versions := file.DevDependencies
	if versions == nil {
		versions = file.Dependencies
	}
	assert.Regexp(t, `^2\.\d+\.\d+$`, versions["aws-cdk"], "npm's 'latest' is a stray old build")
	assert.Regexp(t, `^24\.\d+\.\d+$`, versions["node"])
}

func TestStrictValidationIsOn(t *testing.T) {
	assert.Equal(t, true, appContext(t)["@aws-cdk/core:validateAgainstDefaultRules"])
	assert.Equal(t, "weak", appContext(t)["@aws-cdk/core:defaultCrossStackReferences"])
}

// walk visits every key of a document.
func walk(value any, visit func(key string, value any)) {
	switch v := value.(type) {
	case map[string]any:
		for key, child := range v {
			visit(key, child)
			walk(child, visit)
		}
	case []any:
		for _, child := range v {
			walk(child, visit)
		}
	}
}

func mustNotHold(t *testing.T, where string, value any, key string) {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	assert.NotRegexp(t, regexp.MustCompile(regexp.QuoteMeta(`"`+key+`"`)), string(text), where)
}
