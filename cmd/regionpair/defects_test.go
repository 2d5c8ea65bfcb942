package main_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/assembly"
	names "github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
	"github.com/regionpair/regionpair/internal/localcloud/services"
	"github.com/regionpair/regionpair/internal/localcloud/signature"
	"github.com/regionpair/regionpair/internal/operate"
)

const (
	west    = "eu-west-1"
	central = "eu-central-1"
	global  = "us-east-1"
	name    = "orders"
)

// deployed is a pair that runs in this process, so that a test can break what a
// person with a console could break.
type deployed struct {
	t     *testing.T
	cloud *localcloud.Cloud
	// nameServers that the tool asks.
	nameServers string
}

func deploy(t *testing.T, timeScale float64) *deployed {
	t.Helper()
	a, err := assembly.Load(ownAssembly(t))
	require.NoError(t, err)
	cloud, err := localcloud.Start(t.Context(), localcloud.Options{Assembly: a, Dir: t.TempDir(), Seed: 1, TimeScale: timeScale})
	require.NoError(t, err)
	t.Cleanup(cloud.Close)
	return &deployed{t: t, cloud: cloud, nameServers: cloud.NameServer().Address()}
}

// run runs the tool as an operator with an access key does.
func (d *deployed) run(key string, args ...string) outcome {
	d.t.Helper()
	command := d.command(key, args...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(d.t, err)
	}
	mustMatchItsSchema(d.t, args, stdout.String())
	return outcome{exit: command.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// accessKey of the account's owner.
const accessKey = signature.AccessKeyID

func (d *deployed) command(key string, args ...string) *exec.Cmd {
	command := exec.CommandContext(d.t.Context(), binary, append(args, "--config", "../../cdk.json")...)
	command.Env = append(os.Environ(), "HTTPS_PROXY="+d.cloud.Network().ProxyURL(operator).String(), "SSL_CERT_FILE="+d.cloud.Network().CAFile(),
		"AWS_CA_BUNDLE=", "AWS_EC2_METADATA_DISABLED=true", "AWS_REGION="+global, "AWS_ACCESS_KEY_ID="+key,
		"AWS_SECRET_ACCESS_KEY="+signature.SecretAccessKey, "AWS_SESSION_TOKEN="+signature.SessionToken,
		"REGIONPAIR_RESOLVER="+d.cloud.Resolver().Address(), "REGIONPAIR_NAME_SERVERS="+d.nameServers)
	return command
}

// found are the checks that do not hold.
func (d *deployed) found() []string {
	d.t.Helper()
	result := d.run(signature.AccessKeyID, "readiness", "--json")
	document := decode[operate.Readiness](d.t, result.stdout)
	ids := []string{}
	for _, check := range document.Checks {
		if check.Verdict == operate.VerdictFailed || check.Verdict == operate.VerdictWarning {
			ids = append(ids, check.ID)
		}
	}
	return ids
}

// aws is the SDK of somebody with a console, in a Region.
func (d *deployed) aws(region string) aws.Config {
	proxy := d.cloud.Network().ProxyURL("console")
	return aws.Config{
		Region:      region,
		Credentials: credentials.NewStaticCredentialsProvider(signature.AccessKeyID, signature.SecretAccessKey, signature.SessionToken),
		HTTPClient:  &http.Client{Transport: &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return proxy, nil }, TLSClientConfig: &tls.Config{RootCAs: d.cloud.Network().CAPool(), MinVersion: tls.VersionTLS12}}},
	}
}

// alter changes a property of a resource and returns how to undo it.
func (d *deployed) alter(region, resourceType, prefix string, value any, path ...string) func() {
	d.t.Helper()
	found, err := d.cloud.Find(region, "AWS::"+resourceType, prefix)
	require.NoError(d.t, err)
	return d.cloud.Alter(found, value, path...)
}

func (d *deployed) must(err error) {
	d.t.Helper()
	require.NoError(d.t, err)
}

// parameter changes a parameter; an empty value deletes it.
func (d *deployed) parameter(region, parameter string, change func(before string) string) func() {
	d.t.Helper()
	client := ssm.NewFromConfig(d.aws(region))
	before, err := client.GetParameter(context.Background(), &ssm.GetParameterInput{Name: &parameter})
	d.must(err)
	put := func(value string) {
		_, err := client.PutParameter(context.Background(), &ssm.PutParameterInput{Name: &parameter, Value: &value, Type: "String", Overwrite: aws.Bool(true)})
		d.must(err)
	}
	if value := change(*before.Parameter.Value); value != "" {
		put(value)
	} else {
		_, err := client.DeleteParameter(context.Background(), &ssm.DeleteParameterInput{Name: &parameter})
		d.must(err)
	}
	return func() { put(*before.Parameter.Value) }
}

// rule changes the replication rule of a Region's bucket; nil removes it.
func (d *deployed) rule(region string, change func(rule *s3types.ReplicationRule)) func() {
	d.t.Helper()
	client, bucket := s3.NewFromConfig(d.aws(region)), "orders-objects-111122223333-"+region
	get := func() *s3types.ReplicationConfiguration {
		output, err := client.GetBucketReplication(context.Background(), &s3.GetBucketReplicationInput{Bucket: &bucket})
		d.must(err)
		return output.ReplicationConfiguration
	}
	before := get()
	put := func(configuration *s3types.ReplicationConfiguration) {
		_, err := client.PutBucketReplication(context.Background(), &s3.PutBucketReplicationInput{Bucket: &bucket, ReplicationConfiguration: configuration})
		d.must(err)
	}
	if change == nil {
		_, err := client.DeleteBucketReplication(context.Background(), &s3.DeleteBucketReplicationInput{Bucket: &bucket})
		d.must(err)
	} else {
		changed := get()
		change(&changed.Rules[0])
		put(changed)
	}
	return func() { put(before) }
}

func (d *deployed) certificate(region, status, renewal string, left time.Duration) func() {
	found, err := d.cloud.Find(region, "AWS::CertificateManager::Certificate", "Unit")
	d.must(err)
	d.cloud.Services(region).ChangeCertificate(found.Ref, status, renewal, left)
	return func() { d.cloud.Services(region).ChangeCertificate(found.Ref, "ISSUED", "", 198*24*time.Hour) }
}

func (d *deployed) quota(region, service, code string, value float64) func() {
	before := d.cloud.Services(region).Quota(service, code)
	d.cloud.Services(region).SetQuota(service, code, value)
	return func() { d.cloud.Services(region).SetQuota(service, code, before) }
}

func (d *deployed) fault(region, service string) func() {
	d.cloud.Network().SetFault(region, service, egress.Fault{Kind: egress.Refuse})
	return func() { d.cloud.Network().ClearFaults(region) }
}

// defect is one thing that is broken and the checks that must find it: its own,
// and those that see the same from another side.
type defect struct {
	what  string
	found []string
	seed  func(d *deployed) (undo func())
}

const clientSecret = "orders/clients/partner"

var defects = []defect{
	{"the standby lacks a function", []string{"VERSION-01"}, func(d *deployed) func() {
		return d.parameter(central, names.FactsParameter(name), func(text string) string {
			var facts names.Facts
			d.must(json.Unmarshal([]byte(text), &facts))
			delete(facts.Functions, "token")
			changed, err := json.Marshal(facts)
			d.must(err)
			return string(changed)
		})
	}},
	{"the standby runs other code", []string{"VERSION-02"}, func(d *deployed) func() {
		return d.alter(central, "Lambda::Function", "UnitHandler", "0123456789abcdef.zip", "Code", "S3Key")
	}},
	{"a handler has less memory", []string{"VERSION-03"}, func(d *deployed) func() {
		return d.alter(central, "Lambda::Function", "UnitHandler", "128", "MemorySize")
	}},
	{"a handler has less time", []string{"VERSION-04"}, func(d *deployed) func() {
		return d.alter(central, "Lambda::Function", "UnitHandler", "3", "Timeout")
	}},
	{"a function runs on another processor", []string{"VERSION-05"}, func(d *deployed) func() {
		return d.alter(central, "Lambda::Function", "UnitToken", []any{"mips"}, "Architectures")
	}},
	{"a layer was added in one Region", []string{"VERSION-06"}, func(d *deployed) func() {
		return d.alter(west, "Lambda::Function", "UnitHandler", []any{"arn:aws:lambda:eu-west-1:1:layer:agent:7"}, "Layers")
	}},
	{"a variable was added in one Region", []string{"VERSION-07"}, func(d *deployed) func() {
		return d.alter(west, "Lambda::Function", "UnitHandler", "1", "Environment", "Variables", "FEATURE")
	}},
	{"a variable was changed in one Region", []string{"VERSION-08"}, func(d *deployed) func() {
		return d.alter(central, "Lambda::Function", "UnitHealth", "static", "Environment", "Variables", "HEALTH_DEPTH")
	}},
	{"the last update of a function failed", []string{"VERSION-09"}, func(d *deployed) func() {
		return d.alter(central, "Lambda::Function", "UnitAuthorizer", "Failed", "LastUpdateStatus")
	}},
	{"a route of the standby needs no token", []string{"API-01"}, func(d *deployed) func() {
		return d.alter(central, "ApiGateway::Method", "UnitApiobjectsGET", "NONE", "AuthorizationType")
	}},
	{"the standby takes fewer requests", []string{"API-02"}, func(d *deployed) func() {
		return d.alter(central, "ApiGateway::Stage", "UnitApi", []any{map[string]any{"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": "5", "ThrottlingBurstLimit": "5"}}, "MethodSettings")
	}},
	{"the standby accepts TLS 1.3 only", []string{"API-03"}, func(d *deployed) func() {
		return d.alter(central, "ApiGateway::DomainName", "UnitApi", "SecurityPolicy_TLS13_1_3_2025_09", "SecurityPolicy")
	}},
	{"the name leads to another API in the standby", []string{"API-04"}, func(d *deployed) func() {
		return d.alter(central, "ApiGateway::BasePathMapping", "UnitApi", "abcdefghij", "RestApiId")
	}},
	{"the default endpoint is open", []string{"API-05"}, func(d *deployed) func() {
		return d.alter(west, "ApiGateway::RestApi", "UnitApi", "false", "DisableExecuteApiEndpoint")
	}},
	{"the standby's account may run fewer functions", []string{"QUOTA-01"}, func(d *deployed) func() {
		return d.quota(central, "lambda", "L-B99A9384", 100)
	}},
	{"the standby's account takes fewer requests", []string{"QUOTA-03"}, func(d *deployed) func() {
		return d.quota(central, "apigateway", "L-8A5B8E43", 100)
	}},
	{"the replica of a client's secret is gone", []string{"SECRET-01"}, func(d *deployed) func() {
		primary, standby := d.cloud.Services(west), d.cloud.Services(central)
		primary.RemoveReplica(clientSecret, standby)
		return func() { primary.ReplicateSecret(clientSecret, standby) }
	}},
	{"the replica of a client's secret is out of step", []string{"SECRET-02"}, func(d *deployed) func() {
		primary, standby := d.cloud.Services(west), d.cloud.Services(central)
		primary.FailReplica(clientSecret, standby, true)
		return func() { primary.FailReplica(clientSecret, standby, false) }
	}},
	{"the standby has another secret of a client", []string{"SECRET-03", "SECRET-04"}, func(d *deployed) func() {
		undo := d.promote()
		client := secretsmanager.NewFromConfig(d.aws(central))
		_, err := client.PutSecretValue(context.Background(), &secretsmanager.PutSecretValueInput{SecretId: aws.String(clientSecret), SecretString: aws.String(`{"client_id":"orders.partner","client_secret":"other"}`)})
		d.must(err)
		return undo
	}},
	{"the standby's secret was made one of its own", []string{"SECRET-04"}, func(d *deployed) func() { return d.promote() }},
	{"the standby's own credentials are deleted", []string{"SECRET-05"}, func(d *deployed) func() {
		found, err := d.cloud.Find(central, "AWS::SecretsManager::Secret", "UnitAuthCredentials")
		d.must(err)
		client := secretsmanager.NewFromConfig(d.aws(central))
		_, err = client.DeleteSecret(context.Background(), &secretsmanager.DeleteSecretInput{SecretId: &found.Ref})
		d.must(err)
		return func() {
			_, err := client.RestoreSecret(context.Background(), &secretsmanager.RestoreSecretInput{SecretId: &found.Ref})
			d.must(err)
		}
	}},
	{"the standby does not know its own issuer", []string{"TRUST-01"}, func(d *deployed) func() {
		return d.parameter(central, names.IssuerParameter(name, "own"), func(string) string { return "" })
	}},
	{"the standby trusts no peer", []string{"TRUST-02"}, func(d *deployed) func() {
		return d.parameter(central, names.IssuerParameter(name, "peer"), func(string) string { return "" })
	}},
	{"the standby trusts a pool that was replaced", []string{"TRUST-03"}, func(d *deployed) func() {
		return d.parameter(central, names.IssuerParameter(name, "peer"), func(text string) string {
			return strings.Replace(text, `amazonaws.com/eu-west-1_`, `amazonaws.com/eu-west-1_Old`, 1)
		})
	}},
	{"the standby keeps old keys of the primary", []string{"TRUST-04"}, func(d *deployed) func() {
		return d.parameter(central, names.IssuerParameter(name, "peer"), func(text string) string {
			return strings.ReplaceAll(text, `"kid":"`, `"kid":"old-`)
		})
	}},
	{"the rule of the primary's bucket is gone", []string{"DATA-01"}, func(d *deployed) func() { return d.rule(west, nil) }},
	{"the rule of the standby's bucket is gone", []string{"DATA-02"}, func(d *deployed) func() { return d.rule(central, nil) }},
	{"a rule is disabled", []string{"DATA-03"}, func(d *deployed) func() {
		return d.rule(west, func(rule *s3types.ReplicationRule) { rule.Status = s3types.ReplicationRuleStatusDisabled })
	}},
	{"deletions are not copied", []string{"DATA-04"}, func(d *deployed) func() {
		return d.rule(west, func(rule *s3types.ReplicationRule) {
			rule.DeleteMarkerReplication = &s3types.DeleteMarkerReplication{Status: s3types.DeleteMarkerReplicationStatusDisabled}
		})
	}},
	{"encrypted objects are not copied", []string{"DATA-05", "DATA-07"}, func(d *deployed) func() {
		return d.rule(west, func(rule *s3types.ReplicationRule) {
			rule.SourceSelectionCriteria, rule.Destination.EncryptionConfiguration = nil, nil
		})
	}},
	{"a rule copies into another bucket", []string{"DATA-06"}, func(d *deployed) func() {
		d.must(d.cloud.Store(central).CreateBucket("elsewhere", true))
		return d.rule(west, func(rule *s3types.ReplicationRule) { rule.Destination.Bucket = aws.String("arn:aws:s3:::elsewhere") })
	}},
	{"a rule encrypts with another key", []string{"DATA-07"}, func(d *deployed) func() {
		return d.rule(central, func(rule *s3types.ReplicationRule) {
			rule.Destination.EncryptionConfiguration = &s3types.EncryptionConfiguration{ReplicaKmsKeyID: aws.String("arn:aws:kms:eu-west-1:111122223333:key/other")}
		})
	}},
	{"a rule publishes nothing", []string{"DATA-08"}, func(d *deployed) func() {
		return d.rule(west, func(rule *s3types.ReplicationRule) {
			rule.Destination.Metrics, rule.Destination.ReplicationTime = nil, nil
		})
	}},
	{"the standby's key is disabled", []string{"DATA-10"}, func(d *deployed) func() {
		found, err := d.cloud.Find(central, "AWS::KMS::Key", "UnitObjects")
		d.must(err)
		client := kms.NewFromConfig(d.aws(central))
		_, err = client.DisableKey(context.Background(), &kms.DisableKeyInput{KeyId: &found.Ref})
		d.must(err)
		return func() {
			_, err := client.EnableKey(context.Background(), &kms.EnableKeyInput{KeyId: &found.Ref})
			d.must(err)
		}
	}},
	{"a certificate is not issued", []string{"CERT-01"}, func(d *deployed) func() { return d.certificate(central, "PENDING_VALIDATION", "", 0) }},
	{"a certificate ends", []string{"CERT-02"}, func(d *deployed) func() { return d.certificate(central, "", "", 72*time.Hour) }},
	{"a renewal failed", []string{"CERT-03"}, func(d *deployed) func() { return d.certificate(central, "", "FAILED", 0) }},
	{"the name uses another certificate", []string{"CERT-04"}, func(d *deployed) func() {
		return d.alter(central, "ApiGateway::DomainName", "UnitApi", "arn:aws:acm:eu-central-1:111122223333:certificate/other", "RegionalCertificateArn")
	}},
	{"the primary's record leads elsewhere", []string{"DNS-01"}, func(d *deployed) func() {
		return d.alter(global, "Route53::RecordSet", "DnsPrimaryRecordCNAME", []any{"old.example.net"}, "ResourceRecords")
	}},
	{"the standby's record leads elsewhere", []string{"DNS-02"}, func(d *deployed) func() {
		return d.alter(global, "Route53::RecordSet", "DnsSecondaryRecordCNAME", []any{"old.example.net"}, "ResourceRecords")
	}},
	{"the primary's record has no health check", []string{"DNS-03"}, func(d *deployed) func() {
		return d.alter(global, "Route53::RecordSet", "DnsPrimaryRecordCNAME", nil, "HealthCheckId")
	}},
	{"the standby's record has a health check", []string{"DNS-04"}, func(d *deployed) func() {
		check, err := d.cloud.Find(global, "AWS::Route53::HealthCheck", "DnsSecondaryEndpoint")
		d.must(err)
		return d.alter(global, "Route53::RecordSet", "DnsSecondaryRecordCNAME", check.Ref, "HealthCheckId")
	}},
	{"one of two checks is enough", []string{"DNS-05"}, func(d *deployed) func() {
		return d.alter(global, "Route53::HealthCheck", "DnsPrimaryCheck", "1", "HealthCheckConfig", "HealthThreshold")
	}},
	{"another endpoint is checked", []string{"DNS-06"}, func(d *deployed) func() {
		return d.alter(global, "Route53::HealthCheck", "DnsPrimaryEndpoint", "old.example.net", "HealthCheckConfig", "FullyQualifiedDomainName")
	}},
	{"the switch is not inverted", []string{"DNS-07"}, func(d *deployed) func() {
		return d.alter(global, "Route53::HealthCheck", "DnsSecondaryNoTakeover", "false", "HealthCheckConfig", "Inverted")
	}},
	{"a check is disabled", []string{"DNS-08"}, func(d *deployed) func() {
		return d.alter(global, "Route53::HealthCheck", "DnsPrimaryEndpoint", "true", "HealthCheckConfig", "Disabled")
	}},
	{"the checkers ask rarely", []string{"DNS-09"}, func(d *deployed) func() {
		return d.alter(global, "Route53::HealthCheck", "DnsPrimaryEndpoint", "30", "HealthCheckConfig", "RequestInterval")
	}},
	{"resolvers keep a record for an hour", []string{"DNS-10"}, func(d *deployed) func() {
		return d.alter(global, "Route53::RecordSet", "DnsPrimaryRecordCNAME", "3600", "TTL")
	}},
	{"there is a record of somebody else", []string{"DNS-11"}, func(d *deployed) func() {
		record, err := d.cloud.Find(global, "AWS::Route53::RecordSet", "DnsPrimaryRecordCNAME")
		d.must(err)
		record.Properties = map[string]any{
			"Name": "api.example.com", "Type": "CNAME", "SetIdentifier": "old", "TTL": "60", "Weight": "1",
			"HostedZoneId": record.Properties["HostedZoneId"], "ResourceRecords": []any{"old.example.net"},
		}
		record.LogicalID = "ByHand"
		return d.cloud.Add(record)
	}},
	{"a name server is out of step", []string{"DNS-12"}, func(d *deployed) func() {
		// The Regions of the pair take turns while other defects heal.
		before := d.nameServers
		d.nameServers += "," + answering(d.t, "d-old.execute-api.us-east-2.amazonaws.com.")
		return func() { d.nameServers = before }
	}},
	{"the switch is on", []string{"SWITCH-01", "SWITCH-02"}, func(d *deployed) func() {
		return d.parameter(central, names.SwitchParameter(name), func(string) string { return "on" })
	}},
	{"the primary's health endpoint fails", []string{"DOOR-01"}, func(d *deployed) func() {
		d.must(d.cloud.Inject(west, localcloud.HealthOnly))
		return func() { d.must(d.cloud.Heal(west)) }
	}},
	{"the standby's health endpoint fails", []string{"DOOR-02"}, func(d *deployed) func() {
		d.must(d.cloud.Inject(central, localcloud.HealthOnly))
		return func() { d.must(d.cloud.Heal(central)) }
	}},
	{"the primary's API does not answer", []string{"DOOR-03"}, func(d *deployed) func() { return d.fault(west, "api") }},
	{"the standby's API does not answer", []string{"DOOR-04"}, func(d *deployed) func() { return d.fault(central, "api") }},
	{"the primary ran more than the standby may", []string{"QUOTA-02"}, func(d *deployed) func() {
		d.cloud.Services(west).Metrics().Measure("AWS/Lambda", "ConcurrentExecutions", services.Dimensions{}, 2310)
		return func() {
			d.quota(west, "lambda", "L-B99A9384", 5000)
			d.quota(central, "lambda", "L-B99A9384", 5000)
		}
	}},
	{"S3 gave up copying", []string{"DATA-12"}, func(d *deployed) func() {
		d.cloud.Services(west).Metrics().Measure("AWS/S3", "OperationsFailedReplication", services.Dimensions{
			"SourceBucket": "orders-objects-111122223333-" + west, "DestinationBucket": "orders-objects-111122223333-" + central, "RuleId": "regionpair",
		}, 12)
		return func() {}
	}},
}

// promote makes the standby's copy of a client's secret one of its own.
func (d *deployed) promote() func() {
	primary, standby := d.cloud.Services(west), d.cloud.Services(central)
	_, err := secretsmanager.NewFromConfig(d.aws(central)).StopReplicationToReplica(context.Background(), &secretsmanager.StopReplicationToReplicaInput{SecretId: aws.String(clientSecret)})
	d.must(err)
	return func() {
		primary.RemoveReplica(clientSecret, standby)
		primary.ReplicateSecret(clientSecret, standby)
	}
}

// answering is a name server that gives everybody one answer.
func answering(t *testing.T, target string) string {
	t.Helper()
	started := make(chan struct{})
	server := &dns.Server{Addr: "127.0.0.1:0", Net: "udp", NotifyStartedFunc: func() { close(started) }}
	server.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, request *dns.Msg) {
		reply := new(dns.Msg)
		reply.SetReply(request)
		reply.Answer = []dns.RR{&dns.CNAME{Hdr: dns.RR_Header{Name: request.Question[0].Name, Rrtype: dns.TypeCNAME, Class: dns.ClassINET, Ttl: 10}, Target: target}}
		_ = w.WriteMsg(reply)
	})
	go func() { _ = server.ListenAndServe() }()
	<-started
	t.Cleanup(func() { _ = server.Shutdown() })
	return server.PacketConn.LocalAddr().String()
}

func TestReadinessFindsEverySeededDefect(t *testing.T) {
	t.Parallel()
	d := deploy(t, 1)
	settled := func() []string {
		var found []string
		for range 40 {
			if found = d.found(); len(found) == 0 {
				break
			}
			time.Sleep(time.Second)
		}
		return found
	}
	require.Empty(t, settled(), "a fresh pair")
	seeded := map[string]bool{}
	for _, defect := range defects {
		undo := defect.seed(d)
		found := d.found()
		for _, id := range defect.found {
			assert.Contains(t, found, id, defect.what)
			seeded[id] = true
		}
		for _, id := range found {
			assert.Contains(t, append(defect.found, alsoSeen[defect.found[0]]...), id, defect.what)
		}
		undo()
		if defect.found[0] != "DATA-12" {
			require.Empty(t, settled(), "after %s was mended", defect.what)
		}
	}
	for _, check := range operate.Checks() {
		if _, excused := notSeeded[check.ID]; !excused {
			assert.True(t, seeded[check.ID], "no defect proves %s", check.ID)
		}
	}
	t.Logf("%d defects, %d of %d checks proved", len(defects), len(seeded), len(operate.Checks()))
}

// alsoSeen are checks that may see a defect from another side, once functions
// have noticed it.
var alsoSeen = map[string][]string{
	"TRUST-01": {"DOOR-02", "TRUST-05"},
	"TRUST-02": {"TRUST-05"}, "TRUST-03": {"TRUST-05"}, "TRUST-04": {"TRUST-05"},
	"DATA-10":   {"DOOR-02"},
	"SWITCH-01": {"DNS-12"},
}

// notSeeded are checks that this cloud cannot be made to break.
var notSeeded = map[string]string{
	"TRUST-05": "what the token function offers changes with the parameters that TRUST-02 is about, minutes later",
	"DATA-09":  "S3 refuses to suspend the versioning of a bucket that replicates",
	"DATA-11":  "a lag of 15 minutes takes 15 minutes",
	"IAM-01":   "proved where policies are enforced",
}
