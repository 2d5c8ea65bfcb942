package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/drill"
)

// EvidenceFiles are what WriteEvidence leaves, the most readable first.
var EvidenceFiles = []string{"report.html", "report.md", "report.svg", "report.json", "events.jsonl", "controls.md", "sha256sums"}

// loggedEvent is a line of events.jsonl.
type loggedEvent struct {
	At    time.Time `json:"at"`
	Fault string    `json:"fault"`
	drill.Event
}

// WriteEvidence puts the reports of a drill of a deployed pair into the folder,
// with its events by the clock, what they are evidence for, and the checksums of
// all files, as `sha256sum --check` reads them.
func (f Folder) WriteEvidence(d drill.Document) error {
	if err := f.Write(d); err != nil {
		return err
	}
	events, err := eventLines(d)
	if err != nil {
		return err
	}
	files := map[string]string{"events.jsonl": events, "controls.md": controlsMarkdown(d)}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := f.replace(name, files[name]); err != nil {
			return fmt.Errorf("write the evidence: %w", err)
		}
	}
	var sums strings.Builder
	for _, name := range EvidenceFiles[:len(EvidenceFiles)-1] {
		text, err := os.ReadFile(filepath.Join(string(f), name)) //nolint:gosec // our own files
		if err != nil {
			return fmt.Errorf("write the checksums: %w", err)
		}
		sum := sha256.Sum256(text)
		fmt.Fprintf(&sums, "%s  %s\n", hex.EncodeToString(sum[:]), name)
	}
	if err := f.replace("sha256sums", sums.String()); err != nil {
		return fmt.Errorf("write the checksums: %w", err)
	}
	return nil
}

func eventLines(d drill.Document) (string, error) {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	encoder.SetEscapeHTML(false)
	for _, run := range d.Runs {
		for _, event := range run.Timeline {
			at := run.FaultAt.Add(time.Duration(event.Seconds / d.TimeScale * float64(time.Second)))
			if err := encoder.Encode(loggedEvent{At: at.Round(time.Millisecond), Fault: run.Fault, Event: event}); err != nil {
				return "", fmt.Errorf("write the events: %w", err)
			}
		}
	}
	return lines.String(), nil
}
