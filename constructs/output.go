package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
)

// output of the construct's stack, under the same name in every app: people and
// tools find it by that name.
func output(scope constructs.Construct, name, value, description string) {
	awscdk.NewCfnOutput(scope, new(outputID(name)), &awscdk.CfnOutputProps{Value: &value, Description: &description}).OverrideLogicalId(&name)
}

func outputID(name string) string { return name + "Output" }
