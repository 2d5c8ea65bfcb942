package restapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/restapi"
)

const (
	stageARN = "arn:aws:execute-api:eu-west-1:111122223333:api1/live/"
	okPolicy = `{"principalId":"p","policyDocument":{"Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"}]}}`
)

// guarded is an API whose routes all need a token.
func guarded(t testing.TB, ttl any, clock *clock) *restapi.API {
	secured := func(id, httpMethod, resourceID string) restapi.Resource {
		m := method(id, httpMethod, resourceID, "f")
		m.Properties["AuthorizationType"], m.Properties["AuthorizerId"] = "CUSTOM", "auth1"
		return m
	}
	api := build(t, part("objects", "root", "objects"), part("key", "objects", "{key+}"),
		secured("list", "GET", "objects"), secured("get", "GET", "key"), secured("put", "PUT", "key"),
		resource("Authorizer", "auth1", map[string]any{
			"Type": "TOKEN", "AuthorizerUri": lambdaURI("auth"), "IdentitySource": "method.request.header.Authorization",
			"IdentityValidationExpression": "[Bb]earer [a-z0-9]+", "AuthorizerResultTtlInSeconds": ttl, "Name": "a",
		}))
	api.Now = clock.Now
	return api
}

// policyJSON is an authorizer's answer with the given statements.
func policyJSON(t testing.TB, statements ...events.IAMPolicyStatement) string {
	t.Helper()
	text, err := json.Marshal(events.APIGatewayCustomAuthorizerResponse{
		PrincipalID:    "p",
		PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{Version: "2012-10-17", Statement: statements},
		Context:        map[string]any{"clientId": "c1", "scope": "objects/read"},
	})
	require.NoError(t, err)
	return string(text)
}

func rule(effect string, resources ...string) events.IAMPolicyStatement {
	return events.IAMPolicyStatement{Action: []string{"execute-api:Invoke"}, Effect: effect, Resource: resources}
}

func TestTheAuthorizerGetsTheTokenAndTheMethod(t *testing.T) {
	cloud := newCloud()
	cloud.returns("auth", result{payload: okPolicy})
	server := serve(t, guarded(t, 300, newClock()).Domain("", cloud.invoke))
	response, _ := send(t, server, "PUT", "/objects/a%20b", "x", "Authorization", "Bearer t1")
	require.Equal(t, 200, response.StatusCode)
	require.Equal(t, map[string]any{
		"type": "TOKEN", "authorizationToken": "Bearer t1", "methodArn": stageARN + "PUT/objects/a%20b",
	}, cloud.lastRaw(t, "auth"))
}

func TestTheContextIsPassedOnAsText(t *testing.T) {
	clock, cloud := newClock(), newCloud()
	cloud.does("auth", func(context.Context, []byte) result {
		clock.advance(25 * time.Millisecond)
		return result{payload: `{"principalId":"p","context":{"s":"x","n":1.50,"b":true,"f":false},` + okPolicy[len(`{"principalId":"p",`):]}
	})
	server := serve(t, guarded(t, 300, clock).Domain("", cloud.invoke))
	want := map[string]any{"principalId": "p", "integrationLatency": 25.0, "s": "x", "n": "1.50", "b": "true", "f": "false"}
	send(t, server, "GET", "/objects", "", "Authorization", "Bearer t1")
	require.Equal(t, want, cloud.lastEvent(t, "f").RequestContext.Authorizer)
	// From the cache, nobody waited.
	want["integrationLatency"] = 0.0
	send(t, server, "GET", "/objects", "", "Authorization", "Bearer t1")
	require.Equal(t, want, cloud.lastEvent(t, "f").RequestContext.Authorizer)
	require.Equal(t, 1, cloud.calls("auth"))
}

func TestTokensThatDoNotLookLikeOneAreRefusedAtOnce(t *testing.T) {
	cloud := newCloud()
	server := serve(t, guarded(t, 300, newClock()).Domain("", cloud.invoke))
	for _, header := range [][]string{nil, {"Authorization", ""}, {"Authorization", "Basic x"}, {"Authorization", "xBearer t1"}, {"Authorization", "Bearer t1!"}} {
		response, body := send(t, server, "GET", "/objects", "", header...)
		require.Equal(t, 401, response.StatusCode, header)
		require.JSONEq(t, `{"message":"Unauthorized"}`, body)
		require.Equal(t, "UnauthorizedException", response.Header.Get("X-Amzn-Errortype"))
	}
	require.Zero(t, cloud.calls("auth"))
}

func TestAnswersOfTheAuthorizer(t *testing.T) {
	statement := func(fields string) string {
		return `{"principalId":"p","policyDocument":{"Statement":[{` + fields + `}]}}`
	}
	for name, test := range map[string]struct {
		result result
		status int
		body   string
	}{
		"allow":              {result{payload: okPolicy}, 200, ""},
		"one statement":      {result{payload: `{"policyDocument":{"Statement":{"Action":["execute-api:*"],"Effect":"Allow","Resource":["*"]}}}`}, 200, ""},
		"number as id":       {result{payload: `{"principalId":7,"policyDocument":{"Statement":{"Action":"*","Effect":"Allow","Resource":"*"}}}`}, 200, ""},
		"other action":       {result{payload: statement(`"Action":"s3:GetObject","Effect":"Allow","Resource":"*"`)}, 403, `{"Message":"User is not authorized to access this resource"}`},
		"deny":               {result{payload: statement(`"Action":"execute-api:Invoke","Effect":"Deny","Resource":"*"`)}, 403, `{"Message":"User is not authorized to access this resource with an explicit deny"}`},
		"unauthorized":       {result{payload: `{"errorMessage":"Unauthorized","errorType":"errorString"}`, functionError: "Unhandled"}, 401, `{"message":"Unauthorized"}`},
		"other error":        {result{payload: `{"errorMessage":"unauthorized"}`, functionError: "Unhandled"}, 500, `{"message":null}`},
		"error without text": {result{payload: `boom`, functionError: "Unhandled"}, 500, `{"message":null}`},
		"not invoked":        {result{err: errors.New("throttled")}, 500, `{"message":null}`},
		"no JSON":            {result{payload: `x`}, 500, `{"message":null}`},
		"no policy":          {result{payload: `{"principalId":"p"}`}, 500, `{"message":null}`},
		"effect":             {result{payload: statement(`"Action":"*","Effect":"allow","Resource":"*"`)}, 500, `{"message":null}`},
		"no resource":        {result{payload: statement(`"Action":"*","Effect":"Allow"`)}, 500, `{"message":null}`},
		"condition":          {result{payload: statement(`"Action":"*","Effect":"Allow","Resource":"*","Condition":{"Bool":{"a":"b"}}`)}, 500, `{"message":null}`},
		"not action":         {result{payload: statement(`"NotAction":"x","Effect":"Deny","Resource":"*"`)}, 500, `{"message":null}`},
		"resource type":      {result{payload: statement(`"Action":"*","Effect":"Allow","Resource":{}`)}, 500, `{"message":null}`},
		"principal type":     {result{payload: `{"principalId":{},` + okPolicy[len(`{"principalId":"p",`):]}, 500, `{"message":null}`},
		"context type":       {result{payload: `{"context":{"a":[]},` + okPolicy[len(`{"principalId":"p",`):]}, 500, `{"message":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			cloud := newCloud()
			cloud.returns("auth", test.result)
			server := serve(t, guarded(t, 300, newClock()).Domain("", cloud.invoke))
			response, body := send(t, server, "GET", "/objects", "", "Authorization", "Bearer t1")
			require.Equal(t, test.status, response.StatusCode)
			if test.status == 200 {
				require.Equal(t, 1, cloud.calls("f"))
				return
			}
			require.JSONEq(t, test.body, body)
			require.Zero(t, cloud.calls("f"))
		})
	}
}

// The policy is cached for the token and applied to each method by itself.
func TestTheCachedPolicyIsAppliedToEachMethod(t *testing.T) {
	cloud := newCloud()
	cloud.returns("auth", result{payload: policyJSON(t,
		rule("Allow", stageARN+"GET/objects", stageARN+"GET/objects/*", stageARN+"?UT/objects/a*"),
		rule("Deny", stageARN+"*/objects/*/secret"),
	)})
	server := serve(t, guarded(t, 300, newClock()).Domain("", cloud.invoke))
	for request, status := range map[[2]string]int{
		{"GET", "/objects"}: 200, {"GET", "/objects/x"}: 200, {"GET", "/objects/x/y/z"}: 200, {"PUT", "/objects/a"}: 200, {"PUT", "/objects/ab/c"}: 200,
		{"PUT", "/objects/b"}: 403, {"GET", "/objects/x/secret"}: 403, {"PUT", "/objects/a/secret"}: 403,
	} {
		response, _ := send(t, server, request[0], request[1], "", "Authorization", "Bearer t1")
		require.Equal(t, status, response.StatusCode, request)
	}
	require.Equal(t, 1, cloud.calls("auth"))
}

func TestDecisionsAreCachedPerTokenForTheTTL(t *testing.T) {
	clock, cloud := newClock(), newCloud()
	cloud.returns("auth", result{payload: okPolicy})
	api := guarded(t, 60, clock)
	server := serve(t, api.Domain("", cloud.invoke))
	again := serve(t, api.Handler(cloud.invoke))
	get := func(token string) {
		response, _ := send(t, server, "GET", "/objects", "", "Authorization", "Bearer "+token)
		require.Equal(t, 200, response.StatusCode)
	}
	get("t1")
	get("t2")
	require.Equal(t, 2, cloud.calls("auth"))
	clock.advance(59 * time.Second)
	get("t1")
	response, _ := send(t, again, "GET", "/live/objects", "", "Authorization", "Bearer t1")
	require.Equal(t, 200, response.StatusCode, "the names of one API share the cache")
	require.Equal(t, 2, cloud.calls("auth"))
	clock.advance(time.Second)
	get("t1")
	require.Equal(t, 3, cloud.calls("auth"))
}

func TestTheExecutionLogSaysWhyAnAuthorizerFailed(t *testing.T) {
	for want, r := range map[string]result{
		"use the authorizer's answer: 'policyDocument.Statement' must hold at least one": {payload: `{}`},
		"'context.a' must be a string, a number or a boolean":                            {payload: `{"context":{"a":{}},` + okPolicy[len(`{"principalId":"p",`):]},
		"auth failed: boom": {payload: `{"errorMessage":"boom"}`, functionError: "Unhandled"},
		"invoke the authorizer " + functionPrefix + "auth: throttled": {err: errors.New("throttled")},
	} {
		cloud, api, log := newCloud(), guarded(t, 300, newClock()), &buffer{}
		api.ExecutionLog = log
		cloud.returns("auth", r)
		send(t, serve(t, api.Domain("", cloud.invoke)), "GET", "/objects", "", "Authorization", "Bearer t1")
		require.Contains(t, log.lines(t, 1)[0], want)
		require.NotContains(t, log.lines(t, 1)[0], "t1", "no token in a log")
	}
}

func TestWithoutATTLEachRequestIsDecided(t *testing.T) {
	cloud := newCloud()
	cloud.returns("auth", result{payload: okPolicy})
	server := serve(t, guarded(t, 0, newClock()).Domain("", cloud.invoke))
	for range 3 {
		send(t, server, "GET", "/objects", "", "Authorization", "Bearer t1")
	}
	require.Equal(t, 3, cloud.calls("auth"))
}

func TestErrorsAreNotCached(t *testing.T) {
	cloud := newCloud()
	server := serve(t, guarded(t, 300, newClock()).Domain("", cloud.invoke))
	for _, test := range []struct {
		result result
		status int
	}{
		{result{payload: `{"errorMessage":"Unauthorized"}`, functionError: "Unhandled"}, 401},
		{result{err: errors.New("down")}, 500},
		{result{payload: okPolicy}, 200},
		{result{err: errors.New("down")}, 200},
	} {
		cloud.returns("auth", test.result)
		response, _ := send(t, server, "GET", "/objects", "", "Authorization", "Bearer t1")
		require.Equal(t, test.status, response.StatusCode)
	}
	require.Equal(t, 3, cloud.calls("auth"))
}

func TestConcurrentRequestsWithATokenAskOnce(t *testing.T) {
	const callers = 20
	cloud := newCloud()
	asked, release := make(chan struct{}, callers), make(chan struct{})
	cloud.does("auth", func(context.Context, []byte) result {
		asked <- struct{}{}
		<-release
		return result{payload: okPolicy}
	})
	server := serve(t, guarded(t, 300, newClock()).Domain("", cloud.invoke))
	statuses := make(chan int, callers)
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			request, _ := http.NewRequest("GET", server.URL+"/objects", nil)
			request.Header.Set("Authorization", "Bearer t1")
			response, err := server.Client().Do(request)
			if err != nil {
				statuses <- 0
				return
			}
			_ = response.Body.Close()
			statuses <- response.StatusCode
		})
	}
	<-asked
	close(release)
	group.Wait()
	for range callers {
		require.Equal(t, 200, <-statuses)
	}
	require.Equal(t, 1, cloud.calls("auth"))
	require.Equal(t, callers, cloud.calls("f"))
}

func TestAnAuthorizerThatHangsIsAFailure(t *testing.T) {
	cloud := newCloud()
	cloud.does("auth", func(ctx context.Context, _ []byte) result {
		<-ctx.Done()
		return result{err: ctx.Err()}
	})
	api := guarded(t, 300, newClock())
	api.TimeScale = 29 * 50
	server := serve(t, api.Domain("", cloud.invoke))
	response, body := send(t, server, "GET", "/objects", "", "Authorization", "Bearer t1")
	require.Equal(t, 500, response.StatusCode)
	require.JSONEq(t, `{"message":null}`, body)
}

func TestTheCacheIsBounded(t *testing.T) {
	clock, cloud := newClock(), newCloud()
	cloud.returns("auth", result{payload: okPolicy})
	handler := guarded(t, 60, clock).Domain("", cloud.invoke)
	get := func(token string) { serveOnce(handler, "GET", "/objects", "Bearer "+token) }
	for i := range 10000 {
		get(fmt.Sprint("t", i))
	}
	get("t0")
	require.Equal(t, 10000, cloud.calls("auth"))
	get("new")
	get("t0")
	require.Equal(t, 10002, cloud.calls("auth"), "full of living entries, the cache starts over")
	clock.advance(time.Minute)
	get("t0")
	require.Equal(t, 10003, cloud.calls("auth"))
}

// routed is an API whose authorizer gets whole requests and keeps its answers
// for a token on a route.
func routed(t testing.TB) *restapi.API {
	secured := func(id, httpMethod, resourceID string) restapi.Resource {
		m := method(id, httpMethod, resourceID, "f")
		m.Properties["AuthorizationType"], m.Properties["AuthorizerId"] = "CUSTOM", "auth1"
		return m
	}
	return build(t, part("orders", "root", "orders"), part("id", "orders", "{id}"), part("lines", "id", "lines"),
		secured("get", "GET", "id"), secured("put", "PUT", "id"), secured("lines", "GET", "lines"),
		resource("Authorizer", "auth1", map[string]any{
			"Type": "REQUEST", "AuthorizerUri": lambdaURI("auth"), "AuthorizerResultTtlInSeconds": 300, "Name": "a",
			"IdentitySource": "method.request.header.Authorization,context.resourcePath,context.httpMethod",
		}))
}

func TestAnAuthorizerOfRequestsGetsTheRoute(t *testing.T) {
	cloud := newCloud()
	cloud.returns("auth", result{payload: okPolicy})
	server := serve(t, routed(t).Domain("", cloud.invoke))
	response, _ := send(t, server, "GET", "/orders/7/lines?a=1&a=2", "", "Authorization", "Bearer t1")
	require.Equal(t, http.StatusOK, response.StatusCode)
	event := cloud.lastRaw(t, "auth")
	require.Equal(t, "REQUEST", event["type"])
	require.Equal(t, stageARN+"GET/orders/7/lines", event["methodArn"])
	require.Equal(t, "/orders/{id}/lines", event["resource"])
	require.Equal(t, "GET", event["httpMethod"])
	require.Equal(t, map[string]any{"id": "7"}, event["pathParameters"])
	require.Equal(t, []any{"Bearer t1"}, event["multiValueHeaders"].(map[string]any)["Authorization"])
	require.Equal(t, []any{"1", "2"}, event["multiValueQueryStringParameters"].(map[string]any)["a"])
	require.Equal(t, "/orders/{id}/lines", event["requestContext"].(map[string]any)["resourcePath"])
	require.NotContains(t, event, "body")
}

func TestADecisionIsKeptForItsIdentity(t *testing.T) {
	cloud := newCloud()
	cloud.returns("auth", result{payload: okPolicy})
	server := serve(t, routed(t).Domain("", cloud.invoke))
	for _, call := range []struct {
		method, path, token string
		asked               int
	}{
		{"GET", "/orders/1", "Bearer t1", 1}, {"GET", "/orders/2", "Bearer t1", 1}, {"PUT", "/orders/1", "Bearer t1", 2},
		{"GET", "/orders/1/lines", "Bearer t1", 3}, {"GET", "/orders/1", "Bearer t2", 4}, {"GET", "/orders/3/lines", "Bearer t1", 4},
	} {
		response, _ := send(t, server, call.method, call.path, "", "Authorization", call.token)
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Equal(t, call.asked, cloud.calls("auth"), "%s %s %s", call.method, call.path, call.token)
	}
	response, _ := send(t, server, "GET", "/orders/1", "")
	require.Equal(t, http.StatusUnauthorized, response.StatusCode, "without an identity the function is not asked")
	require.Equal(t, 4, cloud.calls("auth"))
}

func TestThePathInAnARNAsSentOrDecoded(t *testing.T) {
	for decodes, arn := range map[bool]string{false: "GET/orders/a%2Fb", true: "GET/orders/a/b"} {
		cloud, api := newCloud(), routed(t)
		api.DecodesARN = decodes
		cloud.returns("auth", result{payload: okPolicy})
		send(t, serve(t, api.Domain("", cloud.invoke)), "GET", "/orders/a%2Fb", "", "Authorization", "Bearer t1")
		require.Equal(t, stageARN+arn, cloud.lastRaw(t, "auth")["methodArn"])
	}
}
