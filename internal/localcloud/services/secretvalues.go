package services

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
	if s.deleted {
		return nil, errMarkedForDeletion()
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

func errMarkedForDeletion() error {
	return refuse("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
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
	answer := map[string]any{
		"ARN": s.arn, "Name": s.name, "RotationEnabled": true, "VersionIdsToStages": versions, "CreatedDate": float64(s.created.Unix()),
	}
	if s.deleted {
		answer["DeletedDate"] = float64(r.now().Unix())
	}
	if s.primary != nil {
		answer["PrimaryRegion"] = s.primary.name
	}
	if len(s.replicas) > 0 {
		answer["PrimaryRegion"], answer["ReplicationStatus"] = r.name, s.replication()
	}
	return answer, nil
}

// Limits of a version's id, which callers choose.
const (
	minTokenLength = 32
	maxTokenLength = 64
)

func (r *Region) putSecretValue(input struct {
	SecretID           string `json:"SecretId"`
	ClientRequestToken string
	SecretString       string
	VersionStages      []string
}) (any, error) {
	version := orElse(input.ClientRequestToken, token())
	if len(version) < minTokenLength || len(version) > maxTokenLength {
		return nil, refuse("InvalidParameterException", "ClientRequestToken must be %d to %d characters long, got %d", minTokenLength, maxTokenLength, len(version))
	}
	if len(input.VersionStages) == 0 {
		input.VersionStages = []string{stageCurrent}
	}
	s, err := r.change(input.SecretID, func(s *secret) error {
		if value, exists := s.versions[version]; exists {
			// The same call once more changes nothing, and another value is refused.
			if value != input.SecretString {
				return refuse("ResourceExistsException", "You can't use ClientRequestToken %s because that value is already in use for a version of secret %s.", version, s.arn)
			}
			return nil
		}
		s.versions[version] = input.SecretString
		for _, stage := range input.VersionStages {
			s.attach(stage, version)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"ARN": s.arn, "Name": s.name, "VersionId": version, "VersionStages": input.VersionStages}, nil
}

func (r *Region) updateSecretVersionStage(input struct {
	SecretID            string `json:"SecretId"`
	VersionStage        string
	MoveToVersionID     string `json:"MoveToVersionId"`
	RemoveFromVersionID string `json:"RemoveFromVersionId"`
}) (any, error) {
	s, err := r.change(input.SecretID, func(s *secret) error {
		to, from := input.MoveToVersionID, input.RemoveFromVersionID
		holder := s.stages[input.VersionStage]
		if _, exists := s.versions[to]; to != "" && !exists {
			return refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret version: %s", to)
		}
		switch {
		case to == "" && from == "":
			return refuse("InvalidParameterException", "MoveToVersionId or RemoveFromVersionId is needed")
		case to == "" && input.VersionStage == stageCurrent:
			return refuse("InvalidParameterException", "You can't remove %s: move it to another version", stageCurrent)
		case from != holder && holder != to && (from != "" || holder != ""):
			return refuse("InvalidParameterException", "The parameter RemoveFromVersionId can't be %q. Staging label %s is currently attached to version %q", from, input.VersionStage, holder)
		case to == "":
			delete(s.stages, input.VersionStage)
		default:
			s.attach(input.VersionStage, to)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"ARN": s.arn, "Name": s.name}, nil
}

type secretID struct {
	SecretID string `json:"SecretId"`
}

// deleteSecret begins the recovery window, which never ends here.
func (r *Region) deleteSecret(input secretID) (any, error) { return r.mark(input, true) }

func (r *Region) restoreSecret(input secretID) (any, error) { return r.mark(input, false) }

func (r *Region) mark(input secretID, deleted bool) (any, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, err := r.find(input.SecretID)
	if err != nil {
		return nil, err
	}
	s.deleted = deleted
	return map[string]any{"ARN": s.arn, "Name": s.name, "DeletionDate": float64(r.now().Unix())}, nil
}

// FailReplica makes the copy of a secret in a Region out of step, or mends it.
func (r *Region) FailReplica(name string, in *Region, failing bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.secrets[name]
	if s.failing == nil {
		s.failing = map[*Region]bool{}
	}
	s.failing[in] = failing
}

// RemoveReplica deletes the copy of a secret in a Region.
func (r *Region) RemoveReplica(name string, in *Region) {
	r.forgetReplica(name, in)
	in.mu.Lock()
	defer in.mu.Unlock()
	delete(in.secrets, name)
}
