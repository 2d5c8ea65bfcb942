package drill

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Targets decide whether a drill is passed.
type Targets struct {
	// RTOFactor is how many times the bound that the configuration implies the
	// client-observed recovery time may be.
	// Default: 1.15.
	RTOFactor float64 `json:"rtoFactor"`
	// RTOSeconds is an absolute limit in addition; 0 means none.
	RTOSeconds float64 `json:"rtoSeconds"`
	// RPOSeconds is how long the window of acknowledged writes may be that the
	// surviving Region cannot serve at failover; 0 allows no such write.
	// Default: 900, the time that S3 replication time control promises.
	RPOSeconds float64 `json:"rpoSeconds"`
	// PermanentlyLost is how many acknowledged writes may be missing after
	// failback.
	// Default: 0.
	PermanentlyLost int `json:"permanentlyLost"`
	// StaleReads is how many reads of acknowledged writes may find nothing.
	// Default: any number.
	StaleReads *float64 `json:"staleReads,omitempty"`
	// UnreadableAtFailover is how many acknowledged writes the surviving Region
	// may lack when it takes over.
	// Default: any number, and 0 when all was written to strongly consistent tables.
	UnreadableAtFailover *float64 `json:"unreadableAtFailover,omitempty"`
	// SplitBrainSeconds is for how long both Regions may accept writes.
	// Default: any time.
	SplitBrainSeconds *float64 `json:"splitBrainSeconds,omitempty"`
}

// DefaultTargets are used when there is no file.
func DefaultTargets() Targets { return Targets{RTOFactor: 1.15, RPOSeconds: 900} }

// ReadTargets reads a file of targets; what it leaves out has its default.
// Unknown fields are errors.
func ReadTargets(path string) (Targets, error) {
	t := DefaultTargets()
	file, err := os.ReadFile(path) //nolint:gosec // the caller's own file
	if err != nil {
		return t, fmt.Errorf("read the targets: %w", err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(file)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&t); err != nil {
		return t, fmt.Errorf("read the targets in %s: %w; there are rtoFactor, rtoSeconds, rpoSeconds, permanentlyLost, staleReads, unreadableAtFailover and splitBrainSeconds", path, err)
	}
	var problems []error
	if t.RTOFactor < 1 {
		problems = append(problems, fmt.Errorf("rtoFactor must be at least 1, got %v", t.RTOFactor))
	}
	if t.RTOSeconds < 0 || t.RPOSeconds < 0 || t.PermanentlyLost < 0 {
		problems = append(problems, errors.New("rtoSeconds, rpoSeconds and permanentlyLost must not be negative"))
	}
	for name, limit := range map[string]*float64{"staleReads": t.StaleReads, "unreadableAtFailover": t.UnreadableAtFailover, "splitBrainSeconds": t.SplitBrainSeconds} {
		if limit != nil && *limit < 0 {
			problems = append(problems, fmt.Errorf("%s must not be negative, got %v", name, *limit))
		}
	}
	if len(problems) > 0 {
		return t, fmt.Errorf("the targets in %s: %w", path, errors.Join(problems...))
	}
	return t, nil
}
