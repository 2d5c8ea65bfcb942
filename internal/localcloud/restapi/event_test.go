package restapi_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/restapi"
)

// objects is an API like the deployed one, without its authorizer.
func objects(t testing.TB) *restapi.API {
	api := build(t, part("objects", "root", "objects"), part("key", "objects", "{key+}"),
		method("list", "GET", "objects", "f"), method("get", "GET", "key", "f"), method("put", "PUT", "key", "f"))
	api.BinaryMediaTypes = []string{"*/*"}
	return api
}

func TestTheEventHoldsTheWholeRequest(t *testing.T) {
	clock, cloud, api := newClock(), newCloud(), objects(t)
	api.Now = clock.Now
	api.Stage.Variables = map[string]string{"colour": "blue"}
	server := serve(t, api.Domain("", cloud.invoke))
	response, _ := send(t, server, "PUT", "/objects/a/b?x=1&x=2&y=%C3%BC+z&flag", "hello", "Content-Type", "text/plain", "X-Twice", "1", "X-Twice", "2",
		"User-Agent", "tests", "X-Forwarded-For", "192.0.2.7", "X-Amzn-Trace-Id", "Root=1-2-3;Sampled=1", "Te", "trailers", "Accept-Encoding", "identity")
	require.Equal(t, http.StatusOK, response.StatusCode)

	event := cloud.lastEvent(t, "f")
	header := map[string][]string{
		"Host": {"api.example.com"}, "Content-Type": {"text/plain"}, "X-Twice": {"1", "2"}, "User-Agent": {"tests"}, "Accept-Encoding": {"identity"},
		"X-Forwarded-For": {"192.0.2.7, 127.0.0.1"}, "X-Forwarded-Port": {"443"}, "X-Forwarded-Proto": {"https"}, "X-Amzn-Trace-Id": {"Root=1-2-3"},
	}
	require.Equal(t, events.APIGatewayProxyRequest{
		Resource: "/objects/{key+}", Path: "/objects/a/b", HTTPMethod: "PUT",
		MultiValueHeaders: header,
		Headers: map[string]string{
			"Host": "api.example.com", "Content-Type": "text/plain", "X-Twice": "2", "User-Agent": "tests", "Accept-Encoding": "identity",
			"X-Forwarded-For": "192.0.2.7, 127.0.0.1", "X-Forwarded-Port": "443", "X-Forwarded-Proto": "https", "X-Amzn-Trace-Id": "Root=1-2-3",
		},
		QueryStringParameters:           map[string]string{"x": "2", "y": "ü z", "flag": ""},
		MultiValueQueryStringParameters: map[string][]string{"x": {"1", "2"}, "y": {"ü z"}, "flag": {""}},
		PathParameters:                  map[string]string{"key": "a/b"},
		StageVariables:                  map[string]string{"colour": "blue"},
		Body:                            base64.StdEncoding.EncodeToString([]byte("hello")),
		IsBase64Encoded:                 true,
		RequestContext: events.APIGatewayProxyRequestContext{
			AccountID: "111122223333", APIID: "api1", ResourceID: "key", ResourcePath: "/objects/{key+}", HTTPMethod: "PUT", Stage: "live",
			DomainName: "api.example.com", DomainPrefix: "api", Path: "/objects/a/b", Protocol: "HTTP/1.1",
			RequestID: response.Header.Get("X-Amzn-Requestid"), ExtendedRequestID: response.Header.Get("X-Amz-Apigw-Id"),
			RequestTime: "01/Mar/2026:12:00:00 +0000", RequestTimeEpoch: clock.Now().UnixMilli(),
			Identity: events.APIGatewayRequestIdentity{SourceIP: "127.0.0.1", UserAgent: "tests"},
		},
	}, event)
	require.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, event.RequestContext.RequestID)
	require.Equal(t, "Root=1-2-3", response.Header.Get("X-Amzn-Trace-Id"))
}

func TestWhatARequestDoesNotHaveIsNull(t *testing.T) {
	cloud := newCloud()
	server := serve(t, objects(t).Domain("", cloud.invoke))
	send(t, server, "GET", "/objects", "", "User-Agent", "")
	event := cloud.lastRaw(t, "f")
	for _, name := range []string{"body", "queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables"} {
		require.Contains(t, event, name)
		require.Nil(t, event[name], name)
	}
	require.Equal(t, false, event["isBase64Encoded"])
	context := event["requestContext"].(map[string]any)
	require.NotContains(t, context, "authorizer")
	require.Nil(t, context["identity"].(map[string]any)["userAgent"])
	require.Contains(t, context["identity"], "cognitoIdentityId")
	require.Regexp(t, `^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$`, event["headers"].(map[string]any)["X-Amzn-Trace-Id"])
}

// The path is handed over as it was sent, see the package documentation. What
// a function has to do to get the key is part of the test.
func TestPathsAreHandedOverAsTheyWereSent(t *testing.T) {
	for sent, key := range map[string]string{
		"a%20b":             "a b",
		"%C3%BC":            "ü",
		"a%2Fb":             "a/b",
		"a%252Fb":           "a%2Fb",
		"a+b":               "a+b",
		"a%2Bb":             "a+b",
		"50%25":             "50%",
		"a/b/c":             "a/b/c",
		"a//b":              "a//b",
		"%3Fq%23f":          "?q#f",
		"test+alias@x.com":  "test+alias@x.com",
		"a%3Bb;c=d,e&f$g!h": "a;b;c=d,e&f$g!h",
		"..%2F..%2Fpasswd":  "../../passwd",
		"%e2%82%ac":         "€",
		"a%00b":             "a\x00b",
		"%22%7B%5C%7D":      `"{\}`,
	} {
		t.Run(sent, func(t *testing.T) {
			cloud := newCloud()
			server := serve(t, objects(t).Domain("", cloud.invoke))
			send(t, server, "GET", "/objects/"+sent, "")
			event := cloud.lastEvent(t, "f")
			require.Equal(t, "/objects/"+sent, event.Path)
			require.Equal(t, "/objects/"+sent, event.RequestContext.Path)
			require.Equal(t, map[string]string{"key": sent}, event.PathParameters)
			decoded, err := url.PathUnescape(strings.TrimPrefix(event.Path, "/objects/"))
			require.NoError(t, err)
			require.Equal(t, key, decoded)
		})
	}
}

func TestQueriesAreDecoded(t *testing.T) {
	for query, want := range map[string]map[string][]string{
		"prefix=a%20b&prefix=%2B": {"prefix": {"a b", "+"}},
		"a=b;c=d":                 {"a": {"b;c=d"}},
		"a=%zz&%zz=b":             {"a": {"%zz"}, "%zz": {"b"}},
		"&&a&=b":                  {"a": {""}, "": {"b"}},
		"date=12:00+00:00":        {"date": {"12:00 00:00"}},
	} {
		cloud := newCloud()
		server := serve(t, objects(t).Domain("", cloud.invoke))
		send(t, server, "GET", "/objects?"+query, "")
		require.Equal(t, want, cloud.lastEvent(t, "f").MultiValueQueryStringParameters, query)
	}
}

func TestThePathDependsOnTheNameThatIsCalled(t *testing.T) {
	for name, test := range map[string]struct {
		handler      func(*restapi.API, restapi.InvokeFunc) http.Handler
		sent         string
		path, full   string
		wantResource string
	}{
		"domain":              {domain(""), "/objects/a", "/objects/a", "/objects/a", "/objects/{key+}"},
		"no base path":        {domain("(none)"), "/objects/a", "/objects/a", "/objects/a", "/objects/{key+}"},
		"base path":           {domain("v1"), "/v1/objects/a", "/v1/objects/a", "/v1/objects/a", "/objects/{key+}"},
		"long base path":      {domain("/v1/x/"), "/v1/x/objects", "/v1/x/objects", "/v1/x/objects", "/objects"},
		"default endpoint":    {(*restapi.API).Handler, "/live/objects/a", "/objects/a", "/live/objects/a", "/objects/{key+}"},
		"slashes before":      {(*restapi.API).Handler, "/live//objects/a", "/objects/a", "/live//objects/a", "/objects/{key+}"},
		"trailing slash":      {domain(""), "/objects/a/", "/objects/a/", "/objects/a/", "/objects/{key+}"},
		"only trailing slash": {domain(""), "/objects/", "/objects/", "/objects/", "/objects"},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud()
			server := serve(t, test.handler(objects(t), cloud.invoke))
			response, _ := send(t, server, "GET", test.sent, "")
			require.Equal(t, http.StatusOK, response.StatusCode)
			event := cloud.lastEvent(t, "f")
			require.Equal(t, test.path, event.Path)
			require.Equal(t, test.full, event.RequestContext.Path)
			require.Equal(t, test.wantResource, event.Resource)
			if test.wantResource == "/objects/{key+}" {
				require.Equal(t, "a", event.PathParameters["key"])
			}
		})
	}
}

func domain(basePath string) func(*restapi.API, restapi.InvokeFunc) http.Handler {
	return func(a *restapi.API, invoke restapi.InvokeFunc) http.Handler { return a.Domain(basePath, invoke) }
}

func TestBodiesAreBase64ForBinaryTypesOnly(t *testing.T) {
	binary := string([]byte{0, 1, 0xff})
	for name, test := range map[string]struct {
		types       []string
		contentType string
		body        string
		want        string
		isBase64    bool
	}{
		"all":            {[]string{"*/*"}, "application/json", "{}", "e30=", true},
		"all, untyped":   {[]string{"*/*"}, "", binary, "AAH/", true},
		"listed":         {[]string{"image/png"}, "image/png; q=1", binary, "AAH/", true},
		"family":         {[]string{"image/*"}, "IMAGE/JPEG", binary, "AAH/", true},
		"other":          {[]string{"image/png"}, "text/plain", "hello ü", "hello ü", false},
		"none":           {nil, "application/octet-stream", "a", "a", false},
		"none, not text": {nil, "application/octet-stream", "a\xffb", "a\uFFFDb", false},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, api := newCloud(), objects(t)
			api.BinaryMediaTypes = test.types
			server := serve(t, api.Domain("", cloud.invoke))
			send(t, server, "PUT", "/objects/a", test.body, "Content-Type", test.contentType)
			event := cloud.lastEvent(t, "f")
			require.Equal(t, test.want, event.Body)
			require.Equal(t, test.isBase64, event.IsBase64Encoded)
		})
	}
}

func TestLargeRequests(t *testing.T) {
	cloud := newCloud()
	server := serve(t, objects(t).Domain("", cloud.invoke))
	// 4.5 MB are 6 MB of base64, which with the rest of the event is too much
	// for Lambda although it is not for API Gateway.
	for size, status := range map[int]int{4 << 20: 200, 9 << 19: 413, 10<<20 + 1: 413} {
		response, _ := send(t, server, "PUT", "/objects/a", strings.Repeat("x", size))
		require.Equal(t, status, response.StatusCode, size)
	}
	require.Equal(t, 1, cloud.calls("f"))

	request, err := http.NewRequest("PUT", server.URL+"/objects/a", struct{ *strings.Reader }{strings.NewReader(strings.Repeat("x", 11<<20))})
	require.NoError(t, err)
	request.ContentLength = -1
	response, err := server.Client().Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, 413, response.StatusCode)
}

func TestRoutes(t *testing.T) {
	api := build(t,
		part("a", "root", "a"), part("id", "root", "{id}"), part("rest", "root", "{rest+}"),
		part("aid", "a", "{id}"), part("aidx", "aid", "x"), part("idx", "id", "x"), part("empty", "root", "empty"),
		method("root", "GET", "root", "f"), method("a", "GET", "a", "f"), method("id", "GET", "id", "f"), method("rest", "ANY", "rest", "f"),
		method("aidx", "GET", "aidx", "f"), method("idx", "GET", "idx", "f"),
	)
	cloud := newCloud()
	server := serve(t, api.Domain("", cloud.invoke))
	for route, want := range map[string]struct {
		resource   string
		parameters map[string]string
	}{
		"GET /":            {"/", nil},
		"GET /a":           {"/a", nil},
		"GET /b":           {"/{id}", map[string]string{"id": "b"}},
		"GET /a/b/x":       {"/a/{id}/x", map[string]string{"id": "b"}},
		"GET /b/x":         {"/{id}/x", map[string]string{"id": "b"}},
		"GET /a/x":         {"/{id}/x", map[string]string{"id": "a"}},
		"GET /a/b":         {"/{rest+}", map[string]string{"rest": "a/b"}},
		"DELETE /b/c/d":    {"/{rest+}", map[string]string{"rest": "b/c/d"}},
		"GET /empty":       {"/{id}", map[string]string{"id": "empty"}},
		"PATCH /b//x":      {"/{rest+}", map[string]string{"rest": "b//x"}},
		"GET /a%2Fb":       {"/{id}", map[string]string{"id": "a%2Fb"}},
		"OPTIONS /a/b/c/d": {"/{rest+}", map[string]string{"rest": "a/b/c/d"}},
	} {
		httpMethod, path, _ := strings.Cut(route, " ")
		response, _ := send(t, server, httpMethod, path, "")
		require.Equal(t, 200, response.StatusCode, route)
		event := cloud.lastEvent(t, "f")
		require.Equal(t, want.resource, event.Resource, route)
		require.Equal(t, want.parameters, event.PathParameters, route)
	}
	// The resource exists, so that the greedy one beside it is not asked.
	response, body := send(t, server, "POST", "/a", "")
	require.Equal(t, 403, response.StatusCode)
	require.JSONEq(t, `{"message":"Missing Authentication Token"}`, body)
}

func TestNamesAndStagesThatLeadNowhere(t *testing.T) {
	closed := objects(t)
	closed.DisableExecuteAPI = true
	for name, test := range map[string]struct {
		handler func(*restapi.API, restapi.InvokeFunc) http.Handler
		api     *restapi.API
		path    string
		message string
	}{
		"disabled endpoint": {(*restapi.API).Handler, closed, "/live/objects", "Forbidden"},
		"unknown stage":     {(*restapi.API).Handler, objects(t), "/test/objects", "Forbidden"},
		"stage prefix":      {(*restapi.API).Handler, objects(t), "/liveobjects", "Forbidden"},
		"no stage":          {(*restapi.API).Handler, objects(t), "/", "Forbidden"},
		"base path":         {domain("v1"), objects(t), "/v12/objects", "Forbidden"},
		"unknown route":     {(*restapi.API).Handler, objects(t), "/live/nothing", "Missing Authentication Token"},
		"root":              {(*restapi.API).Handler, objects(t), "/live", "Missing Authentication Token"},
		"unknown method":    {domain(""), objects(t), "/objects", "Missing Authentication Token"},
		"head is not get":   {domain(""), objects(t), "/objects/a", ""},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud()
			server := serve(t, test.handler(test.api, cloud.invoke))
			httpMethod := map[string]string{"unknown method": "DELETE", "head is not get": "HEAD"}[name]
			response, body := send(t, server, httpMethod, test.path, "")
			require.Equal(t, 403, response.StatusCode)
			if test.message != "" {
				require.JSONEq(t, `{"message":"`+test.message+`"}`, body)
			}
			require.NotEmpty(t, response.Header.Get("X-Amzn-Requestid"))
			require.Zero(t, cloud.calls("f"))
		})
	}
}

func TestADisabledEndpointLeavesTheDomainOpen(t *testing.T) {
	api := objects(t)
	api.DisableExecuteAPI = true
	server := serve(t, api.Domain("", newCloud().invoke))
	response, _ := send(t, server, "GET", "/objects", "")
	require.Equal(t, 200, response.StatusCode)
}

func TestRequiredParameters(t *testing.T) {
	get := method("m", "GET", "key", "f")
	get.Properties["RequestValidatorId"] = "v"
	get.Properties["RequestParameters"] = map[string]any{
		"method.request.querystring.q": true, "method.request.header.X-A": true, "method.request.path.key": true, "method.request.header.X-B": false,
	}
	api := build(t, part("key", "root", "{key}"), get,
		resource("RequestValidator", "v", map[string]any{"ValidateRequestParameters": true, "ValidateRequestBody": true}))
	cloud := newCloud()
	server := serve(t, api.Domain("", cloud.invoke))
	for path, missing := range map[string]string{"/a": "q", "/a?q=": ""} {
		response, body := send(t, server, "GET", path, "", "X-A", "1")
		if missing == "" {
			require.Equal(t, 200, response.StatusCode)
			continue
		}
		require.Equal(t, 400, response.StatusCode)
		require.JSONEq(t, `{"message":"Missing required request parameters: [`+missing+`]"}`, body)
	}
	response, body := send(t, server, "GET", "/a?q=1", "")
	require.Equal(t, 400, response.StatusCode)
	require.Contains(t, body, "[X-A]")
	require.Equal(t, 1, cloud.calls("f"))
}

func TestTheDeploymentIsInTheContext(t *testing.T) {
	list := append(base(), method("m", "GET", "root", "f"))
	list[1].Properties["DeploymentId"] = "d1"
	api, err := restapi.FromResources(list)
	require.NoError(t, err)
	cloud := newCloud()
	send(t, serve(t, api.Domain("", cloud.invoke)), "GET", "/", "")
	require.Equal(t, "d1", cloud.lastRaw(t, "f")["requestContext"].(map[string]any)["deploymentId"])
}

func TestTheMachinesClockIsTheDefault(t *testing.T) {
	cloud := newCloud()
	send(t, serve(t, objects(t).Domain("", cloud.invoke)), "GET", "/objects", "")
	sent := time.UnixMilli(cloud.lastEvent(t, "f").RequestContext.RequestTimeEpoch)
	require.WithinDuration(t, time.Now(), sent, time.Minute)
}
