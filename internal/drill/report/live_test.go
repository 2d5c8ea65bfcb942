package report

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/drill"
)

// liveDocument is a drill of a deployed pair in which no request failed.
func liveDocument(faults ...string) drill.Document {
	runs := []drill.Result{}
	for _, fault := range faults {
		run := exampleRun(fault, 7, 0)
		run.Errors, run.ErrorsOf = 0, map[string]int{}
		runs = append(runs, run)
	}
	d := exampleDocument(runs...)
	d.Live = &drill.LiveFacts{Outcome: drill.OutcomeDone, Restored: true, Data: drill.LiveData{Written: 140, Compared: 90, Equal: 90}}
	return d
}

// interruptedDocument is one that ended before the clients were back.
func interruptedDocument() drill.Document {
	d := liveDocument(drill.Takeover)
	d.Live.Outcome, d.Live.Problem, d.Live.Data = drill.OutcomeInterrupted, "the drill was interrupted", drill.LiveData{Written: 140}
	run := &d.Runs[0]
	run.EndedEarly, run.DataChecked, run.VerifiedKeys, run.AcknowledgedWrites, run.UnreadableAtFailover, run.RPOSeconds = true, false, 0, 140, 0, 0
	run.Verdict, run.Reasons, run.Checks, run.FailbackSeconds, run.MovedSeconds = drill.Inconclusive, []string{"the drill was interrupted"}, nil, -1, 64.2
	return d
}

func TestTheHeadlineSaysWhatTheDrillHasDone(t *testing.T) {
	const data = " No request failed. All 1 917 acknowledged writes are in both Regions at the end."
	for fault, want := range map[string]string{
		drill.Takeover:       "The switch in eu-central-1 was set to on under load, to move the clients of eu-west-1." + data,
		drill.FencedTakeover: "Writes were ended in eu-west-1 under load, and the switch in eu-central-1 was set to on when it had them all." + data,
		drill.External:       "Somebody else broke eu-west-1 under load." + data,
		drill.BadDeploy:      "A version of the handler that cannot start was deployed to eu-central-1 under load." + data,
		"health-only":        "Only the health endpoint of eu-west-1 was broken, under load." + data,
		"crash":              "eu-west-1 was broken under load." + data,
	} {
		assert.Equal(t, want, headline(liveDocument(fault)), fault)
	}
	fenced := liveDocument(drill.FencedTakeover)
	fenced.Runs[0].Errors = 12
	assert.Contains(t, headline(fenced), "No request failed from then on; 12 of 3 634 had failed before.")
}

func TestADrillThatEndedEarlyClaimsNothing(t *testing.T) {
	document := interruptedDocument()
	page, err := HTML(document)
	require.NoError(t, err)
	markdown := Markdown(document)
	for _, text := range []string{page, markdown} {
		assert.Contains(t, text, "The drill ended early: the drill was interrupted. Its figures are those until then. No data was checked.")
		assert.NotContains(t, text, "was broken under load")
		assert.NotContains(t, text, "of 140")
		assert.NotContains(t, text, "a planned switch to the other Region and back")
		assert.NotContains(t, text, "the second Region carried", "nor was any other control shown to be met")
		assert.NotContains(t, text, "moved to its standby and back")
	}
	assert.Contains(t, page, "<dt>Clients were back after the repair in</dt><dd>did not happen</dd>")
	assert.Contains(t, page, "not checked: the drill ended early")
	assert.Contains(t, page, "Nothing was held against a target.")
	assert.Contains(t, markdown, "| takeover | inconclusive | 32.5 s | 0.4 s | 0 s | 45 s | not checked | not checked | not checked | never |")
	assert.Contains(t, markdown, "- **inconclusive:** the drill was interrupted")
	plain := func(_, text string) string { return text }
	assert.Contains(t, LiveSummary(document, plain), "moved in 64.2 s   RTO 0 s (bound 45 s)   RPO not checked")
	assert.Contains(t, LiveSummary(document, plain), "eu-central-1 -> eu-west-1   not all back\n")
	document.Runs[0].FailbackSeconds = 0
	assert.Contains(t, LiveSummary(document, plain), "eu-central-1 -> eu-west-1   nobody had left\n")
	document.Runs = document.Runs[:0]
	assert.Equal(t, drill.Inconclusive, document.Verdict(), "also when nothing was measured")
}

func TestTheControlsSayWhatWasCompared(t *testing.T) {
	document := liveDocument(drill.Takeover, "health-only")
	assert.Contains(t, controlsMarkdown(document), "a planned switch to the other Region and back, and a switch to the other Region and back that a failure caused, and that no acknowledged write is missing")
	document.Live.Data.Equal--
	assert.Contains(t, controlsMarkdown(document), "that 1 key was not as acknowledged in both Regions after the return")
	assert.NotContains(t, controlsMarkdown(liveDocument(drill.External)), "planned switch")
}

func TestEveryFileOfTheEvidenceIsListed(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, Folder(folder).WriteEvidence(liveDocument(drill.Takeover)))
	written, err := filepath.Glob(filepath.Join(folder, "*"))
	require.NoError(t, err)
	for i, path := range written {
		written[i] = filepath.Base(path)
	}
	assert.ElementsMatch(t, EvidenceFiles, written)
	sums, err := os.ReadFile(filepath.Join(folder, "sha256sums"))
	require.NoError(t, err)
	for _, name := range EvidenceFiles[:len(EvidenceFiles)-1] {
		assert.Contains(t, string(sums), "  "+name+"\n")
	}
}
