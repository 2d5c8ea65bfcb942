package restapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
)

// reply is what a function returns to a proxy integration.
type reply struct {
	StatusCode        statusCode             `json:"statusCode"`
	Headers           map[string]headerValue `json:"headers"`
	MultiValueHeaders map[string]headerList  `json:"multiValueHeaders"`
	Body              *string                `json:"body"`
	IsBase64Encoded   bool                   `json:"isBase64Encoded"`
}

// statusCode may also be a string of digits; without one it is 200.
type statusCode int

// UnmarshalJSON implements json.Unmarshaler.
func (s *statusCode) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	number, err := strconv.Atoi(string(bytes.Trim(text, `"`)))
	if err != nil {
		return fmt.Errorf("'statusCode' must be a number, got %s", text)
	}
	*s = statusCode(number)
	return nil
}

// headerValue is a string or a boolean.
type headerValue string

// UnmarshalJSON implements json.Unmarshaler.
func (v *headerValue) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case "true", "false":
		*v = headerValue(text)
		return nil
	}
	return json.Unmarshal(text, (*string)(v))
}

// headerList may also be a single value.
type headerList []headerValue

// UnmarshalJSON implements json.Unmarshaler.
func (l *headerList) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return json.Unmarshal(text, (*[]headerValue)(l))
	}
	var one headerValue
	if err := json.Unmarshal(text, &one); err != nil {
		return err
	}
	*l = headerList{one}
	return nil
}

// parseReply refuses what API Gateway calls a malformed proxy response: no
// object, an unknown field, or a field of another type.
func parseReply(payload []byte) (reply, error) {
	if trimmed := bytes.TrimSpace(payload); len(trimmed) == 0 || trimmed[0] != '{' {
		return reply{}, errors.New("a function must return an object")
	}
	var r reply
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return reply{}, fmt.Errorf("decode the function's answer: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return reply{}, errors.New("a function must return one object")
	}
	if r.StatusCode == 0 {
		r.StatusCode = http.StatusOK
	}
	if r.StatusCode < 200 || r.StatusCode > 599 {
		return reply{}, fmt.Errorf("'statusCode' must be 200 to 599, got %d", r.StatusCode)
	}
	return r, nil
}

func (x *exchange) answerOf(r reply) (answer, *fault) {
	body, err := x.replyBody(r)
	if err != nil {
		return answer{}, faultBadAnswer.because(fmt.Errorf("decode the function's body: %w", err))
	}
	header := http.Header{}
	for name, values := range r.MultiValueHeaders {
		for _, value := range values {
			addAnswerHeader(header, name, string(value))
		}
	}
	for name, value := range r.Headers {
		// A pair that is in both maps counts once.
		if !slices.Contains(r.MultiValueHeaders[name], value) {
			addAnswerHeader(header, name, string(value))
		}
	}
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	return answer{status: int(r.StatusCode), header: header, body: body}, nil
}

func (x *exchange) replyBody(r reply) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	if !r.IsBase64Encoded || !x.api.binaryAnswer(x.request) {
		return []byte(*r.Body), nil
	}
	return base64.StdEncoding.DecodeString(*r.Body)
}

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
