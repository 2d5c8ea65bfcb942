package restapi

import (
	"regexp"
	"strings"
)

var variablePattern = regexp.MustCompile(`\$context\.(\w+(?:\.\w+)*)|\$\{context\.(\w+(?:\.\w+)*)\}`)

// template is a text with $context variables. API Gateway substitutes them in
// access log formats and gateway responses without any further language.
type template struct {
	// literals has one element more than variables.
	literals  []string
	variables []string
}

func parseTemplate(text string) template {
	var t template
	last := 0
	for _, at := range variablePattern.FindAllStringSubmatchIndex(text, -1) {
		name := submatch(text, at, 1) + submatch(text, at, 2)
		t.literals = append(t.literals, text[last:at[0]])
		t.variables = append(t.variables, name)
		last = at[1]
	}
	t.literals = append(t.literals, text[last:])
	return t
}

func submatch(text string, at []int, group int) string {
	if at[2*group] < 0 {
		return ""
	}
	return text[at[2*group]:at[2*group+1]]
}

// render puts missing where a variable has no value.
func (t template) render(value func(name string) (string, bool), missing string) string {
	var b strings.Builder
	for i, literal := range t.literals {
		b.WriteString(literal)
		if i == len(t.variables) {
			break
		}
		text, ok := value(t.variables[i])
		if !ok {
			text = missing
		}
		b.WriteString(text)
	}
	return b.String()
}

// unknown returns the variables that nothing here gives a value.
func (t template) unknown() []string {
	var names []string
	for _, name := range t.variables {
		if !isVariable(name) {
			names = append(names, "$context."+name)
		}
	}
	return names
}
