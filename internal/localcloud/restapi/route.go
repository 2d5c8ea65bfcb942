package restapi

import (
	"cmp"
	"slices"
	"strings"
)

// node is a resource: one segment of a path.
type node struct {
	resourceID string
	part       string
	path       string
	children   []*node
	methods    map[string]*Method
}

// match is what a request is routed to.
type match struct {
	node       *node
	method     *Method
	parameters map[string]string
}

// rank orders the children of a resource: API Gateway prefers a fixed segment
// to a parameter and a parameter to a greedy one.
func (n *node) rank() int {
	switch {
	case n.greedy():
		return 2
	case n.parameter() != "":
		return 1
	}
	return 0
}

func (n *node) greedy() bool { return strings.HasSuffix(n.part, "+}") }

// parameter is the name of the path parameter, empty for a fixed segment.
func (n *node) parameter() string {
	name, found := strings.CutPrefix(n.part, "{")
	if !found {
		return ""
	}
	return strings.TrimSuffix(strings.TrimSuffix(name, "}"), "+")
}

func (n *node) sortChildren() {
	slices.SortFunc(n.children, func(a, b *node) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), cmp.Compare(a.part, b.part))
	})
	for _, child := range n.children {
		child.sortChildren()
	}
}

// route finds the method of a request. A resource without any method only
// leads to others; one whose methods do not include the request's hides the
// greedy resources beside it, as in API Gateway. Trailing slashes do not count.
func (n *node) route(httpMethod, path string) (match, bool) {
	trimmed := strings.Trim(path, "/")
	var segments []string
	if trimmed != "" {
		segments = strings.Split(trimmed, "/")
	}
	parameters := map[string]string{}
	found := n.find(segments, parameters)
	if found == nil {
		return match{}, false
	}
	method := found.methods[httpMethod]
	if method == nil {
		method = found.methods["ANY"]
	}
	return match{node: found, method: method, parameters: parameters}, method != nil
}

func (n *node) find(segments []string, parameters map[string]string) *node {
	if len(segments) == 0 {
		if len(n.methods) == 0 {
			return nil
		}
		return n
	}
	for _, child := range n.children {
		if found := child.enter(segments, parameters); found != nil {
			return found
		}
	}
	return nil
}

// enter tries this resource for the first of the segments.
func (n *node) enter(segments []string, parameters map[string]string) *node {
	name := n.parameter()
	switch {
	case name == "":
		if n.part != segments[0] {
			return nil
		}
		return n.find(segments[1:], parameters)
	case n.greedy():
		if len(n.methods) == 0 {
			return nil
		}
		parameters[name] = strings.Join(segments, "/")
		return n
	case segments[0] == "":
		return nil
	}
	found := n.find(segments[1:], parameters)
	if found != nil {
		parameters[name] = segments[0]
	}
	return found
}

// Resource is a resource of a deployed template.
type Resource struct {
	// Stack the resource belongs to.
	Stack string
	// LogicalID within the stack.
	LogicalID string
	// Type such as "AWS::ApiGateway::Method".
	Type string
	// Ref is the value of a reference: the id of an API, resource or authorizer.
	Ref string
	// Properties without intrinsic functions. Numbers and booleans may be text.
	Properties map[string]any
}

const (
	typeRestAPI          = "AWS::ApiGateway::RestApi"
	typeResource         = "AWS::ApiGateway::Resource"
	typeMethod           = "AWS::ApiGateway::Method"
	typeAuthorizer       = "AWS::ApiGateway::Authorizer"
	typeDeployment       = "AWS::ApiGateway::Deployment"
	typeStage            = "AWS::ApiGateway::Stage"
	typeGatewayResponse  = "AWS::ApiGateway::GatewayResponse"
	typeRequestValidator = "AWS::ApiGateway::RequestValidator"
	typeModel            = "AWS::ApiGateway::Model"
)

// partTypes are the types that belong to one API and name it by RestApiId.
var partTypes = map[string]bool{
	typeResource: true, typeMethod: true, typeAuthorizer: true, typeDeployment: true, typeStage: true,
	typeGatewayResponse: true, typeRequestValidator: true, typeModel: true,
}

func (r Resource) String() string { return r.Stack + "/" + r.LogicalID + " (" + r.Type + ")" }
