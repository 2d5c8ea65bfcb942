package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/regionpair/regionpair/internal/assembly"
)

// cdk runs the real CLI against the emulator of a Region.
func (s *scenario) cdk(ctx context.Context, region string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, filepath.Join(s.tools, "cdk"), append(args, "--no-notices")...) //nolint:gosec // the pinned CLI
	// Away from cdk.json: the assembly is made already.
	command.Dir = s.dir
	command.WaitDelay = time.Second
	command.Env = cleanEnviron("AWS_ENDPOINT_URL="+s.emulators[region].url().String(), "AWS_ACCESS_KEY_ID="+account, "AWS_SECRET_ACCESS_KEY="+root.SecretAccessKey,
		"AWS_REGION="+region, "AWS_DEFAULT_REGION="+region, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull,
		"CDK_HOME="+s.dir, "CDK_DISABLE_CLI_TELEMETRY=true", "PATH="+s.path())
	output, err := command.CombinedOutput()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return string(output), fmt.Errorf("cdk %v in %s: %w\n%s", args, region, err, output)
	}
	return string(output), nil
}

// path finds the pinned Node.js first.
func (s *scenario) path() string {
	return s.tools + string(os.PathListSeparator) + os.Getenv("PATH")
}

func (s *scenario) bootstrapRegion(ctx context.Context, region string) error {
	_, err := s.cdk(ctx, region, "bootstrap", "aws://"+account+"/"+region)
	return err
}

func (s *scenario) deployStack(ctx context.Context, stack assembly.Stack) (string, error) {
	s.gatekeeper.forget()
	return s.cdk(ctx, stack.Region, "deploy", "--exclusively", stack.Name, "--app", s.adapted(), "--require-approval", "never", "--progress", "events")
}

func (s *scenario) destroyStack(ctx context.Context, stack assembly.Stack) error {
	_, err := s.cdk(ctx, stack.Region, "destroy", "--exclusively", stack.Name, "--app", s.adapted(), "--force")
	return err
}
