package regionpair_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

// ownTokenURL is that of a user pool which is not ours.
const ownTokenURL = "https://mine.auth.eu-west-1.amazoncognito.com/oauth2/token"

func newAuth(t *testing.T, change func(*regionpair.MachineAuthProps)) regionpair.MachineAuth {
	t.Helper()
	props := &regionpair.MachineAuthProps{
		Pair:         newPair(),
		DomainPrefix: "orders-111122223333-eu-west-1",
		Scopes:       map[string]string{"read": "Read objects", "write": "Write objects"},
		Clients: []regionpair.MachineClient{
			{Name: "partner", Scopes: []string{"objects/read", "objects/write"}},
			{Name: "reporting", Scopes: []string{"objects/read"}},
		},
	}
	if change != nil {
		change(props)
	}
	return regionpair.NewMachineAuth(newStack(t), jsii.String("Auth"), props)
}

func TestEachMachineClientGetsClientCredentialsWithItsScopesOnly(t *testing.T) {
	template := templateOf(newAuth(t, nil))
	template.ResourceCountIs(jsii.String("AWS::Cognito::UserPoolClient"), jsii.Number(2))
	clients := *template.FindResources(jsii.String("AWS::Cognito::UserPoolClient"), map[string]any{
		"Properties": map[string]any{"ClientName": "orders.reporting"},
	})
	require.Len(t, clients, 1)
	for _, client := range clients {
		properties := (*client)["Properties"].(map[string]any)
		require.Equal(t, []any{"client_credentials"}, properties["AllowedOAuthFlows"])
		require.Equal(t, true, properties["AllowedOAuthFlowsUserPoolClient"])
		require.Equal(t, true, properties["GenerateSecret"])
		require.Len(t, properties["AllowedOAuthScopes"], 2, "its scope, and the one that names it")
		require.Contains(t, text(t, properties["AllowedOAuthScopes"]), "/read")
		require.Contains(t, text(t, properties["AllowedOAuthScopes"]), "/orders.reporting")
		require.NotContains(t, text(t, properties["AllowedOAuthScopes"]), "billing", "no client may name another")
	}
}

func TestPoolIsProtectedAndHasNoSignUp(t *testing.T) {
	template := templateOf(newAuth(t, nil))
	template.HasResource(jsii.String("AWS::Cognito::UserPool"), map[string]any{
		"DeletionPolicy": "Retain",
		"Properties": assertions.Match_ObjectLike(&map[string]any{
			"DeletionProtection":    "ACTIVE",
			"AdminCreateUserConfig": map[string]any{"AllowAdminCreateUserOnly": true},
		}),
	})
}

func TestRegionalCredentialsAreReferencesNeverValues(t *testing.T) {
	template := templateOf(newAuth(t, nil))
	secrets := *template.FindResources(jsii.String("AWS::SecretsManager::Secret"), nil)
	require.Len(t, secrets, 1)
	for _, secret := range secrets {
		value := text(t, (*secret)["Properties"].(map[string]any)["SecretString"])
		require.Contains(t, value, `"ClientSecret"`)
		require.Contains(t, value, `orders/clients/partner`)
		require.Contains(t, value, `orders.reporting`)
	}
}

func TestFailsWhenAClientAsksForAScopeThatDoesNotExist(t *testing.T) {
	require.PanicsWithValue(t, "regionpair: MachineAuth client 'partner' 'Scopes' must be among [objects/read objects/write], got 'objects/admin'", func() {
		newAuth(t, func(p *regionpair.MachineAuthProps) {
			p.Clients = []regionpair.MachineClient{{Name: "partner", Scopes: []string{"objects/admin"}}}
		})
	})
}

// Whoever may describe a stack reads its outputs.
func TestNoSecretOfAClientIsAnOutputOfAnotherStacksPool(t *testing.T) {
	for strength, context := range map[string]map[string]any{"strong": nil, "weak": {"@aws-cdk/core:defaultCrossStackReferences": "weak"}} {
		app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(t.TempDir()), Context: &context})
		pools, stack := newStackIn(app, "Pools", testRegion), newStackIn(app, "Test", testRegion)
		auth := regionpair.NewMachineAuth(stack, jsii.String("Auth"), &regionpair.MachineAuthProps{
			Pair: newPair(), UserPool: awscognito.NewUserPool(pools, jsii.String("Mine"), nil), TokenUrl: ownTokenURL,
			Clients: []regionpair.MachineClient{{Name: "partner", Scopes: []string{"objects/read"}}},
		})
		app.Synth(nil)
		for _, one := range []awscdk.Stack{pools, stack} {
			require.NotContains(t, text(t, (*templateOf(one).ToJSON())["Outputs"]), "ClientSecret", strength)
		}
		template := templateOf(auth)
		template.ResourceCountIs(jsii.String("AWS::Cognito::UserPoolClient"), jsii.Number(1))
		template.ResourceCountIs(jsii.String("AWS::Cognito::UserPoolResourceServer"), jsii.Number(2))
		templateOf(pools).ResourceCountIs(jsii.String("AWS::Cognito::UserPoolClient"), jsii.Number(0))
	}
}

func TestFailsWhenTheFullNameOfAScopeIsTooLong(t *testing.T) {
	server := strings.Repeat("r", 252)
	fits := &regionpair.MachineAuthProps{Pair: newPair(), ResourceServer: server[:251], Scopes: map[string]string{"read": "Read objects"}}
	require.NoError(t, fits.Validate())
	long := *fits
	long.ResourceServer = server
	require.ErrorContains(t, long.Validate(), "at most 256 characters with the slash between them, got 257 in '"+server+"/read'")
}

func TestAuthCanBeUsedAsScopeTaggedAndDependedOn(t *testing.T) {
	mustBehaveLikeAConstruct(t, newAuth(t, nil))
}

func text(t *testing.T, value any) string {
	t.Helper()
	encoded, err := json.Marshal(value)
	require.NoError(t, err)
	return string(encoded)
}
