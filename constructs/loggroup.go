package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
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
		return awslogs.RetentionDays_ONE_MONTH
	}
	return days
}
