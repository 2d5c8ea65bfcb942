package restapi

import "net/http"

// GatewayResponse shapes the answers that API Gateway gives by itself.
type GatewayResponse struct {
	// Type such as "UNAUTHORIZED", or a whole family such as "DEFAULT_4XX".
	Type string
	// StatusCode replaces the usual one; 0 keeps it.
	StatusCode int
	// Headers by name: 'literal', context.<variable> or method.request.<…>.
	Headers map[string]string
	// Templates by content type, with $context variables.
	Templates map[string]string
}

var defaultTemplates = map[string]string{"application/json": `{"message":$context.error.messageString}`}

// deniedTemplates: API Gateway spells this one message with a capital.
var deniedTemplates = map[string]string{"application/json": `{"Message":$context.error.messageString}`}

// answerTo shapes the answer to a fault. A type without a gateway response of
// its own takes that of its family.
func (x *exchange) answerTo(f *fault) answer {
	x.fault = f
	response, found := x.api.GatewayResponses[f.responseType]
	if !found {
		response = x.api.GatewayResponses[f.family()]
	}
	status := f.status
	if response.StatusCode != 0 {
		status = response.StatusCode
	}
	x.status = status
	contentType, body := chooseTemplate(response.templatesFor(f), x.request)
	header := http.Header{}
	header.Set("Content-Type", contentType)
	header.Set("X-Amzn-Errortype", f.errorType)
	for name, value := range response.Headers {
		if text, ok := expression(value).value(x); ok {
			header.Set(name, text)
		}
	}
	return answer{status: status, header: header, body: []byte(parseTemplate(body).render(x.variable, ""))}
}

func (g GatewayResponse) templatesFor(f *fault) map[string]string {
	switch {
	case len(g.Templates) > 0:
		return g.Templates
	case f.responseType == "ACCESS_DENIED":
		return deniedTemplates
	}
	return defaultTemplates
}
