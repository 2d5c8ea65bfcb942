package restapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/restapi"
)

const functionPrefix = "arn:aws:lambda:eu-west-1:111122223333:function:"

// clock is a time that only tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// result is what a fake function does.
type result struct {
	payload       string
	functionError string
	err           error
}

// cloud is a fake Lambda that records what its functions got.
type cloud struct {
	mu        sync.Mutex
	payloads  map[string][][]byte
	functions map[string]func(ctx context.Context, payload []byte) result
}

func newCloud() *cloud {
	return &cloud{payloads: map[string][][]byte{}, functions: map[string]func(context.Context, []byte) result{}}
}

func (c *cloud) returns(name string, r result) {
	c.does(name, func(context.Context, []byte) result { return r })
}

func (c *cloud) does(name string, f func(context.Context, []byte) result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.functions[functionPrefix+name] = f
}

func (c *cloud) invoke(ctx context.Context, functionARN string, payload []byte) ([]byte, string, error) {
	c.mu.Lock()
	c.payloads[functionARN] = append(c.payloads[functionARN], bytes.Clone(payload))
	f := c.functions[functionARN]
	c.mu.Unlock()
	if f == nil {
		return []byte(`{"statusCode":200,"body":"ok"}`), "", nil
	}
	r := f(ctx, payload)
	return []byte(r.payload), r.functionError, r.err
}

func (c *cloud) calls(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.payloads[functionPrefix+name])
}

func (c *cloud) lastEvent(t testing.TB, name string) events.APIGatewayProxyRequest {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.payloads[functionPrefix+name]
	require.NotEmpty(t, list, "%s was not invoked", name)
	var event events.APIGatewayProxyRequest
	require.NoError(t, json.Unmarshal(list[len(list)-1], &event))
	return event
}

func (c *cloud) lastRaw(t testing.TB, name string) map[string]any {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.payloads[functionPrefix+name]
	require.NotEmpty(t, list, "%s was not invoked", name)
	var event map[string]any
	require.NoError(t, json.Unmarshal(list[len(list)-1], &event))
	return event
}

// regionResources are those of a synthesized Region stack.
func regionResources(t testing.TB) []restapi.Resource {
	t.Helper()
	text, err := os.ReadFile("testdata/region.json")
	require.NoError(t, err)
	var list []restapi.Resource
	require.NoError(t, json.Unmarshal(text, &list))
	for i := range list {
		list[i].Stack = "orders-primary"
	}
	return list
}

// regionAPIs are the API on the domain name and the health API.
func regionAPIs(t testing.TB) (api, health *restapi.API) {
	t.Helper()
	apis, err := restapi.AllFromResources(regionResources(t))
	require.NoError(t, err)
	require.Len(t, apis, 2)
	return apis[0], apis[1]
}

func resource(kind, id string, properties map[string]any) restapi.Resource {
	if kind != "RestApi" {
		properties["RestApiId"] = "api1"
	}
	return restapi.Resource{Stack: "stack", LogicalID: id, Type: "AWS::ApiGateway::" + kind, Ref: id, Properties: properties}
}

func lambdaURI(name string) string {
	return "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/" + functionPrefix + name + "/invocations"
}

func proxyTo(name string) map[string]any {
	return map[string]any{"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": lambdaURI(name)}
}

func method(id, httpMethod, resourceID, function string) restapi.Resource {
	return resource("Method", id, map[string]any{
		"HttpMethod": httpMethod, "ResourceId": resourceID, "AuthorizationType": "NONE", "Integration": proxyTo(function),
	})
}

func part(id, parentID, pathPart string) restapi.Resource {
	return resource("Resource", id, map[string]any{"ParentId": parentID, "PathPart": pathPart})
}

// base is an API with a stage and nothing else; its root is "root".
func base() []restapi.Resource {
	return []restapi.Resource{
		resource("RestApi", "api1", map[string]any{"Name": "test"}),
		resource("Stage", "stage1", map[string]any{"StageName": "live"}),
	}
}

func build(t testing.TB, more ...restapi.Resource) *restapi.API {
	t.Helper()
	api, err := restapi.FromResources(append(base(), more...))
	require.NoError(t, err)
	return api
}

func serve(t testing.TB, h http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server
}

// send makes a request on a custom domain.
func send(t testing.TB, server *httptest.Server, httpMethod, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequest(httpMethod, server.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Host = "api.example.com"
	for i := 0; i < len(header); i += 2 {
		request.Header.Add(header[i], header[i+1])
	}
	response, err := server.Client().Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(text)
}
