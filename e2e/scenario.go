package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
)

// scenario is what is deployed and where.
type scenario struct {
	dir, tools string
	context    map[string]any // of cdk.json
	config     config.Config
	network    *egress.Network
	emulators  map[string]*emulator // by Region
	assembly   *assembly.Assembly
	resources  int
	gone       []string
	outputs    map[string]string // by <stack>/<output>
	zone       string
	before     map[string][]string // what a Region holds before the first deployment
	replicas   map[string][]string // names of the secrets that were carried, by Region
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
		{"the API serves in both Regions", s.checkAPIs},
		{"deploy again: no change", s.deployAgain},
		{"update", s.update},
		{"a Region deploys and serves while its peer is down", s.deployWithoutPeer},
		{"a failing update is rolled back", s.failingUpdate},
		{"destroy", s.destroy},
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
		fmt.Fprintf(progress, "%s ...\n", step.name)
		start := time.Now()
		detail, err := step.do(ctx)
		took := time.Since(start).Seconds()
		if err != nil {
			steps = append(steps, figure{Step: step.name, Seconds: took})
			return result(fmt.Errorf("%s: %w", step.name, err))
		}
		fmt.Fprintf(progress, "%7.1f s  %s\n", took, detail)
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

func (s *scenario) start(ctx context.Context) (string, error) {
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	binary, err := installEmulator(ctx, filepath.Join(root, ".venv"))
	if err != nil {
		return "", err
	}
	s.dir, s.tools = filepath.Join(root, ".build", "e2e"), filepath.Join(root, "node_modules", ".bin")
	if err := errors.Join(os.RemoveAll(s.dir), os.MkdirAll(s.dir, 0o750)); err != nil {
		return "", err
	}
	if err := s.configure(); err != nil {
		return "", err
	}
	if s.network, err = egress.New(s.dir); err != nil {
		return "", err
	}
	if err := s.startEmulators(ctx, binary); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d processes, one per Region", len(s.emulators)), s.createZone(ctx)
}

func (s *scenario) configure() error {
	text, err := os.ReadFile("cdk.json")
	if err != nil {
		return err
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(text, &file); err != nil {
		return fmt.Errorf("read cdk.json: %w", err)
	}
	s.context = file.Context
	s.config, err = config.Load(file.Context["regionpair"], "dev")
	return err
}

func (s *scenario) regions() []string {
	return slices.Compact(slices.Sorted(slices.Values([]string{s.config.PrimaryRegion, s.config.SecondaryRegion, s.config.GlobalRegion})))
}

func (s *scenario) startEmulators(ctx context.Context, binary string) error {
	s.emulators = map[string]*emulator{}
	for i, region := range s.regions() {
		e, err := startEmulator(ctx, binary, region, fmt.Sprintf("127.0.0.%d", i+2), filepath.Join(s.dir, region),
			"HTTPS_PROXY="+s.network.ProxyURL(region).String(), "SSL_CERT_FILE="+s.network.CAFile(), "AWS_CA_BUNDLE="+s.network.CAFile())
		if err != nil {
			return err
		}
		s.emulators[region] = e
		if err := s.serveRegion(e); err != nil {
			return err
		}
	}
	for _, e := range s.emulators {
		if err := e.awaitReady(ctx); err != nil {
			return err
		}
	}
	return nil
}

// serveRegion leads the public host names of a Region to its emulator: that is
// where all functions look for AWS.
func (s *scenario) serveRegion(e *emulator) error {
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(e.url())
		// The emulator tells services and buckets apart by their host names.
		r.Out.Host = r.In.Host
	}}
	for _, host := range []string{"*." + e.region + ".amazonaws.com", "*.auth." + e.region + ".amazoncognito.com"} {
		if _, err := s.network.Handle(host, egress.Endpoint{Region: e.region, Service: "aws"}, proxy); err != nil {
			return err
		}
	}
	return nil
}

// createZone makes the hosted zone that a user has before.
func (s *scenario) createZone(ctx context.Context) error {
	body := `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>` + s.config.HostedZone.Name + `</Name><CallerReference>e2e</CallerReference></CreateHostedZoneRequest>`
	_, text, err := s.emulators[s.config.GlobalRegion].call(ctx, request{service: "route53", path: "/2013-04-01/hostedzone", body: body})
	if err != nil {
		return err
	}
	var created struct {
		ID string `xml:"HostedZone>Id"`
	}
	if err := xml.Unmarshal([]byte(text), &created); err != nil || created.ID == "" {
		return fmt.Errorf("create the hosted zone: %w: %s", err, text)
	}
	s.zone = strings.TrimPrefix(created.ID, "/hostedzone/")
	return nil
}

// prepare makes what the deployment starts from. Neither needs the other, and
// both mostly wait.
func (s *scenario) prepare(ctx context.Context) (string, error) {
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.synthesize(groupCtx) })
	for _, region := range s.regions() {
		group.Go(func() error { return s.bootstrapRegion(groupCtx, region) })
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	s.before = map[string][]string{}
	for region, e := range s.emulators {
		var err error
		if s.before[region], err = e.inventory(ctx); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d resources in %d stacks; %d environments", s.resources, len(s.assembly.Stacks), len(s.emulators)), nil
}

// synthesize runs the app as the CLI would, for the processor of this machine.
func (s *scenario) synthesize(ctx context.Context) error {
	s.context["architecture"] = map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	values, err := json.Marshal(s.context)
	if err != nil {
		return err
	}
	app := exec.CommandContext(ctx, "go", "run", ".")
	// Strict validation changes no template and takes half of the time; `make synth` has it.
	app.Env = append(os.Environ(), "CDK_VALIDATION=false", "CDK_OUTDIR="+s.original(), "CDK_CONTEXT_JSON="+string(values), "PATH="+s.path())
	if output, err := app.CombinedOutput(); err != nil {
		return fmt.Errorf("synthesize: %w\n%s", err, output)
	}
	if s.assembly, err = assembly.Load(s.original()); err != nil {
		return err
	}
	for _, stack := range s.assembly.Stacks {
		s.resources += len(stack.Template.Resources)
	}
	s.gone, err = s.adapt()
	return err
}

func (s *scenario) original() string { return filepath.Join(s.dir, "assembly") }

func (s *scenario) adapted() string { return filepath.Join(s.dir, "adapted") }

func (s *scenario) adapt(changes ...change) ([]string, error) {
	a := adapter{outputs: s.outputs, texts: map[string]string{s.config.HostedZone.ID: s.zone}, changes: changes}
	return a.adapt(s.original(), s.adapted())
}

// primary and secondary come first in the assembly: the global stack depends on
// them.
func (s *scenario) primary() assembly.Stack { return s.assembly.Stacks[0] }

func (s *scenario) secondary() assembly.Stack { return s.assembly.Stacks[1] }

func (s *scenario) global() assembly.Stack { return s.assembly.Stacks[2] }

// deploy deploys the Regions side by side, which know nothing of each other,
// and then what wires them.
func (s *scenario) deploy(ctx context.Context) (string, error) {
	s.outputs = map[string]string{}
	if err := s.deployRegions(ctx); err != nil {
		return "", err
	}
	var err error
	if s.replicas, err = s.carryReplicas(ctx); err != nil {
		return "", err
	}
	if _, err := s.adapt(); err != nil {
		return "", err
	}
	if _, err := s.deployStack(ctx, s.global()); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d stacks, %d replicated secrets", len(s.assembly.Stacks), len(s.replicas[s.config.SecondaryRegion])), nil
}

func (s *scenario) deployRegions(ctx context.Context, changes ...change) error {
	if _, err := s.adapt(changes...); err != nil {
		return err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for _, stack := range s.assembly.Stacks[:2] {
		group.Go(func() error { _, err := s.deployStack(groupCtx, stack); return err })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, stack := range s.assembly.Stacks[:2] {
		state, err := s.emulators[stack.Region].stack(ctx, stack.Name)
		if err != nil {
			return err
		}
		for _, output := range state.Outputs {
			s.outputs[stack.Name+"/"+output.Key] = output.Value
		}
	}
	return nil
}

func (s *scenario) checkAPIs(ctx context.Context) (string, error) {
	for _, stack := range s.assembly.Stacks[:2] {
		if err := s.checkAPI(ctx, stack); err != nil {
			return "", err
		}
	}
	return "write, read, list, delete; a wrong token is refused; healthy", nil
}

// deployAgain deploys the same once more. The CLI has to see no change, and
// CloudFormation must not have been asked for one.
func (s *scenario) deployAgain(ctx context.Context) (string, error) {
	before, err := s.marks(ctx)
	if err != nil {
		return "", err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for _, stack := range s.assembly.Stacks {
		group.Go(func() error {
			output, err := s.deployStack(groupCtx, stack)
			if err == nil && !strings.Contains(output, "(no changes)") {
				err = fmt.Errorf("the CLI sees a change in %s:\n%s", stack.Name, output)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	after, err := s.marks(ctx)
	if err == nil && !slices.Equal(before, after) {
		err = fmt.Errorf("CloudFormation has changed a stack: %q, before %q", after, before)
	}
	return fmt.Sprintf("neither for the CLI nor in the events of %d stacks", len(after)), err
}

// marks tell every stack's last update and newest event.
func (s *scenario) marks(ctx context.Context) ([]string, error) {
	var marks []string
	for _, stack := range s.assembly.Stacks {
		e := s.emulators[stack.Region]
		state, err := e.stack(ctx, stack.Name)
		if err != nil {
			return nil, err
		}
		events, err := e.events(ctx, stack.Name)
		if err != nil {
			return nil, err
		}
		if len(events) == 0 || state.LastUpdated == "" {
			return nil, fmt.Errorf("%s has no events or was never updated", stack.Name)
		}
		marks = append(marks, strings.Join([]string{stack.Name, state.Status, state.LastUpdated, events[0].ID}, " "))
	}
	return marks, nil
}

// handlerID is the function behind the API in a Region's template.
const handlerID = "UnitHandlerFunction053B0560"

func setMemory(mebibytes int) change {
	return func(resources map[string]any) {
		if handler, exists := resources[handlerID].(map[string]any); exists {
			handler["Properties"].(map[string]any)["MemorySize"] = mebibytes
		}
	}
}

const (
	updatedMemory = 640
	aloneMemory   = 768
	brokenMemory  = 1024
)

func (s *scenario) update(ctx context.Context) (string, error) {
	if err := s.deployRegions(ctx, setMemory(updatedMemory)); err != nil {
		return "", err
	}
	for _, stack := range s.assembly.Stacks[:2] {
		if err := s.mustHaveMemory(ctx, stack, updatedMemory); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("the API's function has %d MiB in both Regions", updatedMemory), nil
}

func (s *scenario) mustHaveMemory(ctx context.Context, stack assembly.Stack, mebibytes int) error {
	e := s.emulators[stack.Region]
	ids, err := e.physicalIDs(ctx, stack.Name)
	if err != nil {
		return err
	}
	text, err := e.read(ctx, request{service: "lambda", path: "/2015-03-31/functions/" + ids[handlerID] + "/configuration"})
	if err != nil {
		return err
	}
	var function struct{ MemorySize int }
	if err := json.Unmarshal([]byte(text), &function); err != nil {
		return fmt.Errorf("read the function of %s: %w: %s", stack.Name, err, text)
	}
	if function.MemorySize != mebibytes {
		return fmt.Errorf("%s in %s has %d MiB, expected %d", ids[handlerID], stack.Name, function.MemorySize, mebibytes)
	}
	return nil
}

// patience with what would wait forever for a Region that is down.
const patience = 2 * time.Minute

// deployWithoutPeer stops the primary, and deploys and uses the secondary as if
// nothing had happened.
func (s *scenario) deployWithoutPeer(ctx context.Context) (detail string, err error) {
	primary, secondary := s.primary(), s.secondary()
	fromPrimary, err := s.token(ctx, primary)
	if err != nil {
		return "", err
	}
	down := s.emulators[primary.Region]
	defer func() { err = errors.Join(err, down.thaw()) }()
	if err := down.freeze(ctx); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if _, err := s.adapt(setMemory(aloneMemory)); err != nil {
		return "", err
	}
	if _, err := s.deployStack(ctx, secondary); err != nil {
		return "", err
	}
	if err := s.mustHaveMemory(ctx, secondary, aloneMemory); err != nil {
		return "", err
	}
	if err := s.checkAPI(ctx, secondary); err != nil {
		return "", err
	}
	a, err := s.api(ctx, secondary)
	if err != nil {
		return "", err
	}
	if err := a.expect(ctx, http.MethodGet, "/objects", fromPrimary, "", http.StatusOK, "objects"); err != nil {
		return "", fmt.Errorf("with a token of the primary: %w", err)
	}
	if err := s.checkCalls(primary.Region, secondary.Region); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s stopped, %s has %d MiB and takes tokens of both", primary.Region, secondary.Name, aloneMemory), nil
}

// checkCalls finds functions that have asked for another Region, or for a host
// that nobody serves. The global stack's are meant to ask for both Regions.
func (s *scenario) checkCalls(regions ...string) error {
	for call := range s.network.Calls() {
		if !call.Known || (slices.Contains(regions, call.Caller) && call.Region != call.Caller) {
			return fmt.Errorf("a function of %s has asked for %s", call.Caller, call.Host)
		}
	}
	return nil
}

// failingUpdate changes a function and adds what the emulator cannot create:
// CloudFormation has to undo the change.
func (s *scenario) failingUpdate(ctx context.Context) (string, error) {
	primary := s.primary()
	impossible := func(resources map[string]any) {
		if _, isRegion := resources[handlerID]; isRegion {
			resources["Impossible"] = map[string]any{"Type": "AWS::CloudWatch::Alarm", "DependsOn": []any{handlerID}, "Properties": map[string]any{
				"Metrics": []any{map[string]any{"Id": "m", "Expression": "1"}}, "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1,
			}}
		}
	}
	if _, err := s.adapt(setMemory(brokenMemory), impossible); err != nil {
		return "", err
	}
	output, err := s.deployStack(ctx, primary)
	if err == nil {
		return "", fmt.Errorf("the update was expected to fail:\n%s", output)
	}
	if !strings.Contains(output, refusals[metricMath]) {
		return "", fmt.Errorf("the update failed for another reason: %w", err)
	}
	state, err := s.emulators[primary.Region].stack(ctx, primary.Name)
	if err != nil {
		return "", err
	}
	if state.Status != "UPDATE_ROLLBACK_COMPLETE" {
		return "", fmt.Errorf("the stack is in %s, expected UPDATE_ROLLBACK_COMPLETE", state.Status)
	}
	return fmt.Sprintf("the API's function has %d MiB again", updatedMemory), s.mustHaveMemory(ctx, primary, updatedMemory)
}

// destroy takes down what wires the Regions first.
func (s *scenario) destroy(ctx context.Context) (string, error) {
	kept, err := s.retained(ctx)
	if err != nil {
		return "", err
	}
	if err := s.destroyStack(ctx, s.global()); err != nil {
		return "", err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for _, stack := range s.assembly.Stacks[:2] {
		group.Go(func() error { return s.destroyStack(groupCtx, stack) })
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	return s.checkLeftovers(ctx, kept)
}
