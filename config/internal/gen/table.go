package main

import (
	"bytes"
	"reflect"
	"strings"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/typedoc"
)

const intro = `# Configuration

<!-- Generated from the Go type by "go generate ./config": change the comments in config/config.go, not this file. -->

The configuration of a pair is in "cdk.json" under "context.regionpair.environments.<name>".
"-c env=<name>" selects an environment; without it, "dev" is used. An unknown key, a wrong type or a value
that AWS would refuse stops the synthesis with a list of all problems.

What several environments have in common can stand once in "context.regionpair.defaults". An environment that says
something itself wins; a list is replaced as a whole, and null takes a default away.

For completion and checks while you type, let your editor use "regionpair.schema.json" for "cdk.json"
(in VS Code: the setting "json.schemas").
`

// renderTable returns docs/reference/configuration.md: one table for the top and one for each group of keys.
func renderTable(c typedoc.Comments) []byte {
	var out bytes.Buffer
	heading, body, _ := strings.Cut(intro, "-->")
	out.WriteString(heading + "-->" + strings.ReplaceAll(body, `"`, "`"))
	t, s := reflect.TypeFor[config.Config](), typedoc.Schema{Comments: c, RuleOf: ruleOf}
	typedoc.Section(&out, "The pair", "")
	for i := range t.NumField() {
		if typedoc.GroupOf(t.Field(i)) == nil {
			s.Row(&out, t, t.Field(i), "")
		}
	}
	for i := range t.NumField() {
		if group := typedoc.GroupOf(t.Field(i)); group != nil {
			name := ruleOf(t.Field(i)).Name
			typedoc.Section(&out, "`"+name+"`", typedoc.Describe(c.Of(t, t.Field(i))))
			s.Rows(&out, group, typedoc.Prefix(t.Field(i), name))
		}
	}
	return out.Bytes()
}
