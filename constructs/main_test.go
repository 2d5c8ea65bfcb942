package regionpair_test

import (
	"os"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func TestMain(m *testing.M) {
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

const (
	testAccount = "111122223333"
	testRegion  = "eu-west-1"
	peerRegion  = "eu-central-1"
)

// newPair is the pair of the tests.
func newPair(change ...func(*regionpair.PairProps)) *regionpair.Pair {
	props := &regionpair.PairProps{
		Name: "orders", Account: testAccount, PrimaryRegion: testRegion, SecondaryRegion: peerRegion, DomainName: "api.example.com",
	}
	for _, f := range change {
		f(props)
	}
	return regionpair.NewPair(props)
}

func newApp(t *testing.T) awscdk.App {
	t.Helper()
	return awscdk.NewApp(&awscdk.AppProps{
		Outdir: jsii.String(t.TempDir()),
		Context: &map[string]any{
			"aws:cdk:bundling-stacks":                   []string{},
			"@aws-cdk/core:defaultCrossStackReferences": "weak",
		},
	})
}

func newStackIn(app constructs.Construct, name, region string) awscdk.Stack {
	return awscdk.NewStack(app, &name, &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String(testAccount), Region: &region},
	})
}

func newStack(t *testing.T) awscdk.Stack {
	t.Helper()
	return newStackIn(newApp(t), "Test", testRegion)
}

func templateOf(scope constructs.Construct) assertions.Template {
	return assertions.Template_FromStack(awscdk.Stack_Of(scope), nil)
}
