package restapi

import (
	"fmt"
	"strings"
)

// treeBuilder puts the resources of an API in their places. The id of the
// root is no resource of the template; it is the one parent that is none of
// the others.
type treeBuilder struct {
	findings *findings
	byID     map[string]Resource
	nodes    map[string]*node
	root     *node
}

func newTreeBuilder(f *findings, parts []Resource) *treeBuilder {
	t := &treeBuilder{findings: f, byID: map[string]Resource{}, nodes: map[string]*node{}, root: newNode("", "")}
	t.root.path = "/"
	for _, r := range parts {
		if r.Type == typeResource {
			t.byID[r.Ref] = r
		}
	}
	for _, r := range parts {
		if r.Type == typeResource {
			t.nodeOf(r, r.Ref, nil)
		}
	}
	return t
}

func newNode(id, part string) *node {
	return &node{resourceID: id, part: part, methods: map[string]*Method{}}
}

// nodeOf returns the node of a resource id, for the resource that refers to it.
func (t *treeBuilder) nodeOf(from Resource, id string, below []string) *node {
	if n, found := t.nodes[id]; found {
		return n
	}
	r, found := t.byID[id]
	if !found {
		return t.rootOf(from, id)
	}
	for _, seen := range below {
		if seen == id {
			t.findings.errors = append(t.findings.errors, fmt.Errorf("%s: 'ParentId' leads back to the resource itself: %s", r, strings.Join(append(below, id), " -> ")))
			return t.root
		}
	}
	return t.place(r, append(below, id))
}

func (t *treeBuilder) place(r Resource, below []string) *node {
	p := t.findings.of(r)
	p.ignore("RestApiId")
	part, parentID := p.requiredText("PathPart"), p.requiredText("ParentId")
	p.finish()
	parent := t.nodeOf(r, parentID, below)
	n := newNode(r.Ref, part)
	n.path = strings.TrimSuffix(parent.path, "/") + "/" + part
	t.checkPart(r, parent, n)
	parent.children = append(parent.children, n)
	t.nodes[r.Ref] = n
	return n
}

func (t *treeBuilder) checkPart(r Resource, parent, n *node) {
	if strings.Contains(n.part, "/") || strings.HasPrefix(n.part, "{") != strings.HasSuffix(n.part, "}") {
		t.findings.errors = append(t.findings.errors, fmt.Errorf("%s: 'PathPart' must be a segment such as 'objects', '{id}' or '{key+}', got %q", r, n.part))
	}
	if parent.greedy() {
		t.findings.errors = append(t.findings.errors, fmt.Errorf("%s: 'ParentId' must not be the greedy resource %s: it takes the rest of every path", r, parent.path))
	}
	for _, sibling := range parent.children {
		if sibling.part == n.part || (sibling.rank() > 0 && sibling.rank() == n.rank()) {
			t.findings.errors = append(t.findings.errors, fmt.Errorf("%s: %s and %s cannot be told apart", r, sibling.path, n.path))
		}
	}
}

func (t *treeBuilder) rootOf(from Resource, id string) *node {
	if t.root.resourceID == "" {
		t.root.resourceID = id
		t.nodes[id] = t.root
		return t.root
	}
	t.findings.errors = append(t.findings.errors, fmt.Errorf("%s: refers to the resource %q, which is not in the template and not the root %q", from, id, t.root.resourceID))
	return t.root
}
