package stacks_test

import (
	"path/filepath"
	"testing"

	"github.com/regionpair/regionpair/regionpairtest"
)

// TestSnapshot holds the templates of the smallest configuration as a whole,
// and of the largest what differs from it. UPDATE_SNAPSHOTS=1 accepts a change.
func TestSnapshot(t *testing.T) {
	minimal, full := synthOnce(t, "minimal"), synthOnce(t, "full")
	for name, template := range minimal.all() {
		t.Run(name, func(t *testing.T) {
			snapshots := filepath.Join("testdata", "snapshots")
			regionpairtest.MatchFile(t, filepath.Join(snapshots, "minimal-"+name+".json"), template.Text())
			largest := full.all()[name].Document
			regionpairtest.MatchFile(t, filepath.Join(snapshots, "full-"+name+".txt"), regionpairtest.ResourceTable(largest))
			regionpairtest.MatchFile(t, filepath.Join(snapshots, "full-"+name+".diff"), regionpairtest.Difference(template.Document, largest))
		})
	}
	// The smallest configuration has no tables.
	regionpairtest.MatchFile(t, filepath.Join("testdata", "snapshots", "full-data.json"), full.data.Text())
}
