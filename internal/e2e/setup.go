package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
)

func (s *scenario) start(ctx context.Context) (string, error) {
	root, err := os.Getwd()
	if err != nil {
		return "", err
	}
	s.venv = filepath.Join(root, ".venv")
	binary, err := installEmulator(ctx, s.venv)
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
	if err := extend(s.context); err != nil {
		return err
	}
	s.config, err = config.Load(file.Context["regionpair"], "dev")
	return err
}

func (s *scenario) regions() []string {
	return slices.Compact(slices.Sorted(slices.Values([]string{s.config.PrimaryRegion, s.config.SecondaryRegion, s.config.GlobalRegion})))
}

func (s *scenario) startEmulators(ctx context.Context, binary string) error {
	s.emulators = map[string]*emulator{}
	s.gatekeeper = newGatekeeper(s.emulators, map[string]string{s.config.PrimaryRegion: "primary", s.config.SecondaryRegion: "secondary"}, usedKeys{s.bucketKey, s.tableKey})
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
	global := s.emulators[s.config.GlobalRegion]
	if _, err := s.network.Handle("route53.amazonaws.com", egress.Endpoint{Region: global.region, Service: "aws"}, s.gatekeeper.handler(global)); err != nil {
		return err
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
	for _, host := range []string{"*." + e.region + ".amazonaws.com", "*.auth." + e.region + ".amazoncognito.com"} {
		if _, err := s.network.Handle(host, egress.Endpoint{Region: e.region, Service: "aws"}, s.gatekeeper.handler(e)); err != nil {
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
	group.Go(func() error {
		if err := s.synthesize(groupCtx); err != nil {
			return err
		}
		if err := s.synthesizeRestricted(groupCtx); err != nil {
			return err
		}
		return s.synthesizeSwapped(groupCtx)
	})
	group.Go(func() error { return s.buildTool(groupCtx) })
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
	if err := s.runApp(ctx, s.original()); err != nil {
		return err
	}
	var err error
	if s.assembly, err = assembly.Load(s.original()); err != nil {
		return err
	}
	for _, stack := range s.assembly.Stacks {
		s.resources += len(stack.Template.Resources)
	}
	s.gone, err = s.adapt()
	return err
}

// synthesizeRestricted makes the assembly of the same pair with allowedCidrs.
func (s *scenario) synthesizeRestricted(ctx context.Context) error {
	dev, err := environment(s.context)
	if err != nil {
		return err
	}
	dev["allowedCidrs"] = []any{restriction}
	defer delete(dev, "allowedCidrs")
	return s.runApp(ctx, s.restricted())
}

func (s *scenario) runApp(ctx context.Context, dir string) error {
	values, err := json.Marshal(s.context)
	if err != nil {
		return err
	}
	app := exec.CommandContext(ctx, "go", "run", ".")
	// Strict validation changes no template and takes half of the time; `make synth` has it.
	app.Env = append(os.Environ(), "CDK_VALIDATION=false", "CDK_OUTDIR="+dir, "CDK_CONTEXT_JSON="+string(values), "PATH="+s.path())
	if output, err := app.CombinedOutput(); err != nil {
		return fmt.Errorf("synthesize: %w\n%s", err, output)
	}
	return nil
}

func (s *scenario) restricted() string { return filepath.Join(s.dir, "restricted") }

func (s *scenario) swapped() string { return filepath.Join(s.dir, "swapped") }

func (s *scenario) original() string { return filepath.Join(s.dir, "assembly") }

func (s *scenario) adapted() string { return filepath.Join(s.dir, "adapted") }

func (s *scenario) adapt(changes ...change) ([]string, error) {
	return s.adaptFrom(s.original(), changes...)
}

func (s *scenario) adaptFrom(dir string, changes ...change) ([]string, error) {
	a := adapter{outputs: s.outputs, texts: map[string]string{s.config.HostedZone.ID: s.zone}, changes: changes}
	return a.adapt(dir, s.adapted())
}
