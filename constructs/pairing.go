package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// PairingProps configures a [Pairing].
type PairingProps struct {
	// Pair whose Regions are wired.
	// Required.
	Pair *Pair
	// LogEncryptionKey encrypts the function's log group, see [GrantLogs].
	// Default: encrypted by CloudWatch Logs with a key it owns.
	LogEncryptionKey awskms.IKey
	// FunctionOverrides lays CDK's own options over those of the function.
	// Default: nothing is overridden.
	FunctionOverrides *awslambda.FunctionOptions
}

// Validate returns everything that is wrong at once.
func (p *PairingProps) Validate() error {
	p = orNew(p)
	c := checking("Pairing")
	c.requires("Pair", p.Pair)
	return c.err()
}

// Pairing is the function that wires in both Regions what CloudFormation cannot,
// from the stack that is deployed after both. [BucketReplicationPair],
// [TrustedIssuers] and [SecretReplicas] share one, and give it the permissions
// that they need.
type Pairing interface {
	constructs.Construct
	// Pair whose Regions are wired.
	Pair() *Pair
	// Function does the wiring.
	Function() awslambda.Function
	pairing() *pairing
}

type pairing struct {
	constructs.Construct
	pair     *Pair
	function GoFunction
}

func (p *pairing) Pair() *Pair { return p.pair }

func (p *pairing) Function() awslambda.Function { return p.function.Function() }

func (p *pairing) pairing() *pairing { return p }

// NewPairing defines the function.
func NewPairing(scope constructs.Construct, id *string, props *PairingProps) Pairing {
	mustBeValid(props.Validate())
	p := &pairing{pair: props.Pair}
	newConstruct(p, scope, id)

	p.function = supportFunction{
		name: "pairing", pair: props.Pair, logKey: props.LogEncryptionKey,
		overrides: override(awslambda.FunctionOptions{
			// A versioning change may take 15 minutes to be seen everywhere.
			Timeout:     awscdk.Duration_Minutes(jsii.Number(15)),
			Description: jsii.String("Sets replication rules and trusted issuers in both Regions"),
		}, props.FunctionOverrides),
	}.define(p)
	return p
}

// wire defines one custom resource that the function serves. The policy comes
// first and goes last, or creation and deletion would race it.
func (p *pairing) wire(scope constructs.Construct, id, resourceType string, properties map[string]any) awscdk.CustomResource {
	resource := awscdk.NewCustomResource(scope, jsii.String(id), &awscdk.CustomResourceProps{
		ServiceToken:   p.Function().FunctionArn(),
		ServiceTimeout: customResourcePatience(scope),
		ResourceType:   &resourceType,
		Properties:     &properties,
	})
	resource.Node().AddDependency(p.function)
	return resource
}

// customResourcePatience is how long CloudFormation waits for an answer: the
// function's 15 minutes and one more. Without it a function that cannot start
// costs an hour, and another for the rollback.
func customResourcePatience(scope constructs.Construct) awscdk.Duration { return minutes(scope, 16) }
