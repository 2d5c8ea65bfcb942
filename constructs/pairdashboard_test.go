package regionpair_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func (p wiredPair) newDashboard(t *testing.T, change ...func(*regionpair.PairDashboardProps)) regionpair.PairDashboard {
	t.Helper()
	props := &regionpair.PairDashboardProps{Primary: p.primary.Watched(), Secondary: p.secondary.Watched(), Dns: p.dns}
	for _, f := range change {
		f(props)
	}
	return regionpair.NewPairDashboard(p.global, jsii.String("Dashboard"), props)
}

// widget is one part of a dashboard's body.
type widget struct {
	Type       string
	Properties struct {
		Title    string
		Markdown string
		Metrics  [][]any
		Alarms   []string
	}
}

// shown is one metric of a widget.
type shown struct {
	namespace, name string
	dimensions      map[string]string
	options         map[string]any
}

func (w widget) metrics() []shown {
	metrics := []shown{}
	for _, line := range w.Properties.Metrics {
		m := shown{namespace: line[0].(string), name: line[1].(string), dimensions: map[string]string{}}
		for i := 2; i+1 < len(line); i += 2 {
			m.dimensions[line[i].(string)] = line[i+1].(string)
		}
		m.options = line[len(line)-1].(map[string]any)
		metrics = append(metrics, m)
	}
	return metrics
}

// widgetsOf reads the body, with the logical id in place of a reference.
func widgetsOf(t *testing.T, dashboard regionpair.PairDashboard) map[string]widget {
	t.Helper()
	resources := *templateOf(dashboard).FindResources(jsii.String("AWS::CloudWatch::Dashboard"), nil)
	require.Len(t, resources, 1)
	body := strings.Builder{}
	for _, resource := range resources {
		join := (*resource)["Properties"].(map[string]any)["DashboardBody"].(map[string]any)["Fn::Join"].([]any)
		for _, part := range join[1].([]any) {
			switch value := part.(type) {
			case string:
				body.WriteString(value)
			case map[string]any:
				require.NotContains(t, value, "Fn::GetStackOutput")
				if attribute, ok := value["Fn::GetAtt"].([]any); ok {
					body.WriteString(attribute[0].(string))
				}
			}
		}
	}
	var content struct{ Widgets []widget }
	require.NoError(t, json.Unmarshal([]byte(body.String()), &content))
	widgets := map[string]widget{}
	for _, w := range content.Widgets {
		title := w.Properties.Title
		if title == "" {
			title, _, _ = strings.Cut(w.Properties.Markdown, "\n")
		}
		require.NotContains(t, widgets, title)
		widgets[title] = w
	}
	return widgets
}

func TestDashboardAsksTheThreeQuestions(t *testing.T) {
	widgets := widgetsOf(t, newWiredPair(t, "us-east-1", regionpair.RoutingFailover).newDashboard(t))
	for _, heading := range []string{"# orders", "## Which Region serves?", "## Is the other Region ready?", "## How far behind is the data?"} {
		require.Contains(t, widgets, heading)
	}
	require.Contains(t, widgets["# orders"].Properties.Markdown, "primary **eu-west-1**, secondary **eu-central-1**")
}

func TestEveryMetricOfTheDashboardSaysItsRegion(t *testing.T) {
	widgets := widgetsOf(t, newWiredPair(t, "us-east-1", regionpair.RoutingFailover).newDashboard(t))
	regions := map[string]bool{}
	for title, w := range widgets {
		for _, metric := range w.metrics() {
			require.NotEmpty(t, metric.options["region"], title)
			require.NotEmpty(t, metric.options["label"], title)
			regions[metric.options["region"].(string)] = true
			if metric.namespace == "AWS/Route53" {
				require.Equal(t, "us-east-1", metric.options["region"], title)
			}
		}
	}
	require.Equal(t, map[string]bool{"us-east-1": true, testRegion: true, peerRegion: true}, regions)
}

func TestDashboardShowsHealthOfBothRegionsAndTheSwitch(t *testing.T) {
	p := newWiredPair(t, testRegion, regionpair.RoutingFailover)
	checks := map[string]string{}
	for _, metric := range widgetsOf(t, p.newDashboard(t))["Health checks now"].metrics() {
		require.Equal(t, "us-east-1", metric.options["region"], "wherever the dashboard is")
		checks[metric.options["label"].(string)] = strings.TrimRight(metric.dimensions["HealthCheckId"], "0123456789ABCDEF")
	}
	require.Equal(t, map[string]string{
		"primary serves":                "DnsPrimaryCheck",
		"no takeover from primary":      "DnsSecondaryNoTakeover",
		"primary answers":               "DnsPrimaryEndpoint",
		"secondary accepts connections": "DnsSecondaryReachable",
		"secondary answers":             "DnsSecondaryEndpoint",
	}, checks)
}

func TestDashboardReadsReplicationWhereS3PublishesIt(t *testing.T) {
	widgets := widgetsOf(t, newWiredPair(t, "us-east-1", regionpair.RoutingFailover).newDashboard(t))
	for title, published := range map[string]string{
		"Behind by (s)":              "DestinationBucket",
		"Operations on their way":    "DestinationBucket",
		"Operations that S3 gave up": "SourceBucket",
	} {
		metrics := widgets[title].metrics()
		require.Len(t, metrics, 2, title)
		for _, metric := range metrics {
			require.NotEqual(t, metric.dimensions["SourceBucket"], metric.dimensions["DestinationBucket"])
			require.True(t, strings.HasSuffix(metric.dimensions[published], metric.options["region"].(string)), title)
			require.Equal(t, "regionpair", metric.dimensions["RuleId"])
		}
	}
}

// Otherwise a change in a Region would have to wait for the dashboard, and the
// dashboard for a Region that is down.
func TestDashboardTakesNothingFromTheRegionsStacks(t *testing.T) {
	with, without := newWiredPair(t, "us-east-1", regionpair.RoutingFailover), newWiredPair(t, "us-east-1", regionpair.RoutingFailover)
	with.newDashboard(t)
	for _, units := range [][2]regionpair.RegionUnit{{with.primary, without.primary}, {with.secondary, without.secondary}} {
		require.Equal(t, outputsOf(units[1]), outputsOf(units[0]))
	}
}

func outputsOf(unit regionpair.RegionUnit) any {
	return (*templateOf(awscdk.Stack_Of(unit)).ToJSON())["Outputs"]
}

func TestDashboardShowsAlarmsWhenGiven(t *testing.T) {
	p := newWiredPair(t, "us-east-1", regionpair.RoutingFailover)
	alarms := p.newAlarms(t).Alarms()
	widgets := widgetsOf(t, p.newDashboard(t, func(props *regionpair.PairDashboardProps) { props.Alarms = alarms }))
	require.Len(t, widgets["Alarms of the pair"].Properties.Alarms, len(alarms))
	require.NotContains(t, widgetsOf(t, newWiredPair(t, "us-east-1", regionpair.RoutingFailover).newDashboard(t)), "Alarms of the pair")
}

func TestDashboardIsNamedAfterThePairUnlessTold(t *testing.T) {
	p := newWiredPair(t, "us-east-1", regionpair.RoutingFailover)
	templateOf(p.newDashboard(t)).HasResourceProperties(jsii.String("AWS::CloudWatch::Dashboard"), map[string]any{"DashboardName": "orders"})
	require.PanicsWithValue(t, "regionpair: PairDashboard needs 'Dns'", func() {
		p.newDashboard(t, func(props *regionpair.PairDashboardProps) { props.Dns = nil })
	})
}

func TestDashboardCanBeUsedAsScopeTaggedAndDependedOn(t *testing.T) {
	mustBehaveLikeAConstruct(t, newWiredPair(t, "us-east-1", regionpair.RoutingFailover).newDashboard(t))
}
