package regionpair_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

// refusal returns what a constructor panics with.
func refusal(construct func()) (reason string) {
	defer func() { reason, _ = recover().(string) }()
	construct()
	return ""
}

// What CDK cannot write in a service's unit it refuses in words of its own.
func TestDurationsAreWholeInTheUnitOfTheirService(t *testing.T) {
	lasting := func(seconds float64) awscdk.Duration { return awscdk.Duration_Seconds(&seconds) }
	client := []regionpair.MachineClient{{Name: "partner", Scopes: []string{"objects/read"}, RotationInterval: lasting(86400 + 1800)}}
	for want, props := range map[string]validated{
		"MachineAuth 'TokenValidity' must be whole minutes, got 330 seconds":              &regionpair.MachineAuthProps{Pair: newPair(), TokenValidity: lasting(330)},
		"MachineAuth 'RotationInterval' must be whole hours, got 1470 minutes":            &regionpair.MachineAuthProps{Pair: newPair(), Clients: client},
		"ReplicatedBucket 'NoncurrentVersionExpiration' must be whole days, got 36 hours": &regionpair.ReplicatedBucketProps{Pair: newPair(), NoncurrentVersionExpiration: lasting(36 * 3600)},
		"TokenAuthorizer 'ResultsCacheTtl' must be whole seconds, got 1.5 seconds":        &regionpair.TokenAuthorizerProps{ResultsCacheTtl: lasting(1.5)},
		"RegionUnit 'AuthorizerResultsCacheTtl' must be whole seconds, got 1.5 seconds":   &regionpair.RegionUnitProps{AuthorizerResultsCacheTtl: lasting(1.5)},
		"FailoverDns 'Ttl' must be whole seconds, got 1.5 seconds":                        &regionpair.FailoverDnsProps{Pair: newPair(), HostedZone: operatedUnitZone(newStack(t)), Ttl: lasting(1.5)},
		"KeyRenewal 'Interval' must be whole minutes, got 90 seconds":                     &regionpair.KeyRenewalProps{Interval: lasting(90)},
	} {
		require.ErrorContains(t, props.Validate(), want)
	}
}

// CDK panics when such a zone is asked for its name.
func TestAHostedZoneWithoutANameIsAnError(t *testing.T) {
	zone := awsroute53.HostedZone_FromHostedZoneId(newStack(t), jsii.String("Zone"), jsii.String("Z0123456789ABCDEFGHIJ"))
	for construct, props := range map[string]validated{
		"RegionUnit":  &regionpair.RegionUnitProps{Pair: newPair(), HostedZone: zone},
		"RegionalApi": &regionpair.RegionalApiProps{Pair: newPair(), HostedZone: zone},
		"FailoverDns": &regionpair.FailoverDnsProps{Pair: newPair(), HostedZone: zone},
	} {
		require.ErrorContains(t, props.Validate(), construct+" needs a 'HostedZone' with its name, such as HostedZone_FromHostedZoneAttributes gives, got one by its id alone")
	}
}

// Tools find the outputs of a Region by their names.
func TestAStackHasRoomForOneRegionOfOnePair(t *testing.T) {
	stack := newStack(t)
	health := func(name string) func() {
		return func() {
			pair := newPair(func(p *regionpair.PairProps) { p.Name = name })
			regionpair.NewHealthEndpoint(stack, jsii.String(name), &regionpair.HealthEndpointProps{Pair: pair})
		}
	}
	require.Empty(t, refusal(health("orders")))
	require.Equal(t, "regionpair: Test/billing cannot be in the stack 'Test', which has the output 'HealthUrl' of Test/orders: define one Region of one pair in each stack", refusal(health("billing")))
}

// What makes a pair a pair cannot be overridden, and accessors tell the truth.
func TestFailsOnOverridesThatEndReplication(t *testing.T) {
	stack := newStack(t)
	for property, overrides := range map[string]*awss3.BucketProps{
		"Versioned":     {Versioned: jsii.Bool(false)},
		"BucketName":    {BucketName: jsii.String("another")},
		"Encryption":    {Encryption: awss3.BucketEncryption_S3_MANAGED},
		"EncryptionKey": {EncryptionKey: awskms.NewKey(stack, jsii.String("Another"), nil)},
	} {
		reason := refusal(func() {
			regionpair.NewReplicatedBucket(stack, jsii.String("Bucket-"+property), &regionpair.ReplicatedBucketProps{
				Pair: newPair(), BucketOverrides: overrides,
			})
		})
		assert.Contains(t, reason, "'BucketOverrides."+property+"'")
	}
}

func TestALogGroupOfTheCallerReplacesTheFunctionsOwn(t *testing.T) {
	stack := newStack(t)
	mine := awslogs.NewLogGroup(stack, jsii.String("Mine"), &awslogs.LogGroupProps{LogGroupName: jsii.String("mine")})
	function := regionpair.NewGoFunction(stack, jsii.String("F"), &regionpair.GoFunctionProps{
		Entry: healthFunction, Overrides: &awslambda.FunctionOptions{LogGroup: mine},
	})
	template := templateOf(stack)
	template.ResourceCountIs(jsii.String("AWS::Logs::LogGroup"), jsii.Number(1))
	assert.Equal(t, stack.Resolve(mine.LogGroupName()), stack.Resolve(function.LogGroup().LogGroupName()))
}

// An API without a policy of its own starts with TLS 1.0, and one whose network
// policy is taken away keeps the old one.
func TestEveryApiNamesItsTLSPolicyAndItsNetworks(t *testing.T) {
	template := templateOf(operatedUnit(t, newStack(t)))
	apis := template.FindResources(jsii.String("AWS::ApiGateway::RestApi"), nil)
	require.Len(t, *apis, 2)
	template.AllResourcesProperties(jsii.String("AWS::ApiGateway::RestApi"), map[string]any{
		"SecurityPolicy": "TLS_1_2",
		"Policy":         assertions.Match_ObjectLike(&map[string]any{"Statement": assertions.Match_AnyValue()}),
	})
	template.HasResourceProperties(jsii.String("AWS::ApiGateway::DomainName"), map[string]any{"SecurityPolicy": "TLS_1_2"})
}

func TestCustomResourcesAnswerInMinutes(t *testing.T) {
	app := newApp(t)
	primary := operatedUnit(t, newStackIn(app, "Primary", testRegion))
	secondary := operatedUnit(t, newStackIn(app, "Secondary", peerRegion))
	stack := newStackIn(app, "Global", "us-east-1")
	pairing := regionpair.NewPairing(stack, jsii.String("P"), &regionpair.PairingProps{Pair: newPair()})
	regionpair.NewBucketReplicationPair(stack, jsii.String("R"), &regionpair.BucketReplicationPairProps{Pairing: pairing, Primary: primary.Bucket(), Secondary: secondary.Bucket()})
	regionpair.NewTrustedIssuers(stack, jsii.String("I"), &regionpair.TrustedIssuersProps{Pairing: pairing, Primary: primary.Auth(), Secondary: secondary.Auth()})
	for _, kind := range []string{"Custom::BucketReplication", "Custom::TrustedIssuer"} {
		templateOf(stack).AllResourcesProperties(jsii.String(kind), map[string]any{"ServiceTimeout": "960"})
	}
}

func TestFailsOnPropsThatDoNotFit(t *testing.T) {
	for name, test := range map[string]struct {
		change func(awscdk.Stack, *regionpair.RegionUnitProps)
		want   string
	}{
		"domain outside its zone": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Pair = newPair(func(p *regionpair.PairProps) { p.DomainName = "api.example.org" })
		}, "needs a domain name in its hosted zone 'example.com', got 'api.example.org'"},
		"burst without a rate": {func(_ awscdk.Stack, p *regionpair.RegionUnitProps) { p.Burst = 10 }, "'Burst' needs 'RatePerSecond'"},
		"options beside a handler": {func(s awscdk.Stack, p *regionpair.RegionUnitProps) {
			p.Handler, p.HandlerOverrides = newHandler(s), &awslambda.FunctionOptions{MemorySize: jsii.Number(128)}
			p.Routes = []regionpair.Route{route("GET", "/x", "objects/read")}
		}, "'HandlerOverrides' are for the function that is compiled"},
	} {
		stack := newStack(t)
		reason := refusal(func() {
			operatedUnit(t, stack, func(p *regionpair.RegionUnitProps) { test.change(stack, p) })
		})
		assert.Contains(t, reason, test.want, name)
	}
	assert.Contains(t, refusal(func() { regionpair.NetworkPolicy([]string{"10.0.0.0/8"}) }), "private network")
	assert.Contains(t, refusal(func() { regionpair.NetworkPolicy([]string{"203.0.113.7/24"}) }), "203.0.113.0/24")
	bucket := regionpair.NewReplicatedBucket(newStack(t), jsii.String("B"), &regionpair.ReplicatedBucketProps{Pair: newPair()})
	assert.Contains(t, refusal(func() {
		regionpair.NewHealthEndpoint(awscdk.Stack_Of(bucket), jsii.String("H"), &regionpair.HealthEndpointProps{Pair: newPair(), Bucket: bucket})
	}), "needs both 'Bucket' and 'Issuer'")
}

func TestFailsOnDnsThatRoute53WouldRefuseOrThatDoesNotFitItsUnits(t *testing.T) {
	app := newApp(t)
	primary := operatedUnit(t, newStackIn(app, "Primary", testRegion))
	secondary := operatedUnit(t, newStackIn(app, "Secondary", peerRegion))
	stranger := operatedUnit(t, newStackIn(app, "Stranger", "eu-north-1"), func(p *regionpair.RegionUnitProps) {
		p.Pair = newPair(func(p *regionpair.PairProps) { p.SecondaryRegion = "eu-north-1" })
	})
	stack := newStackIn(app, "Global", "us-east-1")
	zone := operatedUnitZone(stack)
	for want, change := range map[string]func(*regionpair.FailoverDnsProps){
		"'PrimaryWeight' has no meaning": func(p *regionpair.FailoverDnsProps) { p.PrimaryWeight = new(1) },
		"must be from 0 to 255, got 300": func(p *regionpair.FailoverDnsProps) {
			p.Routing, p.PrimaryWeight = regionpair.RoutingWeighted, new(300)
		},
		"must be from 0 to 255, got -1": func(p *regionpair.FailoverDnsProps) {
			p.Routing, p.SecondaryWeight = regionpair.RoutingWeighted, new(-1)
		},
		"a weight above 0": func(p *regionpair.FailoverDnsProps) {
			p.Routing, p.PrimaryWeight, p.SecondaryWeight = regionpair.RoutingWeighted, new(0), new(0)
		},
		"got 'mars-1'": func(p *regionpair.FailoverDnsProps) {
			p.CheckerRegions = []string{"us-east-1", "eu-west-1", "mars-1"}
		},
		"must be at least 3 Regions": func(p *regionpair.FailoverDnsProps) { p.CheckerRegions = []string{"us-east-1"} },
		"must belong to the pair 'orders' (eu-west-1, eu-central-1), got one of 'orders' (eu-west-1, eu-north-1)": func(p *regionpair.FailoverDnsProps) { p.Secondary = stranger },
		"needs a domain name in its hosted zone": func(p *regionpair.FailoverDnsProps) {
			p.Pair = newPair(func(p *regionpair.PairProps) { p.DomainName = "api.example.org" })
		},
	} {
		props := regionpair.FailoverDnsProps{HostedZone: zone, Pair: newPair(), Primary: primary, Secondary: secondary}
		change(&props)
		assert.Contains(t, refusal(func() { regionpair.NewFailoverDns(stack, jsii.String("Dns-"+want), &props) }), want)
	}
}

// Lambda publishes the metrics of an alias under the function's name and the
// qualified one; an alarm on the qualified name alone never fires.
func TestAnAliasIsAlarmedAsCDKsOwnMetricsAre(t *testing.T) {
	stack := newStack(t)
	function := awslambda.NewFunction(stack, jsii.String("Mine"), &awslambda.FunctionProps{
		Runtime: awslambda.Runtime_NODEJS_22_X(), Handler: jsii.String("index.handler"), Code: awslambda.Code_FromInline(jsii.String("exports.handler=1")),
	})
	alias := function.AddAlias(jsii.String("live"), nil)
	routeOnly := newHandler(stack)
	unit := operatedUnit(t, stack, func(p *regionpair.RegionUnitProps) {
		p.Handler = alias
		p.Routes = []regionpair.Route{
			route("GET", "/orders", "objects/read"),
			{Method: "GET", Path: "/reports", Scopes: []string{"objects/read"}, Handler: routeOnly},
		}
	})
	topic := regionpair.NewAlarmTopic(stack, jsii.String("Topic"), &regionpair.AlarmTopicProps{Pair: newPair()})
	regionpair.NewRegionalAlarms(stack, jsii.String("Alarms"), &regionpair.RegionalAlarmsProps{
		Watched: unit.Watched(), Topic: topic.Topic(),
	})
	regionpair.NewLogQueries(stack, jsii.String("Queries"), &regionpair.LogQueriesProps{Watched: unit.Watched()})
	template := templateOf(stack)
	ref := stack.Resolve(function.FunctionName())
	template.HasResourceProperties(jsii.String("AWS::CloudWatch::Alarm"), map[string]any{
		"MetricName": "Errors", "Dimensions": []any{
			map[string]any{"Name": "FunctionName", "Value": ref},
			map[string]any{"Name": "Resource", "Value": map[string]any{"Fn::Join": []any{"", []any{ref, ":live"}}}},
		},
	})
	template.HasResourceProperties(jsii.String("AWS::CloudWatch::Alarm"), map[string]any{
		"MetricName": "Errors", "Dimensions": []any{map[string]any{"Name": "FunctionName", "Value": stack.Resolve(routeOnly.FunctionName())}},
	})
	template.HasResourceProperties(jsii.String("AWS::Logs::QueryDefinition"), map[string]any{
		"Name": "orders/one request",
		"LogGroupNames": assertions.Match_ArrayWith(&[]any{
			map[string]any{"Ref": assertions.Match_StringLikeRegexp(jsii.String("^OwnLogs"))}, map[string]any{"Fn::Join": []any{"", []any{"/aws/lambda/", ref}}},
		}),
	})
}
