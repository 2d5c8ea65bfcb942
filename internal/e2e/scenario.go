package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
)

// scenario is what is deployed and where.
type scenario struct {
	dir, tools string
	venv       string         // of Python
	context    map[string]any // of cdk.json
	config     config.Config
	network    *egress.Network
	emulators  map[string]*emulator // by Region
	gatekeeper *gatekeeper
	assembly   *assembly.Assembly
	resources  int
	gone       []string
	outputs    map[string]string // by <stack>/<output>
	zone       string
	before     map[string][]string // what a Region holds before the first deployment
	replicas   map[string][]string // names of the secrets that were carried, by Region
	held       map[string]string   // tokens from before the swap of the roles, by Region
	leftBehind map[string][]string // what the swap has left, by Region
	granted    map[grant]bool      // in the first deployment, and whether it was used
	kept       kept                // what outlives the stacks
}

type step struct {
	name string
	do   func(context.Context) (string, error)
}

func (s *scenario) steps() []step {
	return []step{
		{"install and start the emulators", s.start},
		{"synthesize for this machine, bootstrap meanwhile", s.prepare},
		{"what is left out is refused", s.checkLeftOut},
		{"deploy", s.deploy},
		{"replication rules and issuers are set", s.checkPairing},
		{"the table is there, and the function may use it", s.checkTable},
		{"the API serves in both Regions", s.checkAPIs},
		{"an OAuth client in Python", s.callWithAuthlib},
		{"roles are enforced", s.checkEnforced},
		{"deploy again: no change", s.deployAgain},
		{"update", s.update},
		{"a Region deploys and serves while its peer is down", s.deployWithoutPeer},
		{"a failing update is rolled back", s.failingUpdate},
		{"a second global stack", s.secondGlobalStack},
		{"moved constructs", s.moveConstructs},
		{"schedules run", s.runSchedules},
		{"a secret is rotated", s.rotate},
		{"commands that read", s.useTool},
		{"allowedCidrs keeps clients out", s.restrict},
		{"the roles are swapped, and allowedCidrs is removed", s.swapRoles},
		{"write down what is to be kept", s.writeDown},
		{"destroy", s.destroy},
		{"deploy again where something was kept, with durability sync", s.deployOverKept},
		{"objects are in both Regions at once", s.checkSynchronousObjects},
		{"permissions are used", s.checkPermissions},
	}
}

// run goes through the steps. The report is complete as far as they came.
func (s *scenario) run(ctx context.Context, progress io.Writer) (report, error) {
	steps := []figure{}
	result := func(err error) (report, error) {
		r := report{SchemaVersion: schemaVersion, Steps: steps, Resources: s.resources, LeftOut: append([]string{}, s.gone...), Passed: err == nil}
		if err != nil {
			r.Error = err.Error()
		}
		return r, err
	}
	for _, step := range s.steps() {
		_, _ = fmt.Fprintf(progress, "%s ...\n", step.name)
		start := time.Now()
		detail, err := step.do(ctx)
		err = errors.Join(err, s.gatekeeper.complaint())
		took := time.Since(start).Seconds()
		if err != nil {
			steps = append(steps, figure{Step: step.name, Seconds: took})
			return result(fmt.Errorf("%s: %w", step.name, err))
		}
		_, _ = fmt.Fprintf(progress, "%7.1f s  %s\n", took, detail)
		steps = append(steps, figure{step.name, took, detail})
	}
	return result(nil)
}

func (s *scenario) close() {
	for _, e := range s.emulators {
		e.close()
	}
	if s.network != nil {
		s.network.Close()
	}
}

// primary and secondary come first in the assembly: the global stack depends on
// them.
func (s *scenario) primary() assembly.Stack { return s.assembly.Stacks[0] }

func (s *scenario) secondary() assembly.Stack { return s.assembly.Stacks[1] }

func (s *scenario) regionStacks() []assembly.Stack { return s.assembly.Stacks[:2] }

// afterwards are the stacks that come after the Regions'; neither needs the other.
func (s *scenario) afterwards() []assembly.Stack { return s.assembly.Stacks[2:] }

func (s *scenario) data() assembly.Stack { return s.named(s.config.DataStackName()) }

func (s *scenario) named(name string) assembly.Stack {
	at := slices.IndexFunc(s.assembly.Stacks, func(stack assembly.Stack) bool { return stack.Name == name })
	return s.assembly.Stacks[at]
}

func (s *scenario) checkAPIs(ctx context.Context) (string, error) {
	for _, stack := range s.regionStacks() {
		if err := s.checkAPI(ctx, stack); err != nil {
			return "", err
		}
	}
	return "write, read, list, delete; a wrong token is refused; healthy", nil
}
