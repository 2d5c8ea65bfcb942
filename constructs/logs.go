package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// logKeeping is how a construct keeps its logs, as its props say.
type logKeeping struct {
	retention awslogs.RetentionDays
	key       awskms.IKey
	removal   awscdk.RemovalPolicy
}

// newGroup defines a log group: every one ends, whatever the props leave out.
// Without a name CloudFormation makes one.
func (k logKeeping) newGroup(scope constructs.Construct, id string, name *string) awslogs.LogGroup {
	return awslogs.NewLogGroup(scope, &id, &awslogs.LogGroupProps{
		LogGroupName:  name,
		Retention:     orRetention(k.retention),
		EncryptionKey: keyRef(k.key),
		RemovalPolicy: keepByDefault(k.removal),
	})
}

func orRetention(days awslogs.RetentionDays) awslogs.RetentionDays {
	if days == "" {
		return awslogs.RetentionDays_THREE_MONTHS
	}
	return days
}

// GrantLogs lets CloudWatch Logs of the key's Region use the key, for log
// groups of the key's account only.
func GrantLogs(key awskms.Key) {
	key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("CloudWatchLogs"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("logs."+regionOf(key)+".amazonaws.com"), nil)},
		Actions:    jsii.Strings("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"),
		Resources:  jsii.Strings("*"),
		Conditions: &map[string]any{"ArnLike": map[string]any{
			"kms:EncryptionContext:aws:logs:arn": "arn:" + partitionOf(key) + ":logs:" + regionOf(key) + ":" + accountOf(key) + ":*",
		}},
	}), jsii.Bool(true))
}

// keyRef keeps a nil key nil: a typed nil inside an interface would reach CDK
// as a value.
func keyRef(key awskms.IKey) interfacesawskms.IKeyRef {
	if key == nil {
		return nil
	}
	return key
}
