package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/operate"
)

func (s *scenario) buildTool(ctx context.Context) error {
	command := exec.CommandContext(ctx, "go", "build", "-o", s.toolFile(), "./cmd/regionpair") //nolint:gosec // a folder of ours
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("build the command-line tool: %w\n%s", err, output)
	}
	return nil
}

func (s *scenario) toolFile() string { return filepath.Join(s.dir, "regionpair") }

// answer of a command.
type answer struct {
	exit   int
	stdout string
}

// tool runs a command with an access key that the gatekeeper knows.
func (s *scenario) tool(ctx context.Context, accessKey string, args ...string) (answer, error) {
	command := exec.CommandContext(ctx, s.toolFile(), append(args, "--config", filepath.Join(s.dir, "cdk.json"))...) //nolint:gosec // just built
	command.Env = cleanEnviron("HTTPS_PROXY="+s.network.ProxyURL("tool").String(), "SSL_CERT_FILE="+s.network.CAFile(), "AWS_REGION="+s.config.GlobalRegion,
		"AWS_ACCESS_KEY_ID="+accessKey, "AWS_SECRET_ACCESS_KEY=any", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		// Nobody answers DNS here.
		"REGIONPAIR_RESOLVER=127.0.0.1:9", "REGIONPAIR_NAME_SERVERS=127.0.0.1:9")
	var stdout, stderr strings.Builder
	command.Stdout, command.Stderr = &stdout, &stderr
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || stderr.Len() > 0 {
		return answer{}, fmt.Errorf("regionpair %s: %w\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return answer{command.ProcessState.ExitCode(), stdout.String()}, nil
}

// readerKey is the access key of a reader.
const readerKey = "AKIAREADER"

// useTool runs the commands that only read, with exactly the policy that the tool
// prints for readers.
func (s *scenario) useTool(ctx context.Context) (string, error) {
	if err := s.serveName(ctx, s.primary()); err != nil {
		return "", err
	}
	if err := s.writeToolConfig(); err != nil {
		return "", err
	}
	policy, err := s.tool(ctx, "nobody", "iam", operate.RoleReader)
	if err != nil {
		return "", err
	}
	if err := s.gatekeeper.admit(readerKey, operate.RoleReader, policy.stdout); err != nil {
		return "", err
	}
	// A check of readiness tries to write what is written already.
	s.gatekeeper.expect(operate.RoleReader + " may not ssm:PutParameter on arn:aws:ssm:" + s.secondary().Region + ":" + account + ":parameter" + s.outputs[s.secondary().Name+"/SwitchParameter"])
	for _, command := range []struct {
		args    []string
		mustFit func(answer) error
	}{
		// Nothing is on its way here, however fast the machine is.
		{[]string{"status"}, s.checkStatus}, {[]string{"history"}, checkHistory}, {[]string{"verify", "--grace", "0s"}, checkVerify}, {[]string{"readiness"}, checkReadiness},
	} {
		if err := s.awaitAnswer(ctx, readerKey, command.args, command.mustFit); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("status, history, verify and readiness, as a reader; %d checks are not ok here, each with its reason", len(notReady)), nil
}

// awaitAnswer repeats a command whose answer does not fit: on a machine that is
// busy the emulators do not answer within the time that the tool gives them.
func (s *scenario) awaitAnswer(ctx context.Context, key string, command []string, mustFit func(answer) error) error {
	for began := time.Now(); ; {
		a, err := s.tool(ctx, key, append(slices.Clip(command), "--json")...)
		if err != nil {
			return err
		}
		problem := mustFit(a)
		if problem == nil {
			return nil
		}
		if time.Since(began) > patience {
			return fmt.Errorf("regionpair %s, again and again for %s: %w", strings.Join(command, " "), patience, problem)
		}
	}
}

// writeToolConfig writes the configuration of what is deployed.
func (s *scenario) writeToolConfig() error {
	text, err := json.Marshal(map[string]any{"context": s.context})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.dir, "cdk.json"), text, 0o600)
}

func (s *scenario) checkStatus(a answer) error {
	var status struct {
		Serving string
		Regions []struct {
			Region      string
			Silent      bool
			Health      struct{ Status string }
			API         struct{ Region string }
			Switch      string
			Certificate struct{ Status string }
		}
	}
	if err := json.Unmarshal([]byte(a.stdout), &status); err != nil {
		return err
	}
	if status.Serving != s.config.PrimaryRegion || len(status.Regions) != len(s.regionStacks()) {
		return fmt.Errorf("%s serves, expected %s", status.Serving, s.config.PrimaryRegion)
	}
	for _, region := range status.Regions {
		if region.Silent || region.Health.Status == "" || region.Health.Status == "unhealthy" || region.API.Region != region.Region || region.Switch != "off" || region.Certificate.Status != "ISSUED" {
			return fmt.Errorf("%s is not what was expected: %+v", region.Region, region)
		}
	}
	return nil
}

func checkHistory(a answer) error {
	var history struct{ Switches []struct{ Action string } }
	if err := json.Unmarshal([]byte(a.stdout), &history); err != nil {
		return err
	}
	if a.exit != operate.ExitYes || len(history.Switches) != 1 || history.Switches[0].Action != "deployed" {
		return errors.New("expected the deployment alone")
	}
	return nil
}

// checkVerify expects differences, because nobody copies objects between the
// processes. Whether they are conflicts depends on when they were written.
func checkVerify(a answer) error {
	var verified struct {
		Keys   int
		Counts map[string]int
	}
	if err := json.Unmarshal([]byte(a.stdout), &verified); err != nil {
		return err
	}
	if verified.Keys == 0 || verified.Counts["older"]+verified.Counts["conflict"] == 0 {
		return errors.New("expected objects that differ, which nobody copies here")
	}
	return nil
}
