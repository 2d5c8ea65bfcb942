package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// KeyRenewalProps configures a [KeyRenewal].
type KeyRenewalProps struct {
	// Issuer of this Region, whose peer's keys are renewed.
	// Required.
	Issuer TokenIssuer
	// Interval between two snapshots: how long a key that the peer has withdrawn
	// may still be honoured here, beside 5 minutes in the functions.
	// Default: 15 minutes. Allowed: 1 minute to 1 day.
	Interval awscdk.Duration
	// LogEncryptionKey encrypts the function's log group, see [GrantLogs].
	// Default: encrypted by CloudWatch Logs with a key it owns.
	LogEncryptionKey awskms.IKey
	// FunctionOverrides lays CDK's own options over those of the function.
	// Default: nothing is overridden.
	FunctionOverrides *awslambda.FunctionOptions
}

// Validate returns everything that is wrong at once.
func (p *KeyRenewalProps) Validate() error {
	p = orNew(p)
	c := checking("KeyRenewal")
	c.requires("Issuer", p.Issuer)
	c.lasts("Interval", p.Interval, 60, 86400, "1 minute to 1 day")
	c.whole("Interval", p.Interval, 60, "minutes")
	return c.err()
}

// KeyRenewal keeps the snapshot of the peer's signing keys that [TrustedIssuers]
// has made up to date, on a schedule, in this Region: the tokens of a peer that
// has died are honoured, keys that it has withdrawn are not, and no request of a
// client crosses Regions.
type KeyRenewal interface {
	constructs.Construct
	// Function takes the snapshots.
	Function() awslambda.Function
}

type keyRenewal struct {
	constructs.Construct
	function GoFunction
}

func (k *keyRenewal) Function() awslambda.Function { return k.function.Function() }

// NewKeyRenewal defines the function and its schedule.
func NewKeyRenewal(scope constructs.Construct, id *string, props *KeyRenewalProps) KeyRenewal {
	mustBeValid(props.Validate())
	interval := props.Interval
	if interval == nil {
		interval = awscdk.Duration_Minutes(jsii.Number(15))
	}
	k := &keyRenewal{}
	newConstruct(k, scope, id)

	parameter := props.Issuer.PeerIssuerParameter()
	k.function = supportFunction{
		name: "renewal", pair: props.Issuer.Pair(), logKey: props.LogEncryptionKey, overrides: props.FunctionOverrides,
		environment: map[string]string{contract.PeerIssuerParameter: parameter},
	}.define(k)
	allow(k.function, []string{"ssm:GetParameter", "ssm:PutParameter"}, parameterArn(k, parameter))
	schedule{description: jsii.String("Takes a snapshot of the peer Region's signing keys"), function: k.Function(), every: interval}.define(k)
	return k
}
