package restapi

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/property"
)

// minTimeout is the shortest wait that API Gateway lets one set.
const minTimeout = 50 * time.Millisecond

var velocity = regexp.MustCompile(`#(?:set|if|foreach|end|else)\b|\$(?:input|util|stageVariables)\b`)

func (b *builder) addMethod(p part) {
	m := &Method{HTTPMethod: p.RequiredText("HttpMethod"), ResourceID: p.RequiredText("ResourceId")}
	n := b.tree.nodeOf(p.resource, m.ResourceID, nil)
	m.Path = n.path
	m.AuthorizerID = b.authorizerOf(p.Reader)
	m.required = b.requiredParameters(p.Reader)
	m.integration = b.integrationOf(p.Object("Integration"))
	p.Leave("no request notices it", "MethodResponses", "OperationName")
	if n.methods[m.HTTPMethod] != nil {
		p.Fail("HttpMethod", "is defined twice on %s", n.path)
	}
	n.methods[m.HTTPMethod] = m
	b.api.Methods = append(b.api.Methods, m)
}

func (b *builder) authorizerOf(p *property.Reader) string {
	kind, id := p.Text("AuthorizationType"), p.Text("AuthorizerId")
	switch {
	case kind == "" || kind == "NONE":
		return ""
	case kind != "CUSTOM":
		p.Fail("AuthorizationType", "must be 'NONE' or 'CUSTOM', got %q: other types are not emulated", kind)
	case b.api.Authorizers[id] == nil:
		p.Fail("AuthorizerId", "must name an authorizer of the API, got %q", id)
	}
	return id
}

// requiredParameters are those that the method's validator insists on.
func (b *builder) requiredParameters(p *property.Reader) []requestParameter {
	validates, parameters := b.validators[p.Text("RequestValidatorId")], p.TextMap("RequestParameters")
	var required []requestParameter
	for name, flag := range parameters {
		parameter, ok := parseRequestParameter(name)
		if !ok {
			p.Fail("RequestParameters."+name, "must be named method.request.{header,querystring,path}.<name>")
			continue
		}
		if isRequired, _ := strconv.ParseBool(flag); isRequired && validates {
			required = append(required, parameter)
		}
	}
	slices.SortFunc(required, func(x, y requestParameter) int { return strings.Compare(x.place+x.name, y.place+y.name) })
	return required
}

func (b *builder) integrationOf(p *property.Reader) integration {
	switch kind := p.RequiredText("Type"); kind {
	case "AWS_PROXY":
		return b.proxyOf(p)
	case "MOCK":
		return b.mockOf(p)
	case "":
	default:
		p.Fail("Type", "must be 'AWS_PROXY' or 'MOCK', got %q: other integrations are not emulated", kind)
	}
	return nil
}

func (b *builder) proxyOf(p *property.Reader) integration {
	if method := p.Text("IntegrationHttpMethod"); method != http.MethodPost {
		p.Fail("IntegrationHttpMethod", "must be 'POST' for a Lambda function, got %q", method)
	}
	region, functionARN, err := parseLambdaURI(withStageVariables(p.Text("Uri"), b.api.Stage.Variables))
	if err != nil {
		p.Fail("Uri", "%v", err)
	}
	if b.api.Region == "" {
		b.api.Region, b.api.Account = region, accountOf(functionARN)
	}
	timeout := time.Duration(p.Number("TimeoutInMillis", float64(defaultTimeout.Milliseconds()))) * time.Millisecond
	if timeout < minTimeout {
		p.Fail("TimeoutInMillis", "must be at least %d, got %d", minTimeout.Milliseconds(), timeout.Milliseconds())
	}
	if mode := p.Text("ResponseTransferMode"); mode != "" && mode != "BUFFERED" {
		p.Missing("ResponseTransferMode", "served as BUFFERED, the template says %s", mode)
	}
	return proxy{functionARN: functionARN, timeout: timeout}
}

func (b *builder) mockOf(p *property.Reader) integration {
	m := mock{templates: mockTemplates(p, "RequestTemplates")}
	p.Leave("no request notices it", "PassthroughBehavior", "IntegrationHttpMethod")
	for _, response := range p.Objects("IntegrationResponses") {
		m.responses = append(m.responses, mockResponseOf(response))
	}
	return m
}

func mockResponseOf(p *property.Reader) mockResponse {
	text := p.RequiredText("StatusCode")
	status, ok := parseStatus(text)
	if !ok {
		p.Fail("StatusCode", "must be 200 to 599, got %q", text)
	}
	response := mockResponse{status: status, selection: wholeMatch(p, "SelectionPattern"), header: map[string]expression{}}
	for name, value := range p.TextMap("ResponseParameters") {
		header, found := strings.CutPrefix(name, "method.response.header.")
		if !found {
			p.Missing("ResponseParameters."+name, "only headers are emulated")
			continue
		}
		checkExpression(p, "ResponseParameters."+name, value)
		response.header[header] = expression(value)
	}
	response.templates = mockTemplates(p, "ResponseTemplates")
	return response
}

// mockTemplates reads templates, of which only $context is understood.
func mockTemplates(p *property.Reader, name string) map[string]string {
	templates := p.TextMap(name)
	for contentType, text := range templates {
		checkTemplate(p, name+"."+contentType, text)
		if found := velocity.FindString(text); found != "" {
			p.Missing(name+"."+contentType, "'%s' of the template language is left as it is", found)
		}
	}
	return templates
}
