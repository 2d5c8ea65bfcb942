package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/synth"
)

// bothDurabilities drills an app twice, with each durability of its objects.
const bothDurabilities = "both"

var durabilities = []string{string(config.DurabilityAsync), string(config.DurabilitySync)}

func (f drillFlags) checkDurability() error {
	switch {
	case f.durability == "":
		return nil
	case !slices.Contains(append(slices.Clone(durabilities), bothDurabilities), f.durability):
		return fmt.Errorf("--durability must be %s or %s, got %q", strings.Join(durabilities, ", "), bothDurabilities, f.durability)
	case f.assembly != "":
		return fmt.Errorf("--durability is for an app that is synthesized: leave it out, or leave --assembly out")
	}
	return nil
}

// subject is what is drilled.
type subject struct {
	*assembly.Assembly
	durability string
}

func newSubject(a *assembly.Assembly) subject {
	if localcloud.Outline(a).Synchronous {
		return subject{a, string(config.DurabilitySync)}
	}
	return subject{a, string(config.DurabilityAsync)}
}

// subjects are the assemblies to drill: one with the durability that was asked for
// or configured, or one with each. What a lost Region takes along depends on
// nothing as much as on that, so this fault alone is drilled with both unless the
// app can have one only.
func (f drillFlags) subjects(command *cobra.Command) ([]subject, error) {
	switch f.durability {
	case "":
		return f.ownSubjects(command)
	case bothDurabilities:
		list := []subject{}
		for _, durability := range durabilities {
			one, err := f.withDurability(command, durability)
			if err != nil {
				return nil, err
			}
			list = append(list, one)
		}
		return list, nil
	}
	one, err := f.withDurability(command, f.durability)
	return []subject{one}, err
}

func (f drillFlags) ownSubjects(command *cobra.Command) ([]subject, error) {
	a, err := f.load(command)
	if err != nil {
		return nil, err
	}
	list := []subject{newSubject(a)}
	if f.assembly != "" || len(f.faults) != 1 || !drill.FaultOf(f.faults[0]).Permanent || !drill.HasObjects(a) {
		return list, nil
	}
	if app, err := synth.Find("."); err != nil || !app.HasContext("regionpair") {
		return list, nil //nolint:nilerr // the app is configured in its own way
	}
	for _, durability := range durabilities {
		if durability == list[0].durability {
			continue
		}
		other, err := f.withDurability(command, durability)
		if err != nil {
			_, _ = fmt.Fprintf(command.ErrOrStderr(), "it is drilled as it is configured only: %v\n", err)
			return list, command.Context().Err()
		}
		list = append(list, other)
	}
	slices.SortFunc(list, func(a, b subject) int { return strings.Compare(a.durability, b.durability) })
	return list, nil
}

// withDurability synthesizes the app with another storage.durability.
func (f drillFlags) withDurability(command *cobra.Command, durability string) (subject, error) {
	app, err := synth.Find(".")
	if err != nil {
		return subject{}, err
	}
	app.Variant = durability
	_, _ = fmt.Fprintf(command.ErrOrStderr(), "synthesizing the app in %s with storage.durability %q\n", app.Dir, durability)
	a, err := f.synthesize(command, app, map[string]string{"durability": durability})
	if err != nil {
		return subject{}, err
	}
	if made := newSubject(a); made.durability == durability {
		return made, nil
	}
	return subject{}, fmt.Errorf("the app in %s does not heed the context key durability, so its objects are not %q: read its configuration with config.FromContext, "+
		"or change it and leave --durability out", app.Dir, durability)
}

// named tells progress which of several durabilities it is about.
type named struct {
	drill.Progress
	durability string
}

// Begin implements drill.Progress.
func (n named) Begin(fault string, seed uint64) { n.Progress.Begin(fault+", "+n.durability, seed) }

// Done implements drill.Progress.
func (n named) Done(result drill.Result) {
	result.Fault += ", " + n.durability
	n.Progress.Done(result)
}
