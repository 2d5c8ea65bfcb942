package route

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

// Problem says what was found and how to mend it. Both are parts of a sentence
// whose subject is the path, the method or the route.
type Problem struct {
	// Found is what is wrong: "has an empty segment".
	Found string
	// Fix is what to do: `write it without "//"`.
	Fix string
}

func (p Problem) String() string { return p.Found + "; " + p.Fix }

// maxPath leaves room in the 512 characters that API Gateway allows for a
// resource in an authorizer's policy.
const maxPath = 300

var (
	literal  = regexp.MustCompile(`^[A-Za-z0-9._:-]+$`)
	variable = regexp.MustCompile(`^\{([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)(\+?)\}$`)
	// Other routers' forms of a variable.
	ellipsis = regexp.MustCompile(`^\{([A-Za-z0-9_-]+)(?:\.\.\.|\*|:path|:\.\*)\}$`)
	typed    = regexp.MustCompile(`^\{([A-Za-z0-9._-]+):[^}]*\}$`)
	colon    = regexp.MustCompile(`^:([A-Za-z0-9._-]+)$`)
	angle    = regexp.MustCompile(`^<(?:[a-z]+:)?([A-Za-z0-9._-]+)>$`)
	star     = regexp.MustCompile(`^\*([A-Za-z0-9._-]*)$`)
)

// Segments of a path: none for "/".
func Segments(path string) []string {
	if trimmed := strings.TrimPrefix(path, "/"); trimmed != "" {
		return strings.Split(trimmed, "/")
	}
	return nil
}

// IsVariable reports whether a segment is "{name}" or "{name+}".
func IsVariable(segment string) bool { return variable.MatchString(segment) }

// IsGreedy reports whether a segment is "{name+}", which takes the whole rest.
func IsGreedy(segment string) bool { return IsVariable(segment) && strings.HasSuffix(segment, "+}") }

// VariableName is the name in "{name}" and "{name+}"; empty for a literal.
func VariableName(segment string) string {
	if found := variable.FindStringSubmatch(segment); found != nil {
		return found[1]
	}
	return ""
}

// CheckPath returns what is wrong with a path of an API.
func CheckPath(path string) []Problem {
	switch {
	case !strings.HasPrefix(path, "/"):
		return []Problem{{fmt.Sprintf("is %q, without a slash at the start", path), fmt.Sprintf("write %q", "/"+path)}}
	case path == "/":
		return nil
	case len(path) > maxPath:
		return []Problem{{
			fmt.Sprintf("has %d characters", len(path)),
			fmt.Sprintf("use at most %d: API Gateway allows 512 for a method in an authorizer's policy", maxPath),
		}}
	}
	segments := Segments(path)
	var problems []Problem
	for i, segment := range segments {
		if problem := segmentProblem(segment, i == len(segments)-1); problem != nil {
			problems = append(problems, *problem)
		}
	}
	if name := repeatedVariable(segments); name != "" {
		problems = append(problems, Problem{"has {" + name + "} twice", "give each path variable its own name"})
	}
	if first := segments[0]; first == "ping" || first == "sping" {
		problems = append(problems, Problem{
			fmt.Sprintf("begins with /%s, which never reaches a function", first),
			"use another path: API Gateway keeps /ping and /sping for its own health checks",
		})
	}
	return problems
}

// CheckReserved returns what is wrong with a route of the user's beside those of
// the token endpoint; nil when nothing is.
func CheckReserved(path string) *Problem {
	for _, reserved := range []string{"oauth2", ".well-known"} {
		if segments := Segments(path); len(segments) > 0 && segments[0] == reserved {
			return &Problem{fmt.Sprintf("begins with /%s, which belongs to the token endpoint", reserved), "use a path outside /oauth2 and /.well-known"}
		}
	}
	return nil
}

func segmentProblem(segment string, last bool) *Problem {
	switch {
	case segment == "":
		return &Problem{"has an empty segment", `write it without "//" and without "/" at the end`}
	case segment == "." || segment == "..":
		return &Problem{fmt.Sprintf("has the dot segment %q", segment), "write the path without it"}
	case IsGreedy(segment) && !last:
		return &Problem{"has " + segment + " before its end", "put the variable with + last"}
	case literal.MatchString(segment) && !colon.MatchString(segment), IsVariable(segment):
		return nil
	}
	return &Problem{fmt.Sprintf("has the segment %q", segment), segmentFix(segment)}
}

// segmentFix knows how other routers write variables.
func segmentFix(segment string) string {
	for _, form := range []struct {
		pattern *regexp.Regexp
		write   string
	}{{ellipsis, "use {%s+}"}, {typed, "use {%s}"}, {colon, "use {%s}"}, {angle, "use {%s}"}, {star, "use {%s+} as the last segment"}} {
		if found := form.pattern.FindStringSubmatch(segment); found != nil {
			return fmt.Sprintf(form.write, cmp.Or(found[1], "rest"))
		}
	}
	return "use letters, digits and . _ : -, or one variable in braces such as {id} or {key+}"
}

func repeatedVariable(segments []string) string {
	seen := map[string]bool{}
	for _, segment := range segments {
		name := VariableName(segment)
		if name != "" && seen[name] {
			return name
		}
		seen[name] = true
	}
	return ""
}
