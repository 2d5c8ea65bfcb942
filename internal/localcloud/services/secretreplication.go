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
	s.replicateTo(to)
	r.mu.Unlock()
	r.propagate(s)
}

func (s *secret) replicateTo(region *Region) {
	if !slices.Contains(s.replicas, region) {
		s.replicas = append(s.replicas, region)
	}
}

// Reach lets the Region replicate to others, by their names; nil is an unknown
// one. Default: it knows none.
func (r *Region) Reach(find func(name string) *Region) { r.others = find }

// replicateSecretToRegions begins to replicate, or tries again. A secret of the
// same name that is no copy of this one stays, unless it may be overwritten.
func (r *Region) replicateSecretToRegions(input struct {
	SecretID                    string `json:"SecretId"`
	AddReplicaRegions           []struct{ Region string }
	ForceOverwriteReplicaSecret bool
}) (any, error) {
	to := []*Region{}
	for _, replica := range input.AddReplicaRegions {
		region := r.others(replica.Region)
		if region == nil || region == r {
			return nil, refuse("InvalidParameterException", "Invalid replica region: %q", replica.Region)
		}
		to = append(to, region)
	}
	if len(to) == 0 {
		return nil, refuse("InvalidParameterException", "AddReplicaRegions must name a Region")
	}
	s, err := r.replicating(input.SecretID, to)
	if err != nil {
		return nil, err
	}
	if !input.ForceOverwriteReplicaSecret {
		to = nil
	}
	r.propagate(s, to...)
	r.mu.Lock()
	defer r.mu.Unlock()
	return map[string]any{"ARN": s.arn, "ReplicationStatus": s.replication()}, nil
}

// replicating is a secret that is to be in these Regions, too.
func (r *Region) replicating(id string, to []*Region) (*secret, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := r.own(id)
	switch {
	case err != nil:
		return nil, err
	case s.deleted:
		return nil, errMarkedForDeletion()
	}
	for _, region := range to {
		s.replicateTo(region)
	}
	return s, nil
}

// replication is the state of each copy. The lock is held.
func (s *secret) replication() []map[string]string {
	states := []map[string]string{}
	for _, replica := range s.replicas {
		state := map[string]string{"Region": replica.name, "Status": "InSync"}
		switch {
		case s.taken[replica]:
			state["Status"], state["StatusMessage"] = "Failed", "Replication failed: Secret name "+s.name+" already exists in region "+replica.name+"."
		case s.failing[replica]:
			state["Status"] = "Failed"
		}
		states = append(states, state)
	}
	return states
}

// propagate brings the replicas up to date. It overwrites other secrets of the
// same name in some Regions.
func (r *Region) propagate(s *secret, overwrite ...*Region) {
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
		taken := !region.receive(&replica, slices.Contains(overwrite, region))
		r.mu.Lock()
		if s.taken == nil {
			s.taken = map[*Region]bool{}
		}
		s.taken[region] = taken
		r.mu.Unlock()
	}
}

// receive takes a copy, unless a later one was faster. It returns false when the
// name belongs to another secret here.
func (r *Region) receive(replica *secret, overwrite bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, exists := r.secrets[replica.name]
	if exists && known.primary != replica.primary && !overwrite {
		return false
	}
	if !exists || known.primary != replica.primary || known.revision <= replica.revision {
		r.secrets[replica.name] = replica
	}
	return true
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
