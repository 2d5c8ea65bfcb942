package regionpair_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func newTopic(t *testing.T, scope awscdk.Stack, change func(*regionpair.AlarmTopicProps)) regionpair.AlarmTopic {
	t.Helper()
	props := &regionpair.AlarmTopicProps{Pair: newPair()}
	if change != nil {
		change(props)
	}
	return regionpair.NewAlarmTopic(scope, jsii.String("Alerts"), props)
}

// fromAlarms is who may use topic and key: alarms of this account and Region.
func fromAlarms(actions any) any {
	return assertions.Match_ObjectLike(&map[string]any{
		"Effect":    "Allow",
		"Action":    actions,
		"Principal": map[string]any{"Service": "cloudwatch.amazonaws.com"},
		"Condition": map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": testAccount},
			"ArnLike": map[string]any{"aws:SourceArn": map[string]any{"Fn::Join": []any{"", []any{
				"arn:", map[string]any{"Ref": "AWS::Partition"}, ":cloudwatch:" + testRegion + ":" + testAccount + ":alarm:*",
			}}}},
		},
	})
}

func TestAlarmTopicIsEncryptedWithAKeyThatAlarmsMayUse(t *testing.T) {
	template := templateOf(newTopic(t, newStack(t), nil))
	template.HasResourceProperties(jsii.String("AWS::SNS::Topic"), map[string]any{
		"TopicName":      "orders-alarms",
		"DisplayName":    "orders alarms",
		"KmsMasterKeyId": map[string]any{"Fn::GetAtt": []any{assertions.Match_StringLikeRegexp(jsii.String("AlertsKey.*")), "Arn"}},
	})
	template.HasResourceProperties(jsii.String("AWS::KMS::Key"), map[string]any{
		"EnableKeyRotation": true,
		"KeyPolicy": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{
			fromAlarms([]any{"kms:Decrypt", "kms:GenerateDataKey*"}),
		})},
	})
}

func TestAlarmTopicTakesAKeyAndLetsAlarmsUseIt(t *testing.T) {
	stack := newStack(t)
	key := awskms.NewKey(stack, jsii.String("Shared"), nil)
	topic := newTopic(t, stack, func(p *regionpair.AlarmTopicProps) { p.EncryptionKey = key })
	require.Equal(t, *key.KeyArn(), *topic.Key().KeyArn())
	template := templateOf(topic)
	template.ResourceCountIs(jsii.String("AWS::KMS::Key"), jsii.Number(1))
	template.HasResourceProperties(jsii.String("AWS::SNS::Topic"), map[string]any{
		"KmsMasterKeyId": map[string]any{"Fn::GetAtt": []any{assertions.Match_StringLikeRegexp(jsii.String("Shared.*")), "Arn"}},
	})
	template.HasResourceProperties(jsii.String("AWS::KMS::Key"), map[string]any{
		"KeyPolicy": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{
			fromAlarms([]any{"kms:Decrypt", "kms:GenerateDataKey*"}),
		})},
	})
}

func TestAlarmTopicLetsAlarmsPublishAlthoughItsPolicyReplacesTheDefault(t *testing.T) {
	template := templateOf(newTopic(t, newStack(t), nil))
	template.HasResourceProperties(jsii.String("AWS::SNS::TopicPolicy"), map[string]any{
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{
			assertions.Match_ObjectLike(&map[string]any{
				"Effect": "Deny", "Action": "sns:Publish", "Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
			}),
			fromAlarms("sns:Publish"),
		})},
	})
}

func TestAlarmTopicSubscribesEveryAddress(t *testing.T) {
	template := templateOf(newTopic(t, newStack(t), func(p *regionpair.AlarmTopicProps) {
		p.TopicName = "orders-global-alarms"
		p.Emails = []string{"oncall@example.com", "team@example.com"}
	}))
	template.ResourceCountIs(jsii.String("AWS::SNS::Subscription"), jsii.Number(2))
	template.HasResourceProperties(jsii.String("AWS::SNS::Subscription"), map[string]any{"Protocol": "email", "Endpoint": "oncall@example.com"})
	template.HasResourceProperties(jsii.String("AWS::SNS::Topic"), map[string]any{"TopicName": "orders-global-alarms"})
}

func TestAlarmTopicCanBeUsedAsScopeTaggedAndDependedOn(t *testing.T) {
	mustBehaveLikeAConstruct(t, newTopic(t, newStack(t), nil))
}

func newChat(t *testing.T, change func(*regionpair.AlarmChatProps)) regionpair.AlarmChat {
	t.Helper()
	app := newApp(t)
	primary := newTopic(t, newStackIn(app, "Primary", testRegion), nil)
	stack := newStackIn(app, "Global", "us-east-1")
	global := newTopic(t, stack, func(p *regionpair.AlarmTopicProps) { p.TopicName = "orders-global-alarms" })
	props := &regionpair.AlarmChatProps{
		Pair:             newPair(),
		SlackWorkspaceId: "T0123456789",
		SlackChannelId:   "C0123456789",
		Topics:           []awssns.ITopic{primary.Topic(), global.Topic()},
	}
	if change != nil {
		change(props)
	}
	return regionpair.NewAlarmChat(stack, jsii.String("Chat"), props)
}

func TestAlarmChatConfiguresTheChannelOnceForTheTopicsOfAllRegions(t *testing.T) {
	template := templateOf(newChat(t, nil))
	template.ResourceCountIs(jsii.String("AWS::Chatbot::SlackChannelConfiguration"), jsii.Number(1))
	template.HasResourceProperties(jsii.String("AWS::Chatbot::SlackChannelConfiguration"), map[string]any{
		"ConfigurationName": "orders-alarms",
		"SlackWorkspaceId":  "T0123456789",
		"SlackChannelId":    "C0123456789",
		// The peer Region's topic by its literal name: nothing to look up while that Region is down.
		"SnsTopicArns": assertions.Match_ArrayWith(&[]any{
			map[string]any{"Fn::Join": []any{"", []any{
				"arn:", map[string]any{"Ref": "AWS::Partition"}, ":sns:" + testRegion + ":" + testAccount + ":orders-alarms",
			}}},
		}),
	})
}

func TestAlarmChatLetsTheChannelReadOnly(t *testing.T) {
	template := templateOf(newChat(t, nil))
	template.HasResourceProperties(jsii.String("AWS::Chatbot::SlackChannelConfiguration"), map[string]any{
		"GuardrailPolicies": []any{map[string]any{"Fn::Join": []any{"", []any{
			"arn:", map[string]any{"Ref": "AWS::Partition"}, ":iam::aws:policy/CloudWatchReadOnlyAccess",
		}}}},
	})
	template.HasResourceProperties(jsii.String("AWS::IAM::Role"), map[string]any{"ManagedPolicyArns": assertions.Match_Absent()})
}

func TestAlarmChatFailsWithoutTopics(t *testing.T) {
	require.PanicsWithValue(t, "regionpair: AlarmChat needs 'Topics'", func() {
		newChat(t, func(p *regionpair.AlarmChatProps) { p.Topics = nil })
	})
	require.PanicsWithValue(t, "regionpair: AlarmChat needs 'SlackChannelId'", func() {
		newChat(t, func(p *regionpair.AlarmChatProps) { p.SlackChannelId = "" })
	})
}

func TestAlarmChatCanBeUsedAsScopeTaggedAndDependedOn(t *testing.T) {
	mustBehaveLikeAConstruct(t, newChat(t, nil))
}
