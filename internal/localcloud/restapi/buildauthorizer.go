package restapi

import (
	"regexp"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/property"
)

const (
	defaultAuthorizerTTL = 300
	maxAuthorizerTTL     = 3600
	identityHeader       = requestPrefix + "header."
)

func (b *builder) addAuthorizer(p part) {
	kind := p.RequiredText("Type")
	if kind != "" && kind != "TOKEN" && kind != "REQUEST" {
		p.Fail("Type", "must be 'TOKEN' or 'REQUEST', got %q: other authorizers are not emulated", kind)
		return
	}
	a := &Authorizer{ID: p.resource.Ref, WholeRequest: kind == "REQUEST"}
	_, functionARN, err := parseLambdaURI(withStageVariables(p.Text("AuthorizerUri"), b.api.Stage.Variables))
	if err != nil {
		p.Fail("AuthorizerUri", "%v", err)
	}
	a.FunctionARN = functionARN
	ttl := p.Number("AuthorizerResultTtlInSeconds", defaultAuthorizerTTL)
	if ttl < 0 || ttl > maxAuthorizerTTL {
		p.Fail("AuthorizerResultTtlInSeconds", "must be 0 to %d, got %v", maxAuthorizerTTL, ttl)
	}
	a.TTL = time.Duration(ttl * float64(time.Second))
	a.Sources = identitySources(p.Reader, a)
	if !a.WholeRequest {
		a.Validation = wholeMatch(p.Reader, "IdentityValidationExpression")
	}
	p.Leave("no request notices it", "Name", "AuthType")
	b.api.Authorizers[a.ID] = a
}

// identitySources reads the expressions that make up an identity.
func identitySources(p *property.Reader, a *Authorizer) []string {
	text := p.Text("IdentitySource")
	if text == "" && a.WholeRequest && a.TTL == 0 {
		return nil
	}
	var sources []string
	for source := range strings.SplitSeq(text, ",") {
		source = strings.TrimSpace(source)
		header, isHeader := strings.CutPrefix(source, identityHeader)
		switch {
		case isHeader && header != "":
		case !a.WholeRequest:
			p.Fail("IdentitySource", "must be '%s<name>', got %q", identityHeader, text)
		case !expression(source).known() || strings.HasPrefix(source, "'"):
			p.Fail("IdentitySource", "must be a list of '%sheader.<name>', '%squerystring.<name>' and 'context.<name>', got %q", requestPrefix, requestPrefix, text)
		}
		sources = append(sources, source)
	}
	return sources
}

// wholeMatch reads an expression that has to match all of a text.
func wholeMatch(p *property.Reader, name string) *regexp.Regexp {
	text := p.Text(name)
	if text == "" {
		return nil
	}
	expression, err := regexp.Compile(`^(?:` + text + `)$`)
	if err != nil {
		p.Fail(name, "must be an expression that RE2 understands, got %q: %v", text, err)
		return nil
	}
	return expression
}

func (b *builder) addValidator(p part) {
	b.validators[p.resource.Ref] = p.Flag("ValidateRequestParameters")
	// Without a model there is nothing to check a body against; a method with
	// one reports it.
	p.Leave("no request notices it", "Name", "ValidateRequestBody")
}

func (b *builder) addModel(p part) {
	p.Leave("no request notices it", "Name", "Description", "ContentType")
}

func (b *builder) addGatewayResponse(p part) {
	g := GatewayResponse{Type: p.RequiredText("ResponseType"), Templates: p.TextMap("ResponseTemplates"), Headers: map[string]string{}}
	if text := p.Text("StatusCode"); text != "" {
		status, ok := parseStatus(text)
		if !ok {
			p.Fail("StatusCode", "must be 200 to 599, got %q", text)
		}
		g.StatusCode = status
	}
	for name, value := range p.TextMap("ResponseParameters") {
		header, found := strings.CutPrefix(name, "gatewayresponse.header.")
		if !found {
			p.Missing("ResponseParameters."+name, "only headers are emulated")
			continue
		}
		checkExpression(p.Reader, "ResponseParameters."+name, value)
		g.Headers[header] = value
	}
	for contentType, text := range g.Templates {
		checkTemplate(p.Reader, "ResponseTemplates."+contentType, text)
	}
	b.api.GatewayResponses[g.Type] = g
}

func checkExpression(p *property.Reader, name, value string) {
	if !expression(value).known() {
		p.Missing(name, "no value for %s", value)
	}
}

func checkTemplate(p *property.Reader, name, text string) {
	if unknown := parseTemplate(text).unknown(); len(unknown) > 0 {
		p.Missing(name, "no value for %s", strings.Join(unknown, ", "))
	}
}
