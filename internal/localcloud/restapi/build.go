package restapi

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
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
		add          func(*properties)
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
	return b.api, errors.Join(b.findings.errors...)
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

func (b *builder) each(parts []Resource, resourceType string, add func(*properties)) {
	for _, r := range parts {
		if r.Type != resourceType {
			continue
		}
		p := b.findings.of(r)
		p.ignore("RestApiId")
		add(p)
		p.finish()
	}
}

func (b *builder) addAPI(r Resource) {
	p := b.findings.of(r)
	b.api.Name = p.text("Name")
	b.api.DisableExecuteAPI = p.flag("DisableExecuteApiEndpoint")
	b.api.BinaryMediaTypes = p.texts("BinaryMediaTypes")
	p.ignore("Description", "Tags", "FailOnWarnings")
	if _, found := p.take("Body"); found {
		p.fail("Body", "is not emulated: define resources and methods")
	}
	if _, found := p.take("BodyS3Location"); found {
		p.fail("BodyS3Location", "is not emulated: define resources and methods")
	}
	endpoint := p.object("EndpointConfiguration")
	if types := endpoint.texts("Types"); len(types) > 0 && !slices.Equal(types, []string{"REGIONAL"}) {
		endpoint.missing("Types", "served as REGIONAL, the template says %v", types)
	}
	endpoint.finish()
	p.finish()
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
	b.api.unsupported = b.findings.unsupported
}

func (a *API) limiterFor(m *Method) limiter {
	for _, t := range a.Stage.Throttles {
		if t.covers(m) {
			return newLimiter(t)
		}
	}
	return limiter{}
}
