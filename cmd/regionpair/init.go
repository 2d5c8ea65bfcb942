package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"

	"github.com/regionpair/regionpair/internal/scaffold"
	"github.com/regionpair/regionpair/internal/shell"
)

func newInit() *cobra.Command {
	values := scaffold.Values{}
	tidy, asJSON := true, false
	command := &cobra.Command{
		Use:   "init FOLDER",
		Short: "Write a new app: a pair with a handler, tests and a CI workflow",
		Long: `Writes a CDK app into a new folder: the pair in main.go, a Go handler, a test that compares the templates with
snapshots, a workflow for GitHub Actions, and a README. It synthesizes, tests and drills as it is; the account, the
domain and the hosted zone are examples until you change them.` +
			exitCodes("written", "", "the folder is there already, an option is wrong, or the modules could not be resolved"),
		Example: `  regionpair init orders
  regionpair init orders --store table
  regionpair init orders --module github.com/acme/orders --domain orders.acme.com --zone acme.com --zone-id Z0123456789ABCDEFGHIJ`,
		Args: oneArgument("the folder of the new app"),
		RunE: func(command *cobra.Command, args []string) error {
			folder, err := filepath.Abs(args[0])
			if err != nil {
				return fmt.Errorf("find the folder %s: %w", args[0], err)
			}
			if err := errors.Join(complete(&values, folder), values.Check(), checkSources(values.Replace)); err != nil {
				return err
			}
			if err := scaffold.Write(folder, values); err != nil {
				return err
			}
			if tidy {
				if err := resolve(command, folder, values); err != nil {
					return err
				}
			}
			return announce(command, args[0], nextSteps(args[0], values, tidy), asJSON)
		},
	}
	flags := command.Flags()
	flags.StringVar(&values.Name, "name", "", "name of the pair and of its resource; default: the folder's name")
	flags.StringVar((*string)(&values.Store), "store", string(scaffold.StoreBucket), "where the handler keeps its documents: bucket or table")
	flags.StringVar(&values.Module, "module", "", "module path of the app; default: example.com/<name>")
	flags.StringVar(&values.Account, "account", "111122223333", "AWS account")
	flags.StringVar(&values.Domain, "domain", "", "host name of the API; default: <name>.<zone>")
	flags.StringVar(&values.Zone, "zone", "example.com", "Route 53 hosted zone of the host name")
	flags.StringVar(&values.ZoneID, "zone-id", "Z0123456789ABCDEFGHIJ", "id of the hosted zone")
	flags.StringVar(&values.Primary, "primary", "eu-west-1", "primary Region")
	flags.StringVar(&values.Secondary, "secondary", "eu-central-1", "secondary Region")
	flags.StringVar(&values.Replace, "replace", "", "folder of regionpair's own sources to use instead of a released version")
	flags.BoolVar(&tidy, "tidy", true, "resolve the app's modules with the Go tool")
	flags.BoolVar(&asJSON, "json", false, "print one JSON document")
	return command
}

// complete fills in what follows from other values.
func complete(values *scaffold.Values, folder string) error {
	if values.Name == "" {
		values.Name = strings.ToLower(filepath.Base(folder))
	}
	if values.Module == "" {
		values.Module = "example.com/" + values.Name
	}
	if values.Domain == "" {
		values.Domain = values.Name + "." + values.Zone
	}
	if values.Replace == "" {
		values.Version = released()
		return nil
	}
	var err error
	values.Replace, err = filepath.Abs(values.Replace) // go.mod would take it from the app's folder
	return err
}

const ownModule = "github.com/regionpair/regionpair"

// checkSources refuses a folder that is not regionpair's, before the Go tool does so
// about an app that is written already.
func checkSources(folder string) error {
	if folder == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(folder, "go.mod")) //nolint:gosec // the folder that was named
	if err != nil {
		return fmt.Errorf("--replace %s: there is no go.mod to read; name the folder of regionpair's sources", folder)
	}
	if found := modfile.ModulePath(text); found != ownModule {
		return fmt.Errorf("--replace %s: its go.mod is that of %q; name the folder of %s", folder, found, ownModule)
	}
	return nil
}

// released returns the version of this tool; empty when it was built from a
// checkout.
func released() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	version := info.Main.Version
	if info.Main.Path != ownModule || !semver.IsValid(version) || strings.Contains(version, "+dirty") {
		return ""
	}
	return version
}

// resolving are the arguments of the Go tool that complete go.mod.
func resolving(values scaffold.Values) [][]string {
	steps := [][]string{{"mod", "tidy"}}
	if values.Version == "" && values.Replace == "" {
		steps = append([][]string{{"get", "-tool", ownModule + "/cmd/regionpair@latest"}}, steps...)
	}
	return steps
}

// resolve lets the Go tool complete go.mod and write go.sum.
func resolve(command *cobra.Command, folder string, values scaffold.Values) error {
	_, _ = fmt.Fprintln(command.ErrOrStderr(), "resolving modules: the first time takes a minute or two")
	for _, step := range resolving(values) {
		tool := exec.CommandContext(command.Context(), "go", step...) //nolint:gosec // the steps are ours
		tool.Dir = folder
		tool.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
		if output, err := tool.CombinedOutput(); err != nil {
			return errors.Join(
				fmt.Errorf("the app is in %s, but its modules could not be resolved: go %s: %w", folder, strings.Join(step, " "), err),
				errors.New(strings.TrimSpace(string(output))),
				fmt.Errorf("run `cd %s && go mod tidy` when that is mended", shell.Quote(folder)),
			)
		}
	}
	return nil
}

// nextSteps are the commands to type.
func nextSteps(folder string, values scaffold.Values, resolved bool) []string {
	next := []string{"cd " + shell.Quote(folder)}
	if !resolved {
		for _, step := range resolving(values) {
			next = append(next, "go "+shell.Quote(step...))
		}
	}
	return append(next, "npm install", "UPDATE_SNAPSHOTS=1 go test ./...", "go tool regionpair drill --workload workload.json")
}

func announce(command *cobra.Command, folder string, next []string, asJSON bool) error {
	if asJSON {
		return printJSON(command.OutOrStdout(), scaffold.Written{SchemaVersion: 1, Folder: folder, Next: next})
	}
	_, err := fmt.Fprintf(command.OutOrStdout(), "Wrote a new app to %s. Next:\n\n  %s\n", folder, strings.Join(next, "\n  "))
	return err
}
