package regionpair

import (
	"cmp"
	"net/mail"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// AlarmTopicProps configures an [AlarmTopic].
type AlarmTopicProps struct {
	// Pair whose name starts the subject of the e-mails.
	// Required.
	Pair *Pair
	// TopicName is literal, so that a chat channel in another stack can name
	// the topic. Two topics of one account in the same Region need two names.
	// Default: "<pair>-alarms".
	TopicName string
	// EncryptionKey of the topic; its policy will admit alarms of this account and
	// Region. Each key costs $1 a month.
	// Default: a key of the topic's own.
	EncryptionKey awskms.IKey
	// Emails get every message. Each address must confirm its subscription,
	// once per topic; until then it gets nothing.
	// Default: none.
	Emails []string
}

// Validate returns everything that is wrong at once.
func (p *AlarmTopicProps) Validate() error {
	p = orNew(p)
	c := checking("AlarmTopic")
	c.requires("Pair", p.Pair)
	c.refuse(p.TopicName != "" && !topicName.MatchString(p.TopicName), "'TopicName' must be a literal of 1 to 256 letters, digits, hyphens and underscores, got '%s'", p.TopicName)
	for _, address := range p.Emails {
		parsed, err := mail.ParseAddress(address)
		c.refuse(err != nil || parsed.Address != address, "'Emails' must be addresses such as 'team@example.com', got '%s'", address)
	}
	return c.err()
}

var topicName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

// AlarmTopic is where alarms of one Region go: an SNS topic encrypted with a
// customer-managed key, reachable over HTTPS only, that CloudWatch alarms of this
// account and Region may publish to, and nobody else but the account itself.
type AlarmTopic interface {
	constructs.Construct
	// Topic is the topic; alarms take it as their action.
	Topic() awssns.ITopic
	// Key encrypts the topic.
	Key() awskms.IKey
}

type alarmTopic struct {
	constructs.Construct
	topic awssns.Topic
	key   awskms.IKey
}

func (a *alarmTopic) Topic() awssns.ITopic { return a.topic }

func (a *alarmTopic) Key() awskms.IKey { return a.key }

// NewAlarmTopic defines the topic, its key and its subscriptions.
func NewAlarmTopic(scope constructs.Construct, id *string, props *AlarmTopicProps) AlarmTopic {
	mustBeValid(props.Validate())
	pair := props.Pair.Name()
	a := &alarmTopic{}
	newConstruct(a, scope, id)

	if a.key = props.EncryptionKey; a.key == nil {
		a.key = awskms.NewKey(a, jsii.String("Key"), &awskms.KeyProps{
			Description:       jsii.String("Encrypts the alarm topic of " + pair),
			EnableKeyRotation: jsii.Bool(true),
			// It protects messages on their way, and nothing that outlives the topic.
			RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		})
	}
	a.topic = awssns.NewTopic(a, jsii.String("Topic"), &awssns.TopicProps{
		TopicName:   new(cmp.Or(props.TopicName, pair+"-alarms")),
		DisplayName: jsii.String(pair + " alarms"),
		EnforceSSL:  jsii.Bool(true),
		MasterKey:   a.key,
	})
	referToWeakly(a.topic)
	a.admitAlarms()
	for _, address := range props.Emails {
		a.topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(&address, nil))
	}
	return a
}

// admitAlarms says in both policies who may publish. Without the key's an
// encrypted topic refuses alarms, and without the topic's they are refused as
// well, because a policy of our own replaces the one SNS gives every topic.
// Either way an alarm would change its state and tell nobody.
func (a *alarmTopic) admitAlarms() {
	a.key.AddToResourcePolicy(a.fromAlarms("*", "kms:Decrypt", "kms:GenerateDataKey*"), jsii.Bool(true))
	a.topic.AddToResourcePolicy(a.fromAlarms(*a.topic.TopicArn(), "sns:Publish"))
}

func (a *alarmTopic) fromAlarms(resource string, actions ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("CloudWatchAlarms"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Actions:    jsii.Strings(actions...),
		Resources:  jsii.Strings(resource),
		Conditions: &map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": accountOf(a)},
			"ArnLike":      map[string]any{"aws:SourceArn": stackArnOf(a, "cloudwatch", "alarm:*")},
		},
	})
}
