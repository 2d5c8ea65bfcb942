package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awschatbot"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// AlarmChatProps configures an [AlarmChat].
type AlarmChatProps struct {
	// Pair whose name names the configuration, which is unique in the account.
	// Required.
	Pair *Pair
	// SlackWorkspaceId of the workspace, which somebody has to authorize once
	// in the console of Amazon Q Developer in chat applications.
	// Required.
	SlackWorkspaceId string
	// SlackChannelId of the channel, such as "C0123456789".
	// Required.
	SlackChannelId string
	// Topics whose messages the channel gets, of any Region.
	// Required, at least one.
	Topics []awssns.ITopic
}

// Validate returns everything that is wrong at once.
func (p *AlarmChatProps) Validate() error {
	p = orNew(p)
	c := checking("AlarmChat")
	c.requires("Pair", p.Pair)
	c.requires("SlackWorkspaceId", p.SlackWorkspaceId)
	c.requires("SlackChannelId", p.SlackChannelId)
	c.requires("Topics", p.Topics)
	return c.err()
}

// AlarmChat posts the messages of alarm topics to a Slack channel. An account
// can configure a channel only once, so a pair has one AlarmChat, in its global
// stack, for the topics of all its stacks.
type AlarmChat interface {
	constructs.Construct
	// Configuration of the channel.
	Configuration() awschatbot.SlackChannelConfiguration
}

type alarmChat struct {
	constructs.Construct
	configuration awschatbot.SlackChannelConfiguration
}

func (c *alarmChat) Configuration() awschatbot.SlackChannelConfiguration { return c.configuration }

// NewAlarmChat defines the channel's configuration and its role.
func NewAlarmChat(scope constructs.Construct, id *string, props *AlarmChatProps) AlarmChat {
	mustBeValid(props.Validate())
	c := &alarmChat{}
	newConstruct(c, scope, id)

	c.configuration = awschatbot.NewSlackChannelConfiguration(c, jsii.String("Channel"), &awschatbot.SlackChannelConfigurationProps{
		SlackChannelConfigurationName: jsii.String(props.Pair.Name() + "-alarms"),
		SlackWorkspaceId:              &props.SlackWorkspaceId,
		SlackChannelId:                &props.SlackChannelId,
		NotificationTopics:            &props.Topics,
		// What people in the channel could do at most; the default is AdministratorAccess.
		GuardrailPolicies: &[]awsiam.IManagedPolicy{
			awsiam.ManagedPolicy_FromAwsManagedPolicyName(jsii.String("CloudWatchReadOnlyAccess")),
		},
	})
	return c
}
