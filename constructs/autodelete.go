package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
)

// limitAutoDeleteLog gives the function with which CDK empties a bucket that is
// to be destroyed a log group that ends: Lambda would make one by itself, not
// encrypted with our key and kept for ever.
func (u *regionUnit) limitAutoDeleteLog() {
	provider := awscdk.Stack_Of(u).Node().TryFindChild(jsii.String("Custom::S3AutoDeleteObjectsCustomResourceProvider"))
	if provider == nil {
		return
	}
	log := logKeeping{u.props.LogRetention, u.logKey, u.props.RemovalPolicy}.newGroup(u, "AutoDeleteLogs", nil)
	provider.Node().FindChild(jsii.String("Handler")).(awscdk.CfnResource).
		AddPropertyOverride(jsii.String("LoggingConfig"), map[string]any{"LogGroup": log.LogGroupName()})
}
