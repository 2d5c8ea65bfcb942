package rehearsal

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud/services"
)

// Breakage is one thing that can be broken in a pair that runs on this machine.
type Breakage struct {
	// Name to break it by: that of the check which finds it.
	Name string
	// What is wrong then.
	What string
	// Found are the checks of `regionpair readiness` that must find it: its own,
	// and those that see the same from another side.
	Found []string

	seed func(b *breaker) (undo func() error, err error)
}

// Breakages are all of them, by the check that finds them. What they change is
// what a person with a console, or a bad deployment, could change.
func Breakages() []Breakage { return breakages }

var breakages = []Breakage{
	{"version-01", "the standby lacks a function", []string{"VERSION-01"}, func(b *breaker) (func() error, error) {
		return b.parameter(b.standby, contract.FactsParameter(b.pair), func(text string) string {
			var facts contract.Facts
			_ = json.Unmarshal([]byte(text), &facts) // the stack's own text
			delete(facts.Functions, "token")
			changed, _ := json.Marshal(facts)
			return string(changed)
		})
	}},
	{"version-02", "the standby runs other code", []string{"VERSION-02"}, func(b *breaker) (func() error, error) {
		return b.alter(b.standby, "Lambda::Function", "UnitHandler", "0123456789abcdef.zip", "Code", "S3Key")
	}},
	{"version-03", "a handler has less memory", []string{"VERSION-03"}, func(b *breaker) (func() error, error) {
		return b.alter(b.standby, "Lambda::Function", "UnitHandler", "128", "MemorySize")
	}},
	{"version-04", "a handler has less time", []string{"VERSION-04"}, func(b *breaker) (func() error, error) {
		return b.alter(b.standby, "Lambda::Function", "UnitHandler", "3", "Timeout")
	}},
	{"version-05", "a function runs on another processor", []string{"VERSION-05"}, func(b *breaker) (func() error, error) {
		return b.alter(b.standby, "Lambda::Function", "UnitToken", []any{"mips"}, "Architectures")
	}},
	{"version-06", "a layer was added in one Region", []string{"VERSION-06"}, func(b *breaker) (func() error, error) {
		return b.alter(b.primary, "Lambda::Function", "UnitHandler", []any{"arn:aws:lambda:" + b.primary + ":1:layer:agent:7"}, "Layers")
	}},
	{"version-07", "a variable was added in one Region", []string{"VERSION-07"}, func(b *breaker) (func() error, error) {
		return b.alter(b.primary, "Lambda::Function", "UnitHandler", "1", "Environment", "Variables", "FEATURE")
	}},
	{"version-08", "a variable was changed in one Region", []string{"VERSION-08"}, func(b *breaker) (func() error, error) {
		return b.alter(b.standby, "Lambda::Function", "UnitHealth", "static", "Environment", "Variables", contract.HealthDepthVariable)
	}},
	{"version-09", "the last update of a function failed", []string{"VERSION-09"}, func(b *breaker) (func() error, error) {
		return b.alter(b.standby, "Lambda::Function", "UnitAuthorizer", "Failed", "LastUpdateStatus")
	}},
	{"api-01", "a route of the standby needs no token", []string{"API-01"}, func(b *breaker) (func() error, error) {
		return b.alter(b.standby, "ApiGateway::Method", "UnitApiobjectsGET", "NONE", "AuthorizationType")
	}},
	{"api-02", "the standby takes fewer requests", []string{"API-02"}, func(b *breaker) (func() error, error) {
		return b.alter(b.standby, "ApiGateway::Stage", "UnitApi", []any{map[string]any{"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": "5", "ThrottlingBurstLimit": "5"}}, "MethodSettings")
	}},
	{"api-03", "the standby accepts TLS 1.3 only", []string{"API-03"}, func(b *breaker) (func() error, error) {
		return b.alter(b.standby, "ApiGateway::DomainName", "UnitApi", "SecurityPolicy_TLS13_1_3_2025_09", "SecurityPolicy")
	}},
	{"api-04", "the name leads to another API in the standby", []string{"API-04"}, func(b *breaker) (func() error, error) {
		return b.alter(b.standby, "ApiGateway::BasePathMapping", "UnitApi", "abcdefghij", "RestApiId")
	}},
	{"api-05", "the default endpoint is open", []string{"API-05"}, func(b *breaker) (func() error, error) {
		return b.alter(b.primary, "ApiGateway::RestApi", "UnitApi", "false", "DisableExecuteApiEndpoint")
	}},
	{"quota-01", "the standby's account may run fewer functions", []string{"QUOTA-01"}, func(b *breaker) (func() error, error) {
		return b.quota(b.standby, "lambda", "L-B99A9384", 100)
	}},
	{"quota-03", "the standby's account takes fewer requests", []string{"QUOTA-03"}, func(b *breaker) (func() error, error) {
		return b.quota(b.standby, "apigateway", "L-8A5B8E43", 100)
	}},
	{"quota-04", "the standby may use its keys less often", []string{"QUOTA-04"}, func(b *breaker) (func() error, error) {
		return b.quota(b.standby, "kms", "L-6E3AF000", 1000)
	}},
	{"quota-05", "the standby's user pool gives fewer tokens", []string{"QUOTA-05"}, func(b *breaker) (func() error, error) {
		return b.quota(b.standby, "cognito-idp", "L-74D3DD04", 10)
	}},
	{"secret-01", "the replica of a client's secret is gone", []string{"SECRET-01"}, func(b *breaker) (func() error, error) {
		primary, standby := b.cloud.Services(b.primary), b.cloud.Services(b.standby)
		primary.RemoveReplica(b.clientSecret, standby)
		return always(func() { primary.ReplicateSecret(b.clientSecret, standby) })
	}},
	{"secret-02", "the replica of a client's secret is out of step", []string{"SECRET-02"}, func(b *breaker) (func() error, error) {
		primary, standby := b.cloud.Services(b.primary), b.cloud.Services(b.standby)
		primary.FailReplica(b.clientSecret, standby, true)
		return always(func() { primary.FailReplica(b.clientSecret, standby, false) })
	}},
	{"secret-03", "the standby has another secret of a client", []string{"SECRET-03", "SECRET-04"}, func(b *breaker) (func() error, error) {
		undo, err := b.promote()
		if err != nil {
			return nil, err
		}
		_, err = secretsmanager.NewFromConfig(b.aws(b.standby)).PutSecretValue(context.Background(), &secretsmanager.PutSecretValueInput{
			SecretId: &b.clientSecret, SecretString: aws.String(`{"client_id":"another","client_secret":"other"}`),
		})
		return undo, err
	}},
	{"secret-04", "the standby's secret was made one of its own", []string{"SECRET-04"}, func(b *breaker) (func() error, error) { return b.promote() }},
	{"secret-05", "the standby's own credentials are deleted", []string{"SECRET-05"}, func(b *breaker) (func() error, error) {
		found, err := b.cloud.Find(b.standby, "AWS::SecretsManager::Secret", "UnitAuthCredentials")
		if err != nil {
			return nil, err
		}
		client := secretsmanager.NewFromConfig(b.aws(b.standby))
		_, err = client.DeleteSecret(context.Background(), &secretsmanager.DeleteSecretInput{SecretId: &found.Ref})
		return func() error {
			_, err := client.RestoreSecret(context.Background(), &secretsmanager.RestoreSecretInput{SecretId: &found.Ref})
			return err
		}, err
	}},
	{"trust-01", "the standby does not know its own issuer", []string{"TRUST-01"}, func(b *breaker) (func() error, error) {
		return b.parameter(b.standby, contract.IssuerParameter(b.pair, "own"), func(string) string { return "" })
	}},
	{"trust-02", "the standby trusts no peer", []string{"TRUST-02"}, func(b *breaker) (func() error, error) {
		return b.parameter(b.standby, contract.IssuerParameter(b.pair, "peer"), func(string) string { return "" })
	}},
	{"trust-03", "the standby trusts a pool that was replaced", []string{"TRUST-03"}, func(b *breaker) (func() error, error) {
		return b.parameter(b.standby, contract.IssuerParameter(b.pair, "peer"), func(text string) string {
			return strings.Replace(text, "amazonaws.com/"+b.primary+"_", "amazonaws.com/"+b.primary+"_Old", 1)
		})
	}},
	{"trust-04", "the standby keeps old keys of the primary", []string{"TRUST-04"}, func(b *breaker) (func() error, error) {
		return b.parameter(b.standby, contract.IssuerParameter(b.pair, "peer"), func(text string) string {
			return strings.ReplaceAll(text, `"kid":"`, `"kid":"old-`)
		})
	}},
	{"data-01", "the rule of the primary's bucket is gone", []string{"DATA-01"}, func(b *breaker) (func() error, error) { return b.rule(b.primary, nil) }},
	{"data-02", "the rule of the standby's bucket is gone", []string{"DATA-02"}, func(b *breaker) (func() error, error) { return b.rule(b.standby, nil) }},
	{"data-03", "a rule is disabled", []string{"DATA-03"}, func(b *breaker) (func() error, error) {
		return b.rule(b.primary, func(rule *s3types.ReplicationRule) { rule.Status = s3types.ReplicationRuleStatusDisabled })
	}},
	{"data-04", "deletions are not copied", []string{"DATA-04"}, func(b *breaker) (func() error, error) {
		return b.rule(b.primary, func(rule *s3types.ReplicationRule) {
			rule.DeleteMarkerReplication = &s3types.DeleteMarkerReplication{Status: s3types.DeleteMarkerReplicationStatusDisabled}
		})
	}},
	{"data-05", "encrypted objects are not copied", []string{"DATA-05", "DATA-07"}, func(b *breaker) (func() error, error) {
		return b.rule(b.primary, func(rule *s3types.ReplicationRule) {
			rule.SourceSelectionCriteria, rule.Destination.EncryptionConfiguration = nil, nil
		})
	}},
	{"data-06", "a rule copies into another bucket", []string{"DATA-06"}, func(b *breaker) (func() error, error) {
		_ = b.cloud.Store(b.standby).CreateBucket("elsewhere", true) // it may be there from before
		return b.rule(b.primary, func(rule *s3types.ReplicationRule) { rule.Destination.Bucket = aws.String("arn:aws:s3:::elsewhere") })
	}},
	{"data-07", "a rule encrypts with another key", []string{"DATA-07"}, func(b *breaker) (func() error, error) {
		return b.rule(b.standby, func(rule *s3types.ReplicationRule) {
			rule.Destination.EncryptionConfiguration = &s3types.EncryptionConfiguration{ReplicaKmsKeyID: aws.String("arn:aws:kms:" + b.primary + ":111122223333:key/other")}
		})
	}},
	{"data-08", "a rule publishes nothing", []string{"DATA-08"}, func(b *breaker) (func() error, error) {
		return b.rule(b.primary, func(rule *s3types.ReplicationRule) {
			rule.Destination.Metrics, rule.Destination.ReplicationTime = nil, nil
		})
	}},
	{"data-10", "the standby's key is disabled", []string{"DATA-10"}, func(b *breaker) (func() error, error) {
		found, err := b.cloud.Find(b.standby, "AWS::KMS::Key", "UnitObjects")
		if err != nil {
			return nil, err
		}
		client := kms.NewFromConfig(b.aws(b.standby))
		_, err = client.DisableKey(context.Background(), &kms.DisableKeyInput{KeyId: &found.Ref})
		return func() error {
			_, err := client.EnableKey(context.Background(), &kms.EnableKeyInput{KeyId: &found.Ref})
			return err
		}, err
	}},
	{"cert-01", "a certificate is not issued", []string{"CERT-01"}, func(b *breaker) (func() error, error) { return b.certificate(b.standby, "PENDING_VALIDATION", "", 0) }},
	{"cert-02", "a certificate ends", []string{"CERT-02"}, func(b *breaker) (func() error, error) { return b.certificate(b.standby, "", "", 72*time.Hour) }},
	{"cert-03", "a renewal failed", []string{"CERT-03"}, func(b *breaker) (func() error, error) { return b.certificate(b.standby, "", "FAILED", 0) }},
	{"cert-04", "the name uses another certificate", []string{"CERT-04"}, func(b *breaker) (func() error, error) {
		return b.alter(b.standby, "ApiGateway::DomainName", "UnitApi", "arn:aws:acm:"+b.standby+":111122223333:certificate/other", "RegionalCertificateArn")
	}},
	{"dns-01", "the primary's record leads elsewhere", []string{"DNS-01"}, func(b *breaker) (func() error, error) {
		return b.alter(anywhere, "Route53::RecordSet", "DnsPrimaryRecordCNAME", []any{"old.example.net"}, "ResourceRecords")
	}},
	{"dns-02", "the standby's record leads elsewhere", []string{"DNS-02"}, func(b *breaker) (func() error, error) {
		return b.alter(anywhere, "Route53::RecordSet", "DnsSecondaryRecordCNAME", []any{"old.example.net"}, "ResourceRecords")
	}},
	{"dns-03", "the primary's record has no health check", []string{"DNS-03"}, func(b *breaker) (func() error, error) {
		return b.alter(anywhere, "Route53::RecordSet", "DnsPrimaryRecordCNAME", nil, "HealthCheckId")
	}},
	{"dns-04", "the standby's record follows its answers", []string{"DNS-04"}, func(b *breaker) (func() error, error) {
		check, err := b.cloud.Find(anywhere, "AWS::Route53::HealthCheck", "DnsSecondaryEndpoint")
		if err != nil {
			return nil, err
		}
		return b.alter(anywhere, "Route53::RecordSet", "DnsSecondaryRecordCNAME", check.Ref, "HealthCheckId")
	}},
	{"dns-05", "one of two checks is enough", []string{"DNS-05"}, func(b *breaker) (func() error, error) {
		return b.alter(anywhere, "Route53::HealthCheck", "DnsPrimaryCheck", "1", "HealthCheckConfig", "HealthThreshold")
	}},
	{"dns-06", "another endpoint is checked", []string{"DNS-06"}, func(b *breaker) (func() error, error) {
		return b.alter(anywhere, "Route53::HealthCheck", "DnsPrimaryEndpoint", "old.example.net", "HealthCheckConfig", "FullyQualifiedDomainName")
	}},
	{"dns-07", "the switch is not inverted", []string{"DNS-07"}, func(b *breaker) (func() error, error) {
		return b.alter(anywhere, "Route53::HealthCheck", "DnsSecondaryNoTakeover", "false", "HealthCheckConfig", "Inverted")
	}},
	{"dns-08", "a check is disabled", []string{"DNS-08"}, func(b *breaker) (func() error, error) {
		return b.alter(anywhere, "Route53::HealthCheck", "DnsPrimaryEndpoint", "true", "HealthCheckConfig", "Disabled")
	}},
	{"dns-09", "the checkers ask rarely", []string{"DNS-09"}, func(b *breaker) (func() error, error) {
		return b.alter(anywhere, "Route53::HealthCheck", "DnsPrimaryEndpoint", "30", "HealthCheckConfig", "RequestInterval")
	}},
	{"dns-10", "resolvers keep a record for an hour", []string{"DNS-10"}, func(b *breaker) (func() error, error) {
		return b.alter(anywhere, "Route53::RecordSet", "DnsPrimaryRecordCNAME", "3600", "TTL")
	}},
	{"dns-11", "there is a record of somebody else", []string{"DNS-11"}, func(b *breaker) (func() error, error) {
		record, err := b.cloud.Find(anywhere, "AWS::Route53::RecordSet", "DnsPrimaryRecordCNAME")
		if err != nil {
			return nil, err
		}
		record.Properties = map[string]any{
			"Name": b.domain, "Type": "CNAME", "SetIdentifier": "old", "TTL": "60", "Weight": "1",
			"HostedZoneId": record.Properties["HostedZoneId"], "ResourceRecords": []any{"old.example.net"},
		}
		record.LogicalID = "ByHand"
		return always(b.cloud.Add(record))
	}},
	{"switch-01", "the switch is on", []string{"SWITCH-01", "SWITCH-02"}, func(b *breaker) (func() error, error) {
		return b.parameter(b.standby, contract.SwitchParameter(b.pair), func(string) string { return "on" })
	}},
	{"switch-03", "a fence was left on in the primary", []string{"SWITCH-03"}, func(b *breaker) (func() error, error) {
		return b.parameter(b.primary, contract.FenceParameter(b.pair), func(string) string { return contract.PositionOn })
	}},
	{"door-01", "the primary's health endpoint fails", []string{"DOOR-01"}, func(b *breaker) (func() error, error) {
		return b.failHealth(b.primary)
	}},
	{"door-02", "the standby's health endpoint fails", []string{"DOOR-02"}, func(b *breaker) (func() error, error) {
		return b.failHealth(b.standby)
	}},
	{"door-03", "the primary's API does not answer", []string{"DOOR-03"}, func(b *breaker) (func() error, error) { return b.fault(b.primary, "api") }},
	{"door-04", "the standby's API does not answer", []string{"DOOR-04"}, func(b *breaker) (func() error, error) { return b.fault(b.standby, "api") }},
	{"quota-02", "the primary ran more than the standby may", []string{"QUOTA-02"}, func(b *breaker) (func() error, error) {
		b.cloud.Services(b.primary).Metrics().Measure("AWS/Lambda", "ConcurrentExecutions", services.Dimensions{}, 2310)
		return func() error {
			// What was measured stays: the quotas of both Regions grow beyond it.
			_, err := b.quota(b.primary, "lambda", "L-B99A9384", 5000)
			_, err2 := b.quota(b.standby, "lambda", "L-B99A9384", 5000)
			return errors.Join(err, err2)
		}, nil
	}},
	{"data-12", "S3 gave up copying", []string{"DATA-12"}, func(b *breaker) (func() error, error) {
		b.cloud.Services(b.primary).Metrics().Measure("AWS/S3", "OperationsFailedReplication", services.Dimensions{
			"SourceBucket": b.bucket(b.primary), "DestinationBucket": b.bucket(b.standby), "RuleId": contract.ReplicationRule,
		}, 12)
		return always(func() {}) // what was measured stays
	}},
}
