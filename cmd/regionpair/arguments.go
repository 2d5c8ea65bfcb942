package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// noArguments is for commands that take options only. The value of an option that
// can do without one looks like an argument.
func noArguments(command *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	command.Flags().Visit(func(flag *pflag.Flag) {
		if flag.NoOptDefVal != "" && flag.Value.Type() != "bool" {
			hint = fmt.Sprintf("; a value of --%s needs \"=\": --%s=%s", flag.Name, flag.Name, args[0])
		}
	})
	return fmt.Errorf("%s takes options only, got %q%s; `%s --help` lists the options", command.Name(), strings.Join(args, " "), hint, command.CommandPath())
}

// oneArgument is for commands that need what they name.
func oneArgument(what string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return fmt.Errorf("%s needs one argument, %s, got %q", command.Name(), what, strings.Join(args, " "))
	}
}

// oneOf is for commands that need one of a few words.
func oneOf(what string, words []string) cobra.PositionalArgs {
	return func(command *cobra.Command, args []string) error {
		if len(args) == 1 && slices.Contains(words, args[0]) {
			return nil
		}
		return fmt.Errorf("%s needs one %s of %s, got %q", command.Name(), what, strings.Join(words, ", "), strings.Join(args, " "))
	}
}
