package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/regionpair/regionpair/internal/contract"
)

// TrustedIssuersProps configures [TrustedIssuers].
type TrustedIssuersProps struct {
	// Primary issuer.
	// Required.
	Primary MachineAuth
	// Secondary issuer.
	// Required.
	Secondary MachineAuth
	// Function configures the function that writes the parameters; Entry and
	// Environment are set by the construct.
	// Default: the defaults of [GoFunction].
	Function *GoFunctionProps
}

// TrustedIssuers hands each Region the other's token issuer and a snapshot of
// its signing keys, so that a token is honoured until it expires even when the
// Region that issued it is gone.
type TrustedIssuers interface {
	constructs.Construct
	// Parameters names the parameters written, primary's Region first.
	Parameters() []*string
}

type trustedIssuers struct {
	constructs.Construct
	parameters []*string
}

func (t *trustedIssuers) Parameters() []*string { return t.parameters }

// NewTrustedIssuers defines one custom resource per Region.
func NewTrustedIssuers(scope constructs.Construct, id *string, props *TrustedIssuersProps) TrustedIssuers {
	required("TrustedIssuers", "Primary", props == nil || props.Primary == nil)
	required("TrustedIssuers", "Secondary", props.Secondary == nil)
	t := &trustedIssuers{}
	constructs.NewConstruct_Override(t, scope, id)

	function := pairingFunction(t, props.Function)
	t.introduce(function, "SecondaryToPrimary", props.Secondary, props.Primary)
	t.introduce(function, "PrimaryToSecondary", props.Primary, props.Secondary)
	return t
}

// introduce makes the Region of host trust the issuer of guest.
func (t *trustedIssuers) introduce(function GoFunction, id string, guest, host MachineAuth) {
	stack := awscdk.Stack_Of(host)
	parameter := host.PeerIssuerParameter()
	arn := "arn:" + *stack.Partition() + ":ssm:" + *stack.Region() + ":" + *stack.Account() + ":parameter" + *parameter
	allow(function, []string{"ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"}, arn)
	newPairing(t, id, function, contract.TypeTrustedIssuer, map[string]any{
		"Issuer":        guest.Issuer(),
		"JwksUri":       guest.JwksUri(),
		"Region":        stack.Region(),
		"ParameterName": parameter,
	})
	t.parameters = append(t.parameters, parameter)
}
