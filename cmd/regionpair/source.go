package main

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/spf13/cobra"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/synth"
)

// source is where the templates and functions come from: the app of the folder
// that the command runs in, or an assembly that is there already.
type source struct {
	assembly string
	context  []string
}

func (s *source) addFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&s.assembly, "assembly", "", "folder of a cloud assembly (default: synthesize the app of this folder into .build/drill)")
	flags.StringArrayVarP(&s.context, "context", "c", nil, "context for the app as KEY=VALUE, such as env=prod; may be repeated")
}

// settings returns the context by key.
func (s source) settings() (map[string]string, error) {
	settings := map[string]string{}
	var problems []error
	for _, text := range s.context {
		key, value, isPair := strings.Cut(text, "=")
		if !isPair || key == "" {
			problems = append(problems, fmt.Errorf("--context must be KEY=VALUE, such as env=prod, got %q", text))
		}
		settings[key] = value
	}
	if s.assembly != "" && len(s.context) > 0 {
		problems = append(problems, errors.New("--context is for an app that is synthesized: leave it out, or leave --assembly out"))
	}
	return settings, errors.Join(problems...)
}

func (s source) load(command *cobra.Command) (*assembly.Assembly, error) {
	if s.assembly != "" {
		return assembly.Load(s.assembly)
	}
	app, err := synth.Find(".")
	if err != nil {
		return nil, err
	}
	_, _ = fmt.Fprintf(command.ErrOrStderr(), "synthesizing the app in %s\n", app.Dir)
	return s.synthesize(command, app, nil)
}

// synthesize runs the app with further context.
func (s source) synthesize(command *cobra.Command, app synth.App, further map[string]string) (*assembly.Assembly, error) {
	settings, err := s.settings()
	if err != nil {
		return nil, err
	}
	maps.Copy(settings, further)
	folder, err := app.Synthesize(command.Context(), settings)
	if err != nil {
		return nil, err
	}
	return assembly.Load(folder)
}
