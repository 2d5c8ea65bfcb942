package stacks_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	regionpair "github.com/regionpair/regionpair/constructs"
)

func TestEveryAlarmTellsSomebody(t *testing.T) {
	for _, environment := range environments {
		for name, template := range synthOnce(t, environment).all() {
			alarms := template.of("AWS::CloudWatch::Alarm")
			// The tables are watched where they are used.
			require.Equal(t, name == "data", len(alarms) == 0, name)
			for id, alarm := range alarms {
				assert.NotEmpty(t, alarm.Properties["AlarmActions"], "%s %s", name, id)
				assert.NotEmpty(t, alarm.Properties["TreatMissingData"], "%s %s", name, id)
				assert.NotEmpty(t, alarm.Properties["AlarmDescription"], "%s %s", name, id)
			}
		}
	}
}

func TestTopicsAndLogsAreEncryptedAndLogsEnd(t *testing.T) {
	for _, environment := range environments {
		for name, template := range synthOnce(t, environment).all() {
			for id, topic := range template.of("AWS::SNS::Topic") {
				assert.NotEmpty(t, topic.Properties["KmsMasterKeyId"], "%s %s", name, id)
			}
			for id, group := range template.of("AWS::Logs::LogGroup") {
				assert.NotEmpty(t, group.Properties["RetentionInDays"], "%s %s", name, id)
				assert.NotEmpty(t, group.Properties["KmsKeyId"], "%s %s", name, id)
			}
			for id, function := range template.of("AWS::Lambda::Function") {
				// Without one Lambda makes a group that never ends.
				logging, _ := function.Properties["LoggingConfig"].(map[string]any)
				assert.NotEmpty(t, logging["LogGroup"], "%s %s", name, id)
			}
			for id, stage := range template.of("AWS::ApiGateway::Stage") {
				// The same holds for API Gateway's own log, whose group is found by its name.
				api, _ := stage.Properties["RestApiId"].(map[string]any)
				assert.Contains(t, executionLogs(template, stage), fmt.Sprint(api["Ref"]), "%s %s", name, id)
			}
		}
	}
}

// executionLogs are the APIs whose execution log is there before the stage is.
func executionLogs(template template, stage resource) []string {
	apis := []string{}
	for id, group := range template.of("AWS::Logs::LogGroup") {
		join, _ := group.Properties["LogGroupName"].(map[string]any)
		parts := list(join["Fn::Join"])
		if !slices.Contains(parts, "API-Gateway-Execution-Logs_") || !slices.Contains(list(stage.DependsOn), id) {
			continue
		}
		for _, part := range parts {
			if ref, isRef := strings.CutPrefix(part, `{"Ref":"`); isRef {
				apis = append(apis, strings.TrimSuffix(ref, `"}`))
			}
		}
	}
	return apis
}

func TestNothingListensToTheWorldInTheVPC(t *testing.T) {
	p := synthOnce(t, "full")
	for _, regional := range []template{p.primary, p.secondary} {
		for id, group := range regional.of("AWS::EC2::SecurityGroup") {
			ingress, _ := group.Properties["SecurityGroupIngress"].([]any)
			for _, rule := range ingress {
				assert.NotEqual(t, "0.0.0.0/0", rule.(map[string]any)["CidrIp"], id)
			}
		}
		assert.NotEmpty(t, regional.of("AWS::EC2::EIP"), "the addresses are fixed")
		assert.Contains(t, regional.Outputs, "EgressIps")
		assert.Contains(t, regional.of("AWS::Lambda::Function")["UnitHandlerFunction053B0560"].Text(), "VpcConfig")
	}
}

func TestOptionsCanBeSwitchedOff(t *testing.T) {
	p := synth(t, load(t, "minimal", func(c *config.Config) {
		c.Alarms.Enabled, c.Dashboard = new(bool), new(bool)
	}))
	for name, template := range p.all() {
		for _, resourceType := range []string{"AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::SNS::Topic", "AWS::WAFv2::WebACL", "AWS::EC2::VPC"} {
			assert.Empty(t, template.of(resourceType), "%s %s", name, resourceType)
		}
	}
}

// Every name that the configuration accepts must reach its alarms, and every
// alarm must have a name in the configuration.
func TestEveryAlarmCanBeTuned(t *testing.T) {
	const first = 7001
	names := map[float64]string{}
	p := synth(t, load(t, "full", func(c *config.Config) {
		// The guard of the failback has alarms, too.
		c.Routing, c.Failback = config.Routing{Policy: config.RoutingFailover, Records: c.Routing.Records}, config.Failback{}
		// So have synchronous objects, which the bundled function alone has.
		c.Storage.Durability, c.Storage.WitnessRegion = config.DurabilitySync, "us-east-2"
		c.Handler.Entry, c.Handler.Routes = "", []config.Route{{Method: "GET", Path: "/objects", Scopes: []string{c.ScopeName("read")}}}
		c.Alarms.Tuning = map[string]config.AlarmTuning{}
		for i, name := range config.AlarmNames() {
			c.Alarms.Tuning[name] = config.AlarmTuning{Threshold: first + i}
			names[float64(first+i)] = name
		}
	}))
	tuned := map[string]bool{
		// Of functions with reserved concurrency, which this pair has none of.
		"function-concurrency": true,
	}
	for name, template := range p.all() {
		for id, alarm := range template.of("AWS::CloudWatch::Alarm") {
			threshold, _ := alarm.Properties["Threshold"].(float64)
			assert.NotEmpty(t, names[threshold], "%s %s has no name in the configuration", name, id)
			tuned[names[threshold]] = true
		}
	}
	for _, name := range config.AlarmNames() {
		assert.True(t, tuned[name], "%s reaches no alarm", name)
	}
}

func TestTheConfigurationNamesEveryKindOfAlarm(t *testing.T) {
	kinds := []string{}
	for _, kind := range append(regionpair.RegionalAlarmKinds(), regionpair.PairAlarmKinds()...) {
		kinds = append(kinds, string(kind))
	}
	assert.Equal(t, kinds, config.AlarmNames())
}

func TestAnAlarmIsTunedAndAnotherLeftOut(t *testing.T) {
	for name, template := range map[string]template{"primary": synthOnce(t, "full").primary, "secondary": synthOnce(t, "full").secondary} {
		latency := template.of("AWS::CloudWatch::Alarm")["AlarmsLatency0C947829"].Properties
		assert.EqualValues(t, 500, latency["Threshold"], name)
		assert.Contains(t, fmt.Sprint(latency["Metrics"]), "Period:300", name)
		assert.EqualValues(t, 3, latency["EvaluationPeriods"], name)
		assert.EqualValues(t, 2, latency["DatapointsToAlarm"], name)
		for id := range template.of("AWS::CloudWatch::Alarm") {
			assert.NotContains(t, id, "TokenCacheHits", name)
		}
	}
}

// A channel can be configured once in an account, so one stack names the topics
// of all three.
func TestOneChannelGetsTheAlarmsOfAllStacks(t *testing.T) {
	p := synthOnce(t, "full")
	channel := p.global.only(t, "AWS::Chatbot::SlackChannelConfiguration")
	assert.Len(t, channel.Properties["SnsTopicArns"], 3)
	for _, topic := range []string{`"StackName":"payments-primary"`, `"arn:aws:sns:us-west-2:111122223333:payments-alarms"`, `"Ref":"AlarmTopic`} {
		assert.Contains(t, channel.Text(), topic)
	}
	for name, template := range synthOnce(t, "minimal").all() {
		assert.Empty(t, template.of("AWS::Chatbot::SlackChannelConfiguration"), name)
	}
}

func TestOnlyAllowedNetworksGetIn(t *testing.T) {
	full, minimal := synthOnce(t, "full"), synthOnce(t, "minimal")
	for _, regional := range []template{full.primary, full.secondary} {
		granted := document(t, regional.of("AWS::ApiGateway::RestApi")["UnitApi6CBD0C0E"].Properties["Policy"])
		require.Len(t, granted, 2)
		assert.Equal(t, "Deny", granted[1].Effect)
		assert.Equal(t, map[string]any{"NotIpAddress": map[string]any{"aws:SourceIp": []any{"203.0.113.0/24", "2001:db8::/32"}}}, granted[1].Condition)
		// A list that refused would turn the Region red when it is stale.
		assert.Len(t, document(t, regional.of("AWS::ApiGateway::RestApi")["UnitHealthApiE7429AAA"].Properties["Policy"]), 1)
	}
	for id, api := range minimal.primary.of("AWS::ApiGateway::RestApi") {
		// A policy that is only left out would stay in force.
		granted := document(t, api.Properties["Policy"])
		require.Len(t, granted, 1, id)
		assert.Equal(t, "Allow", granted[0].Effect, id)
		assert.Nil(t, granted[0].Condition, id)
	}
}

func TestTheBoundaryAndTheTagsAreEverywhere(t *testing.T) {
	for name, template := range synthOnce(t, "full").all() {
		for id, role := range template.of("AWS::IAM::Role") {
			assert.Contains(t, fmt.Sprint(role.Properties["PermissionsBoundary"]), ":policy/team-boundary", "%s %s", name, id)
		}
	}
	// CloudFormation hands the tags of a stack on to everything that can be tagged.
	tags := regexp.MustCompile(`"tags":\s*\{\s*"team":\s*"payments"\s*\}`)
	assert.Len(t, tags.FindAllString(synthOnce(t, "full").metadata, -1), 4)
}

// Acknowledging a rule of the template validation switches it off for every
// stack of the app, as one of CDK's own constructs does.
func TestNoValidationRuleIsAcknowledged(t *testing.T) {
	assert.NotContains(t, synthOnce(t, "full").metadata, "acknowledged-rules")
}
