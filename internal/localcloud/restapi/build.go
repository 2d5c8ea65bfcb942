package restapi

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/localcloud/iam"
	"github.com/regionpair/regionpair/internal/property"
)

// builder turns resources into an API.
type builder struct {
	api        *API
	findings   findings
	tree       *treeBuilder
	validators map[string]bool
	stages     int
}

// FromResources makes the API that the list holds: one AWS::ApiGateway::RestApi
// and the resources that name it by RestApiId. Resources of other types and of
// other APIs are skipped. It returns an error that names the resource and the
// property for what cannot be served: an unknown integration, authorizer or
// authorization type, a reference to nothing, a malformed value.
func FromResources(list []Resource) (*API, error) {
	apis, err := AllFromResources(list)
	if err != nil {
		return nil, err
	}
	if len(apis) != 1 {
		return nil, fmt.Errorf("the resources must hold exactly one %s, got %d: use AllFromResources for several", typeRestAPI, len(apis))
	}
	return apis[0], nil
}

// AllFromResources makes every API of a list, in the order of the list. See
// [FromResources].
func AllFromResources(list []Resource) ([]*API, error) {
	var apis []*API
	var problems []error
	for _, r := range list {
		if r.Type != typeRestAPI {
			continue
		}
		api, err := build(r, list)
		apis, problems = append(apis, api), append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return apis, nil
}

func build(r Resource, list []Resource) (*API, error) {
	b := &builder{
		api: &API{
			ID: r.Ref, Authorizers: map[string]*Authorizer{}, GatewayResponses: map[string]GatewayResponse{}, decisions: newDecisionCache(),
		},
		validators: map[string]bool{},
	}
	b.addAPI(r)
	parts := partsOf(r, list)
	b.tree = newTreeBuilder(&b.findings, parts)
	// Methods refer to the stage's variables, to validators and to authorizers.
	for _, step := range []struct {
		resourceType string
		add          func(part)
	}{
		{typeStage, b.addStage},
		{typeRequestValidator, b.addValidator},
		{typeAuthorizer, b.addAuthorizer},
		{typeGatewayResponse, b.addGatewayResponse},
		{typeMethod, b.addMethod},
		{typeModel, b.addModel},
		{typeDeployment, b.addDeployment},
	} {
		b.each(parts, step.resourceType, step.add)
	}
	b.finish(r)
	return b.api, b.findings.err()
}

func partsOf(api Resource, list []Resource) []Resource {
	var parts []Resource
	for _, r := range list {
		if partTypes[r.Type] && r.Stack == api.Stack && r.Properties["RestApiId"] == any(api.Ref) {
			parts = append(parts, r)
		}
	}
	return parts
}

func (b *builder) each(parts []Resource, resourceType string, add func(part)) {
	for _, r := range parts {
		if r.Type != resourceType {
			continue
		}
		p := b.findings.of(r)
		p.Leave("it says which API the resource is a part of", "RestApiId")
		add(p)
	}
}

func (b *builder) addAPI(r Resource) {
	p := b.findings.of(r)
	b.api.Name = p.Text("Name")
	b.api.DisableExecuteAPI = p.Flag("DisableExecuteApiEndpoint")
	b.api.BinaryMediaTypes = p.Texts("BinaryMediaTypes")
	b.addPolicy(p)
	p.Leave("no request notices it", "Description", "Tags", "FailOnWarnings")
	if _, found := p.Any("Body"); found {
		p.Fail("Body", "is not emulated: define resources and methods")
	}
	if _, found := p.Any("BodyS3Location"); found {
		p.Fail("BodyS3Location", "is not emulated: define resources and methods")
	}
	endpoint := p.Object("EndpointConfiguration")
	if types := endpoint.Texts("Types"); len(types) > 0 && !slices.Equal(types, []string{"REGIONAL"}) {
		endpoint.Missing("Types", "served as REGIONAL, the template says %v", types)
	}
}

// addPolicy reads the resource policy. Guessing at one that cannot be evaluated
// would let requests through or refuse them without reason.
func (b *builder) addPolicy(p part) {
	document, found := p.Any("Policy")
	if !found {
		return
	}
	var err error
	if b.api.policy, err = iam.ParseResource(document); err != nil {
		p.Fail("Policy", "cannot be evaluated here: %v", err)
	}
}

func (b *builder) finish(r Resource) {
	if b.stages != 1 {
		b.findings.errors = append(b.findings.errors, fmt.Errorf("%s: must have exactly one stage, got %d", r, b.stages))
	}
	b.api.root = b.tree.root
	b.api.root.sortChildren()
	for _, m := range b.api.Methods {
		m.limiter = b.api.limiterFor(m)
	}
	slices.SortFunc(b.api.Methods, func(x, y *Method) int {
		return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.HTTPMethod, y.HTTPMethod))
	})
	b.api.unsupported = b.findings.gaps()
}

func (a *API) limiterFor(m *Method) limiter {
	for _, t := range a.Stage.Throttles {
		if t.covers(m) {
			return newLimiter(t)
		}
	}
	return limiter{}
}

func (b *builder) addStage(p part) {
	b.stages++
	s := &b.api.Stage
	s.Name = p.RequiredText("StageName")
	s.DeploymentID = p.Text("DeploymentId")
	s.Variables = p.TextMap("Variables")
	p.Leave("no request notices it", "Description", "Tags")
	log := p.Object("AccessLogSetting")
	s.AccessLogFormat = log.Text("Format")
	log.Leave("no request notices it", "DestinationArn")
	s.accessLog = parseTemplate(s.AccessLogFormat)
	if unknown := s.accessLog.unknown(); len(unknown) > 0 {
		log.Missing("Format", "no value for %s", strings.Join(unknown, ", "))
	}
	for _, setting := range p.Objects("MethodSettings") {
		b.addThrottle(setting)
	}
	slices.SortStableFunc(s.Throttles, func(x, y Throttle) int { return y.specificity() - x.specificity() })
}

// addThrottle takes the limits of a method setting. A negative one stands for
// no limit.
func (b *builder) addThrottle(p *property.Reader) {
	t := Throttle{HTTPMethod: p.Text("HttpMethod"), Path: settingPath(p.Text("ResourcePath"))}
	if level := p.Text("LoggingLevel"); level != "" && level != "OFF" && level != "ERROR" {
		p.Missing("LoggingLevel", "the execution log has errors only, the template says %s", level)
	}
	rate, burst := p.Number("ThrottlingRateLimit", -1), p.Number("ThrottlingBurstLimit", -1)
	if rate < 0 && burst < 0 {
		return
	}
	if rate < 0 {
		rate = accountRate
	}
	if burst < 0 {
		burst = accountBurst
	}
	t.RatePerSecond, t.Burst = rate, int(burst)
	b.api.Stage.Throttles = append(b.api.Stage.Throttles, t)
}

// addDeployment needs nothing of a deployment: the template is what is served.
func (b *builder) addDeployment(p part) { p.Leave("no request notices it", "Description") }

// part is a resource of an API with the reader of its properties.
type part struct {
	*property.Reader
	resource Resource
}

// findings are the errors and gaps of a whole API.
type findings struct {
	errors  []error
	readers []*property.Reader
}

func (f *findings) of(r Resource) part {
	reader := property.Of(property.Owner{Stack: r.Stack, LogicalID: r.LogicalID, Type: r.Type}, r.Properties)
	f.readers = append(f.readers, reader)
	return part{reader, r}
}

func (f *findings) err() error {
	problems := f.errors
	for _, reader := range f.readers {
		problems = append(problems, reader.Err())
	}
	return errors.Join(problems...)
}

func (f *findings) gaps() []string {
	var lines []string
	for _, reader := range f.readers {
		lines = append(lines, reader.Gaps()...)
	}
	return lines
}

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
	p.Leave("it says which API the resource is a part of", "RestApiId")
	segment, parentID := p.RequiredText("PathPart"), p.RequiredText("ParentId")
	parent := t.nodeOf(r, parentID, below)
	n := newNode(r.Ref, segment)
	n.path = strings.TrimSuffix(parent.path, "/") + "/" + segment
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
