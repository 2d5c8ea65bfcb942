package main

import (
	"encoding/json"
	"fmt"
	"io"
)

const schemaVersion = 1

// report is the result of a run, also of one that failed.
type report struct {
	SchemaVersion int      `json:"schemaVersion"`
	Steps         []figure `json:"steps"`
	// Resources of all templates, before anything was left out.
	Resources int      `json:"resources"`
	LeftOut   []string `json:"leftOut"`
	Passed    bool     `json:"passed"`
	Error     string   `json:"error,omitempty"`
}

// figure is how long a step took.
type figure struct {
	Step    string  `json:"step"`
	Seconds float64 `json:"seconds"`
	Detail  string  `json:"detail,omitempty"`
}

func (r report) write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}
