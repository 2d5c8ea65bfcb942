package main

import (
	"fmt"
	"strings"
)

// exitCodes is the end of a command's help: what each code means, counting from 0;
// empty for one that the command does not have. Scripts under testdata must show
// every code that is listed here.
func exitCodes(meanings ...string) string { return exitCodesWith("", meanings...) }

// exitCodesWith are those that a command has with an option.
func exitCodesWith(option string, meanings ...string) string {
	var out strings.Builder
	out.WriteString("\n\nExit codes")
	if option != "" {
		out.WriteString(" with " + option)
	}
	out.WriteString(":\n")
	for code, meaning := range meanings {
		if meaning != "" {
			fmt.Fprintf(&out, "  %d  %s\n", code, meaning)
		}
	}
	return strings.TrimRight(out.String(), "\n")
}
