package restapi

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// mock is an integration without a backend. Its request template only chooses
// the status code, as in {"statusCode": 200}.
type mock struct {
	templates map[string]string
	responses []mockResponse
}

// mockResponse is one of a mock integration's integration responses.
type mockResponse struct {
	status int
	// selection matches the status code; nil is the default response.
	selection *regexp.Regexp
	header    map[string]expression
	templates map[string]string
}

var mockStatus = regexp.MustCompile(`["']?statusCode["']?\s*:\s*["']?(\d{3})`)

func (m mock) serve(x *exchange) (answer, *fault) {
	text, found := m.templates[mediaType(x.request.Header.Get("Content-Type"))]
	if !found {
		text = m.templates["application/json"]
	}
	status := mockStatus.FindStringSubmatch(parseTemplate(text).render(x.variable, ""))
	if status == nil {
		return answer{}, faultConfiguration.because(errors.New("the request template of the mock integration holds no 'statusCode'"))
	}
	response, found := m.responseFor(status[1])
	if !found {
		return answer{}, faultConfiguration.because(fmt.Errorf("no integration response of the mock integration is for status %s", status[1]))
	}
	header := http.Header{}
	for name, value := range response.header {
		if text, ok := value.value(x); ok {
			header.Set(name, text)
		}
	}
	contentType, body := chooseTemplate(response.templates, x.request)
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", contentType)
	}
	return answer{status: response.status, header: header, body: []byte(parseTemplate(body).render(x.variable, ""))}, nil
}

func (m mock) responseFor(status string) (mockResponse, bool) {
	for _, response := range m.responses {
		if response.selection != nil && response.selection.MatchString(status) {
			return response, true
		}
	}
	for _, response := range m.responses {
		if response.selection == nil {
			return response, true
		}
	}
	return mockResponse{}, false
}

// chooseTemplate prefers what the caller accepts, then JSON, then the first
// content type in the alphabet.
func chooseTemplate(templates map[string]string, request *http.Request) (contentType, body string) {
	for _, part := range strings.Split(request.Header.Get("Accept"), ",") {
		if body, found := templates[mediaType(part)]; found {
			return mediaType(part), body
		}
	}
	if body, found := templates["application/json"]; found {
		return "application/json", body
	}
	for name := range templates {
		if contentType == "" || name < contentType {
			contentType = name
		}
	}
	if contentType == "" {
		return "application/json", ""
	}
	return contentType, templates[contentType]
}

func parseStatus(text string) (int, bool) {
	status, err := strconv.Atoi(text)
	return status, err == nil && status >= 200 && status <= 599
}

var variablePattern = regexp.MustCompile(`\$context\.(\w+(?:\.\w+)*)|\$\{context\.(\w+(?:\.\w+)*)\}`)

// template is a text with $context variables. API Gateway substitutes them in
// access log formats and gateway responses without any further language.
type template struct {
	// literals has one element more than variables.
	literals  []string
	variables []string
}

func parseTemplate(text string) template {
	var t template
	last := 0
	for _, at := range variablePattern.FindAllStringSubmatchIndex(text, -1) {
		name := submatch(text, at, 1) + submatch(text, at, 2)
		t.literals = append(t.literals, text[last:at[0]])
		t.variables = append(t.variables, name)
		last = at[1]
	}
	t.literals = append(t.literals, text[last:])
	return t
}

func submatch(text string, at []int, group int) string {
	if at[2*group] < 0 {
		return ""
	}
	return text[at[2*group]:at[2*group+1]]
}

// render puts missing where a variable has no value.
func (t template) render(value func(name string) (string, bool), missing string) string {
	var b strings.Builder
	for i, literal := range t.literals {
		b.WriteString(literal)
		if i == len(t.variables) {
			break
		}
		text, ok := value(t.variables[i])
		if !ok {
			text = missing
		}
		b.WriteString(text)
	}
	return b.String()
}

// unknown returns the variables that nothing here gives a value.
func (t template) unknown() []string {
	var names []string
	for _, name := range t.variables {
		if !isVariable(name) {
			names = append(names, "$context."+name)
		}
	}
	return names
}
