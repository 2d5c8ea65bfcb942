package restapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/restapi"
)

// serveOnce calls a handler without a network in between.
func serveOnce(h http.Handler, httpMethod, path, authorization string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(httpMethod, "https://api.example.com"+path, nil)
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, request)
	return recorder
}

func TestAnswersOfFunctions(t *testing.T) {
	for name, test := range map[string]struct {
		payload string
		types   []string
		accept  string
		status  int
		body    string
		header  map[string][]string
	}{
		"empty object":     {payload: `{}`, status: 200, header: map[string][]string{"Content-Type": {"application/json"}, "Content-Length": {"0"}}},
		"text":             {payload: `{"statusCode":201,"headers":{"content-type":"text/plain","X-A":"1"},"body":"hi"}`, status: 201, body: "hi", header: map[string][]string{"Content-Type": {"text/plain"}, "X-A": {"1"}}},
		"status as text":   {payload: `{"statusCode":"404","body":null}`, status: 404},
		"status null":      {payload: `{"statusCode":null,"headers":null,"multiValueHeaders":null,"isBase64Encoded":false}`, status: 200},
		"many values":      {payload: `{"multiValueHeaders":{"Set-Cookie":["a=1","b=2"],"X-B":[true]}}`, status: 200, header: map[string][]string{"Set-Cookie": {"a=1", "b=2"}, "X-B": {"true"}}},
		"both maps":        {payload: `{"headers":{"X-A":"1","X-B":"3"},"multiValueHeaders":{"X-A":["1","2"],"X-B":["4"]}}`, status: 200, header: map[string][]string{"X-A": {"1", "2"}, "X-B": {"4", "3"}}},
		"one in a list":    {payload: `{"multiValueHeaders":{"X-A":"1"}}`, status: 200, header: map[string][]string{"X-A": {"1"}}},
		"remapped":         {payload: `{"statusCode":401,"headers":{"WWW-Authenticate":"Basic","Content-Length":"99","Transfer-Encoding":"chunked"}}`, status: 401, header: map[string][]string{"X-Amzn-Remapped-Www-Authenticate": {"Basic"}, "X-Amzn-Remapped-Content-Length": {"99"}, "Www-Authenticate": nil, "Content-Length": {"0"}}},
		"base64":           {payload: `{"body":"AAH/","isBase64Encoded":true}`, types: []string{"*/*"}, status: 200, body: "\x00\x01\xff"},
		"base64, accepted": {payload: `{"body":"AAH/","isBase64Encoded":true}`, types: []string{"image/png"}, accept: "image/png;q=1, text/html", status: 200, body: "\x00\x01\xff"},
		"base64, not":      {payload: `{"body":"AAH/","isBase64Encoded":true}`, types: []string{"image/png"}, accept: "text/html, image/png", status: 200, body: "AAH/"},
		"no content":       {payload: `{"statusCode":204,"body":"x"}`, status: 204, header: map[string][]string{"Content-Length": nil}},
		"not modified":     {payload: `{"statusCode":304,"headers":{"ETag":"\"e\""}}`, status: 304, header: map[string][]string{"Etag": {`"e"`}}},
		"bad base64":       {payload: `{"body":"%%%","isBase64Encoded":true}`, types: []string{"*/*"}, status: 502},
		"no object":        {payload: `"hello"`, status: 502},
		"null":             {payload: `null`, status: 502},
		"nothing":          {payload: ``, status: 502},
		"two objects":      {payload: `{} {}`, status: 502},
		"unknown field":    {payload: `{"statusCode":200,"cookies":[]}`, status: 502},
		"body is a number": {payload: `{"body":1}`, status: 502},
		"status is text":   {payload: `{"statusCode":"ok"}`, status: 502},
		"status 99":        {payload: `{"statusCode":99}`, status: 502},
		"status 600":       {payload: `{"statusCode":600}`, status: 502},
		"number header":    {payload: `{"headers":{"X-A":1}}`, status: 502},
		"object header":    {payload: `{"multiValueHeaders":{"X-A":{}}}`, status: 502},
	} {
		t.Run(name, func(t *testing.T) {
			cloud, api := newCloud(), objects(t)
			api.BinaryMediaTypes = test.types
			cloud.returns("f", result{payload: test.payload})
			server := serve(t, api.Domain("", cloud.invoke))
			response, body := send(t, server, "GET", "/objects", "", "Accept", test.accept)
			require.Equal(t, test.status, response.StatusCode)
			if test.status == 502 {
				require.JSONEq(t, `{"message":"Internal server error"}`, body)
				require.Equal(t, "InternalServerErrorException", response.Header.Get("X-Amzn-Errortype"))
				return
			}
			require.Equal(t, test.body, body)
			for header, want := range test.header {
				require.Equal(t, want, response.Header[header], header)
			}
		})
	}
}

func TestAHeadRequestHasALengthAndNoBody(t *testing.T) {
	cloud, api := newCloud(), build(t, method("m", "HEAD", "root", "f"))
	cloud.returns("f", result{payload: `{"body":"hello"}`})
	response, body := send(t, serve(t, api.Domain("", cloud.invoke)), "HEAD", "/", "")
	require.Equal(t, int64(5), response.ContentLength)
	require.Empty(t, body)
}

func TestFunctionsThatFail(t *testing.T) {
	for name, test := range map[string]struct {
		result result
		status int
	}{
		"error":       {result{payload: `{"errorMessage":"boom"}`, functionError: "Unhandled"}, 502},
		"timed out":   {result{payload: `{"errorMessage":"Task timed out after 3.00 seconds"}`, functionError: "Unhandled"}, 502},
		"not invoked": {result{err: errors.New("TooManyRequestsException")}, 500},
	} {
		cloud := newCloud()
		cloud.returns("f", test.result)
		response, body := send(t, serve(t, objects(t).Domain("", cloud.invoke)), "GET", "/objects", "")
		require.Equal(t, test.status, response.StatusCode, name)
		require.JSONEq(t, `{"message":"Internal server error"}`, body, name)
	}
}

func TestTheExecutionLogSaysWhy(t *testing.T) {
	for want, r := range map[string]result{
		"failed: Unhandled: boom again":                           {payload: `{"errorMessage":"boom\nagain"}`, functionError: "Unhandled"},
		"invoke " + functionPrefix + "f: too many requests":       {err: errors.New("too many requests")},
		"malformed proxy response: a function must return an obj": {payload: `1`},
		"malformed proxy response: 'statusCode' must be 200":      {payload: `{"statusCode":1}`},
		"decode the function's body":                              {payload: `{"body":"%","isBase64Encoded":true}`},
	} {
		cloud, api, log := newCloud(), objects(t), &buffer{}
		api.ExecutionLog = log
		cloud.returns("f", r)
		response, body := send(t, serve(t, api.Domain("", cloud.invoke)), "GET", "/objects", "")
		line := log.lines(t, 1)[0]
		require.True(t, strings.HasPrefix(line, "("+response.Header.Get("X-Amzn-Requestid")+") GET /objects: "), line)
		require.Contains(t, line, want)
		require.JSONEq(t, `{"message":"Internal server error"}`, body, "the caller does not get to know")
	}
}

// A function that never answers, and does not look at its context either.
func TestAFunctionThatHangsIsGivenUp(t *testing.T) {
	slow := method("m", "GET", "root", "f")
	slow.Properties["Integration"].(map[string]any)["TimeoutInMillis"] = 50
	cloud, api := newCloud(), build(t, slow)
	release, deadline := make(chan struct{}), make(chan bool, 1)
	cloud.does("f", func(ctx context.Context, _ []byte) result {
		_, ok := ctx.Deadline()
		deadline <- ok
		<-release
		return result{payload: `{}`}
	})
	server := serve(t, api.Domain("", cloud.invoke))
	start := time.Now()
	response, body := send(t, server, "GET", "/", "")
	close(release)
	require.Equal(t, 504, response.StatusCode)
	require.JSONEq(t, `{"message":"Endpoint request timed out"}`, body)
	require.Less(t, time.Since(start), 5*time.Second)
	require.True(t, <-deadline)
}

func TestTheTimeScaleShortensTheWait(t *testing.T) {
	cloud, api := newCloud(), objects(t)
	api.TimeScale = 29 * 100
	left := make(chan time.Duration, 1)
	cloud.does("f", func(ctx context.Context, _ []byte) result {
		until, _ := ctx.Deadline()
		left <- time.Until(until)
		return result{payload: `{}`}
	})
	send(t, serve(t, api.Domain("", cloud.invoke)), "GET", "/objects", "")
	require.Less(t, <-left, 11*time.Millisecond)
}

// A caller that hangs up does not stop the function.
func TestACallerThatLeavesDoesNotStopTheFunction(t *testing.T) {
	cloud, api := newCloud(), objects(t)
	started, ended := make(chan struct{}), make(chan error, 1)
	release := make(chan struct{})
	cloud.does("f", func(ctx context.Context, _ []byte) result {
		close(started)
		<-release
		ended <- ctx.Err()
		return result{payload: `{}`}
	})
	server := serve(t, api.Domain("", cloud.invoke))
	ctx, cancel := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/objects", nil)
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() {
		response, err := server.Client().Do(request)
		if err == nil {
			_ = response.Body.Close()
		}
		done <- err
	}()
	<-started
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	close(release)
	require.NoError(t, <-ended)
}

func throttled(t testing.TB, clock *clock, settings ...map[string]any) *restapi.API {
	list := append(base(), part("a", "root", "a"), part("b", "root", "b"),
		method("getA", "GET", "a", "f"), method("putA", "PUT", "a", "f"), method("getB", "GET", "b", "f"))
	var values []any
	for _, setting := range settings {
		values = append(values, setting)
	}
	list[1].Properties["MethodSettings"] = values
	api, err := restapi.FromResources(list)
	require.NoError(t, err)
	api.Now = clock.Now
	return api
}

func limit(httpMethod, path string, rate, burst float64) map[string]any {
	return map[string]any{"HttpMethod": httpMethod, "ResourcePath": path, "ThrottlingRateLimit": rate, "ThrottlingBurstLimit": burst}
}

func TestThrottling(t *testing.T) {
	clock, cloud := newClock(), newCloud()
	api := throttled(t, clock, limit("*", "/*", 2, 3), limit("PUT", "/~1a", 1, 1), limit("*", "/~1b", 0, 0))
	server := serve(t, api.Domain("", cloud.invoke))
	count := func(httpMethod, path string, n int) (served int) {
		for range n {
			response, body := send(t, server, httpMethod, path, "")
			switch response.StatusCode {
			case 200:
				served++
			case 429:
				require.JSONEq(t, `{"message":"Too Many Requests"}`, body)
				require.Equal(t, "TooManyRequestsException", response.Header.Get("X-Amzn-Errortype"))
			default:
				t.Fatalf("status %d", response.StatusCode)
			}
		}
		return served
	}
	require.Equal(t, 3, count("GET", "/a", 5), "the burst")
	require.Equal(t, 1, count("PUT", "/a", 5), "each method has a bucket of its own")
	require.Equal(t, 0, count("GET", "/b", 2), "a rate of 0 lets nothing through")
	clock.advance(time.Second)
	require.Equal(t, 2, count("GET", "/a", 5), "the rate")
	clock.advance(time.Hour)
	require.Equal(t, 3, count("GET", "/a", 5), "no more than the burst")
	require.Equal(t, 9, cloud.calls("f"))
}

func TestWithoutASettingNothingIsThrottled(t *testing.T) {
	server := serve(t, throttled(t, newClock()).Domain("", newCloud().invoke))
	for range 50 {
		response, _ := send(t, server, "GET", "/a", "")
		require.Equal(t, 200, response.StatusCode)
	}
}

func TestGatewayResponsesOfTheDeployedAPI(t *testing.T) {
	api, _ := regionAPIs(t)
	clock, cloud := newClock(), newCloud()
	api.Now = clock.Now
	server := serve(t, api.Domain("", cloud.invoke))
	cloud.returns("handler", result{err: errors.New("throttled")})
	cloud.returns("token", result{payload: `x`})
	for name, test := range map[string]struct {
		httpMethod, path string
		authorizer       result
		status           int
		title            string
		challenge        string
	}{
		"unknown route": {"GET", "/nothing", result{}, 403, `"Missing Authentication Token"`, ""},
		"denied":        {"GET", "/objects", result{payload: policyJSON(t, rule("Deny", "*"))}, 403, `"User is not authorized to access this resource with an explicit deny"`, ""},
		"unauthorized":  {"GET", "/objects", result{payload: `{"errorMessage":"Unauthorized"}`, functionError: "Unhandled"}, 401, `"Unauthorized"`, "Bearer"},
		"undecided":     {"GET", "/objects", result{payload: `{"errorMessage":"x"}`, functionError: "Unhandled"}, 500, `null`, ""},
		"not invoked":   {"GET", "/objects", result{payload: policyJSON(t, rule("Allow", "*"))}, 500, `"Internal server error"`, ""},
		"bad answer":    {"POST", "/oauth2/token", result{}, 502, `"Internal server error"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cloud.returns("authorizer", test.authorizer)
			response, body := send(t, server, test.httpMethod, test.path, "", "Authorization", "Bearer "+strings.ReplaceAll(name, " ", "."))
			require.Equal(t, test.status, response.StatusCode)
			require.Equal(t, "eu-west-1", response.Header.Get("X-Served-By-Region"))
			require.Equal(t, test.challenge, response.Header.Get("WWW-Authenticate"))
			require.Equal(t, "application/problem+json", response.Header.Get("Content-Type"))
			require.JSONEq(t, `{"type":"about:blank","title":`+test.title+`,"requestId":"`+response.Header.Get("X-Amzn-Requestid")+`"}`, body)
		})
	}
}

func TestGatewayResponses(t *testing.T) {
	api := objects(t)
	api.Stage.Variables = map[string]string{"colour": "blue"}
	api.GatewayResponses["MISSING_AUTHENTICATION_TOKEN"] = restapi.GatewayResponse{
		StatusCode: 404,
		Headers: map[string]string{
			"X-Literal": "'a b'", "X-Stage": "context.stage", "X-Variable": "stageVariables.colour", "X-Header": "method.request.header.X-In",
			"X-Query": "method.request.querystring.q", "X-None": "method.request.header.X-Absent", "X-Path": "method.request.path.none",
			"X-Unknown": "something", "X-No-Variable": "stageVariables.none", "X-No-Query": "method.request.querystring.none",
		},
		Templates: map[string]string{
			"text/html": "<b>$context.error.message</b>", "text/plain": "${context.status} $context.error.responseType $context.resourcePath!",
		},
	}
	server := serve(t, api.Domain("", newCloud().invoke))
	response, body := send(t, server, "GET", "/nothing?q=1&q=2", "", "X-In", "in", "Accept", "image/png, text/plain;q=0.5")
	require.Equal(t, 404, response.StatusCode)
	require.Equal(t, "404 MISSING_AUTHENTICATION_TOKEN !", body)
	require.Equal(t, "text/plain", response.Header.Get("Content-Type"))
	for name, want := range map[string]string{"X-Literal": "a b", "X-Stage": "live", "X-Variable": "blue", "X-Header": "in", "X-Query": "2"} {
		require.Equal(t, want, response.Header.Get(name), name)
	}
	for _, name := range []string{"X-None", "X-Path", "X-Unknown", "X-No-Variable", "X-No-Query"} {
		require.NotContains(t, response.Header, name)
	}
	response, body = send(t, server, "GET", "/nothing", "", "Accept", "image/png")
	require.Equal(t, "text/html", response.Header.Get("Content-Type"))
	require.Equal(t, "<b>Missing Authentication Token</b>", body)
}

// buffer is an access log that may be written at any time.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// lines waits for n of them: a line is written after the answer.
func (b *buffer) lines(t testing.TB, n int) []string {
	t.Helper()
	var result []string
	require.Eventually(t, func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		result = strings.Split(strings.TrimSuffix(b.text.String(), "\n"), "\n")
		return strings.Count(b.text.String(), "\n") == n
	}, 5*time.Second, time.Millisecond)
	return result
}

func TestTheAccessLogOfTheDeployedAPI(t *testing.T) {
	api, _ := regionAPIs(t)
	clock, cloud, log := newClock(), newCloud(), &buffer{}
	api.Now, api.AccessLog = clock.Now, log
	cloud.does("authorizer", func(context.Context, []byte) result {
		clock.advance(5 * time.Millisecond)
		return result{payload: policyJSON(t, rule("Allow", "*"))}
	})
	cloud.does("handler", func(context.Context, []byte) result {
		clock.advance(20 * time.Millisecond)
		return result{payload: `{"statusCode":200,"body":"hello"}`}
	})
	server := serve(t, api.Domain("", cloud.invoke))
	received := clock.Now().UnixMilli()
	served, _ := send(t, server, "GET", "/objects/a%20b?secret=1", "", "Authorization", "Bearer t1", "X-Amzn-Trace-Id", "Root=1-2-3")
	refused, _ := send(t, server, "GET", "/nothing", "", "X-Amzn-Trace-Id", "Root=4-5-6")

	var first, second map[string]any
	lines := log.lines(t, 2)
	require.NoError(t, json.Unmarshal([]byte(lines[0]), &first))
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &second))
	milliseconds := func(n int64) string {
		text, err := json.Marshal(n)
		require.NoError(t, err)
		return string(text)
	}
	require.Equal(t, map[string]any{
		"requestId": served.Header.Get("X-Amzn-Requestid"), "time": milliseconds(received), "ip": "127.0.0.1", "method": "GET",
		"resource": "/objects/{key+}", "path": "/objects/a%20b", "status": "200", "clientId": "c1", "bytes": "5", "latencyMs": "25",
		"integrationMs": "20", "error": "-", "domain": "api.example.com", "traceId": "1-2-3",
	}, first)
	require.Equal(t, map[string]any{
		"requestId": refused.Header.Get("X-Amzn-Requestid"), "time": milliseconds(received + 25), "ip": "127.0.0.1", "method": "GET",
		"resource": "-", "path": "/nothing", "status": "403", "clientId": "-", "bytes": milliseconds(refused.ContentLength), "latencyMs": "0",
		"integrationMs": "-", "error": "MISSING_AUTHENTICATION_TOKEN", "domain": "api.example.com", "traceId": "4-5-6",
	}, second)
}

func TestEveryVariableOfAnAccessLog(t *testing.T) {
	list := append(base(), method("m", "GET", "root", "f"))
	list[1].Properties["DeploymentId"] = "d1"
	list[1].Properties["AccessLogSetting"] = map[string]any{"DestinationArn": "arn", "Format": "$context.accountId $context.apiId $context.deploymentId " +
		"$context.domainPrefix $context.httpMethod $context.identity.userAgent $context.protocol [$context.requestTime] $context.resourceId " +
		"$context.stage $context.integration.latency $context.authorizer.latency $context.authorizer.principalId $context.authorizer.x " +
		"$context.error.message $context.error.messageString $context.notThere."}
	api, err := restapi.FromResources(list)
	require.NoError(t, err)
	clock, log := newClock(), &buffer{}
	api.Now, api.AccessLog = clock.Now, log
	send(t, serve(t, api.Domain("", newCloud().invoke)), "GET", "/", "", "User-Agent", "ua")
	require.Equal(t, []string{"111122223333 api1 d1 api GET ua HTTP/1.1 [01/Mar/2026:12:00:00 +0000] root live 0 - - - - - -."}, log.lines(t, 1))
}

func TestTheHealthAPIOnItsDefaultEndpoint(t *testing.T) {
	_, health := regionAPIs(t)
	cloud := newCloud()
	cloud.returns("health", result{payload: `{"statusCode":503,"headers":{"Content-Type":"application/json"},"body":"{\"status\":\"unhealthy\"}"}`})
	server := serve(t, health.Handler(cloud.invoke))
	response, body := send(t, server, "GET", "/live/health", "")
	require.Equal(t, 503, response.StatusCode)
	require.JSONEq(t, `{"status":"unhealthy"}`, body)
	event := cloud.lastEvent(t, "health")
	require.Equal(t, "/health", event.Path)
	require.Equal(t, "/live/health", event.RequestContext.Path)
}

func mockAPI(t testing.TB, integration map[string]any) *restapi.API {
	integration["Type"] = "MOCK"
	return build(t, resource("Method", "m", map[string]any{"HttpMethod": "OPTIONS", "ResourceId": "root", "Integration": integration}))
}

func TestMockIntegrations(t *testing.T) {
	api := mockAPI(t, map[string]any{
		"RequestTemplates": map[string]any{"application/json": `{ statusCode: 204 }`, "text/plain": `{"statusCode": 418}`, "text/html": "no code"},
		"IntegrationResponses": []any{
			map[string]any{"StatusCode": "204", "ResponseParameters": map[string]any{"method.response.header.Access-Control-Allow-Origin": "'*'"}},
			map[string]any{"StatusCode": 400, "SelectionPattern": "4\\d\\d", "ResponseTemplates": map[string]any{"application/json": `{"id":"$context.requestId"}`}},
		},
	})
	cloud := newCloud()
	server := serve(t, api.Domain("", cloud.invoke))
	response, body := send(t, server, "OPTIONS", "/", "")
	require.Equal(t, 204, response.StatusCode)
	require.Equal(t, "*", response.Header.Get("Access-Control-Allow-Origin"))
	require.Empty(t, body)
	response, body = send(t, server, "OPTIONS", "/", "", "Content-Type", "text/plain")
	require.Equal(t, 400, response.StatusCode)
	require.JSONEq(t, `{"id":"`+response.Header.Get("X-Amzn-Requestid")+`"}`, body)
	response, _ = send(t, server, "OPTIONS", "/", "", "Content-Type", "text/html")
	require.Equal(t, 500, response.StatusCode)
	require.Empty(t, cloud.payloads)
}

func TestAMockWithoutAResponse(t *testing.T) {
	api := mockAPI(t, map[string]any{"RequestTemplates": map[string]any{"application/json": `{"statusCode":200}`}})
	response, body := send(t, serve(t, api.Domain("", newCloud().invoke)), "OPTIONS", "/", "")
	require.Equal(t, 500, response.StatusCode)
	require.JSONEq(t, `{"message":"Internal server error"}`, body)
}

func TestMocksSayWhatTheyLeaveOut(t *testing.T) {
	api := mockAPI(t, map[string]any{
		"RequestTemplates": map[string]any{"application/json": `#set($a = 1){"statusCode":200}`},
		"IntegrationResponses": []any{map[string]any{
			"StatusCode": 200, "ContentHandling": "CONVERT_TO_TEXT",
			"ResponseParameters": map[string]any{"method.response.header.A": "integration.response.header.B", "method.response.body": "'x'"},
		}},
	})
	require.ElementsMatch(t, []string{
		"stack/m (AWS::ApiGateway::Method): Integration.RequestTemplates.application/json: '#set' of the template language is left as it is",
		"stack/m (AWS::ApiGateway::Method): Integration.IntegrationResponses[].ResponseParameters.method.response.header.A: no value for integration.response.header.B",
		"stack/m (AWS::ApiGateway::Method): Integration.IntegrationResponses[].ResponseParameters.method.response.body: only headers are emulated",
		"stack/m (AWS::ApiGateway::Method): Integration.IntegrationResponses[].ContentHandling: not emulated",
	}, api.Unsupported())
}

func TestStageVariablesInTheFunctionName(t *testing.T) {
	list := append(base(), method("m", "GET", "root", "f-${stageVariables.colour}"))
	list[1].Properties["Variables"] = map[string]any{"colour": "blue"}
	api, err := restapi.FromResources(list)
	require.NoError(t, err)
	cloud := newCloud()
	send(t, serve(t, api.Domain("", cloud.invoke)), "GET", "/", "")
	require.Equal(t, 1, cloud.calls("f-blue"))
}

func BenchmarkProxiedRequest(b *testing.B) {
	api, _ := regionAPIs(b)
	now := time.Now()
	var mu sync.Mutex
	// A clock that runs ahead keeps the throttle out of the measurement.
	api.Now = func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Millisecond)
		return now
	}
	api.AccessLog = &buffer{}
	policy := policyJSON(b, rule("Allow", "*"))
	invoke := func(_ context.Context, functionARN string, _ []byte) ([]byte, string, error) {
		if functionARN == functionPrefix+"authorizer" {
			return []byte(policy), "", nil
		}
		return []byte(`{"statusCode":200,"multiValueHeaders":{"Content-Type":["application/octet-stream"]},"body":"aGVsbG8=","isBase64Encoded":true}`), "", nil
	}
	h := api.Domain("", invoke)
	b.Run("handler", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if recorder := serveOnce(h, "GET", "/objects/a%20b?x=1", "Bearer t1"); recorder.Code != 200 {
				b.Fatal(recorder.Code)
			}
		}
	})
	b.Run("http", func(b *testing.B) {
		server := serve(b, h)
		b.ReportAllocs()
		b.ResetTimer()
		for b.Loop() {
			if response, _ := send(b, server, "GET", "/objects/a%20b?x=1", "", "Authorization", "Bearer t1"); response.StatusCode != 200 {
				b.Fatal(response.StatusCode)
			}
		}
	})
}
