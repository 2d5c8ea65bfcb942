package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/figure"
)

// evidence is what is needed to trust a drill and to repeat it.
func evidence(d drill.Document) []fact {
	p := d.Provenance
	facts := []fact{{Name: "Pair", Value: orUnknown(p.PairName)}}
	if !p.StartedAt.IsZero() {
		facts = append(facts, fact{Name: "Started", Value: p.StartedAt.Format("2006-01-02 15:04:05 UTC")})
	}
	facts = append(facts, configuration(d)...)
	if d.Live != nil {
		return append(append(facts, liveEvidence(d)...), fact{Name: "regionpair", Value: orUnknown(p.Version)}, fact{Name: "Machine", Value: machineOf(p)},
			fact{Name: "Command", Value: orUnknown(p.Command), Code: p.Command != ""})
	}
	facts = append(facts,
		fact{Name: "regionpair", Value: orUnknown(p.Version)},
		fact{Name: "Commit", Value: commitOf(p), Code: p.Commit != ""},
		fact{Name: "Machine", Value: machineOf(p)},
		fact{Name: "Time scale", Value: fmt.Sprintf("%g AWS seconds in one second of this machine", d.TimeScale)},
		fact{Name: "Seeds", Value: seedsOf(d)},
		fact{Name: "Command", Value: orUnknown(p.Command), Code: p.Command != ""},
	)
	for _, template := range p.Templates {
		facts = append(facts, fact{Name: "SHA-256 of " + strings.Trim(template.File+", "+template.Durability, ", "), Value: template.SHA256, Code: true})
	}
	return facts
}

func configuration(d drill.Document) []fact {
	if len(d.Runs) == 0 || d.Runs[0].Pair.DomainName == "" {
		return nil
	}
	pair := d.Runs[0].Pair
	facts := []fact{
		{Name: "Name that clients call", Value: pair.DomainName},
		{Name: "Regions", Value: pair.PrimaryRegion + " (primary), " + pair.SecondaryRegion + " (standby)"},
		{Name: "Health check", Value: fmt.Sprintf("every %s from %d checkers, red after %d failures in a row", figure.Seconds(pair.CheckIntervalSeconds), pair.Checkers, pair.FailureThreshold)},
		{Name: "TTL of the records", Value: figure.Seconds(pair.TTLSeconds)},
	}
	for _, name := range durabilitiesOf(d) {
		facts = append(facts, fact{Name: "Durability of objects", Value: durabilities[name]})
	}
	if lag := d.Runs[0].ReplicationLagSeconds; lag > 0 {
		facts = append(facts, fact{Name: "Replication lag that was set", Value: figure.Seconds(lag) + " on average, from half to one and a half times as long"})
	}
	return facts
}

func durabilitiesOf(d drill.Document) []string {
	list := []string{}
	for _, run := range d.Runs {
		if !slices.Contains(list, run.Pair.Durability) {
			list = append(list, run.Pair.Durability)
		}
	}
	return list
}

var durabilities = map[string]string{
	"async": "asynchronous: a Region that is lost takes along what was not replicated yet",
	"sync":  "synchronous: both Regions have each write that is acknowledged with regions=2",
}

func machineOf(p drill.Provenance) string {
	return fmt.Sprintf("%s/%s, %d CPUs, %s", p.Machine.OS, p.Machine.Architecture, p.Machine.CPUs, p.Machine.Go)
}

// liveEvidence is who drilled what, why, and what became of it.
func liveEvidence(d drill.Document) []fact {
	live := d.Live
	facts := []fact{
		{Name: "Ended", Value: live.EndedAt.Format("2006-01-02 15:04:05 UTC") + ", " + live.Outcome},
		{Name: "By", Value: live.By, Code: true},
		{Name: "Reason", Value: orUnknown(live.Reason)},
		{Name: "Client", Value: live.Client},
		{Name: "Data", Value: fmt.Sprintf("%s writes acknowledged, %s keys compared in both Regions, %s equal, %s conflicts",
			figure.Number(live.Data.Written), figure.Number(live.Data.Compared), figure.Number(live.Data.Equal), figure.Number(live.Data.Conflicts))},
		{Name: "Tokens from before the move", Value: fmt.Sprintf("%d of %d accepted in the standby", live.Tokens.Kept, live.Tokens.Tried)},
		{Name: "Restored", Value: map[bool]string{true: "everything that the drill had changed", false: "NOT: " + strings.Join(live.ToDo, "; ")}[live.Restored]},
	}
	for _, g := range live.Guards {
		state := map[bool]string{true: "held", false: "did not hold, accepted"}[g.Holds]
		facts = append(facts, fact{Name: "Guard " + g.ID, Value: state + ": " + g.Text})
	}
	for _, region := range live.Regions {
		facts = append(facts, fact{Name: "SHA-256 of the facts of " + region.Region, Value: region.FactsSHA256, Code: true})
		for _, label := range slices.Sorted(maps.Keys(region.Code)) {
			facts = append(facts, fact{Name: "Code of " + label + ", " + region.Region, Value: region.Code[label], Code: true})
		}
	}
	return facts
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
