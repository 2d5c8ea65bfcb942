package regionpair

import (
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/regionpair/regionpair/internal/contract"
)

// TrustedIssuersProps configures [TrustedIssuers].
type TrustedIssuersProps struct {
	// Pairing writes the parameters.
	// Required.
	Pairing Pairing
	// Primary and Secondary issuer, each in its Region of the pair.
	// Required.
	Primary, Secondary TokenIssuer
}

// Validate returns everything that is wrong at once.
func (p *TrustedIssuersProps) Validate() error {
	p = orNew(p)
	c := checking("TrustedIssuers")
	paired := c.requires("Pairing", p.Pairing)
	for role, issuer := range map[RegionRole]TokenIssuer{RolePrimary: p.Primary, RoleSecondary: p.Secondary} {
		if c.requires(regionPrefix(role), issuer) && paired {
			c.placed(p.Pairing.Pair(), role, issuer)
		}
	}
	return c.err()
}

// TrustedIssuers hands each Region the other's token issuer and a snapshot of
// its signing keys, so that a token is honoured until it expires even when the
// Region that issued it is gone.
type TrustedIssuers interface {
	constructs.Construct
	// Parameters written, the one in the primary's Region first.
	Parameters() []string
}

type trustedIssuers struct {
	constructs.Construct
	pairing    *pairing
	parameters []string
}

func (t *trustedIssuers) Parameters() []string { return t.parameters }

// NewTrustedIssuers defines one custom resource per Region.
func NewTrustedIssuers(scope constructs.Construct, id *string, props *TrustedIssuersProps) TrustedIssuers {
	mustBeValid(props.Validate())
	t := &trustedIssuers{pairing: props.Pairing.pairing()}
	newConstruct(t, scope, id)

	t.introduce("SecondaryToPrimary", props.Secondary, props.Primary)
	t.introduce("PrimaryToSecondary", props.Primary, props.Secondary)
	return t
}

// introduce makes the Region of host trust the issuer of guest.
func (t *trustedIssuers) introduce(id string, guest, host TokenIssuer) {
	parameter := host.PeerIssuerParameter()
	allow(t.pairing.function, []string{"ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"}, stackArnOf(host, "ssm", "parameter"+parameter))
	t.pairing.wire(t, id, contract.TypeTrustedIssuer, map[string]any{
		"Issuer":        guest.Issuer(),
		"JwksUri":       guest.JwksUri(),
		"Region":        new(regionOf(host)),
		"ParameterName": parameter,
	})
	t.parameters = append(t.parameters, parameter)
}
