package operate

import "strings"

// Paint colours verdicts, and nothing else.
type Paint struct {
	// Colour is false where nobody would see it: pipes, NO_COLOR.
	Colour bool
}

func (p Paint) with(code, text string) string {
	if !p.Colour || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p Paint) good(text string) string { return p.with("32", text) }
func (p Paint) warn(text string) string { return p.with("33", text) }
func (p Paint) bad(text string) string  { return p.with("31", text) }
func (p Paint) bold(text string) string { return p.with("1", text) }

// Verdict colours a text by the verdict of a drill.
func (p Paint) Verdict(verdict, text string) string {
	switch verdict {
	case "pass":
		return p.good(text)
	case "fail":
		return p.bad(text)
	}
	return p.warn(text)
}

// wrap breaks a text into lines of at most pageWidth columns; later lines are
// indented as the first one is.
func wrap(text, indent string) string {
	var out strings.Builder
	column := 0
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len([]rune(word)) > pageWidth-len(indent):
			out.WriteString("\n" + indent)
			column = 0
		default:
			out.WriteString(" ")
			column++
		}
		out.WriteString(word)
		column += len([]rune(word))
	}
	return out.String()
}

// pad fills up to a width that does not count colours.
func pad(text string, width int, painted func(string) string) string {
	fill := strings.Repeat(" ", max(0, width-len([]rune(text))))
	return painted(text) + fill
}
