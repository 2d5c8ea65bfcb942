package regionpair

import (
	"encoding/json"

	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// ClientSecretsProps configures [ClientSecrets].
type ClientSecretsProps struct {
	// Pair that the clients belong to; the secrets are in the Region of its
	// [Pair.Owner], and the other one has a read-only copy of each.
	// Required.
	Pair *Pair
	// Clients that get a secret each.
	// Default: none.
	Clients []MachineClient
	// LogEncryptionKey encrypts the log group of the rotation function, which
	// exists only when a client has a RotationInterval; see [GrantLogs].
	// Default: encrypted by CloudWatch Logs with a key it owns.
	LogEncryptionKey awskms.IKey
	// FunctionOverrides lays CDK's own options over those of that function.
	// Default: nothing is overridden.
	FunctionOverrides *awslambda.FunctionOptions
}

// Validate returns everything that is wrong at once.
func (p *ClientSecretsProps) Validate() error {
	p = orNew(p)
	c := checking("ClientSecrets")
	c.requires("Pair", p.Pair)
	c.clients(p.Clients)
	return c.err()
}

// ClientSecrets are the stable credentials of the machine clients: generated
// in the Region of the [Pair.Owner], replicated to the other one by Secrets
// Manager, and never part of a template.
type ClientSecrets interface {
	constructs.Construct
	// Pair that the clients belong to.
	Pair() *Pair
	// SecretNames of all clients.
	SecretNames() []string
	// Secret of the client with this name; nil when there is none.
	Secret(client string) awssecretsmanager.ISecret
	// RotationFunction rotates them; nil when no client has a RotationInterval.
	RotationFunction() awslambda.Function
}

type clientSecrets struct {
	constructs.Construct
	props   *ClientSecretsProps
	secrets map[string]awssecretsmanager.Secret
	// rotation of the secrets, when there is any.
	rotation awslambda.Function
}

func (c *clientSecrets) RotationFunction() awslambda.Function { return c.rotation }

func (c *clientSecrets) Pair() *Pair { return c.props.Pair }

func (c *clientSecrets) SecretNames() []string {
	names := []string{}
	for _, client := range c.props.Clients {
		names = append(names, c.props.Pair.ClientSecretName(client.Name))
	}
	return names
}

func (c *clientSecrets) Secret(client string) awssecretsmanager.ISecret {
	if secret, exists := c.secrets[client]; exists {
		return secret
	}
	return nil
}

// NewClientSecrets defines one secret per client.
func NewClientSecrets(scope constructs.Construct, id *string, props *ClientSecretsProps) ClientSecrets {
	mustBeValid(props.Validate())
	role := props.Pair.roleOf("ClientSecrets", scope)
	if owner := props.Pair.Owner(); role != owner {
		misuse("ClientSecrets needs a stack in the %s Region '%s', which owns the secrets, got '%s'", owner, props.Pair.Region(owner), props.Pair.Region(role))
	}
	c := &clientSecrets{props: props, secrets: map[string]awssecretsmanager.Secret{}}
	newConstruct(c, scope, id)

	for _, client := range props.Clients {
		secret := c.newSecret(client.Name)
		c.secrets[client.Name] = secret
		if client.RotationInterval == nil {
			suppress(secret, suppression{
				rule:   "AwsSolutions-SMG4",
				reason: "Rotation is the operator's choice per client (RotationInterval): a client that reads its secret once at start-up would be locked out by a schedule it does not know.",
			})
			continue
		}
		if c.rotation == nil {
			c.rotation = newRotation(c, props)
		}
		secret.AddRotationSchedule(jsii.String("Rotation"), &awssecretsmanager.RotationScheduleOptions{
			AutomaticallyAfter:        client.RotationInterval,
			RotateImmediatelyOnUpdate: jsii.Bool(false),
			RotationLambda:            c.rotation,
		})
	}
	if c.rotation != nil {
		admitOwnSecrets(c.rotation)
	}
	return c
}

// admitOwnSecrets closes what CDK leaves open: without the account in the
// permission, Secrets Manager would rotate with this function for anybody.
func admitOwnSecrets(rotation awslambda.Function) {
	for _, child := range *rotation.Node().FindAll(constructs.ConstructOrder_PREORDER) {
		if permission, ok := child.(awslambda.CfnPermission); ok {
			permission.SetSourceAccount(new(accountOf(rotation)))
		}
	}
}

func (c *clientSecrets) newSecret(client string) awssecretsmanager.Secret {
	pair := c.props.Pair
	template, err := json.Marshal(map[string]string{"client_id": pair.ClientId(client)})
	if err != nil {
		misuse("encode the client id of '%s': %v", client, err)
	}
	return awssecretsmanager.NewSecret(c, jsii.String("Client-"+client), &awssecretsmanager.SecretProps{
		SecretName:  new(pair.ClientSecretName(client)),
		Description: jsii.String("Client id and secret of the machine client " + client),
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{
			SecretStringTemplate: jsii.String(string(template)),
			GenerateStringKey:    jsii.String("client_secret"),
			PasswordLength:       jsii.Number(64),
			ExcludePunctuation:   jsii.Bool(true),
		},
		ReplicaRegions: &[]*awssecretsmanager.ReplicaRegion{{Region: new(pair.Region(pair.Owner().Peer()))}},
		RemovalPolicy:  keepByDefault(pair.props.RemovalPolicy),
	})
}

func newRotation(scope constructs.Construct, props *ClientSecretsProps) awslambda.Function {
	holder := newScope(scope, "Rotation")
	return supportFunction{
		name: "rotation", pair: props.Pair, logKey: props.LogEncryptionKey, overrides: props.FunctionOverrides,
	}.define(holder).Function()
}
