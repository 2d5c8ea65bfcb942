package restapi

import (
	"net/url"
	"slices"
	"strings"
)

// expression is the value of a mapped parameter: 'literal', context.<name>,
// stageVariables.<name> or method.request.{header,querystring,path}.<name>.
type expression string

const requestPrefix = "method.request."

// known says whether value can evaluate the expression.
func (e expression) known() bool {
	if e.isLiteral() {
		return true
	}
	if name, found := strings.CutPrefix(string(e), "context."); found {
		return isVariable(name)
	}
	if strings.HasPrefix(string(e), "stageVariables.") {
		return true
	}
	place, _, found := strings.Cut(strings.TrimPrefix(string(e), requestPrefix), ".")
	return found && strings.HasPrefix(string(e), requestPrefix) && slices.Contains([]string{"header", "querystring", "path"}, place)
}

func (e expression) isLiteral() bool {
	return len(e) >= 2 && e[0] == '\'' && e[len(e)-1] == '\''
}

func (e expression) value(x *exchange) (string, bool) {
	if e.isLiteral() {
		return string(e[1 : len(e)-1]), true
	}
	if name, found := strings.CutPrefix(string(e), "context."); found {
		return x.variable(name)
	}
	if name, found := strings.CutPrefix(string(e), "stageVariables."); found {
		value, ok := x.api.Stage.Variables[name]
		return value, ok
	}
	if parameter, ok := parseRequestParameter(string(e)); ok {
		return parameter.value(x)
	}
	return "", false
}

// requestParameter is a place in the request.
type requestParameter struct{ place, name string }

// parseRequestParameter reads method.request.<place>.<name>.
func parseRequestParameter(text string) (requestParameter, bool) {
	rest, found := strings.CutPrefix(text, requestPrefix)
	if !found {
		return requestParameter{}, false
	}
	place, name, found := strings.Cut(rest, ".")
	if !found || !slices.Contains([]string{"header", "querystring", "path"}, place) {
		return requestParameter{}, false
	}
	return requestParameter{place, name}, true
}

func (p requestParameter) value(x *exchange) (string, bool) {
	switch p.place {
	case "header":
		return filled(x.request.Header.Get(p.name))
	case "querystring":
		values := url.Values(queryOf(x.request))[p.name]
		if len(values) == 0 {
			return "", false
		}
		return values[len(values)-1], true
	}
	value, ok := x.match.parameters[p.name]
	return value, ok
}
