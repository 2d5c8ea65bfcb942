package regionpair

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// SecretReplicasProps configures [SecretReplicas].
type SecretReplicasProps struct {
	// Primary Region's unit, whose clients have the secrets.
	// Required.
	Primary RegionUnit
	// Secondary Region's unit, which has the replicas.
	// Required.
	Secondary RegionUnit
	// Function configures the function that asks; Entry and Environment are set
	// by the construct.
	// Default: the defaults of [GoFunction].
	Function *GoFunctionProps
}

// SecretReplicas makes a deployment wait until Secrets Manager has replicated
// the secret of every client to the secondary Region, and fail with the reason
// when it cannot: the deployment of the secrets is green either way, and the
// standby would refuse the client after a failover.
type SecretReplicas interface {
	constructs.Construct
	// SecretIds that are waited for.
	SecretIds() []string
}

type secretReplicas struct {
	constructs.Construct
	ids []string
}

func (s *secretReplicas) SecretIds() []string { return s.ids }

// NewSecretReplicas defines the custom resource that waits; it defines nothing
// when there are no clients.
func NewSecretReplicas(scope constructs.Construct, id *string, props *SecretReplicasProps) SecretReplicas {
	required("SecretReplicas", "Primary", props == nil || props.Primary == nil)
	required("SecretReplicas", "Secondary", props.Secondary == nil)
	mustBeOnePair("SecretReplicas", props.Primary, props.Secondary)
	s := &secretReplicas{}
	constructs.NewConstruct_Override(s, scope, id)

	unit := props.Primary.(*regionUnit)
	names := pairNames{*unit.props.PairName}
	for _, client := range clientsOf(unit.props.Clients) {
		s.ids = append(s.ids, names.clientSecret(*client.Name))
	}
	if len(s.ids) == 0 {
		return s
	}
	function := pairingFunction(s, props.Function)
	// One statement: one per client would outgrow the role's 10 KB of policies.
	allow(function, []string{"secretsmanager:DescribeSecret"}, stackArnOf(unit, "secretsmanager", "secret:"+names.clientSecret("*")))
	suppress(function.Function().Role().Node().FindChild(jsii.String("DefaultPolicy")), suppression{
		rule:   "AwsSolutions-IAM5",
		reason: "The clients' secrets share one path of this pair; describing one shows no value.",
	})
	newPairing(s, "Replicas", function, contract.TypeSecretReplicas, map[string]any{
		"Region": props.Primary.Region(), "ReplicaRegion": props.Secondary.Region(), "SecretIds": strings.Join(s.ids, ","),
	})
	return s
}
