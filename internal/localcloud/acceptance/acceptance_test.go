// Package acceptance_test brings up what the app and its importers can
// synthesize, each option alone and all at once.
package acceptance_test

import (
	"crypto/tls"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3notifications"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/stacks"
)

// TestMain leaves everything out with -short: these tests bring up whole pairs.
func TestMain(m *testing.M) {
	if flag.Parse(); testing.Short() {
		return
	}
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// synthesize defines the example pair with changes, with functions for this
// machine.
func synthesize(t *testing.T, change func(*config.Config), extend func(stacks.Pair)) *assembly.Assembly {
	t.Helper()
	text, err := os.ReadFile("../../../cdk.json")
	require.NoError(t, err)
	var file struct{ Context map[string]any }
	require.NoError(t, json.Unmarshal(text, &file))
	c, err := config.Load(file.Context["regionpair"], "dev")
	require.NoError(t, err)
	change(&c)
	delete(file.Context, "regionpair")
	file.Context["regionpair:buildFor"] = runtime.GOOS + "/" + runtime.GOARCH
	out := t.TempDir()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &out, Context: &file.Context})
	extend(stacks.NewPair(app, c))
	app.Synth(nil)
	a, err := assembly.Load(out)
	require.NoError(t, err)
	return a
}

func start(t *testing.T, a *assembly.Assembly) *localcloud.Cloud {
	t.Helper()
	cloud, err := localcloud.Start(t.Context(), localcloud.Options{Assembly: a, Dir: t.TempDir(), TimeScale: 20})
	require.NoError(t, err)
	t.Cleanup(cloud.Close)
	return cloud
}

// options of the configuration that the local cloud emulates in part.
var options = map[string]func(*config.Config){
	"waf":     func(c *config.Config) { c.WAF.Enabled = true },
	"destroy": func(c *config.Config) { c.Removal = config.RemovalDestroy },
	"egress": func(c *config.Config) {
		c.Egress = config.Egress{Enabled: true, InterfaceEndpoints: []string{"secretsmanager", "ssm", "kms"}}
	},
	"preferred networks": func(c *config.Config) { c.Health.PreferredCIDRs = []string{"15.177.0.0/18"} },
	"networks":           func(c *config.Config) { c.AllowedCIDRs = []string{"0.0.0.0/0"} },
	"certificates of clients": func(c *config.Config) {
		c.MutualTLS = config.MutualTLS{TruststoreURI: "s3://truststore/ca.pem"}
	},
	"dual stack": func(c *config.Config) { c.DualStack = true },
	"rotation": func(c *config.Config) {
		c.Clients = map[string]config.Client{"partner": {Scopes: []string{"objects/read", "objects/write"}, RotationDays: 30}}
	},
	"slack": func(c *config.Config) {
		c.Alarms.Email = []string{"oncall@example.com"}
	},
	"probe": func(c *config.Config) {
		c.Health.Probes = map[string]config.Probe{"own": {Entry: "testdata/probe"}}
	},
	"latency": func(c *config.Config) {
		c.Routing.Policy, c.Failback = config.RoutingLatency, config.Failback{Mode: config.FailbackAuto}
	},
	"names and routes": func(c *config.Config) {
		c.Secrets = map[string]config.Secret{"backend": {}}
		c.Parameters = map[string]config.Parameter{"page-size": {Value: "100", SecondaryValue: "50"}}
		c.Handler.Routes = append(c.Handler.Routes,
			config.Route{Method: "OPTIONS", Path: "/names", Public: true, Entry: "testdata/names"},
			config.Route{Method: "ANY", Path: "/names/{id}", Public: true, Entry: "testdata/names", RatePerSecond: 20})
	},
	"keys": func(c *config.Config) {
		c.Storage.Keys = config.RegionKeys{Primary: "arn:aws:kms:eu-west-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef", Secondary: "arn:aws:kms:eu-central-1:999999999999:key/mrk-0123456789abcdef0123456789abcdef"}
		c.Tables = map[string]config.Table{"orders": {PartitionKey: "id", Keys: config.RegionKeys{
			Primary: "arn:aws:kms:eu-west-1:111122223333:key/11234567-89ab-cdef-0123-456789abcdef", Secondary: "arn:aws:kms:eu-central-1:111122223333:key/21234567-89ab-cdef-0123-456789abcdef",
		}}}
	},
	"economy": func(c *config.Config) { c.Posture = config.PostureEconomy },
	"no alarm": func(c *config.Config) {
		c.Alarms.Enabled, c.Dashboard, c.Tracing = jsii.Bool(false), jsii.Bool(false), jsii.Bool(false)
	},
}

func TestEveryOptionComesUp(t *testing.T) {
	for name, change := range options {
		t.Run(name, func(t *testing.T) {
			a := synthesize(t, change, func(stacks.Pair) {})
			t.Parallel() // CDK is needed no more
			cloud := start(t, a)
			mustSurvey(t, a, cloud)
			assert.NotEmpty(t, cloud.Pair().Clients)
			// On a busy machine the first answer may be that probes are late.
			require.Eventually(t, func() bool { return strings.Contains(healthOf(t, cloud), `{"status":"healthy"`) }, time.Minute, time.Second, "%s", healthOf(t, cloud))
			assert.Empty(t, cloud.DeniedCalls())
			if name == "probe" {
				assert.Contains(t, healthOf(t, cloud), `"own"`, "probes are invoked through Lambda's API")
			}
			if name == "names and routes" {
				for pageSize, region := range map[string]localcloud.Region{"100": cloud.Pair().Primary, "50": cloud.Pair().Secondary} {
					url := "https://" + region.RegionalDomainName
					assert.JSONEq(t, `{"method": "OPTIONS", "resource": "/names", "pageSize": "`+pageSize+`", "secretLength": 32}`, call(t, cloud, http.MethodOptions, url+"/names"))
					assert.JSONEq(t, `{"method": "PATCH", "resource": "/names/{id}", "pageSize": "`+pageSize+`", "secretLength": 32}`, call(t, cloud, http.MethodPatch, url+"/names/7"))
					assert.Contains(t, call(t, cloud, http.MethodGet, url+"/objects"), "Unauthorized")
				}
			}
		})
	}
}

// mustSurvey makes sure that a survey knows beforehand what a cloud leaves out.
func mustSurvey(t *testing.T, a *assembly.Assembly, cloud *localcloud.Cloud) {
	t.Helper()
	survey, err := localcloud.NewSurvey(t.Context(), localcloud.Options{Assembly: a})
	require.NoError(t, err)
	assert.Empty(t, survey.Refusals)
	assert.Equal(t, cloud.NotEmulated(), survey.NotEmulated)
}

// healthOf asks the primary's health endpoint.
func healthOf(t *testing.T, cloud *localcloud.Cloud) string {
	t.Helper()
	return call(t, cloud, http.MethodGet, cloud.Pair().Primary.HealthURL)
}

// call sends a request and returns the body of the answer.
func call(t *testing.T, cloud *localcloud.Cloud, method, url string) string {
	t.Helper()
	proxy := cloud.Network().ProxyURL("test")
	client := http.Client{Transport: &http.Transport{
		Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: cloud.Network().CAPool(), MinVersion: tls.VersionTLS12},
	}}
	t.Cleanup(client.CloseIdleConnections)
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	require.NoError(t, err)
	if strings.HasPrefix(request.Host, "d-") {
		request.Host = cloud.Pair().DomainName
	}
	response, err := client.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(body)
}

// What an app of somebody's own has beside the pair does not keep it from
// coming up, and is listed.
func TestAllOptionsAndForeignResourcesComeUp(t *testing.T) {
	all := func(c *config.Config) {
		for _, name := range []string{"waf", "destroy", "egress", "preferred networks", "dual stack", "rotation", "slack", "probe"} {
			options[name](c)
		}
	}
	a := synthesize(t, all, func(p stacks.Pair) {
		addForeignResources(t, p.Primary)
		addForeignResources(t, p.Secondary)
	})
	cloud := start(t, a)
	mustSurvey(t, a, cloud)
	listed := strings.Join(cloud.NotEmulated(), "\n")
	for _, line := range []string{"AWS::SQS::Queue", "AWS::WAFv2::WebACL", "AWS::EC2::VPC", "custom resources are created by compiled functions only"} {
		assert.True(t, strings.Contains(listed, line), line)
	}
	assert.Equal(t, "orders-objects-111122223333-eu-west-1", cloud.Pair().Primary.Bucket, "and not the bucket beside it")
	const renewal, peer = "eu-west-1/UnitKeyRenewalFunction418905E3", "cognito-idp.eu-central-1.amazonaws.com"
	assert.True(t, cloud.Pair().RenewsKeys(renewal, peer), "a drill may last longer than the 15 minutes after which it does")
	assert.False(t, cloud.Pair().RenewsKeys(renewal, "s3.eu-central-1.amazonaws.com"))
	assert.False(t, cloud.Pair().RenewsKeys("eu-west-1/UnitTokenFunctionACA24888", peer))
}

// Whatever a resource has that nobody reads is listed, and nothing is read as what
// it is not.
func TestEveryPropertyIsReadOrListed(t *testing.T) {
	const unknown = "UnknownHere"
	a := synthesize(t, func(c *config.Config) {
		for _, name := range []string{"waf", "egress", "dual stack", "rotation", "probe", "names and routes", "certificates of clients", "keys"} {
			options[name](c)
		}
	}, func(p stacks.Pair) { addForeignResources(t, p.Primary) })
	names := []string{}
	for _, stack := range a.Stacks {
		for id, resource := range stack.Template.Resources {
			// The function of a custom resource gets all properties.
			if strings.HasPrefix(resource.Type, "Custom::") || resource.Type == "AWS::CDK::Metadata" || resource.Type == "AWS::CloudFormation::CustomResource" {
				continue
			}
			if resource.Properties == nil {
				resource.Properties = map[string]any{}
				stack.Template.Resources[id] = resource
			}
			resource.Properties[unknown] = "x"
			names = append(names, stack.Name+"/"+id+" ("+resource.Type+")")
		}
	}
	listed := start(t, a).NotEmulated()
	found := map[string]bool{}
	for _, name := range names {
		byProperty := slices.Contains(listed, name+": "+unknown+": not emulated")
		asAWhole := slices.ContainsFunc(listed, func(line string) bool {
			reason, isAbout := strings.CutPrefix(line, name)
			return isAbout && (reason == "" || unicode.IsLower(rune(reason[len(": ")])))
		})
		assert.True(t, byProperty || asAWhole, name)
		if byProperty {
			_, resourceType, _ := strings.Cut(name, " ")
			found[resourceType] = true
		}
	}
	for _, resourceType := range []string{"AWS::Lambda::Function", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Cognito::UserPoolClient", "AWS::ApiGateway::Method",
		"AWS::ApiGateway::BasePathMapping", "AWS::Events::Rule", "AWS::Route53::RecordSet", "AWS::Route53::HealthCheck", "AWS::DynamoDB::GlobalTable", "AWS::IAM::Policy"} {
		assert.True(t, found["("+resourceType+")"], resourceType)
	}
	for id, resource := range a.Stacks[0].Template.Resources {
		if strings.HasPrefix(id, "UnitToken") && resource.Type == "AWS::Lambda::Function" {
			resource.Properties["Timeout"] = map[string]any{"seconds": "10"}
			_, err := localcloud.Start(t.Context(), localcloud.Options{Assembly: a, Dir: t.TempDir(), TimeScale: 20})
			require.ErrorContains(t, err, "stack "+a.Stacks[0].Name+": "+id+" (AWS::Lambda::Function): 'Timeout' must be a number")
		}
	}
}

func addForeignResources(t *testing.T, stack awscdk.Stack) {
	t.Helper()
	table := awsdynamodb.NewTableV2(stack, jsii.String("Table"), &awsdynamodb.TablePropsV2{
		TableName: jsii.String("orders-by-day"), PartitionKey: &awsdynamodb.Attribute{Name: jsii.String("id"), Type: awsdynamodb.AttributeType_STRING},
	})
	queue := awssqs.NewQueue(stack, jsii.String("Queue"), nil)
	inline := awslambda.NewFunction(stack, jsii.String("Inline"), &awslambda.FunctionProps{
		Code: awslambda.Code_FromInline(jsii.String("exports.handler = async () => 1")), Handler: jsii.String("index.handler"), Runtime: awslambda.Runtime_NODEJS_22_X(),
		Environment: &map[string]*string{"TABLE_ARN": table.TableArn(), "TABLE_NAME": table.TableName(), "STREAM": table.TableArn(), "QUEUE_URL": queue.QueueUrl()},
	})
	awsevents.NewRule(stack, jsii.String("Rule"), &awsevents.RuleProps{
		Schedule: awsevents.Schedule_Rate(awscdk.Duration_Hours(jsii.Number(1))), Targets: &[]awsevents.IRuleTarget{awseventstargets.NewLambdaFunction(inline, nil)},
	})
	bucket := awss3.NewBucket(stack, jsii.String("ZBucket"), &awss3.BucketProps{
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY, AutoDeleteObjects: jsii.Bool(true),
	})
	bucket.AddEventNotification(awss3.EventType_OBJECT_CREATED, awss3notifications.NewLambdaDestination(inline))
}
