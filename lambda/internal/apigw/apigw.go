// Package apigw serves REST API proxy events with net/http handlers.
package apigw

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/problem"
)

// Proxy is the signature of a Lambda handler behind a REST API.
type Proxy func(context.Context, events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error)

// asLambdaReads are the rules by which aws-lambda-go would read events and
// write answers: nothing that API Gateway sends is refused because of them.
var asLambdaReads = json.JoinOptions(
	jsontext.AllowDuplicateNames(true),
	jsontext.AllowInvalidUTF8(true),
	json.FormatNilMapAsNull(true),
)

// Invoke implements lambda.Handler. Left to itself, aws-lambda-go copies an
// event twice and scans it three times before a handler sees it: most of the
// time that a body of 1 MiB takes.
func (p Proxy) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var event events.APIGatewayProxyRequest
	if err := json.Unmarshal(payload, &event, asLambdaReads); err != nil {
		return nil, fmt.Errorf("read the event: %w", err)
	}
	answer, err := p(ctx, event)
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer, asLambdaReads)
}

type contextKey struct{}

// RequestContext returns what API Gateway says about the request, and whether
// the request came through API Gateway.
func RequestContext(ctx context.Context) (events.APIGatewayProxyRequestContext, bool) {
	request, ok := ctx.Value(contextKey{}).(events.APIGatewayProxyRequestContext)
	return request, ok
}

// Handler adapts h. Request and response bodies may be binary. A panic of h
// becomes a 500 problem and a log line with the stack.
func Handler(h http.Handler) Proxy {
	return func(ctx context.Context, event events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		ctx = context.WithValue(ctx, contextKey{}, event.RequestContext)
		ctx = logging.With(ctx, "requestId", requestID(ctx, event))
		w := newResponse()
		request, err := newRequest(ctx, event)
		if err != nil {
			logging.From(ctx).Warn("refuse a malformed event", "error", err)
			problem.Write(w, &http.Request{Method: event.HTTPMethod}, problem.Problem{Status: http.StatusBadRequest, Detail: "the request cannot be read"})
			return w.proxy(), nil
		}
		serve(h, w, request)
		return w.proxy(), nil
	}
}

// requestID is API Gateway's, which its access log has as well, or Lambda's.
func requestID(ctx context.Context, event events.APIGatewayProxyRequest) string {
	if id := event.RequestContext.RequestID; id != "" {
		return id
	}
	if function, ok := lambdacontext.FromContext(ctx); ok {
		return function.AwsRequestID
	}
	return ""
}

func serve(h http.Handler, w *response, request *http.Request) {
	defer func() {
		if reason := recover(); reason != nil {
			logging.From(request.Context()).Error("panic while serving", "reason", fmt.Sprint(reason), "stack", string(debug.Stack()))
			w.reset()
			problem.Write(w, request, problem.Problem{Status: http.StatusInternalServerError})
		}
	}()
	h.ServeHTTP(w, request)
}

func newRequest(ctx context.Context, event events.APIGatewayProxyRequest) (*http.Request, error) {
	body, err := decodeBody(event)
	if err != nil {
		return nil, fmt.Errorf("decode the body: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, event.HTTPMethod, "/", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("build the request: %w", err)
	}
	// A REST API hands over the path as the client encoded it, and the query
	// decoded; an HTTP API would decode both.
	path, err := url.PathUnescape(event.Path)
	if err != nil {
		return nil, fmt.Errorf("decode the path: %w", err)
	}
	request.URL = &url.URL{Path: path, RawPath: event.Path, RawQuery: query(event).Encode()}
	request.Header = header(event)
	request.Host = request.Header.Get("Host")
	request.RequestURI = request.URL.RequestURI()
	request.RemoteAddr = event.RequestContext.Identity.SourceIP
	if len(body) == 0 {
		request.Body = http.NoBody
	}
	request.ContentLength = int64(len(body))
	return request, nil
}

func decodeBody(event events.APIGatewayProxyRequest) ([]byte, error) {
	if event.IsBase64Encoded {
		return base64.StdEncoding.DecodeString(event.Body)
	}
	return []byte(event.Body), nil
}

func query(event events.APIGatewayProxyRequest) url.Values {
	values := url.Values(event.MultiValueQueryStringParameters)
	if values != nil {
		return values
	}
	values = url.Values{}
	for name, value := range event.QueryStringParameters {
		values.Set(name, value)
	}
	return values
}

func header(event events.APIGatewayProxyRequest) http.Header {
	result := http.Header{}
	for name, values := range event.MultiValueHeaders {
		for _, value := range values {
			result.Add(name, value)
		}
	}
	if len(result) > 0 {
		return result
	}
	for name, value := range event.Headers {
		result.Set(name, value)
	}
	return result
}
