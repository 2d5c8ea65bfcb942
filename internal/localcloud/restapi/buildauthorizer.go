package restapi

import (
	"regexp"
	"strings"
	"time"
)

const (
	defaultAuthorizerTTL = 300
	maxAuthorizerTTL     = 3600
	identityHeader       = requestPrefix + "header."
)

func (b *builder) addAuthorizer(p *properties) {
	kind := p.requiredText("Type")
	if kind != "" && kind != "TOKEN" && kind != "REQUEST" {
		p.fail("Type", "must be 'TOKEN' or 'REQUEST', got %q: other authorizers are not emulated", kind)
		return
	}
	a := &Authorizer{ID: p.owner.Ref, WholeRequest: kind == "REQUEST"}
	_, functionARN, err := parseLambdaURI(withStageVariables(p.text("AuthorizerUri"), b.api.Stage.Variables))
	if err != nil {
		p.fail("AuthorizerUri", "%v", err)
	}
	a.FunctionARN = functionARN
	ttl := p.number("AuthorizerResultTtlInSeconds", defaultAuthorizerTTL)
	if ttl < 0 || ttl > maxAuthorizerTTL {
		p.fail("AuthorizerResultTtlInSeconds", "must be 0 to %d, got %v", maxAuthorizerTTL, ttl)
	}
	a.TTL = time.Duration(ttl * float64(time.Second))
	a.Sources = identitySources(p, a)
	if !a.WholeRequest {
		a.Validation = p.wholeMatch("IdentityValidationExpression")
	}
	p.ignore("Name", "AuthType")
	b.api.Authorizers[a.ID] = a
}

// identitySources reads the expressions that make up an identity.
func identitySources(p *properties, a *Authorizer) []string {
	text := p.text("IdentitySource")
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
			p.fail("IdentitySource", "must be '%s<name>', got %q", identityHeader, text)
		case !expression(source).known() || strings.HasPrefix(source, "'"):
			p.fail("IdentitySource", "must be a list of '%sheader.<name>', '%squerystring.<name>' and 'context.<name>', got %q", requestPrefix, requestPrefix, text)
		}
		sources = append(sources, source)
	}
	return sources
}

// wholeMatch reads an expression that has to match all of a text.
func (p *properties) wholeMatch(name string) *regexp.Regexp {
	text := p.text(name)
	if text == "" {
		return nil
	}
	expression, err := regexp.Compile(`^(?:` + text + `)$`)
	if err != nil {
		p.fail(name, "must be an expression that RE2 understands, got %q: %v", text, err)
		return nil
	}
	return expression
}

func (b *builder) addValidator(p *properties) {
	b.validators[p.owner.Ref] = p.flag("ValidateRequestParameters")
	// Without a model there is nothing to check a body against; a method with
	// one reports it.
	p.ignore("Name", "ValidateRequestBody")
}

func (b *builder) addModel(p *properties) {
	p.ignore("Name", "Description", "ContentType")
}

func (b *builder) addGatewayResponse(p *properties) {
	g := GatewayResponse{Type: p.requiredText("ResponseType"), Templates: p.textMap("ResponseTemplates"), Headers: map[string]string{}}
	if text := p.text("StatusCode"); text != "" {
		status, ok := parseStatus(text)
		if !ok {
			p.fail("StatusCode", "must be 200 to 599, got %q", text)
		}
		g.StatusCode = status
	}
	for name, value := range p.textMap("ResponseParameters") {
		header, found := strings.CutPrefix(name, "gatewayresponse.header.")
		if !found {
			p.missing("ResponseParameters."+name, "only headers are emulated")
			continue
		}
		p.checkExpression("ResponseParameters."+name, value)
		g.Headers[header] = value
	}
	for contentType, text := range g.Templates {
		p.checkTemplate("ResponseTemplates."+contentType, text)
	}
	b.api.GatewayResponses[g.Type] = g
}

func (p *properties) checkExpression(name, value string) {
	if !expression(value).known() {
		p.missing(name, "no value for %s", value)
	}
}

func (p *properties) checkTemplate(name, text string) {
	if unknown := parseTemplate(text).unknown(); len(unknown) > 0 {
		p.missing(name, "no value for %s", strings.Join(unknown, ", "))
	}
}
