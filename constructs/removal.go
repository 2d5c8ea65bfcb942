package regionpair

import "github.com/aws/aws-cdk-go/awscdk/v2"

// keepByDefault is what stateful resources do when their stack goes: stay.
// A resource that was created by a deployment that fails is removed again;
// with a plain RETAIN its literal name would block the second attempt.
func keepByDefault(policy awscdk.RemovalPolicy) awscdk.RemovalPolicy {
	if policy == "" {
		return awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE
	}
	return policy
}

func keeps(policy awscdk.RemovalPolicy) bool {
	return keepByDefault(policy) != awscdk.RemovalPolicy_DESTROY
}

// keepProtected is what those do that AWS protects from deletion: CloudFormation is
// never asked to delete them. It would be refused, and a first deployment that fails
// could not be rolled back. What it leaves is empty.
func keepProtected(policy awscdk.RemovalPolicy) awscdk.RemovalPolicy {
	if keeps(policy) {
		return awscdk.RemovalPolicy_RETAIN
	}
	return policy
}
