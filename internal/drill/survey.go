package drill

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud"
)

// Survey is what a drill makes of a pair, before it starts anything.
type Survey struct {
	// Faults are those that the pair can have; the drill refuses the others.
	Faults []string `json:"faults"`
	// NotEmulated lists the resources and settings that the drill leaves out; empty
	// when it refuses the pair.
	NotEmulated []string `json:"notEmulated"`
	// Refusals are why the drill would not start; empty when it would.
	Refusals []string `json:"refusals"`
}

// NewSurvey surveys a pair for a drill with these options. It returns an error only
// when this machine gets in the way.
func NewSurvey(ctx context.Context, options Options) (Survey, error) {
	made, err := localcloud.NewSurvey(ctx, localcloud.Options{Assembly: options.Assembly, Clients: options.Clients, Seed: options.Seed})
	if err != nil {
		return Survey{}, fmt.Errorf("survey the pair: %w", err)
	}
	s := Survey{Faults: FaultsOf(options.Assembly), NotEmulated: made.NotEmulated, Refusals: made.Refusals}
	if err := options.checkWorkload(); err != nil {
		s.Refusals = append(s.Refusals, fmt.Sprintf("the workload does not fit the API: %v", err))
	}
	if missing := localcloud.MissingServices(options.Assembly); len(missing) > 0 && !options.choosesRequests() {
		s.Refusals = append(s.Refusals, fmt.Sprintf("functions that requests need call AWS services that the local cloud does not have:\n  %s\n"+
			"Name requests that need none of them with --workload FILE, or drill the deployed pair with --live", strings.Join(missing, "\n  ")))
	}
	return s, nil
}

// Preflight refuses what [NewSurvey] finds, before anything starts.
func (o Options) Preflight(ctx context.Context) error {
	s, err := NewSurvey(ctx, o)
	problems := []error{err}
	for _, refusal := range s.Refusals {
		problems = append(problems, errors.New(refusal))
	}
	return errors.Join(problems...)
}

// checkWorkload checks the workload against the templates.
func (o Options) checkWorkload() error {
	if pair := localcloud.Outline(o.Assembly); len(pair.Routes) > 0 && o.Load == "" {
		_, err := o.plan(apiOf(pair))
		return err
	}
	return nil
}

// Description is the document of `regionpair describe`.
type Description struct {
	SchemaVersion int                         `json:"schemaVersion"`
	Stacks        []assembly.StackDescription `json:"stacks"`
	// Drill is what a drill of this assembly leaves out, and what it refuses.
	Drill Survey `json:"drill"`
}

// Describe summarises what an assembly would deploy, and what a drill makes of it.
func Describe(ctx context.Context, a *assembly.Assembly) (Description, error) {
	s, err := NewSurvey(ctx, Options{Assembly: a})
	return Description{SchemaVersion: 1, Stacks: a.Describe(), Drill: s}, err
}
