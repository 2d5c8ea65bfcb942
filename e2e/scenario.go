package main

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
)

// scenario is what is deployed and where.
type scenario struct {
	dir      string
	network  *egress.Network
	emulator *emulator
	assembly *assembly.Assembly
	gone     []string
	outputs  map[string]string // by <stack>/<output>
}

type step struct {
	name string
	do   func(context.Context) (string, error)
}

func (s *scenario) steps() []step {
	return []step{
		{"install and start the emulator", s.start},
		{"synthesize for this machine", s.synthesize},
		{"what is left out is refused", s.checkLeftOut},
		{"bootstrap", s.bootstrap},
		{"deploy", func(ctx context.Context) (string, error) { return s.deployAll(ctx) }},
		{"replication rules and issuers are set", s.checkPairing},
		{"the API serves", s.checkAPI},
		{"deploy again: no change", s.deployAgain},
		{"update", s.update},
		{"a failing update is rolled back", s.failingUpdate},
		{"destroy", s.destroy},
	}
}

func (s *scenario) close() {
	s.emulator.close()
	if s.network != nil {
		s.network.Close()
	}
}

func (s *scenario) start(ctx context.Context) (string, error) {
	var err error
	if s.dir, err = filepath.Abs(".build/e2e"); err != nil {
		return "", err
	}
	if err := errors.Join(os.RemoveAll(s.dir), os.MkdirAll(s.dir, 0o750)); err != nil {
		return "", err
	}
	if s.network, err = egress.New(s.dir); err != nil {
		return "", err
	}
	venv, err := filepath.Abs(".venv")
	if err != nil {
		return "", err
	}
	binary, err := installEmulator(ctx, venv)
	if err != nil {
		return "", err
	}
	s.emulator, err = startEmulator(ctx, binary, "eu-west-1", s.dir, []string{
		"HTTPS_PROXY=" + s.network.ProxyURL("functions").String(), "SSL_CERT_FILE=" + s.network.CAFile(), "AWS_CA_BUNDLE=" + s.network.CAFile(),
	})
	if err == nil {
		err = s.createZone(ctx)
	}
	return "one process for all Regions", err
}

// createZone makes the hosted zone that a user has before.
func (s *scenario) createZone(ctx context.Context) error {
	body := `<CreateHostedZoneRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Name>example.com</Name><CallerReference>e2e</CallerReference></CreateHostedZoneRequest>`
	_, text, err := s.emulator.call(ctx, "us-east-1", "route53", http.MethodPost, "/2013-04-01/hostedzone", body)
	if err != nil {
		return err
	}
	var created struct {
		ID string `xml:"HostedZone>Id"`
	}
	if err := xml.Unmarshal([]byte(text), &created); err != nil || created.ID == "" {
		return fmt.Errorf("create the hosted zone: %w: %s", err, text)
	}
	s.outputs = map[string]string{exampleZone: strings.TrimPrefix(created.ID, "/hostedzone/")}
	return nil
}

// synthesize runs the app as the CLI would, for the processor of this machine.
func (s *scenario) synthesize(ctx context.Context) (string, error) {
	text, err := os.ReadFile("cdk.json")
	if err != nil {
		return "", err
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(text, &file); err != nil {
		return "", err
	}
	file.Context["architecture"] = map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	values, err := json.Marshal(file.Context)
	if err != nil {
		return "", err
	}
	app := exec.CommandContext(ctx, "go", "run", ".")
	app.Env = append(os.Environ(), "CDK_OUTDIR="+s.original(), "CDK_CONTEXT_JSON="+string(values))
	if output, err := app.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, output)
	}
	if s.assembly, err = assembly.Load(s.original()); err != nil {
		return "", err
	}
	resources := 0
	for _, stack := range s.assembly.Stacks {
		resources += len(stack.Template.Resources)
		if err := s.serveRegion(stack.Region); err != nil {
			return "", err
		}
	}
	s.gone, err = adapt(s.original(), s.adapted(), s.outputs)
	return fmt.Sprintf("%d resources in %d stacks", resources, len(s.assembly.Stacks)), err
}

func (s *scenario) original() string { return filepath.Join(s.dir, "assembly") }

func (s *scenario) adapted() string { return filepath.Join(s.dir, "adapted") }

// serveRegion leads the public host names of a Region to the emulator: that is
// where the functions look for AWS.
func (s *scenario) serveRegion(region string) error {
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(s.emulator.url())
		// The emulator tells services and buckets apart by their host names.
		r.Out.Host = r.In.Host
	}}
	for _, host := range []string{"*." + region + ".amazonaws.com", "*.auth." + region + ".amazoncognito.com"} {
		if _, err := s.network.Handle(host, egress.Endpoint{Region: region, Service: "aws"}, proxy); err != nil {
			return err
		}
	}
	return nil
}

// checkLeftOut asks the emulator about every type on the list: one that it
// accepts must not be on it.
func (s *scenario) checkLeftOut(ctx context.Context) (string, error) {
	for kind := range leftOut {
		template := `{"Resources":{"R":{"Type":"` + kind + `","Properties":{}}}}`
		form := url.Values{"Action": {"CreateStack"}, "StackName": {"probe"}, "TemplateBody": {template}}
		_, answer, err := s.emulator.call(ctx, "eu-west-1", "cloudformation", http.MethodPost, "/", form.Encode())
		if err != nil {
			return "", err
		}
		if !strings.Contains(answer, kind) || !strings.Contains(answer, "Unrecognized resource type") {
			return "", fmt.Errorf("%s is on the list of what is left out, and the emulator does not refuse it: %s", kind, answer)
		}
	}
	for _, line := range s.gone {
		fmt.Fprintln(os.Stderr, "           left out:", line)
	}
	return fmt.Sprintf("%d types, %d resources with what refers to them", len(leftOut), len(s.gone)), nil
}

// cdk runs the real CLI against the emulator.
func (s *scenario) cdk(ctx context.Context, region string, args ...string) (string, error) {
	cli, err := filepath.Abs("node_modules/.bin/cdk")
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, cli, append(args, "--app", s.adapted())...) //nolint:gosec // the pinned CLI
	command.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+s.emulator.url().String(), "AWS_ACCESS_KEY_ID="+account, "AWS_SECRET_ACCESS_KEY=local",
		"AWS_REGION="+region, "AWS_DEFAULT_REGION="+region, "PATH="+filepath.Dir(cli)+string(os.PathListSeparator)+os.Getenv("PATH"))
	output, err := command.CombinedOutput()
	return string(output), err
}

func (s *scenario) bootstrap(ctx context.Context) (string, error) {
	for _, stack := range s.assembly.Stacks {
		if output, err := s.cdk(ctx, stack.Region, "bootstrap", "aws://"+account+"/"+stack.Region); err != nil {
			return "", fmt.Errorf("%s: %w\n%s", stack.Region, err, output)
		}
	}
	return "three environments", nil
}

// deployAll deploys stack by stack: the outputs of one are needed in the next.
func (s *scenario) deployAll(ctx context.Context, changes ...change) (string, error) {
	unchanged := 0
	for _, stack := range s.assembly.Stacks {
		if _, err := adapt(s.original(), s.adapted(), s.outputs, changes...); err != nil {
			return "", err
		}
		output, err := s.cdk(ctx, stack.Region, "deploy", "--exclusively", stack.Name, "--require-approval", "never", "--progress", "events")
		if err != nil {
			return "", fmt.Errorf("%s: %w\n%s", stack.Name, err, output)
		}
		if strings.Contains(output, "(no changes)") {
			unchanged++
		}
		if err := s.readOutputs(ctx, stack); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d stacks, %d of them without a change", len(s.assembly.Stacks), unchanged), nil
}

// stackDescription is what CloudFormation says about a stack.
type stackDescription struct {
	Status  string `xml:"DescribeStacksResult>Stacks>member>StackStatus"`
	Outputs []struct {
		Key   string `xml:"OutputKey"`
		Value string `xml:"OutputValue"`
	} `xml:"DescribeStacksResult>Stacks>member>Outputs>member"`
}

func (s *scenario) describe(ctx context.Context, stack assembly.Stack) (stackDescription, error) {
	form := url.Values{"Action": {"DescribeStacks"}, "StackName": {stack.Name}}
	_, text, err := s.emulator.call(ctx, stack.Region, "cloudformation", http.MethodPost, "/", form.Encode())
	if err != nil {
		return stackDescription{}, err
	}
	var d stackDescription
	return d, xml.Unmarshal([]byte(text), &d)
}

func (s *scenario) readOutputs(ctx context.Context, stack assembly.Stack) error {
	d, err := s.describe(ctx, stack)
	if err != nil {
		return err
	}
	for _, output := range d.Outputs {
		s.outputs[stack.Name+"/"+output.Key] = output.Value
	}
	return nil
}

func (s *scenario) deployAgain(ctx context.Context) (string, error) {
	detail, err := s.deployAll(ctx)
	if err == nil && !strings.Contains(detail, "3 of them without a change") {
		err = fmt.Errorf("a second deployment of the same assembly changes something: %s", detail)
	}
	return detail, err
}

const newMemory = 640

func setMemory(memory any) change {
	return func(resources map[string]any) {
		if handler, exists := resources[handlerID].(map[string]any); exists {
			handler["Properties"].(map[string]any)["MemorySize"] = memory
		}
	}
}

const handlerID = "UnitHandlerFunction053B0560"

func (s *scenario) update(ctx context.Context) (string, error) {
	if _, err := s.deployAll(ctx, setMemory(newMemory)); err != nil {
		return "", err
	}
	return s.mustHaveMemory(ctx)
}

func (s *scenario) mustHaveMemory(ctx context.Context) (string, error) {
	_, text, err := s.emulator.call(ctx, s.assembly.Stacks[0].Region, "lambda", http.MethodGet, "/2015-03-31/functions/?MaxItems=100", "")
	if err != nil {
		return "", err
	}
	var list struct {
		Functions []struct {
			FunctionName string
			MemorySize   int
		}
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return "", fmt.Errorf("read the functions: %w: %s", err, text)
	}
	for _, f := range list.Functions {
		if strings.Contains(f.FunctionName, handlerID[:20]) && strings.HasPrefix(f.FunctionName, s.assembly.Stacks[0].Name) {
			if f.MemorySize != newMemory {
				return "", fmt.Errorf("%s has %d MiB, expected %d", f.FunctionName, f.MemorySize, newMemory)
			}
			return fmt.Sprintf("%s has %d MiB", f.FunctionName, f.MemorySize), nil
		}
	}
	return "", fmt.Errorf("there is no function %s: %s", handlerID, text)
}

// failingUpdate changes a function and adds what the emulator cannot create:
// CloudFormation has to undo the change.
func (s *scenario) failingUpdate(ctx context.Context) (string, error) {
	primary := s.assembly.Stacks[0]
	fails := func(resources map[string]any) {
		if _, isRegion := resources[handlerID]; isRegion {
			resources["Impossible"] = map[string]any{"Type": "AWS::CloudWatch::Alarm", "DependsOn": []any{handlerID}, "Properties": map[string]any{
				"Metrics": []any{map[string]any{"Id": "m", "Expression": "1"}}, "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 1,
			}}
		}
	}
	if _, err := adapt(s.original(), s.adapted(), s.outputs, setMemory(1024), fails); err != nil {
		return "", err
	}
	if output, err := s.cdk(ctx, primary.Region, "deploy", "--exclusively", primary.Name, "--require-approval", "never"); err == nil {
		return "", fmt.Errorf("the update was expected to fail:\n%s", output)
	}
	d, err := s.describe(ctx, primary)
	if err != nil {
		return "", err
	}
	if d.Status != "UPDATE_ROLLBACK_COMPLETE" {
		return "", fmt.Errorf("the stack is in %s, expected UPDATE_ROLLBACK_COMPLETE", d.Status)
	}
	return s.mustHaveMemory(ctx)
}

func (s *scenario) destroy(ctx context.Context) (string, error) {
	for _, stack := range slices.Backward(s.assembly.Stacks) {
		if output, err := s.cdk(ctx, stack.Region, "destroy", "--exclusively", stack.Name, "--force"); err != nil {
			return "", fmt.Errorf("%s: %w\n%s", stack.Name, err, output)
		}
		if d, err := s.describe(ctx, stack); err == nil && d.Status != "" && d.Status != "DELETE_COMPLETE" {
			return "", fmt.Errorf("%s is still there, in %s", stack.Name, d.Status)
		}
	}
	return s.checkLeftovers(ctx)
}
