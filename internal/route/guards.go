package route

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// API Gateway chooses a route by the path as it was sent; many router libraries
// choose by the decoded path. What follows keeps a token from a route that it
// has no scope of in a handler of that kind, too, whether the ARN in a policy
// has the path as it was sent or decoded, which AWS does not document. Nobody
// loses a path by it who encodes only what has to be encoded.

// insidePlain is what a plain "{name}" must never hold, as a policy writes it: a
// backslash in any form, a dot segment, an encoded dot.
var insidePlain = []string{`*\*`, "*%5C*", "*%5c*", ".", "..", "*%2E*", "*%2e*"}

// severalSegments must not be in a plain variable either: a slash in any form, at
// the end as well. Before a greedy variable a pattern cannot say so, because its
// "*" reaches into the rest of the path; see [NeedPath].
var severalSegments = []string{"*/*", "*%2F*", "*%2f*"}

// insideGreedy is what "{name+}" must never hold: two dots that are a segment of
// their own, in any form, which would lead out of the route.
var insideGreedy = []string{
	"..", "../*", "*/..", "*/../*",
	"*..%2*", "*..%5*", `*..\*`, "*%2F..*", "*%2f..*", "*%5C..*", "*%5c..*", `*\..*`,
	"*%2E%2E*", "*%2e%2e*", "*%2E%2e*", "*%2e%2E*", "*.%2E*", "*.%2e*", "*%2E.*", "*%2e.*",
}

// guards are the patterns that a policy denies beside the route's own.
func (r Route) guards(others []Route) []string {
	guards := r.meetings(others)
	for i, segment := range Segments(r.Path) {
		texts := insidePlain
		switch {
		case !IsVariable(segment):
			continue
		case IsGreedy(segment):
			texts = insideGreedy
		case !r.endsGreedy():
			texts = slices.Concat(insidePlain, severalSegments, encodings(r.literalsAt(i, others)))
		}
		for _, text := range texts {
			guards = append(guards, r.pattern(i, text))
		}
	}
	slices.Sort(guards)
	return slices.Compact(guards)
}

func (r Route) endsGreedy() bool {
	segments := Segments(r.Path)
	return len(segments) > 0 && IsGreedy(segments[len(segments)-1])
}

// meetings are the decoded paths that fit this route and a more specific one,
// which a token for this route may not call. As they were sent, such paths lead
// to the other route.
func (r Route) meetings(others []Route) []string {
	var patterns []string
	for _, other := range others {
		if r.endsGreedy() || !r.opensMoreThan(other) || !other.precedes(r) {
			continue
		}
		if text, meet := meeting(Segments(r.Path), Segments(other.Path)); meet {
			patterns = append(patterns, Route{Method: r.Method, Path: "/" + text}.Pattern())
		}
	}
	return patterns
}

// meeting is the path of a route that takes what fits both; the first is not
// greedy.
func meeting(own, theirs []string) (string, bool) {
	var segments []string
	for i := 0; i < len(own) || i < len(theirs); i++ {
		switch {
		case i >= len(own) || i >= len(theirs):
			return "", false
		case IsGreedy(theirs[i]):
			return strings.Join(append(segments, own[i:]...), "/"), true
		case IsVariable(theirs[i]):
			segments = append(segments, own[i])
		case IsVariable(own[i]), own[i] == theirs[i]:
			segments = append(segments, theirs[i])
		default:
			return "", false
		}
	}
	return strings.Join(segments, "/"), true
}

// precedes reports whether API Gateway, and any other router, prefers the route
// for a path that fits both: literals before variables, segment by segment.
func (r Route) precedes(other Route) bool {
	own, theirs := Segments(r.Path), Segments(other.Path)
	for i := range min(len(own), len(theirs)) {
		if a, b := rank(own[i]), rank(theirs[i]); a != b {
			return a < b
		}
	}
	return false
}

func rank(segment string) int {
	switch {
	case IsGreedy(segment):
		return 2
	case IsVariable(segment):
		return 1
	}
	return 0
}

// opensMoreThan reports whether a caller can be good for this route and not for
// the other, on one method at least. Who calls a public route may be anybody.
func (r Route) opensMoreThan(other Route) bool {
	sameMethod := r.Method == other.Method || r.Method == Any || other.Method == Any
	if r.Path == other.Path || !sameMethod || len(other.Scopes) == 0 {
		return false
	}
	return len(r.Scopes) == 0 || slices.ContainsFunc(r.Scopes, func(scope string) bool { return !slices.Contains(other.Scopes, scope) })
}

// literalsAt collects the literals that other routes have where this one has a
// plain variable.
func (r Route) literalsAt(index int, others []Route) string {
	literals := ""
	for _, other := range others {
		theirs := Segments(other.Path)
		if r.opensMoreThan(other) && index < len(theirs) && !IsVariable(theirs[index]) && fits(Segments(r.Path)[:index], theirs) {
			literals += theirs[index]
		}
	}
	return literals
}

// fits reports whether a path can begin with both.
func fits(start, other []string) bool {
	for i, segment := range start {
		switch {
		case i >= len(other):
			return false
		case IsGreedy(other[i]):
			return true
		case !IsVariable(segment) && !IsVariable(other[i]) && segment != other[i]:
			return false
		}
	}
	return true
}

// encodings are patterns for any of the characters in its encoded form, in
// which no client has a reason to send it.
func encodings(characters string) []string {
	var texts []string
	for _, c := range []byte(characters) {
		texts = append(texts, fmt.Sprintf("*%%%02X*", c), fmt.Sprintf("*%%%02x*", c))
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// neighbours returns the routes that a request of this one could decode to when
// a variable holds slashes, and that its callers may not call.
func (r Route) neighbours(others []Route) []Route {
	segments := Segments(r.Path)
	first := slices.IndexFunc(segments, IsVariable)
	if first < 0 {
		return nil
	}
	var found []Route
	for _, other := range others {
		if r.opensMoreThan(other) && fits(segments[:first], Segments(other.Path)) {
			found = append(found, other)
		}
	}
	return found
}

// NeedPath returns, for each route, whether a decision about it holds for one
// path only. That is so where a greedy variable takes what lies beside routes
// with other scopes: no pattern of a policy can tell their requests apart once
// they are decoded.
func NeedPath(routes []Route) []bool {
	needs := make([]bool, len(routes))
	for i, r := range routes {
		needs[i] = r.endsGreedy() && len(r.neighbours(routes)) > 0
	}
	return needs
}

// exposed returns why a public route cannot stand beside protected ones: a
// request of theirs that is encoded in another way would arrive at it, and
// nobody asks for its token.
func (r Route) exposed(others []Route) *Problem {
	if len(r.Scopes) > 0 {
		return nil
	}
	if found := r.neighbours(others); len(found) > 0 {
		return &Problem{
			fmt.Sprintf("is public, and a path of %s that is encoded in another way arrives at it", found[0]),
			"put one of them below another path",
		}
	}
	return nil
}

// Decoded returns the route that a router chooses that decodes the path and
// cleans it: the most specific one, segment by segment.
func Decoded(routes []Route, method, sent string) (Route, bool) {
	text, err := url.PathUnescape(sent)
	if err != nil {
		return Route{}, false
	}
	segments := Segments(path.Clean("/" + strings.ReplaceAll(text, `\`, "/")))
	var best *Route
	for i, r := range routes {
		if (r.Method != method && r.Method != Any) || !r.takes(segments) {
			continue
		}
		if best == nil || r.precedes(*best) || (!best.precedes(r) && best.Method == Any) {
			best = &routes[i]
		}
	}
	if best == nil {
		return Route{}, false
	}
	return *best, true
}

// takes reports whether decoded segments fit the route's path.
func (r Route) takes(segments []string) bool {
	own := Segments(r.Path)
	for i, segment := range own {
		switch {
		case i >= len(segments):
			return false
		case IsGreedy(segment):
			return true
		case !IsVariable(segment) && segment != segments[i]:
			return false
		}
	}
	return len(own) == len(segments)
}
