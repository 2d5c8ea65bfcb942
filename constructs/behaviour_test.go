package regionpair_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"
)

// mustBehaveLikeAConstruct does what importers do with any construct; a Go
// value that merely wraps one panics in each of these.
func mustBehaveLikeAConstruct(t *testing.T, construct constructs.Construct) {
	t.Helper()
	child := awscdk.NewCfnResource(construct, jsii.String("Child"), &awscdk.CfnResourceProps{Type: jsii.String("AWS::SNS::Topic")})
	require.Contains(t, *child.Node().Path(), *construct.Node().Path()+"/Child")
	awscdk.Tags_Of(construct).Add(jsii.String("owner"), jsii.String("team"), nil)
	other := awscdk.NewCfnResource(awscdk.Stack_Of(construct), jsii.String("Other"), &awscdk.CfnResourceProps{Type: jsii.String("AWS::SNS::Topic")})
	other.Node().AddDependency(construct)

	resources := (*templateOf(construct).ToJSON())["Resources"].(map[string]any)
	require.NotEmpty(t, resources["Other"].(map[string]any)["DependsOn"])
	found, ok := awscdk.Stack_Of(construct).Node().FindChild(construct.Node().Id()).(constructs.Construct)
	require.True(t, ok)
	require.Same(t, construct, found)
}
