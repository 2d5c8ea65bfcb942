package services

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
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
	replicas  []*Region
}

// CreateSecret makes a secret and returns its ARN.
func (r *Region) CreateSecret(name, value string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	version := token(16)
	s := &secret{
		arn: r.arn("secretsmanager", "secret:"+name+"-"+suffix()), name: name, created: r.now(),
		versions: map[string]string{version: value}, stages: map[string]string{stageCurrent: version},
	}
	r.secrets[name] = s
	return s.arn
}

// ReplicateSecret copies a secret to another Region, now and whenever it
// changes. The copy has the same name and the same suffix in its ARN.
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
	replicas := append([]*Region{}, s.replicas...)
	copied := secret{
		name: s.name, created: s.created, versions: copyOf(s.versions), stages: copyOf(s.stages),
	}
	resource := s.arn[strings.LastIndex(s.arn, "secret:"):]
	r.mu.Unlock()
	for _, region := range replicas {
		replica := copied
		replica.arn = region.arn("secretsmanager", resource)
		region.mu.Lock()
		region.secrets[s.name] = &replica
		region.mu.Unlock()
	}
}

func copyOf(m map[string]string) map[string]string {
	result := make(map[string]string, len(m))
	for key, value := range m {
		result[key] = value
	}
	return result
}

// SecretsManager serves Secrets Manager.
func (r *Region) SecretsManager() http.Handler {
	return jsonService{
		"GetSecretValue":           take(r.getSecretValue),
		"DescribeSecret":           take(r.describeSecret),
		"PutSecretValue":           take(r.putSecretValue),
		"UpdateSecretVersionStage": take(r.updateSecretVersionStage),
		"GetRandomPassword":        take(getRandomPassword),
	}
}

// find accepts a name, an ARN, and an ARN without its suffix.
func (r *Region) find(id string) (*secret, error) {
	for _, s := range r.secrets {
		if id == s.name || id == s.arn || id == s.arn[:len(s.arn)-len("-xxxxxx")] {
			return s, nil
		}
	}
	return nil, refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

func (r *Region) getSecretValue(input struct {
	SecretID     string `json:"SecretId"`
	VersionID    string `json:"VersionId"`
	VersionStage string
}) (any, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := r.find(input.SecretID)
	if err != nil {
		return nil, err
	}
	version := input.VersionID
	if version == "" {
		version = s.stages[orElse(input.VersionStage, stageCurrent)]
	}
	value, exists := s.versions[version]
	if !exists || (input.VersionStage != "" && s.stages[input.VersionStage] != version) {
		return nil, refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: %s", input.VersionStage)
	}
	return map[string]any{
		"ARN": s.arn, "Name": s.name, "SecretString": value, "VersionId": version,
		"VersionStages": s.stagesOf(version), "CreatedDate": float64(s.created.Unix()),
	}, nil
}

func (s *secret) stagesOf(version string) []string {
	stages := []string{}
	for stage, holder := range s.stages {
		if holder == version {
			stages = append(stages, stage)
		}
	}
	return stages
}

func (r *Region) describeSecret(input struct {
	SecretID string `json:"SecretId"`
}) (any, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := r.find(input.SecretID)
	if err != nil {
		return nil, err
	}
	versions := map[string][]string{}
	for version := range s.versions {
		if stages := s.stagesOf(version); len(stages) > 0 {
			versions[version] = stages
		}
	}
	return map[string]any{"ARN": s.arn, "Name": s.name, "RotationEnabled": true, "VersionIdsToStages": versions}, nil
}

func (r *Region) putSecretValue(input struct {
	SecretID           string `json:"SecretId"`
	ClientRequestToken string
	SecretString       string
	VersionStages      []string
}) (any, error) {
	r.mu.Lock()
	s, err := r.find(input.SecretID)
	if err != nil {
		r.mu.Unlock()
		return nil, err
	}
	version := orElse(input.ClientRequestToken, token(16))
	s.versions[version] = input.SecretString
	if len(input.VersionStages) == 0 {
		input.VersionStages = []string{stageCurrent}
	}
	for _, stage := range input.VersionStages {
		s.move(stage, version)
	}
	arn, name := s.arn, s.name
	r.mu.Unlock()
	r.propagate(s)
	return map[string]any{"ARN": arn, "Name": name, "VersionId": version, "VersionStages": input.VersionStages}, nil
}

// move attaches a stage to a version. What was current becomes previous.
func (s *secret) move(stage, version string) {
	if before := s.stages[stage]; stage == stageCurrent && before != "" && before != version {
		s.stages[stagePrevious] = before
	}
	s.stages[stage] = version
}

func (r *Region) updateSecretVersionStage(input struct {
	SecretID            string `json:"SecretId"`
	VersionStage        string
	MoveToVersionID     string `json:"MoveToVersionId"`
	RemoveFromVersionID string `json:"RemoveFromVersionId"`
}) (any, error) {
	r.mu.Lock()
	s, err := r.find(input.SecretID)
	if err != nil {
		r.mu.Unlock()
		return nil, err
	}
	if holder := s.stages[input.VersionStage]; holder != "" && holder != input.MoveToVersionID && holder != input.RemoveFromVersionID {
		r.mu.Unlock()
		return nil, refuse("InvalidParameterException", "RemoveFromVersionId must be the version that holds %s", input.VersionStage)
	}
	if input.MoveToVersionID == "" {
		delete(s.stages, input.VersionStage)
	} else {
		s.move(input.VersionStage, input.MoveToVersionID)
	}
	arn, name := s.arn, s.name
	r.mu.Unlock()
	r.propagate(s)
	return map[string]any{"ARN": arn, "Name": name}, nil
}

func getRandomPassword(input struct {
	PasswordLength     int
	ExcludePunctuation bool
}) (any, error) {
	if input.PasswordLength == 0 {
		input.PasswordLength = 32
	}
	return map[string]string{"RandomPassword": RandomPassword(input.PasswordLength)}, nil
}

// RandomPassword returns letters and digits.
func RandomPassword(length int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	text := make([]byte, 0, length)
	buffer := make([]byte, 64)
	for len(text) < length {
		_, _ = rand.Read(buffer)
		for _, b := range buffer {
			// A remainder would make some letters likelier than others.
			if int(b) < 256-256%len(letters) && len(text) < length {
				text = append(text, letters[int(b)%len(letters)])
			}
		}
	}
	return string(text)
}

func token(bytes int) string {
	b := make([]byte, bytes)
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
