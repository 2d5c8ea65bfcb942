package regionpair_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

// ownRegion is a Region that no unit made.
func ownRegion(stack awscdk.Stack, role regionpair.RegionRole) *regionpair.Watched {
	handler := newHandler(stack)
	api := awsapigateway.NewRestApi(stack, jsii.String("Shop"), &awsapigateway.RestApiProps{
		RestApiName: jsii.String("shop"), DeployOptions: &awsapigateway.StageOptions{StageName: jsii.String("prod")},
	})
	api.Root().AddMethod(jsii.String("GET"), awsapigateway.NewLambdaIntegration(handler, nil), nil)
	pair := newPair()
	return &regionpair.Watched{
		Pair: pair, Role: role, RestApi: api, Stage: "prod", Functions: map[string]awslambda.IFunction{"shop": handler},
		Bucket: regionpair.ReplicatedBucketFromAttributes(stack, jsii.String("Bucket"), &regionpair.ReplicatedBucketAttributes{
			Pair: pair, BucketName: "shop-" + pair.Region(role), PeerBucketName: "shop-" + pair.Region(role.Peer()), Key: awskms.NewKey(stack, jsii.String("Key"), nil),
		}),
	}
}

func alarmNames(template map[string]*map[string]any) []string {
	names := []string{}
	for _, alarm := range template {
		names = append(names, (*alarm)["Properties"].(map[string]any)["AlarmName"].(string))
	}
	slices.Sort(names)
	return names
}

func TestAlarmsWatchARegionWithoutAUnit(t *testing.T) {
	stack := newStack(t)
	watched := ownRegion(stack, regionpair.RolePrimary)
	topic := regionpair.NewAlarmTopic(stack, jsii.String("Topic"), &regionpair.AlarmTopicProps{Pair: watched.Pair})
	alarms := regionpair.NewRegionalAlarms(stack, jsii.String("Alarms"), &regionpair.RegionalAlarmsProps{Watched: watched, Topic: topic.Topic()})
	template := templateOf(alarms)
	assert.Equal(t, []string{
		"orders-primary-account-concurrency", "orders-primary-errors-shop", "orders-primary-latency",
		"orders-primary-replication-backlog", "orders-primary-replication-failures", "orders-primary-replication-latency", "orders-primary-server-errors", "orders-primary-throttles-shop",
	}, alarmNames(*template.FindResources(jsii.String("AWS::CloudWatch::Alarm"), nil)))
	template.HasResourceProperties(jsii.String("AWS::CloudWatch::Alarm"), map[string]any{
		"AlarmName": "orders-primary-latency", "Metrics": assertions.Match_ArrayWith(&[]any{map[string]any{
			"Id": "latency", "ReturnData": false, "MetricStat": assertions.Match_ObjectLike(&map[string]any{"Metric": map[string]any{
				"MetricName": "Latency", "Namespace": "AWS/ApiGateway",
				"Dimensions": []any{map[string]any{"Name": "ApiName", "Value": "shop"}, map[string]any{"Name": "Stage", "Value": "prod"}},
			}}),
		}}),
	})
}

func TestADashboardShowsRegionsWithoutUnits(t *testing.T) {
	p := newWiredPair(t, "us-east-1", regionpair.RoutingFailover)
	primary := ownRegion(awscdk.Stack_Of(p.primary), regionpair.RolePrimary)
	secondary := ownRegion(awscdk.Stack_Of(p.secondary), regionpair.RoleSecondary)
	shown := widgetsOf(t, p.newDashboard(t, func(props *regionpair.PairDashboardProps) { props.Primary, props.Secondary = primary, secondary }))
	titles := slices.Sorted(maps.Keys(shown))
	assert.Contains(t, titles, "Requests per minute")
	assert.Contains(t, titles, "Behind by (s)")
	assert.NotContains(t, titles, "Unhealthy answers of health endpoints")
}

func TestADashboardShowsWhatThereIs(t *testing.T) {
	p := newWiredPair(t, "us-east-1", regionpair.RoutingFailover)
	pair := p.primary.Pair()
	shown := widgetsOf(t, p.newDashboard(t, func(props *regionpair.PairDashboardProps) {
		props.Primary, props.Secondary = &regionpair.Watched{Pair: pair, Role: regionpair.RolePrimary}, &regionpair.Watched{Pair: pair, Role: regionpair.RoleSecondary}
	}))
	titles := slices.Sorted(maps.Keys(shown))
	assert.Contains(t, titles, "Health checks now")
	for _, title := range []string{"Requests per minute", "Behind by (s)", "Server errors (share of requests)"} {
		assert.NotContains(t, titles, title)
	}
}

func TestWatchedRefusesWhatNamesNothing(t *testing.T) {
	require.EqualError(t, (&regionpair.Watched{}).Validate(), "Watched needs 'Pair'\nWatched needs 'Role'")
	handler := newHandler(newStack(t))
	err := (&regionpair.Watched{Pair: newPair(), Role: "third", Functions: map[string]awslambda.IFunction{"Shop": handler, "token": handler, "none": nil}}).Validate()
	require.ErrorContains(t, err, "'Functions' must have names of small letters, digits and hyphens, got 'Shop'")
	require.ErrorContains(t, err, "'Functions' cannot have the name 'token', which is that of a function of ours")
	require.ErrorContains(t, err, "'Functions' has no function for 'none'")
	require.ErrorContains(t, err, "'third'")
	long := strings.Repeat("a", 227)
	require.EqualError(t, (&regionpair.Watched{Pair: newPair(), Role: regionpair.RolePrimary, Functions: map[string]awslambda.IFunction{long: handler}}).Validate(),
		"Watched 'Functions' must have names of at most 226 characters, which those of alarms end in, got '"+long+"'")
	queries := &regionpair.LogQueriesProps{Watched: &regionpair.Watched{Pair: newPair(), Role: regionpair.RolePrimary}}
	require.ErrorContains(t, queries.Validate(), "needs 'Watched' with an 'AccessLog'")
}
