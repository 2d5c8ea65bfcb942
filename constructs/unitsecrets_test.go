package regionpair_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func secondaryUnit(t *testing.T) regionpair.RegionUnit {
	t.Helper()
	return operatedUnit(t, newStackIn(newApp(t), "Test", peerRegion))
}

// handlerMay asserts what the handler's own role allows.
func handlerMay(template assertions.Template, statement map[string]any) {
	template.HasResourceProperties(jsii.String("AWS::IAM::Policy"), map[string]any{
		"PolicyName":     assertions.Match_StringLikeRegexp(jsii.String("UnitHandlerRole.*")),
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{assertions.Match_ObjectLike(&statement)})},
	})
}

func TestPrimaryOwnsTheSecretAndReplicatesIt(t *testing.T) {
	unit := operatedUnit(t, newStack(t))
	unit.AddSecret("billing/key", &regionpair.UnitSecretProps{
		Description:          "Key of the billing service",
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{PasswordLength: jsii.Number(40)},
	})
	template := templateOf(unit)
	template.HasResource(jsii.String("AWS::SecretsManager::Secret"), map[string]any{
		"DeletionPolicy": "RetainExceptOnCreate",
		"Properties": map[string]any{
			"Name":                 "orders/app/billing/key",
			"Description":          "Key of the billing service",
			"GenerateSecretString": map[string]any{"PasswordLength": 40},
			"ReplicaRegions":       []any{map[string]any{"Region": peerRegion}},
		},
	})
	handlerMay(template, map[string]any{
		"Action":   []any{"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"},
		"Resource": map[string]any{"Ref": assertions.Match_StringLikeRegexp(jsii.String("UnitSecretbillingkey.*"))},
	})
}

// The secondary never creates the secret: its replica would be in the way.
func TestSecondaryKnowsTheSecretByNameWithRoomForTheSuffix(t *testing.T) {
	unit := secondaryUnit(t)
	before := len(*templateOf(secondaryUnit(t)).FindResources(jsii.String("AWS::SecretsManager::Secret"), nil))
	secret := unit.AddSecret("billing/key", nil)
	template := templateOf(unit)
	require.Equal(t, "orders/app/billing/key", *secret.SecretName())
	require.Len(t, *template.FindResources(jsii.String("AWS::SecretsManager::Secret"), nil), before)
	handlerMay(template, map[string]any{
		"Action": []any{"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"},
		"Resource": map[string]any{"Fn::Join": []any{"", []any{
			"arn:", map[string]any{"Ref": "AWS::Partition"},
			":secretsmanager:" + peerRegion + ":" + testAccount + ":secret:orders/app/billing/key-??????",
		}}},
	})
}

func TestAHandlerOfAnotherStackReadsByName(t *testing.T) {
	for _, region := range []string{testRegion, peerRegion} {
		app := newApp(t)
		handlers := newStackIn(app, "Handlers", region)
		unit := operatedUnit(t, newStackIn(app, "Test", region), func(p *regionpair.RegionUnitProps) {
			p.Handler, p.Routes = newHandler(handlers), []regionpair.Route{route("GET", "/orders", "objects/read")}
		})
		unit.AddSecret("billing/key", nil)
		unit.AddParameter("limits", "10", nil)
		app.Synth(nil)
		policies := text(t, propertiesIn(templateOf(handlers), "AWS::IAM::Policy"))
		require.Contains(t, policies, ":secretsmanager:"+region+":"+testAccount+":secret:orders/app/billing/key-??????")
		require.Contains(t, policies, ":ssm:"+region+":"+testAccount+":parameter/orders/app/limits")
	}
}

func TestParameterHasTheSamePathInBothRegions(t *testing.T) {
	for region, unit := range map[string]regionpair.RegionUnit{testRegion: operatedUnit(t, newStack(t)), peerRegion: secondaryUnit(t)} {
		unit.AddParameter("limits", "10", &regionpair.UnitParameterProps{Description: "Limits"})
		template := templateOf(unit)
		template.HasResourceProperties(jsii.String("AWS::SSM::Parameter"), map[string]any{
			"Name": "/orders/app/limits", "Value": "10", "Type": "String", "Description": "Limits",
		})
		handlerMay(template, map[string]any{
			"Action": []any{"ssm:GetParameter", "ssm:GetParameters"},
			"Resource": map[string]any{"Fn::Join": []any{"", []any{
				"arn:", map[string]any{"Ref": "AWS::Partition"}, ":ssm:" + region + ":" + testAccount + ":parameter/orders/app/limits",
			}}},
		})
	}
}

func TestHandlerIsGrantedNothingOnRequest(t *testing.T) {
	unit := operatedUnit(t, newStack(t))
	before := text(t, *templateOf(operatedUnit(t, newStack(t))).FindResources(jsii.String("AWS::IAM::Policy"), nil))
	unit.AddSecret("billing", &regionpair.UnitSecretProps{GrantToHandler: jsii.Bool(false)})
	unit.AddParameter("limits", "10", &regionpair.UnitParameterProps{GrantToHandler: jsii.Bool(false)})
	require.Equal(t, before, text(t, *templateOf(unit).FindResources(jsii.String("AWS::IAM::Policy"), nil)))
}

func TestSecretsAndParametersFailWithNamesThatAwsWouldMisread(t *testing.T) {
	unit := operatedUnit(t, newStack(t))
	require.PanicsWithValue(t, "regionpair: AddSecret name 'billing-apikey' must not end in a hyphen and six characters: Secrets Manager would take them for the suffix of its ARNs", func() {
		unit.AddSecret("billing-apikey", nil)
	})
	for _, name := range []string{"", "/billing", "billing/", "with space", "a//b"} {
		message := "name must be a literal of letters, digits, '_', '.', '-', with '/' between parts, got '" + name + "'"
		require.PanicsWithValue(t, "regionpair: AddSecret "+message, func() { unit.AddSecret(name, nil) })
		require.PanicsWithValue(t, "regionpair: AddParameter "+message, func() { unit.AddParameter(name, "10", nil) })
	}
	require.PanicsWithValue(t, "regionpair: AddParameter value of 'limits' must have at most 4096 characters, got 4097", func() { unit.AddParameter("limits", strings.Repeat("x", 4097), nil) })
	require.NotPanics(t, func() { unit.AddParameter("long", strings.Repeat("é", 4096), nil) })
	require.PanicsWithValue(t, "regionpair: AddParameter value must have no '{{' with a '}}' behind it: Parameter Store takes that for another parameter", func() {
		unit.AddParameter("limits", "Hello {{name}}", nil)
	})
	require.PanicsWithValue(t, "regionpair: AddParameter needs 'value'", func() { unit.AddParameter("limits", "", nil) })
}

func TestGrantsThatWouldBeDroppedFail(t *testing.T) {
	stack := newStack(t)
	unit := operatedUnit(t, stack, func(p *regionpair.RegionUnitProps) {
		p.Handler = awslambda.Function_FromFunctionName(stack, jsii.String("Own"), jsii.String("my-function"))
		p.Routes = []regionpair.Route{{Method: "GET", Path: "/orders", Scopes: []string{"objects/read"}}}
	})
	require.PanicsWithValue(t, "regionpair: AddSecret cannot let the handler read 'billing': its role is not known here; set 'GrantToHandler' to false and grant it where the function is defined", func() {
		unit.AddSecret("billing", nil)
	})
}
