package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/drill"
)

// evidence is what is needed to trust a drill and to repeat it.
func evidence(d drill.Document) []fact {
	p := d.Provenance
	facts := []fact{{Name: "Pair", Value: orUnknown(p.PairName)}}
	if !p.StartedAt.IsZero() {
		facts = append(facts, fact{Name: "Started", Value: p.StartedAt.Format("2006-01-02 15:04:05 UTC")})
	}
	facts = append(facts, configuration(d)...)
	facts = append(facts,
		fact{Name: "regionpair", Value: orUnknown(p.Version)},
		fact{Name: "Commit", Value: commitOf(p), Code: p.Commit != ""},
		fact{Name: "Machine", Value: fmt.Sprintf("%s/%s, %d CPUs, %s", p.Machine.OS, p.Machine.Architecture, p.Machine.CPUs, p.Machine.Go)},
		fact{Name: "Time scale", Value: fmt.Sprintf("%g AWS seconds in one second of this machine", d.TimeScale)},
		fact{Name: "Seeds", Value: seedsOf(d)},
		fact{Name: "Command", Value: orUnknown(p.Command), Code: p.Command != ""},
	)
	for _, template := range p.Templates {
		facts = append(facts, fact{Name: "SHA-256 of " + template.File, Value: template.SHA256, Code: true})
	}
	return facts
}

func configuration(d drill.Document) []fact {
	if len(d.Runs) == 0 || d.Runs[0].Pair.DomainName == "" {
		return nil
	}
	pair := d.Runs[0].Pair
	return []fact{
		{Name: "Name that clients call", Value: pair.DomainName},
		{Name: "Regions", Value: pair.PrimaryRegion + " (primary), " + pair.SecondaryRegion + " (standby)"},
		{Name: "Health check", Value: fmt.Sprintf("every %g s from %d checkers, red after %d failures in a row", pair.CheckIntervalSeconds, pair.Checkers, pair.FailureThreshold)},
		{Name: "TTL of the records", Value: seconds(pair.TTLSeconds)},
		{Name: "Replication lag that was set", Value: fmt.Sprintf("%s on average, from half to one and a half times as long", seconds(d.Runs[0].ReplicationLagSeconds))},
	}
}

func commitOf(p drill.Provenance) string {
	switch {
	case p.Commit == "":
		return "not a Git repository"
	case p.Modified:
		return p.Commit + " with uncommitted changes"
	}
	return p.Commit
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}

func seedsOf(d drill.Document) string {
	seeds := []string{}
	for _, run := range d.Runs {
		if text := fmt.Sprint(run.Seed); !slices.Contains(seeds, text) {
			seeds = append(seeds, text)
		}
	}
	return strings.Join(seeds, ", ")
}
