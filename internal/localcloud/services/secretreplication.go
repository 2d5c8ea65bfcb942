package services

import (
	"maps"
	"slices"
	"strings"
)

// ReplicateSecret copies a secret to another Region, now and whenever it
// changes. The copy has the same name and the same suffix in its ARN, and is
// changed through its primary only. The copy is made at once: AWS documents no
// lag, and nothing of a pair may depend on one.
func (r *Region) ReplicateSecret(name string, to *Region) {
	r.mu.Lock()
	s := r.secrets[name]
	s.replicas = append(s.replicas, to)
	r.mu.Unlock()
	r.propagate(s)
}

// propagate brings the replicas up to date.
func (r *Region) propagate(s *secret) {
	r.mu.Lock()
	replicas := slices.Clone(s.replicas)
	copied := secret{
		name: s.name, created: s.created, revision: s.revision, primary: r,
		versions: maps.Clone(s.versions), stages: maps.Clone(s.stages),
	}
	resource := s.arn[strings.LastIndex(s.arn, "secret:"):]
	r.mu.Unlock()
	for _, region := range replicas {
		replica := copied
		replica.versions, replica.stages = maps.Clone(copied.versions), maps.Clone(copied.stages)
		replica.arn = region.arn("secretsmanager", resource)
		region.receive(&replica)
	}
}

// receive takes a copy, unless a later one was faster or the secret stands on
// its own here.
func (r *Region) receive(replica *secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if known, exists := r.secrets[replica.name]; exists && (known.primary == nil || known.revision > replica.revision) {
		return
	}
	r.secrets[replica.name] = replica
}

// stopReplicationToReplica makes a copy a secret of its own, which operators do
// when its primary's Region does not come back.
func (r *Region) stopReplicationToReplica(input struct {
	SecretID string `json:"SecretId"`
}) (any, error) {
	r.mu.Lock()
	s, err := r.find(input.SecretID)
	if err == nil && s.primary == nil {
		err = refuse("InvalidParameterException", "the secret is not a replica")
	}
	if err != nil {
		r.mu.Unlock()
		return nil, err
	}
	primary, arn, name := s.primary, s.arn, s.name
	s.primary = nil
	r.mu.Unlock()
	primary.forgetReplica(name, r)
	return map[string]any{"ARN": arn}, nil
}

func (r *Region) forgetReplica(name string, in *Region) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, exists := r.secrets[name]; exists {
		s.replicas = slices.DeleteFunc(s.replicas, func(replica *Region) bool { return replica == in })
	}
}
