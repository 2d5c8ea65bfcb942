package services

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"slices"
	"time"
)

// Stages of a secret's versions.
const (
	stageCurrent  = "AWSCURRENT"
	stagePrevious = "AWSPREVIOUS"
)

type secret struct {
	arn, name string
	created   time.Time
	versions  map[string]string // value by version id
	stages    map[string]string // version id by stage
	revision  int               // counts changes
	replicas  []*Region
	primary   *Region // where the secret is a copy of another Region's
	deleted   bool    // until its recovery window ends
	// failing are the Regions whose copies are out of step, taken those that have
	// another secret of this name.
	failing, taken map[*Region]bool
}

// CreateSecret makes a secret and returns its ARN.
func (r *Region) CreateSecret(name, value string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	version := token()
	s := &secret{
		arn: r.arn("secretsmanager", "secret:"+name+"-"+suffix()), name: name, created: r.now(),
		versions: map[string]string{version: value}, stages: map[string]string{stageCurrent: version},
	}
	r.secrets[name] = s
	return s.arn
}

// SecretValue returns the current value of a secret.
func (r *Region) SecretValue(name string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, exists := r.secrets[name]
	if !exists {
		return "", false
	}
	return s.versions[s.stages[stageCurrent]], true
}

// SecretsManager serves Secrets Manager.
func (r *Region) SecretsManager() http.Handler {
	return jsonService{
		"GetSecretValue":           take(r.getSecretValue),
		"DescribeSecret":           take(r.describeSecret),
		"PutSecretValue":           take(r.putSecretValue),
		"UpdateSecretVersionStage": take(r.updateSecretVersionStage),
		"ReplicateSecretToRegions": take(r.replicateSecretToRegions),
		"StopReplicationToReplica": take(r.stopReplicationToReplica),
		"GetRandomPassword":        take(getRandomPassword),
		"DeleteSecret":             take(r.deleteSecret),
		"RestoreSecret":            take(r.restoreSecret),
	}
}

// find accepts a name, an ARN, and an ARN without its suffix. The lock is held.
func (r *Region) find(id string) (*secret, error) {
	for _, s := range r.secrets {
		if id == s.name || id == s.arn || id == s.arn[:len(s.arn)-len("-xxxxxx")] {
			return s, nil
		}
	}
	return nil, refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

// own finds a secret that is no copy of another Region's. The lock is held.
func (r *Region) own(id string) (*secret, error) {
	s, err := r.find(id)
	if err == nil && s.primary != nil {
		err = refuse("InvalidParameterException", "Operation not permitted on a replica secret. Call must be made in primary secret's region.")
	}
	return s, err
}

// change lets edit change a secret, and brings its replicas up to date.
func (r *Region) change(id string, edit func(s *secret) error) (*secret, error) {
	r.mu.Lock()
	s, err := r.own(id)
	if err == nil {
		err = edit(s)
	}
	if err != nil {
		r.mu.Unlock()
		return nil, err
	}
	s.revision++
	r.mu.Unlock()
	r.propagate(s)
	return s, nil
}

// attach gives a stage to a version. What was current becomes previous.
func (s *secret) attach(stage, version string) {
	if before := s.stages[stage]; stage == stageCurrent && before != "" && before != version {
		s.stages[stagePrevious] = before
	}
	s.stages[stage] = version
}

func (s *secret) stagesOf(version string) []string {
	stages := []string{}
	for stage, holder := range s.stages {
		if holder == version {
			stages = append(stages, stage)
		}
	}
	slices.Sort(stages)
	return stages
}

func token() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

func suffix() string { return RandomPassword(6) }

func orElse(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
