package regionpair

import (
	"encoding/json"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// ClientSecretsProps configures [ClientSecrets].
type ClientSecretsProps struct {
	// PairName is the first part of the secrets' names and the client ids.
	// Required.
	PairName *string
	// Clients that get a secret each.
	// Required.
	Clients *[]*MachineClient
	// ReplicaRegion holds a read-only copy of every secret.
	// Required.
	ReplicaRegion *string
	// RemovalPolicy of the secrets.
	// Default: kept, unless the deployment that creates them fails.
	RemovalPolicy awscdk.RemovalPolicy
	// Function configures the rotation function, which exists only when a
	// client has a RotationInterval.
	// Default: the defaults of [GoFunction].
	Function *GoFunctionProps
}

// ClientSecrets are the stable credentials of the machine clients: generated
// in the primary Region, replicated to the secondary by Secrets Manager, and
// never part of a template.
type ClientSecrets interface {
	constructs.Construct
	// Secret of the client with this name; nil when there is none.
	Secret(client string) awssecretsmanager.ISecret
}

type clientSecrets struct {
	constructs.Construct
	secrets map[string]awssecretsmanager.Secret
}

func (c *clientSecrets) Secret(client string) awssecretsmanager.ISecret {
	if secret, exists := c.secrets[client]; exists {
		return secret
	}
	return nil
}

// NewClientSecrets defines one secret per client.
func NewClientSecrets(scope constructs.Construct, id *string, props *ClientSecretsProps) ClientSecrets {
	required("ClientSecrets", "PairName", props == nil || props.PairName == nil)
	required("ClientSecrets", "ReplicaRegion", props.ReplicaRegion == nil)
	mustBeCompleteClients(props.Clients)
	c := &clientSecrets{secrets: map[string]awssecretsmanager.Secret{}}
	constructs.NewConstruct_Override(c, scope, id)

	var rotation awslambda.Function
	for _, client := range clientsOf(props.Clients) {
		secret := c.newSecret(props, *client.Name)
		c.secrets[*client.Name] = secret
		if client.RotationInterval == nil {
			suppress(secret, suppression{
				rule:   "AwsSolutions-SMG4",
				reason: "Rotation is the operator's choice per client (RotationInterval): a client that reads its secret once at start-up would be locked out by a schedule it does not know.",
			})
			continue
		}
		if rotation == nil {
			rotation = newRotation(c, props)
		}
		secret.AddRotationSchedule(jsii.String("Rotation"), &awssecretsmanager.RotationScheduleOptions{
			AutomaticallyAfter:        client.RotationInterval,
			RotateImmediatelyOnUpdate: jsii.Bool(false),
			RotationLambda:            rotation,
		})
	}
	if rotation != nil {
		admitOwnSecrets(rotation)
	}
	return c
}

// admitOwnSecrets closes what CDK leaves open: without the account in the
// permission, Secrets Manager would rotate with this function for anybody.
func admitOwnSecrets(rotation awslambda.Function) {
	for _, child := range *rotation.Node().FindAll(constructs.ConstructOrder_PREORDER) {
		if permission, ok := child.(awslambda.CfnPermission); ok {
			permission.SetSourceAccount(awscdk.Stack_Of(rotation).Account())
		}
	}
}

func (c *clientSecrets) newSecret(props *ClientSecretsProps, client string) awssecretsmanager.Secret {
	names := pairNames{*props.PairName}
	template, err := json.Marshal(map[string]string{"client_id": names.clientID(client)})
	if err != nil {
		misuse("encode the client id of '%s': %v", client, err)
	}
	return awssecretsmanager.NewSecret(c, jsii.String("Client-"+client), &awssecretsmanager.SecretProps{
		SecretName:  jsii.String(names.clientSecret(client)),
		Description: jsii.String("Client id and secret of the machine client " + client),
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{
			SecretStringTemplate: jsii.String(string(template)),
			GenerateStringKey:    jsii.String("client_secret"),
			PasswordLength:       jsii.Number(64),
			ExcludePunctuation:   jsii.Bool(true),
		},
		ReplicaRegions: &[]*awssecretsmanager.ReplicaRegion{{Region: props.ReplicaRegion}},
		RemovalPolicy:  keepByDefault(props.RemovalPolicy),
	})
}

func newRotation(scope constructs.Construct, props *ClientSecretsProps) awslambda.Function {
	holder := constructs.NewConstruct(scope, jsii.String("Rotation"))
	function := newSupportFunction(holder, "rotation", props.Function, nil)
	return function.Function()
}
