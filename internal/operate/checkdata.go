package operate

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/regionpair/regionpair/internal/figure"
)

// rule is the pair's rule of a Region's bucket; nil when there is none.
func (p place) rule() *s3types.ReplicationRule {
	if p.replication.value == nil {
		return nil
	}
	for n, rule := range p.replication.value.Rules {
		if aws.ToString(rule.ID) == p.Facts.Rule {
			return &p.replication.value.Rules[n]
		}
	}
	return nil
}

// rules asks about the rule of each Region that has one.
func rules(problem func(p, peer place, rule s3types.ReplicationRule) string) func(Inventory) ([]string, error) {
	return func(i Inventory) ([]string, error) {
		if _, _, err := both(i, func(p place) got[*s3types.ReplicationConfiguration] { return p.replication }); err != nil {
			return nil, err
		}
		problems := []string{}
		for _, direction := range [][2]place{{i.primary, i.standby}, {i.standby, i.primary}} {
			if rule := direction[0].rule(); rule != nil {
				problems = append(problems, problem(direction[0], direction[1], *rule))
			}
		}
		return wrong(problems...), nil
	}
}

func direction(p, peer place) string { return p.Region + " to " + peer.Region }

func missingRule(from func(i Inventory) (p, peer place)) func(Inventory) ([]string, error) {
	return func(i Inventory) ([]string, error) {
		p, peer := from(i)
		if err := p.unknown(p.replication.err); err != nil {
			return nil, err
		}
		return wrong(unless(p.rule() != nil, "%s has no rule %q to %s", p.Facts.Bucket, p.Facts.Rule, peer.Region)), nil
	}
}

func dataChecks() []Check {
	const category, wire = "data", "npx cdk deploy --exclusively {pair}-global; if it says that nothing has changed, put the rule back by hand as the pairing function does"
	return []Check{{
		"DATA-01", category, "Does the primary's bucket have the rule that copies to the standby?", Blocks,
		"Nothing that clients write reaches the standby.", wire,
		missingRule(func(i Inventory) (p, peer place) { return i.primary, i.standby }),
	}, {
		"DATA-02", category, "Does the standby's bucket have the rule that copies back?", BlocksPlanned,
		"What is written after a failover never reaches the primary.", wire,
		missingRule(func(i Inventory) (p, peer place) { return i.standby, i.primary }),
	}, {
		"DATA-03", category, "Are the rules enabled?", Blocks, "Nothing is copied.", wire,
		rules(func(p, peer place, rule s3types.ReplicationRule) string {
			return unless(rule.Status == s3types.ReplicationRuleStatusEnabled, "%s is %s", direction(p, peer), rule.Status)
		}),
	}, {
		"DATA-04", category, "Do they copy deletions?", BlocksPlanned, "What was deleted is there again after a failover.", wire,
		rules(func(p, peer place, rule s3types.ReplicationRule) string {
			markers := rule.DeleteMarkerReplication
			return unless(markers != nil && markers.Status == s3types.DeleteMarkerReplicationStatusEnabled, "%s does not", direction(p, peer))
		}),
	}, {
		"DATA-05", category, "Do they copy encrypted objects?", Blocks, "Every object of the pair is encrypted: none is copied.", wire,
		rules(func(p, peer place, rule s3types.ReplicationRule) string {
			selection := rule.SourceSelectionCriteria
			return unless(selection != nil && selection.SseKmsEncryptedObjects != nil && selection.SseKmsEncryptedObjects.Status == s3types.SseKmsEncryptedObjectsStatusEnabled,
				"%s does not", direction(p, peer))
		}),
	}, {
		"DATA-06", category, "Do they copy into the peer's bucket?", Blocks, "Objects go somewhere else.", wire,
		rules(func(p, peer place, rule s3types.ReplicationRule) string {
			bucket := strings.TrimPrefix(aws.ToString(rule.Destination.Bucket), "arn:aws:s3:::")
			return unless(bucket == peer.Facts.Bucket, "%s copies into %s", p.Region, bucket)
		}),
	}, {
		"DATA-07", category, "Do they encrypt with the peer's key?", Blocks, "Replicas cannot be read, or are not made.", wire,
		rules(func(p, peer place, rule s3types.ReplicationRule) string {
			key := ""
			if encryption := rule.Destination.EncryptionConfiguration; encryption != nil {
				key = aws.ToString(encryption.ReplicaKmsKeyID)
			}
			return unless(key == peer.Facts.Key, "%s encrypts with %s", direction(p, peer), key)
		}),
	}, {
		"DATA-08", category, "Do they publish how far behind they are?", Warns, "Nobody knows what a failover would lose.", wire,
		rules(func(p, peer place, rule s3types.ReplicationRule) string {
			metrics := rule.Destination.Metrics
			return unless(metrics != nil && metrics.Status == s3types.MetricsStatusEnabled, "%s does not", direction(p, peer))
		}),
	}, {
		"DATA-09", category, "Are both buckets versioned?", Blocks, "S3 stops replicating, and an overwritten object is lost.",
		"aws s3api put-bucket-versioning --region <region> --bucket <bucket> --versioning-configuration Status=Enabled",
		func(i Inventory) ([]string, error) {
			return each(i, func(p place) got[bool] { return p.versioned }, func(p place, versioned bool) string {
				return unless(versioned, "%s is not", p.Facts.Bucket)
			})
		},
	}, {
		"DATA-10", category, "Are the keys of both buckets enabled?", Blocks, "No object of the Region can be read or written.",
		"aws kms enable-key --region <region> --key-id <key>",
		func(i Inventory) ([]string, error) {
			return each(i, func(p place) got[string] { return p.keyState }, func(p place, state string) string {
				return unless(state == "Enabled", "the key of %s is %s", p.Region, state)
			})
		},
	}, {
		"DATA-11", category, "Is the standby less than 15 minutes behind?", BlocksPlanned, "A failover now would lose what is missing until the primary is back.",
		"regionpair status --watch, and S3's health in both Regions",
		func(i Inventory) ([]string, error) {
			if err := i.standby.unknown(nil); err != nil {
				return nil, err
			}
			behind := i.standby.Traffic.Behind
			return wrong(unless(behind == nil || behind.Value <= lagLimit, "%s is behind by %s", i.standby.Region, secondsOf(behind))), nil
		},
	}, {
		"DATA-12", category, "Was everything copied in the last day?", Warns, "S3 does not try again: these objects are missing on the other side.",
		"regionpair verify, then S3 Batch Replication: docs/runbooks/replication.md",
		func(i Inventory) ([]string, error) {
			return each(i, func(p place) got[float64] { return p.failedCopies }, func(p place, failed float64) string {
				return unless(failed == 0, "%s objects of %s FAILED to replicate", figure.Number(failed), p.Region)
			})
		},
	}}
}

func secondsOf(m *Measure) string {
	if m == nil {
		return "an unknown time"
	}
	return figure.Seconds(m.Value)
}
