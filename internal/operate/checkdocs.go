package operate

import (
	"fmt"
	"slices"
	"strings"
)

// ReadinessPage is docs/readiness.md.
func ReadinessPage() string {
	var out strings.Builder
	out.WriteString(readinessIntroduction)
	for _, category := range Categories() {
		fmt.Fprintf(&out, "\n## %s\n", heading(category))
		for _, c := range Checks() {
			if c.Category == category {
				fmt.Fprintf(&out, "\n### %s\n\n**%s** %s\n\n%s\n\nTo mend it: %s.\n", c.ID, c.Asks, effect(c.Severity), c.Why, asCode(filled(c.Fix, example, example.Primary)))
			}
		}
	}
	return wrapped(out.String())
}

// heading of a category: abbreviations are written in capitals.
func heading(category string) string {
	if slices.Contains([]string{"api", "dns", "iam"}, category) {
		return strings.ToUpper(category)
	}
	return strings.ToUpper(category[:1]) + category[1:]
}

// docWidth is how long a line of prose may be, in characters.
const docWidth = 150

// wrapped breaks lines that are too long between words.
func wrapped(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		length := 0
		for i, word := range strings.Fields(line) {
			switch {
			case i == 0:
			case length+1+len(word) > docWidth:
				out.WriteString("\n")
				length = -1
			default:
				out.WriteString(" ")
			}
			out.WriteString(word)
			length += 1 + len(word)
		}
		out.WriteString("\n")
	}
	return out.String()
}

// example is the pair that the documentation speaks of.
var example = Pair{Name: "orders", Primary: "eu-west-1", Standby: "eu-central-1", Domain: "api.example.com"}

func effect(s Severity) string {
	return map[Severity]string{
		Blocks:        "If not, neither a planned switch nor an unplanned failover would go well.",
		BlocksPlanned: "If not, a planned switch should wait. An unplanned failover works.",
		Warns:         "If not, that is a warning.",
	}[s]
}

// asCode sets a command in code, up to the words that explain it.
func asCode(fix string) string {
	for _, tool := range []string{"aws ", "npx ", "curl ", "regionpair "} {
		if !strings.HasPrefix(fix, tool) {
			continue
		}
		command, rest := fix, ""
		for _, end := range []string{", ", "; ", " (or"} {
			if at := strings.Index(command, end); at >= 0 {
				command, rest = fix[:at], fix[at:]
			}
		}
		return "`" + command + "`" + rest
	}
	return fix
}

const readinessIntroduction = `# Readiness

<!-- Written from the checks themselves by UPDATE_SNAPSHOTS=1 go test ./internal/operate. -->

` + "`regionpair readiness`" + ` asks everything below and changes nothing. It gives two verdicts: whether a planned switch to the standby would go well now, and whether an
unplanned failover would. It exits with 0 when both are YES, with 1 when one is NO, with 2 when neither Region answers or nothing could be asked. ` + "`--json`" + ` prints one document, ` + "`--only`" + ` and ` + "`--skip`" + ` take
ids and categories, and make both verdicts partial; ` + "`--strict`" + ` takes warnings for failures. Run it before every planned switch and on a schedule.

What cannot be asked is *not known*. That stops a planned switch. It does not stop a failover away from a primary that is silent.

A test breaks these things, one at a time, in a pair that runs on one machine, and each is found by its own check. It lists the few checks that it cannot prove. The commands are
those for a pair called ` + "`" + `orders` + "`" + ` in ` + "`" + `eu-west-1` + "`" + ` and ` + "`" + `eu-central-1` + "`" + `.
`
