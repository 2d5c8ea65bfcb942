package restapi

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// minTimeout is the shortest wait that API Gateway lets one set.
const minTimeout = 50 * time.Millisecond

var velocity = regexp.MustCompile(`#(?:set|if|foreach|end|else)\b|\$(?:input|util|stageVariables)\b`)

func (b *builder) addMethod(p *properties) {
	m := &Method{HTTPMethod: p.requiredText("HttpMethod"), ResourceID: p.requiredText("ResourceId")}
	n := b.tree.nodeOf(p.owner, m.ResourceID, nil)
	m.Path = n.path
	m.AuthorizerID = b.authorizerOf(p)
	m.required = b.requiredParameters(p)
	m.integration = b.integrationOf(p.object("Integration"))
	p.ignore("MethodResponses", "OperationName")
	if n.methods[m.HTTPMethod] != nil {
		p.fail("HttpMethod", "is defined twice on %s", n.path)
	}
	n.methods[m.HTTPMethod] = m
	b.api.Methods = append(b.api.Methods, m)
}

func (b *builder) authorizerOf(p *properties) string {
	kind, id := p.text("AuthorizationType"), p.text("AuthorizerId")
	switch {
	case kind == "" || kind == "NONE":
		return ""
	case kind != "CUSTOM":
		p.fail("AuthorizationType", "must be 'NONE' or 'CUSTOM', got %q: other types are not emulated", kind)
	case b.api.Authorizers[id] == nil:
		p.fail("AuthorizerId", "must name an authorizer of the API, got %q", id)
	}
	return id
}

// requiredParameters are those that the method's validator insists on.
func (b *builder) requiredParameters(p *properties) []requestParameter {
	validates, parameters := b.validators[p.text("RequestValidatorId")], p.textMap("RequestParameters")
	var required []requestParameter
	for name, flag := range parameters {
		parameter, ok := parseRequestParameter(name)
		if !ok {
			p.fail("RequestParameters."+name, "must be named method.request.{header,querystring,path}.<name>")
			continue
		}
		if isRequired, _ := strconv.ParseBool(flag); isRequired && validates {
			required = append(required, parameter)
		}
	}
	slices.SortFunc(required, func(x, y requestParameter) int { return strings.Compare(x.place+x.name, y.place+y.name) })
	return required
}

func (b *builder) integrationOf(p *properties) integration {
	defer p.finish()
	switch kind := p.requiredText("Type"); kind {
	case "AWS_PROXY":
		return b.proxyOf(p)
	case "MOCK":
		return b.mockOf(p)
	case "":
	default:
		p.fail("Type", "must be 'AWS_PROXY' or 'MOCK', got %q: other integrations are not emulated", kind)
	}
	return nil
}

func (b *builder) proxyOf(p *properties) integration {
	if method := p.text("IntegrationHttpMethod"); method != http.MethodPost {
		p.fail("IntegrationHttpMethod", "must be 'POST' for a Lambda function, got %q", method)
	}
	region, functionARN, err := parseLambdaURI(withStageVariables(p.text("Uri"), b.api.Stage.Variables))
	if err != nil {
		p.fail("Uri", "%v", err)
	}
	if b.api.Region == "" {
		b.api.Region, b.api.Account = region, accountOf(functionARN)
	}
	timeout := time.Duration(p.number("TimeoutInMillis", float64(defaultTimeout.Milliseconds()))) * time.Millisecond
	if timeout < minTimeout {
		p.fail("TimeoutInMillis", "must be at least %d, got %d", minTimeout.Milliseconds(), timeout.Milliseconds())
	}
	if mode := p.text("ResponseTransferMode"); mode != "" && mode != "BUFFERED" {
		p.missing("ResponseTransferMode", "served as BUFFERED, the template says %s", mode)
	}
	return proxy{functionARN: functionARN, timeout: timeout}
}

func (b *builder) mockOf(p *properties) integration {
	m := mock{templates: p.mockTemplates("RequestTemplates")}
	p.ignore("PassthroughBehavior", "IntegrationHttpMethod")
	for _, response := range p.objects("IntegrationResponses") {
		m.responses = append(m.responses, mockResponseOf(response))
		response.finish()
	}
	return m
}

func mockResponseOf(p *properties) mockResponse {
	text := p.requiredText("StatusCode")
	status, ok := parseStatus(text)
	if !ok {
		p.fail("StatusCode", "must be 200 to 599, got %q", text)
	}
	response := mockResponse{status: status, selection: p.wholeMatch("SelectionPattern"), header: map[string]expression{}}
	for name, value := range p.textMap("ResponseParameters") {
		header, found := strings.CutPrefix(name, "method.response.header.")
		if !found {
			p.missing("ResponseParameters."+name, "only headers are emulated")
			continue
		}
		p.checkExpression("ResponseParameters."+name, value)
		response.header[header] = expression(value)
	}
	response.templates = p.mockTemplates("ResponseTemplates")
	return response
}

// mockTemplates reads templates, of which only $context is understood.
func (p *properties) mockTemplates(name string) map[string]string {
	templates := p.textMap(name)
	for contentType, text := range templates {
		p.checkTemplate(name+"."+contentType, text)
		if found := velocity.FindString(text); found != "" {
			p.missing(name+"."+contentType, "'%s' of the template language is left as it is", found)
		}
	}
	return templates
}
