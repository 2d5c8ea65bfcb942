package drill

import (
	"fmt"
	"os"
	"reflect"

	"github.com/regionpair/regionpair/internal/strict"
)

// Targets decide whether a drill is passed.
type Targets struct {
	// RTOFactor is how many times the bound that the configuration implies the
	// client-observed recovery time may be.
	// Default: 1.15.
	RTOFactor float64 `json:"rtoFactor" min:"1" why:"1 is the bound itself"`
	// RTOSeconds is an absolute limit in addition; 0 means none.
	RTOSeconds float64 `json:"rtoSeconds" min:"0" why:"0 means no such limit"`
	// RPOSeconds is how long the window of acknowledged writes may be that the
	// surviving Region cannot serve at failover; 0 allows no such write.
	// Default: 900, the time that S3 replication time control promises.
	RPOSeconds float64 `json:"rpoSeconds" min:"0" why:"0 allows no unreadable write"`
	// PermanentlyLost is how many acknowledged writes may be missing after
	// failback.
	// Default: 0.
	PermanentlyLost int `json:"permanentlyLost" min:"0"`
	// StaleReads is how many reads of acknowledged writes may find nothing.
	// Default: any number.
	StaleReads *float64 `json:"staleReads,omitempty" min:"0"`
	// UnreadableAtFailover is how many acknowledged writes the surviving Region
	// may lack when it takes over.
	// Default: any number, and 0 when all was written to strongly consistent tables.
	UnreadableAtFailover *float64 `json:"unreadableAtFailover,omitempty" min:"0"`
	// SplitBrainSeconds is for how long both Regions may accept writes.
	// Default: any time.
	SplitBrainSeconds *float64 `json:"splitBrainSeconds,omitempty" min:"0"`
}

// DefaultTargets are used when there is no file.
func DefaultTargets() Targets { return Targets{RTOFactor: 1.15, RPOSeconds: 900} }

// ReadTargets reads a file of targets; what it leaves out has its default. The error
// lists every problem of the file.
func ReadTargets(path string) (Targets, error) {
	t, reader := DefaultTargets(), &strict.Reader{}
	file, err := os.ReadFile(path) //nolint:gosec // the caller's own file
	if err != nil {
		return t, fmt.Errorf("read the targets: %w", err)
	}
	document, err := reader.Parse(file)
	if err == nil {
		if object, ok := reader.Object(strict.At("targets"), document); ok {
			reader.Fields(nil, reflect.ValueOf(&t).Elem(), object)
		}
		err = reader.Err(reflect.TypeFor[Targets]())
	}
	if err != nil {
		return t, fmt.Errorf("the targets in %s: %w", path, err)
	}
	return t, nil
}
