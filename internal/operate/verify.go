package operate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/figure"
)

// Kinds of differences between the buckets.
const (
	// DiffMissing: a key that one Region lacks.
	DiffMissing = "missing"
	// DiffOlder: a Region has not received the latest version of a key.
	DiffOlder = "older"
	// DiffConflict: each Region has a version that the other one lacks.
	DiffConflict = "conflict"
)

// Difference of a key between the Regions.
type Difference struct {
	Key  string `json:"key"`
	Kind string `json:"kind" enum:"missing|older|conflict"`
	// Region that lacks something; empty for a conflict, where both do.
	Region string `json:"region,omitempty"`
	// Since is when the oldest version that is lacking was written.
	Since time.Time `json:"since"`
	// Versions of a conflict: the newest of the primary and of the standby that
	// the other one lacks.
	Versions *[2]string `json:"versions,omitempty"`
}

// Verification is the document of `regionpair verify`.
type Verification struct {
	SchemaVersion int       `json:"schemaVersion"`
	Pair          Pair      `json:"pair"`
	AsOf          time.Time `json:"asOf"`
	// Keys that were compared, and the versions in each bucket.
	Keys     int    `json:"keys"`
	Versions [2]int `json:"versions"`
	// Differences by key, the first ones when there are many.
	Differences []Difference   `json:"differences"`
	Counts      map[string]int `json:"counts"`
	// NotCompared are the tables whose items were not: those that can be behind.
	NotCompared []string `json:"notCompared,omitempty"`
	// Repair is what brings the buckets together, when it was asked for.
	Repair []RepairStep `json:"repair,omitempty"`

	buckets [2]string
	// newest version of the primary's that clients wrote, and its key.
	newest    time.Time
	newestKey string
	// lacking counts the keys, without conflicts, that a Region lacks something of.
	lacking map[string]int
}

// version of a key as a listing shows it. S3 gives a replica the id of its
// original, so ids tell what has arrived, whatever the contents.
type version struct {
	id      string
	written time.Time
}

// maxDifferences is how many are kept.
const maxDifferences = 1000

// Verify compares both buckets by their listings. What was written within the
// last grace is left out: it is on its way.
func (w World) Verify(ctx context.Context, p Pair, prefix string, grace time.Duration) (Verification, error) {
	v := Verification{SchemaVersion: SchemaVersion, Pair: p, AsOf: w.Now().UTC()}
	type listing struct {
		facts    contract.Facts
		versions map[string][]version
		err      error
	}
	answers := [2]chan listing{make(chan listing, 1), make(chan listing, 1)}
	for i, name := range p.regions() {
		go func() {
			facts, versions, err := w.region(p, name).versions(ctx, w.AWS, prefix)
			answers[i] <- listing{facts, versions, err}
		}()
	}
	listings := [2]map[string][]version{}
	for i := range answers {
		answer := <-answers[i]
		if answer.err != nil {
			return v, answer.err
		}
		listings[i], v.buckets[i] = answer.versions, answer.facts.Bucket
		v.NotCompared = answer.facts.EventualTables
		for _, versions := range answer.versions {
			v.Versions[i] += len(versions)
		}
	}
	v.compare(listings, v.AsOf.Add(-grace))
	return v, nil
}

// versions lists a Region's bucket.
func (r *region) versions(ctx context.Context, config aws.Config, prefix string) (facts contract.Facts, versions map[string][]version, err error) {
	found, err := r.parameters(ctx)
	if err != nil {
		return facts, nil, err
	}
	if !found.hasFacts {
		return facts, nil, fmt.Errorf("%s does not say what its bucket is called: deploy its stack once with this version", r.name)
	}
	config = config.Copy()
	config.Region = r.name
	pages := s3.NewListObjectVersionsPaginator(s3.NewFromConfig(config), &s3.ListObjectVersionsInput{Bucket: &found.facts.Bucket, Prefix: &prefix})
	versions = map[string][]version{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return facts, nil, r.explain("list "+found.facts.Bucket, err)
		}
		for _, v := range page.Versions {
			if strings.HasPrefix(*v.Key, contract.BlobPrefix) {
				// Contents of synchronous objects are stored in each Region, not
				// replicated: their versions have different ids, and never change.
				continue
			}
			versions[*v.Key] = append(versions[*v.Key], version{aws.ToString(v.VersionId), aws.ToTime(v.LastModified)})
		}
		for _, v := range page.DeleteMarkers {
			if strings.HasPrefix(*v.Key, contract.BlobPrefix) {
				continue
			}
			versions[*v.Key] = append(versions[*v.Key], version{aws.ToString(v.VersionId), aws.ToTime(v.LastModified)})
		}
	}
	return found.facts, versions, nil
}

// lacking is the oldest version of one list, written before a time, that the
// other list has not.
func lacking(have, other []version, before time.Time) (oldest time.Time, lacks bool) {
	for _, v := range have {
		arrived := slices.ContainsFunc(other, func(o version) bool { return o.id == v.id })
		if !arrived && v.written.Before(before) && (!lacks || v.written.Before(oldest)) {
			oldest, lacks = v.written, true
		}
	}
	return oldest, lacks
}

// newestAlone is the id of the newest version that the other list has not.
func newestAlone(have, other []version) string {
	newest := version{}
	for _, v := range have {
		arrived := slices.ContainsFunc(other, func(o version) bool { return o.id == v.id })
		if !arrived && (newest.id == "" || v.written.After(newest.written)) {
			newest = v
		}
	}
	return newest.id
}

func (v *Verification) compare(listings [2]map[string][]version, before time.Time) {
	v.lacking = map[string]int{}
	v.Counts = map[string]int{DiffMissing: 0, DiffOlder: 0, DiffConflict: 0}
	v.Differences = []Difference{}
	keys := map[string]bool{}
	for _, listing := range listings {
		for key := range listing {
			keys[key] = true
		}
	}
	v.Keys = len(keys)
	v.findNewest(listings[0])
	for key := range keys {
		one, other := listings[0][key], listings[1][key]
		sinceStandby, standbyLacks := lacking(one, other, before)
		sincePrimary, primaryLacks := lacking(other, one, before)
		d := Difference{Key: key}
		switch {
		case standbyLacks && primaryLacks:
			d.Kind, d.Since, d.Versions = DiffConflict, sincePrimary, &[2]string{newestAlone(one, other), newestAlone(other, one)}
			if sinceStandby.Before(sincePrimary) {
				d.Since = sinceStandby
			}
		case standbyLacks:
			d.Kind, d.Region, d.Since = kindOf(other), v.Pair.Standby, sinceStandby
		case primaryLacks:
			d.Kind, d.Region, d.Since = kindOf(one), v.Pair.Primary, sincePrimary
		default:
			continue
		}
		v.Counts[d.Kind]++
		if d.Region != "" {
			v.lacking[d.Region]++
		}
		v.Differences = append(v.Differences, d)
	}
	slices.SortFunc(v.Differences, func(a, b Difference) int { return strings.Compare(a.Key, b.Key) })
	v.Differences = v.Differences[:min(len(v.Differences), maxDifferences)]
}

// findNewest leaves out what the pair itself writes.
func (v *Verification) findNewest(listing map[string][]version) {
	for key, versions := range listing {
		if strings.HasPrefix(key, contract.MarkerPrefix) {
			continue
		}
		for _, at := range versions {
			if at.written.After(v.newest) {
				v.newest, v.newestKey = at.written, key
			}
		}
	}
}

// writtenAfter says whether clients wrote in the primary after a time that is
// known.
func (v *Verification) writtenAfter(closed time.Time) bool {
	return !closed.IsZero() && v.newest.After(closed)
}

// lackedBy counts the keys of which a Region lacks versions.
func (v *Verification) lackedBy(region string) int {
	return v.lacking[region] + v.Counts[DiffConflict]
}

func kindOf(there []version) string {
	if len(there) == 0 {
		return DiffMissing
	}
	return DiffOlder
}

// ExitCode of the command.
func (v Verification) ExitCode() int {
	if len(v.Differences) > 0 {
		return ExitNo
	}
	return ExitYes
}

// pageDifferences is how many a page shows.
const pageDifferences = 20

// Text is the verification as a page.
func (v Verification) Text(p Paint) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s compared: %s in %s, %s in %s\n", keys(v.Keys),
		counted(v.Versions[0], "version", "versions"), v.Pair.Primary, figure.Number(v.Versions[1]), v.Pair.Standby)
	if len(v.NotCompared) > 0 {
		fmt.Fprintf(&out, "%s the items of %s: look at the alarms replication-latency-table-*\n", p.warn("Not compared:"), strings.Join(v.NotCompared, ", "))
	}
	switch {
	case v.Keys == 0:
		fmt.Fprintf(&out, "%s\n", p.warn("Nothing was compared: neither bucket has such a key."))
		return out.String()
	case len(v.Differences) == 0:
		fmt.Fprintf(&out, "%s\n", p.good("Equal: every version is in both Regions."))
		return out.String()
	}
	for _, kind := range []string{DiffConflict, DiffMissing, DiffOlder} {
		if v.Counts[kind] == 0 {
			continue
		}
		fmt.Fprintf(&out, "  %s %s: %s\n", p.bad("x"), kind, map[string]string{
			DiffConflict: counted(v.Counts[kind], "key was written on both sides; one version is current, the other one is still there", "keys were written on both sides; one version is current, the other one is still there"),
			DiffMissing:  counted(v.Counts[kind], "key is in one Region only", "keys are in one Region only"),
			DiffOlder:    counted(v.Counts[kind], "key has a version that one Region lacks", "keys have a version that one Region lacks"),
		}[kind])
	}
	for _, d := range v.Differences[:min(len(v.Differences), pageDifferences)] {
		where := "both"
		if d.Region != "" {
			where = "not in " + d.Region
		}
		fmt.Fprintf(&out, "    %-8s %-20s %s  %s\n", d.Kind, where, stamp(d.Since), d.Key)
	}
	if more := v.Counts[DiffConflict] + v.Counts[DiffMissing] + v.Counts[DiffOlder] - pageDifferences; more > 0 {
		fmt.Fprintf(&out, "    and %s more: --json lists up to %d\n", figure.Number(more), maxDifferences)
	}
	v.writeRepair(&out, p)
	return out.String()
}
