package restapi

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/regionpair/regionpair/internal/route"
)

// event is the input of a Lambda proxy integration, version 1.0. What is nil
// is null, as in API Gateway's.
type event struct {
	requestEvent
	Body            *string `json:"body"`
	IsBase64Encoded bool    `json:"isBase64Encoded"`
}

// requestEvent is what both integrations and authorizers learn of a request.
type requestEvent struct {
	Resource                        string              `json:"resource"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters                  map[string]string   `json:"pathParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	RequestContext                  eventContext        `json:"requestContext"`
}

type eventContext struct {
	ResourceID        string         `json:"resourceId"`
	ResourcePath      string         `json:"resourcePath"`
	HTTPMethod        string         `json:"httpMethod"`
	ExtendedRequestID string         `json:"extendedRequestId"`
	RequestTime       string         `json:"requestTime"`
	RequestTimeEpoch  int64          `json:"requestTimeEpoch"`
	Path              string         `json:"path"`
	AccountID         string         `json:"accountId"`
	Protocol          string         `json:"protocol"`
	Stage             string         `json:"stage"`
	DomainPrefix      string         `json:"domainPrefix"`
	DomainName        string         `json:"domainName"`
	RequestID         string         `json:"requestId"`
	DeploymentID      string         `json:"deploymentId,omitempty"`
	APIID             string         `json:"apiId"`
	Identity          identity       `json:"identity"`
	Authorizer        map[string]any `json:"authorizer,omitempty"`
}

// identity has nothing but nulls for callers that AWS does not know.
type identity struct {
	CognitoIdentityPoolID         *string `json:"cognitoIdentityPoolId"`
	AccountID                     *string `json:"accountId"`
	CognitoIdentityID             *string `json:"cognitoIdentityId"`
	Caller                        *string `json:"caller"`
	SourceIP                      string  `json:"sourceIp"`
	PrincipalOrgID                *string `json:"principalOrgId"`
	AccessKey                     *string `json:"accessKey"`
	CognitoAuthenticationType     *string `json:"cognitoAuthenticationType"`
	CognitoAuthenticationProvider *string `json:"cognitoAuthenticationProvider"`
	UserARN                       *string `json:"userArn"`
	UserAgent                     *string `json:"userAgent"`
	User                          *string `json:"user"`

	ClientCert *clientCertificate `json:"clientCert,omitempty"`
}

// event encodes the request for a function.
func (x *exchange) event() ([]byte, error) {
	e := event{requestEvent: x.requestEvent()}
	e.Body, e.IsBase64Encoded = x.eventBody()
	return json.Marshal(e)
}

func (x *exchange) requestEvent() requestEvent {
	header, query := x.eventHeader(), queryOf(x.request)
	e := requestEvent{
		Resource:                        x.resourcePath(),
		Path:                            x.paths.event,
		HTTPMethod:                      x.request.Method,
		Headers:                         last(header),
		MultiValueHeaders:               header,
		QueryStringParameters:           last(query),
		MultiValueQueryStringParameters: query,
		StageVariables:                  x.api.Stage.Variables,
		RequestContext:                  x.eventContext(),
	}
	if len(x.match.parameters) > 0 {
		e.PathParameters = x.match.parameters
	}
	return e
}

func (x *exchange) eventBody() (body *string, isBase64 bool) {
	if len(x.body) == 0 {
		return nil, false
	}
	if x.api.binaryRequest(x.request) {
		text := base64.StdEncoding.EncodeToString(x.body)
		return &text, true
	}
	text := strings.ToValidUTF8(string(x.body), "\uFFFD")
	return &text, false
}

func (x *exchange) eventContext() eventContext {
	return eventContext{
		ResourceID:        x.resourceID(),
		ResourcePath:      x.resourcePath(),
		HTTPMethod:        x.request.Method,
		ExtendedRequestID: x.extendedID,
		RequestTime:       x.received.UTC().Format(requestTimeLayout),
		RequestTimeEpoch:  x.received.UnixMilli(),
		Path:              x.paths.full,
		AccountID:         x.api.Account,
		Protocol:          x.request.Proto,
		Stage:             x.api.Stage.Name,
		DomainPrefix:      x.domainPrefix(),
		DomainName:        x.domainName(),
		RequestID:         x.requestID,
		DeploymentID:      x.api.Stage.DeploymentID,
		APIID:             x.api.ID,
		Identity:          x.identity(),
		Authorizer:        x.authorization.event(),
	}
}

func (x *exchange) identity() identity {
	result := identity{SourceIP: x.sourceIP(), ClientCert: x.clientCertificate()}
	if agent := x.request.UserAgent(); agent != "" {
		result.UserAgent = &agent
	}
	return result
}

// isBinary says whether a media type is one of the API's binary types.
func (a *API) isBinary(mediaType string) bool {
	for _, pattern := range a.BinaryMediaTypes {
		if pattern == "*/*" || route.Match(strings.ToLower(pattern), mediaType) {
			return true
		}
	}
	return false
}

// binaryRequest says whether the body is base64 in the event.
func (a *API) binaryRequest(request *http.Request) bool {
	return a.isBinary(mediaType(request.Header.Get("Content-Type")))
}

// binaryAnswer says whether a base64 body is decoded for the caller, which
// API Gateway decides by the first media type of the Accept header.
func (a *API) binaryAnswer(request *http.Request) bool {
	first, _, _ := strings.Cut(request.Header.Get("Accept"), ",")
	return a.isBinary(mediaType(first))
}

// mediaType strips the parameters; API Gateway takes JSON for granted.
func mediaType(header string) string {
	text, _, _ := strings.Cut(header, ";")
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return "application/json"
	}
	return text
}

// queryOf decodes the query string. Unlike net/url it splits at ampersands
// only and keeps what cannot be decoded as it is, because API Gateway does not
// refuse such a request.
func queryOf(request *http.Request) map[string][]string {
	if request.URL.RawQuery == "" {
		return nil
	}
	values := map[string][]string{}
	for _, pair := range strings.Split(request.URL.RawQuery, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name = queryText(name)
		values[name] = append(values[name], queryText(value))
	}
	return values
}

func queryText(text string) string {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return decoded
}
