package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// secretReplicas waits until the standby has every client's secret. Secrets
// Manager replicates on its own, and a deployment is green however that ends.
type secretReplicas struct {
	secrets *secretsmanager.Client
	pause   time.Duration

	region  string
	replica string
	ids     string
}

var secretIDs = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]+(,[A-Za-z0-9/_+=.@-]+)*$`)

func (h *handler) newSecretReplicas(p properties) (resource, error) {
	s := &secretReplicas{pause: h.pause}
	replica := regionField(&s.replica)
	replica.name = "ReplicaRegion"
	err := p.read(regionField(&s.region), replica, field{"SecretIds", &s.ids, secretIDs, "names of secrets, separated by commas"})
	if err != nil {
		return nil, err
	}
	s.secrets = secretsmanager.NewFromConfig(h.aws, func(o *secretsmanager.Options) { o.Region = s.region })
	return s, nil
}

func (s *secretReplicas) id() string { return s.region + "/" + s.replica + "/secrets" }

func (s *secretReplicas) ensure(ctx context.Context) (map[string]any, error) {
	ids := strings.Split(s.ids, ",")
	for _, id := range ids {
		err := repeat(ctx, s.pause, func(ctx context.Context) error { return s.inSync(ctx, id) })
		if err != nil {
			return nil, fmt.Errorf("the replica of secret %s in %s: %w", id, s.replica, err)
		}
	}
	return map[string]any{"Secrets": len(ids)}, nil
}

// errReplicating says that a replica is on its way.
var errReplicating = errors.New("is not in sync yet")

func (s *secretReplicas) inSync(ctx context.Context, id string) error {
	described, err := s.secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &id})
	if err != nil {
		return err
	}
	for _, replica := range described.ReplicationStatus {
		if aws.ToString(replica.Region) != s.replica {
			continue
		}
		switch replica.Status {
		case types.StatusTypeInSync:
			return nil
		case types.StatusTypeFailed:
			return fmt.Errorf("failed: %s; remove what is in its place in %s and deploy again, or the client cannot get a token after a failover", aws.ToString(replica.StatusMessage), s.replica)
		}
	}
	return errReplicating
}

// remove leaves the replicas to the stack that made them.
func (s *secretReplicas) remove(context.Context) error { return nil }
