package stacks_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
)

func TestEveryAlarmTellsSomebody(t *testing.T) {
	for _, environment := range environments {
		for name, template := range synthOnce(t, environment).all() {
			alarms := template.of("AWS::CloudWatch::Alarm")
			require.NotEmpty(t, alarms, name)
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
		}
	}
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
		assert.Contains(t, regional.of("AWS::Lambda::Function")["UnitHandlerFunction053B0560"].text(), "VpcConfig")
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

// Acknowledging a rule of the template validation switches it off for every
// stack of the app, as one of CDK's own constructs does.
func TestNoValidationRuleIsAcknowledged(t *testing.T) {
	assert.NotContains(t, synthOnce(t, "full").metadata, "acknowledged-rules")
}
