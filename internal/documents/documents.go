// Package documents lists the JSON documents that the command-line tool prints,
// and makes their JSON Schemas from their Go types. Run "go generate
// ./internal/documents" after a change of a type.
package documents

//go:generate go run ./gen ../..

import (
	"fmt"
	"reflect"

	"github.com/regionpair/regionpair/internal/cost"
	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/operate"
	"github.com/regionpair/regionpair/internal/rehearsal"
	"github.com/regionpair/regionpair/internal/scaffold"
	"github.com/regionpair/regionpair/internal/simulate"
)

// Document is what one or more commands print with --json.
type Document struct {
	// Name of the schema's file, without its ending.
	Name string
	// Commands that print it.
	Commands []string
	// Type that is printed.
	Type reflect.Type
}

// All documents, by name.
func All() []Document {
	return []Document{
		{"change", []string{"failover", "failback", "hold", "release"}, reflect.TypeFor[operate.Result]()},
		{"cost", []string{"cost"}, reflect.TypeFor[cost.Report]()},
		{"describe", []string{"describe"}, reflect.TypeFor[drill.Description]()},
		{"drill", []string{"drill", "drill --live"}, reflect.TypeFor[drill.Document]()},
		{"history", []string{"history"}, reflect.TypeFor[operate.HistoryDocument]()},
		{"init", []string{"init"}, reflect.TypeFor[scaffold.Written]()},
		{"readiness", []string{"readiness"}, reflect.TypeFor[operate.Readiness]()},
		{"simulate", []string{"simulate"}, reflect.TypeFor[simulate.Recovery]()},
		{"status", []string{"status"}, reflect.TypeFor[operate.Status]()},
		{"up", []string{"up"}, reflect.TypeFor[rehearsal.Ready]()},
		{"up-calls", []string{"up: calls"}, reflect.TypeFor[rehearsal.Calls]()},
		{"up-done", []string{"up: fault", "up: heal", "up: switch", "up: break", "up: mend"}, reflect.TypeFor[rehearsal.Done]()},
		{"up-help", []string{"up: help", "up: list"}, reflect.TypeFor[rehearsal.Help]()},
		{"up-status", []string{"up: status"}, reflect.TypeFor[rehearsal.Status]()},
		{"verify", []string{"verify"}, reflect.TypeFor[operate.Verification]()},
	}
}

// Of returns the document that a command prints.
func Of(command string) (Document, error) {
	for _, d := range All() {
		for _, printed := range d.Commands {
			if printed == command {
				return d, nil
			}
		}
	}
	return Document{}, fmt.Errorf("`regionpair %s` prints no JSON document", command)
}

// File of the schema, in the folder of all schemas.
func (d Document) File() string { return d.Name + ".schema.json" }
