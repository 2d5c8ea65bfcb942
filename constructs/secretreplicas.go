package regionpair

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"

	"github.com/regionpair/regionpair/internal/contract"
)

// SecretReplicasProps configures [SecretReplicas].
type SecretReplicasProps struct {
	// Pairing waits.
	// Required.
	Pairing Pairing
	// Secrets of the clients, in the Region of the [Pair.Owner].
	// Required.
	Secrets ClientSecrets
	// AppSecrets are the names of secrets that [RegionUnit.AddSecret] has defined.
	// Default: none.
	AppSecrets []string
}

// Validate returns everything that is wrong at once.
func (p *SecretReplicasProps) Validate() error {
	p = orNew(p)
	c := checking("SecretReplicas")
	paired := c.requires("Pairing", p.Pairing)
	if c.requires("Secrets", p.Secrets) && paired {
		c.placed(p.Pairing.Pair(), p.Pairing.Pair().Owner(), p.Secrets)
	}
	for _, name := range p.AppSecrets {
		c.add(appName("AppSecrets", name).err())
	}
	return c.err()
}

// SecretReplicas makes a deployment wait until Secrets Manager has replicated
// the secrets of clients and of the app to the other Region, and fail with the reason
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
// when there are no secrets.
func NewSecretReplicas(scope constructs.Construct, id *string, props *SecretReplicasProps) SecretReplicas {
	mustBeValid(props.Validate())
	s := &secretReplicas{ids: props.Secrets.SecretNames()}
	newConstruct(s, scope, id)

	pair, pairing := props.Pairing.Pair(), props.Pairing.pairing()
	for _, name := range props.AppSecrets {
		s.ids = append(s.ids, pair.AppSecretName(name))
	}
	if len(s.ids) == 0 {
		return s
	}
	// One statement: one per client would outgrow the role's 10 KB of policies.
	described := []string{stackArnOf(props.Secrets, "secretsmanager", "secret:"+pair.ClientSecretName("*"))}
	if len(props.AppSecrets) > 0 {
		described = append(described, stackArnOf(props.Secrets, "secretsmanager", "secret:"+pair.AppSecretName("*")))
	}
	allow(pairing.function, []string{"secretsmanager:DescribeSecret"}, described...)
	suppressOnPolicy(pairing, suppression{
		rule:   "AwsSolutions-IAM5",
		reason: "The secrets of clients share one path of this pair, those of the app another; describing one shows no value.",
	})
	pairing.wire(s, "Replicas", contract.TypeSecretReplicas, map[string]any{
		"Region": pair.Region(pair.Owner()), "ReplicaRegion": pair.Region(pair.Owner().Peer()), "SecretIds": strings.Join(s.ids, ","),
	})
	return s
}
