package objectstore

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

const maxConfigurationBytes = 64 << 10

type replicationConfiguration struct {
	XMLName xml.Name `xml:"ReplicationConfiguration"`
	Role    string
	Rules   []replicationRule `xml:"Rule"`
}

type replicationRule struct {
	ID       string
	Status   string
	Priority *int
	Prefix   *string
	Filter   *struct {
		Prefix string
		Tag    *struct{ Key string }
		And    *struct{ Prefix string }
	}
	DeleteMarkerReplication *struct{ Status string }
	SourceSelectionCriteria *struct {
		SseKmsEncryptedObjects *struct{ Status string }
		ReplicaModifications   *struct{ Status string }
	}
	Destination struct {
		Bucket                  string
		EncryptionConfiguration *struct{ ReplicaKmsKeyID string }
		Metrics                 *struct {
			Status         string
			EventThreshold *struct{ Minutes int }
		}
		ReplicationTime *struct {
			Status string
			Time   *struct{ Minutes int }
		}
	}
}

func (r replicationRule) enabled() bool { return r.Status == "Enabled" }

func (r replicationRule) deletesMarkers() bool {
	return r.DeleteMarkerReplication != nil && r.DeleteMarkerReplication.Status == "Enabled"
}

// encrypted is true when the rule covers objects that KMS encrypts. Every
// object of a pair is one.
func (r replicationRule) encrypted() bool {
	return r.SourceSelectionCriteria != nil && r.SourceSelectionCriteria.SseKmsEncryptedObjects != nil &&
		r.SourceSelectionCriteria.SseKmsEncryptedObjects.Status == "Enabled"
}

func (r replicationRule) destination() string {
	return strings.TrimPrefix(r.Destination.Bucket, "arn:aws:s3:::")
}

// covers returns whether the rule applies to a key. Objects have no tags here,
// so a rule that asks for some applies to none.
func (r replicationRule) covers(key string) bool {
	switch {
	case !r.enabled() || (r.Filter != nil && (r.Filter.Tag != nil || r.Filter.And != nil)):
		return false
	case r.Filter != nil:
		return strings.HasPrefix(key, r.Filter.Prefix)
	case r.Prefix != nil:
		return strings.HasPrefix(key, *r.Prefix)
	}
	return true
}

func (r replicationRule) priority() int {
	if r.Priority == nil {
		return 0
	}
	return *r.Priority
}

func (r replicationRule) replicaKey() string {
	if r.Destination.EncryptionConfiguration == nil {
		return ""
	}
	return r.Destination.EncryptionConfiguration.ReplicaKmsKeyID
}

// applicable are the rules that decide about a version: of several for one
// destination the one with the highest priority.
func applicable(rules []replicationRule, v *Version) []replicationRule {
	chosen := []replicationRule{}
	for _, rule := range rules {
		if !rule.covers(v.Key) {
			continue
		}
		at := slices.IndexFunc(chosen, func(c replicationRule) bool { return c.destination() == rule.destination() })
		switch {
		case at < 0:
			chosen = append(chosen, rule)
		case rule.priority() > chosen[at].priority():
			chosen[at] = rule
		}
	}
	return slices.DeleteFunc(chosen, func(r replicationRule) bool { return v.Deleted && !r.deletesMarkers() })
}

func (f *front) serveReplication(w http.ResponseWriter, r *http.Request, b *bucket) error {
	switch r.Method {
	case http.MethodGet:
		b.mu.RLock()
		rules := b.rules
		b.mu.RUnlock()
		if rules == nil {
			return refuse(http.StatusNotFound, "ReplicationConfigurationNotFoundError", "The replication configuration was not found")
		}
		w.Header().Set("Content-Type", "application/xml")
		_, _ = w.Write(rules)
	case http.MethodPut:
		return f.putReplication(w, r, b)
	case http.MethodDelete:
		f.store.setReplication(b, nil, nil)
		w.WriteHeader(http.StatusNoContent)
	default:
		return refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	}
	return nil
}

func (f *front) putReplication(w http.ResponseWriter, r *http.Request, b *bucket) error {
	text, err := io.ReadAll(io.LimitReader(r.Body, maxConfigurationBytes+1))
	if err != nil {
		return asIncomplete(err)
	}
	if len(text) > maxConfigurationBytes {
		return refuse(http.StatusBadRequest, "MalformedXML", "a replication configuration has at most %d bytes", maxConfigurationBytes)
	}
	var configuration replicationConfiguration
	if err := xml.Unmarshal(text, &configuration); err != nil {
		return refuse(http.StatusBadRequest, "MalformedXML", "%v", err)
	}
	if err := f.store.validate(b, configuration); err != nil {
		return refuse(http.StatusBadRequest, "InvalidRequest", "%v", err)
	}
	f.store.setReplication(b, text, configuration.Rules)
	w.WriteHeader(http.StatusOK)
	return nil
}

// refusal is an error in S3's own words.
type refusal string

// Error implements error.
func (r refusal) Error() string { return string(r) }

// validate refuses what S3 refuses, with its texts where they are known.
func (s *Store) validate(source *bucket, configuration replicationConfiguration) error {
	if !source.isVersioned() {
		return refusal("Versioning must be 'Enabled' on the bucket to apply a replication configuration")
	}
	if !strings.HasPrefix(configuration.Role, "arn:") {
		return fmt.Errorf("the role must be an ARN, got %q", configuration.Role)
	}
	if len(configuration.Rules) == 0 {
		return errors.New("a configuration needs a rule")
	}
	priorities := []int{}
	for _, rule := range configuration.Rules {
		if err := s.validateRule(rule); err != nil {
			return fmt.Errorf("rule %s: %w", rule.ID, err)
		}
		if rule.Priority != nil {
			if slices.Contains(priorities, *rule.Priority) {
				return fmt.Errorf("rule %s: Found duplicate priority %d", rule.ID, *rule.Priority)
			}
			priorities = append(priorities, *rule.Priority)
		}
	}
	return nil
}

func (s *Store) validateRule(rule replicationRule) error {
	_, destination := s.world.find(rule.destination())
	switch {
	case destination == nil:
		return refusal("Destination bucket must exist.")
	case !destination.isVersioned():
		return refusal("Destination bucket must have versioning enabled.")
	case rule.Filter == nil && rule.DeleteMarkerReplication != nil:
		return errors.New("DeleteMarkerReplication needs a rule with a Filter")
	case rule.Filter != nil && (rule.DeleteMarkerReplication == nil || rule.Priority == nil):
		return errors.New("a rule with a Filter needs Priority and DeleteMarkerReplication")
	case rule.encrypted() && rule.Destination.EncryptionConfiguration == nil:
		return errors.New("EncryptionConfiguration must be specified when SseKmsEncryptedObjects is enabled")
	}
	if time := rule.Destination.ReplicationTime; time != nil && time.Status == "Enabled" {
		if time.Time == nil || time.Time.Minutes != 15 {
			return errors.New("ReplicationTime must be 15 minutes")
		}
		if rule.Destination.Metrics == nil || rule.Destination.Metrics.Status != "Enabled" {
			return errors.New("ReplicationTime needs Metrics")
		}
	}
	return nil
}

// setReplication takes effect for objects that are written from now on.
func (s *Store) setReplication(b *bucket, text []byte, rules []replicationRule) {
	s.world.mu.Lock()
	copier := s.world.copier
	s.world.mu.Unlock()
	b.inFlight.Lock()
	defer b.inFlight.Unlock()
	b.mu.Lock()
	b.rules = text
	b.mu.Unlock()
	b.onWrite = func(*Version) {}
	if copier != nil && len(rules) > 0 {
		b.onWrite = func(v *Version) { copier.enqueue(s.region, rules, v) }
	}
}
