package regionpair

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/customresources"
	"github.com/aws/jsii-runtime-go"
)

// closeDefaultSecurityGroup takes out the rules that AWS gives the default
// security group of every VPC: everything from its members in, everything out.
func (e *staticEgress) closeDefaultSecurityGroup() {
	group := e.network.AttrDefaultSecurityGroup()
	holder := newScope(e, "DefaultSecurityGroup")
	logs := e.newLogGroup("DefaultSecurityGroupLogs")
	// CDK's own role would get a managed policy for every log group of the account.
	role := awsiam.NewRole(holder, jsii.String("Role"), &awsiam.RoleProps{
		AssumedBy:   awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		Description: jsii.String("Takes the rules out of the default security group of " + *e.Node().Path()),
	})
	logs.GrantWrite(role)
	revoke := func(id, call, action string, permission map[string]any) {
		customresources.NewAwsCustomResource(holder, &id, &customresources.AwsCustomResourceProps{
			ResourceType:        jsii.String("Custom::ClosedDefaultSecurityGroup"),
			Role:                role,
			LogGroup:            logs,
			InstallLatestAwsSdk: jsii.Bool(false),
			ServiceTimeout:      customResourcePatience(holder),
			OnUpdate: &customresources.AwsSdkCall{
				Service:            jsii.String("EC2"),
				Action:             &call,
				Parameters:         map[string]any{"GroupId": group, "IpPermissions": []any{permission}},
				PhysicalResourceId: customresources.PhysicalResourceId_Of(&call),
				OutputPaths:        jsii.Strings("Return"),
				// Somebody else closed it: fine.
				IgnoreErrorCodesMatching: jsii.String("InvalidPermission.NotFound"),
			},
			Policy: customresources.AwsCustomResourcePolicy_FromStatements(&[]awsiam.PolicyStatement{
				awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
					Actions:   jsii.Strings(action),
					Resources: jsii.Strings(e.securityGroupArn(*group)),
				}),
			}),
		})
	}
	revoke("Ingress", "revokeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress", map[string]any{
		"IpProtocol": "-1", "UserIdGroupPairs": []any{map[string]any{"GroupId": group}},
	})
	revoke("Egress", "revokeSecurityGroupEgress", "ec2:RevokeSecurityGroupEgress", map[string]any{
		"IpProtocol": "-1", "IpRanges": []any{map[string]any{"CidrIp": "0.0.0.0/0"}},
	})
	e.suppressRuntimeOfProvider()
}

// suppressRuntimeOfProvider is about the function that all custom resources of
// this kind in a stack share.
func (e *staticEgress) suppressRuntimeOfProvider() {
	id := "AWS" + strings.ReplaceAll(*customresources.AwsCustomResource_PROVIDER_FUNCTION_UUID(), "-", "")
	suppress(stackOf(e).Node().FindChild(&id), suppression{
		rule:   "AwsSolutions-L1",
		reason: "The function is CDK's own, and CDK chooses the runtime that it was tried with",
	})
}

func (e *staticEgress) securityGroupArn(group string) string {
	return stackArnOf(e, "ec2", "security-group/"+group)
}
