package operate

import (
	"fmt"
	"strings"

	"github.com/regionpair/regionpair/internal/shell"
)

// RepairStep is one thing to do so that both buckets hold the same.
type RepairStep struct {
	// Does says what, and why.
	Does string `json:"does"`
	// Commands to type, in this order.
	Commands []string `json:"commands"`
}

// PlanRepair fills in what brings the buckets together: a job of S3 Batch
// Replication for each direction in which something is lacking, which keeps the
// ids of versions, and a decision for each conflict. It changes nothing.
func (v *Verification) PlanRepair() {
	v.Repair = []RepairStep{}
	for i, from := range v.Pair.regions() {
		to := v.Pair.peer(from)
		if n := v.lackedBy(to); n > 0 {
			v.Repair = append(v.Repair, RepairStep{
				Does:     fmt.Sprintf("copy what %s lacks, %s; first `regionpair readiness --only data`: a rule that does not work copies nothing", to, keys(n)),
				Commands: []string{batchReplication(from, v.buckets[i])},
			})
		}
	}
	for _, d := range v.Differences {
		if d.Kind == DiffConflict {
			v.Repair = append(v.Repair, v.decide(d))
		}
	}
	if len(v.Repair) > 0 {
		v.Repair = append(v.Repair, RepairStep{Does: "look again when the jobs are complete", Commands: []string{"regionpair verify"}})
	}
}

// batchReplication copies what was never copied, or was given up. The account
// and the role are the operator's own: docs/runbooks/replication.md says what
// the role must be allowed.
func batchReplication(region, bucket string) string {
	return fmt.Sprintf("aws s3control create-job --region %s --account-id <account> --priority 1 --no-confirmation-required --role-arn <role for batch replication>"+
		` --operation '{"S3ReplicateObject": {}}' --report '{"Enabled": false}'`+
		` --manifest-generator '{"S3JobManifestGenerator": {"SourceBucket": "arn:aws:s3:::%s", "EnableManifestOutput": false,`+
		` "Filter": {"EligibleForReplication": true, "ObjectReplicationStatuses": ["NONE", "FAILED"]}}}'`, region, bucket)
}

// decide shows both versions of a key that was written on both sides, and the
// command that makes one of them the newest: a copy of it is a new version, which
// is replicated.
func (v *Verification) decide(d Difference) RepairStep {
	step := RepairStep{Does: fmt.Sprintf("decide which version of %s stays; each Region has one that the other lacks", d.Key)}
	for i, region := range v.Pair.regions() {
		step.Commands = append(step.Commands, fmt.Sprintf("aws s3api head-object --region %s --bucket %s --key %s --version-id %s",
			region, v.buckets[i], shell.Quote(d.Key), shell.Quote(d.Versions[i])))
	}
	for i, region := range v.Pair.regions() {
		step.Commands = append(step.Commands, fmt.Sprintf("# keep that of %s:\naws s3api copy-object --region %s --bucket %s --key %s --copy-source %s",
			region, region, v.buckets[i], shell.Quote(d.Key), shell.Quote(v.buckets[i]+"/"+d.Key+"?versionId="+d.Versions[i])))
	}
	return step
}

func (v Verification) writeRepair(out *strings.Builder, p Paint) {
	for n, step := range v.Repair {
		if n == 0 {
			out.WriteString(p.bold("To bring them together") + "\n")
		}
		fmt.Fprintf(out, "  %d. %s\n", n+1, wrap(step.Does, "     "))
		for _, command := range step.Commands {
			fmt.Fprintf(out, "     %s\n", strings.ReplaceAll(command, "\n", "\n     "))
		}
	}
}
