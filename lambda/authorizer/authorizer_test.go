package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/route"
	"github.com/regionpair/regionpair/lambda/internal/issuers"
	"github.com/regionpair/regionpair/lambda/internal/issuers/issuertest"
	"github.com/regionpair/regionpair/lambda/internal/logging"
)

const (
	stage     = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/live/"
	methodARN = stage + "GET/objects"
	ownName   = "/orders/issuers/own"
	peerName  = "/orders/issuers/peer"
)

const objectRoutes = `[{"method":"GET","path":"/objects","scopes":["objects/read"]},
	{"method":"GET","path":"/objects/{key+}","scopes":["objects/read"]},
	{"method":"PUT","path":"/objects/{key+}","scopes":["objects/write","objects/admin"]}]`

// world is an authorizer with both Regions' issuers.
type world struct {
	*authorizer

	own, peer  *issuertest.Issuer
	parameters *issuertest.Parameters
}

func newWorld(t testing.TB, routes string) *world {
	t.Helper()
	w := &world{own: issuertest.NewIssuer(t, "own-1"), peer: issuertest.NewIssuer(t, "peer-1")}
	w.parameters = issuertest.NewParameters(t, map[string]string{ownName: w.own.Parameter(false), peerName: w.peer.Parameter(true)})
	client := issuers.NewHTTPClient()
	client.Transport = w.own.Transport()
	set := issuers.NewSet(issuers.SetProps{Parameters: w.parameters.Client(), Names: []string{ownName, peerName}, HTTP: client})
	table, err := parseTable([]byte(routes))
	require.NoError(t, err)
	w.authorizer = &authorizer{verifier: issuers.NewVerifier(set), table: table}
	return w
}

// request is what API Gateway hands over for a call of a route.
func request(method, resource, authorization string) events.APIGatewayCustomAuthorizerRequestTypeRequest {
	return events.APIGatewayCustomAuthorizerRequestTypeRequest{
		Type: "REQUEST", MethodArn: stage + method + "/called", HTTPMethod: method, Resource: resource,
		MultiValueHeaders: map[string][]string{"authorization": {authorization}},
	}
}

func (w *world) ask(t testing.TB, authorization string) (events.APIGatewayCustomAuthorizerResponse, error) {
	t.Helper()
	return w.handle(t.Context(), request("GET", "/objects", authorization))
}

// policy is the answer for a token with the scopes on a route, "GET /objects".
func (w *world) policy(t testing.TB, scope, called string) events.APIGatewayCustomAuthorizerPolicy {
	t.Helper()
	method, resource, _ := strings.Cut(called, " ")
	answer, err := w.handle(t.Context(), request(method, resource, "Bearer "+w.own.Token(t, map[string]any{"scope": scope})))
	require.NoError(t, err)
	return answer.PolicyDocument
}

// permits evaluates a policy as API Gateway does: a Deny wins, and "*" matches
// slashes, too.
func permits(policy events.APIGatewayCustomAuthorizerPolicy, call string) bool {
	permitted := false
	for _, statement := range policy.Statement {
		for _, resource := range statement.Resource {
			if !route.Match(resource, stage+call) {
				continue
			}
			if statement.Effect == "Deny" {
				return false
			}
			permitted = true
		}
	}
	return permitted
}

func TestTheAnswerIsAboutTheCalledRoute(t *testing.T) {
	w := newWorld(t, objectRoutes)
	answer, err := w.ask(t, "Bearer "+w.peer.Token(t, map[string]any{"scope": "objects/read other/scope"}))
	require.NoError(t, err)
	document, err := json.Marshal(answer)
	require.NoError(t, err)
	require.JSONEq(t, `{"principalId":"app-client","context":{"clientId":"app-client","scope":"objects/read other/scope"},
		"policyDocument":{"Version":"2012-10-17","Statement":[{"Action":["execute-api:Invoke"],"Effect":"Allow",
		"Resource":["`+stage+`GET/objects"]}]}}`, string(document))
}

func TestAnyOneOfTheScopesIsEnough(t *testing.T) {
	w := newWorld(t, objectRoutes)
	calls := map[string]string{"GET /objects": "GET/objects", "GET /objects/{key+}": "GET/objects/a/b", "PUT /objects/{key+}": "PUT/objects/a"}
	for scope, allowed := range map[string]string{
		"objects/read":               "GET/objects GET/objects/a/b",
		"objects/write":              "PUT/objects/a",
		"objects/admin":              "PUT/objects/a",
		"objects/read objects/admin": "GET/objects GET/objects/a/b PUT/objects/a",
		"objects":                    "",
		"OBJECTS/READ":               "",
		"objects/read,objects/write": "",
		"":                           "",
	} {
		for called, call := range calls {
			policy := w.policy(t, scope, called)
			require.Equal(t, strings.Contains(allowed+" ", call+" "), permits(policy, call), "%q may %s", scope, call)
			require.False(t, permits(policy, "DELETE/objects/a"), "no other route is opened")
		}
	}
}

func TestWithoutAScopeEverythingIsDenied(t *testing.T) {
	policy := newWorld(t, objectRoutes).policy(t, "other/scope", "GET /objects")
	require.Equal(t, []events.IAMPolicyStatement{{Action: []string{invoke}, Effect: "Deny", Resource: []string{stage + "*"}}}, policy.Statement)
}

// A decision holds for its route alone; patterns of routes that cross must not
// matter, even if the decision were applied to another route.
func TestRoutesThatCrossStayApart(t *testing.T) {
	for name, c := range map[string]struct{ routes, readable, call string }{
		"greedy beside literal": {`[{"method":"GET","path":"/orders/{id}/status","scopes":["read"]},
			{"method":"GET","path":"/orders/{id}/admin/{rest+}","scopes":["admin"]}]`, "GET /orders/{id}/status", "GET/orders/1/admin/status"},
		"parameter below parameter": {`[{"method":"GET","path":"/users/{id}","scopes":["read"]},
			{"method":"GET","path":"/users/{id}/secrets","scopes":["admin"]}]`, "GET /users/{id}", "GET/users/7/secrets"},
		"trailing slash": {`[{"method":"GET","path":"/users/{id}","scopes":["read"]},
			{"method":"GET","path":"/users/{id}/secrets","scopes":["admin"]}]`, "GET /users/{id}", "GET/users/7/secrets/"},
		"encoded slash": {`[{"method":"GET","path":"/users/{id}","scopes":["read"]},
			{"method":"GET","path":"/users/{id}/secrets","scopes":["admin"]}]`, "GET /users/{id}", "GET/users/7%2Fsecrets"},
		"any method": {`[{"method":"ANY","path":"/status","scopes":["read"]},
			{"method":"GET","path":"/admin/{rest+}","scopes":["admin"]}]`, "GET /status", "GET/admin/status"},
	} {
		t.Run(name, func(t *testing.T) {
			require.False(t, permits(newWorld(t, c.routes).policy(t, "read", c.readable), c.call))
		})
	}
}

func TestTheRouteOfAMethodComesBeforeTheOneForAny(t *testing.T) {
	w := newWorld(t, `[{"method":"ANY","path":"/reports","scopes":["read"]},{"method":"DELETE","path":"/reports","scopes":["admin"]}]`)
	require.True(t, permits(w.policy(t, "read", "POST /reports"), "POST/reports"))
	require.False(t, permits(w.policy(t, "read", "DELETE /reports"), "DELETE/reports"))
	require.True(t, permits(w.policy(t, "admin", "DELETE /reports"), "DELETE/reports"))
	require.False(t, permits(w.policy(t, "admin", "POST /reports"), "POST/reports"))
}

// Whichever Region has issued a token, the handler learns the same client id.
func TestTheHandlerLearnsTheStableClientID(t *testing.T) {
	w := newWorld(t, objectRoutes)
	for _, issuer := range []*issuertest.Issuer{w.own, w.peer} {
		answer, err := w.ask(t, "Bearer "+issuer.Token(t, map[string]any{"scope": "objects/read regionpair-client/orders.partner"}))
		require.NoError(t, err)
		require.Equal(t, "orders.partner", answer.PrincipalID)
		require.Equal(t, map[string]any{"clientId": "orders.partner", "scope": "objects/read"}, answer.Context)
	}
}

// A route that the function does not know is an error, which API Gateway does
// not keep: a policy would be kept for minutes after the function has caught up.
func TestAnUnknownRouteIsUndecided(t *testing.T) {
	w := newWorld(t, objectRoutes)
	_, err := w.handle(t.Context(), request("GET", "/new", "Bearer "+w.own.Token(t, nil)))
	require.ErrorIs(t, err, errUndecided)
}

func TestSeveralAuthorizationHeadersAreUnauthorized(t *testing.T) {
	w := newWorld(t, objectRoutes)
	good := "Bearer " + w.own.Token(t, nil)
	for name, headers := range map[string]map[string][]string{
		"twice": {"Authorization": {good, good}}, "in two cases": {"Authorization": {good}, "authorization": {good}}, "none": {"X-Other": {good}},
	} {
		event := request("GET", "/objects", "")
		event.MultiValueHeaders = headers
		_, err := w.handle(t.Context(), event)
		require.EqualError(t, err, "Unauthorized", name)
	}
}

func TestInvalidTokensAreUnauthorized(t *testing.T) {
	w := newWorld(t, objectRoutes)
	good := w.own.Token(t, nil)
	for name, header := range map[string]string{
		"nothing": "", "no scheme": good, "no token": "Bearer", "other scheme": "Basic " + good,
		"list":          "Bearer " + good + ", Bearer " + good,
		"expired":       "Bearer " + w.own.Token(t, map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}),
		"wrong issuer":  "Bearer " + w.own.Token(t, map[string]any{"iss": "https://issuer.example"}),
		"id token":      "Bearer " + w.own.Token(t, map[string]any{"token_use": "id"}),
		"other key":     "Bearer " + w.peer.Token(t, map[string]any{"iss": w.own.URL()}),
		"alg none":      "Bearer " + issuertest.Sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, map[string]any{"kid": "own-1"}, w.own.Claims(nil)),
		"over 8 KiB":    "Bearer " + w.own.Token(t, map[string]any{"padding": strings.Repeat("a", issuers.MaxTokenBytes)}),
		"control bytes": "Bearer \x00\r\nX-Injected: 1",
	} {
		answer, err := w.ask(t, header)
		require.EqualError(t, err, "Unauthorized", name)
		require.Empty(t, answer, name)
	}
	for _, scheme := range []string{"Bearer ", "bearer ", "BEARER ", "Bearer  "} {
		_, err := w.ask(t, scheme+good)
		require.NoError(t, err, scheme)
	}
}

func TestATokenIsLeftUndecidedWithoutKeys(t *testing.T) {
	for name, breakIt := range map[string]func(*world){
		"parameters": func(w *world) { w.parameters.Break(true) },
		"issuer": func(w *world) {
			w.own.Answer(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, objectRoutes)
			breakIt(w)
			answer, err := w.ask(t, "Bearer "+w.own.Token(t, nil))
			require.Error(t, err)
			require.NotEqual(t, "Unauthorized", err.Error(), "API Gateway must not tell the client that its token is bad")
			require.Empty(t, answer, "an answer would be kept")
		})
	}
}

func TestATokenOfADeadRegionIsHonouredThere(t *testing.T) {
	w := newWorld(t, objectRoutes)
	token := w.peer.Token(t, nil)
	w.peer.Die()
	answer, err := w.ask(t, "Bearer "+token)
	require.NoError(t, err)
	require.True(t, permits(answer.PolicyDocument, "GET/objects"))
}

func TestMalformedMethodARNsAreUndecided(t *testing.T) {
	w := newWorld(t, objectRoutes)
	for _, arn := range []string{"", "arn:aws:execute-api:eu-west-1:1:api", "arn:aws:execute-api:eu-west-1:1:api/live", "arn:aws:execute-api:eu-west-1:1:api//GET", "a/b/c"} {
		event := request("GET", "/objects", "Bearer "+w.own.Token(t, nil))
		event.MethodArn = arn
		_, err := w.handle(t.Context(), event)
		require.ErrorIs(t, err, errUndecided, arn)
	}
}

func TestLogsHoldTheRequestIDAndNoPartOfAToken(t *testing.T) {
	var logs bytes.Buffer
	previous := slog.Default()
	slog.SetDefault(logging.New(&logs))
	defer slog.SetDefault(previous)
	w := newWorld(t, objectRoutes)
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "request-1"})
	tokens := []string{
		w.own.Token(t, nil), w.own.Token(t, map[string]any{"token_use": "id"}),
		w.own.Token(t, map[string]any{"iss": "https://issuer.example"}), strings.Repeat("garbage", 10),
	}
	for _, token := range tokens {
		answer, err := w.handle(ctx, request("GET", "/objects", "Bearer "+token))
		document, encodeErr := json.Marshal([]any{answer, err})
		require.NoError(t, encodeErr)
		for part := range strings.SplitSeq(token, ".") {
			require.NotContains(t, logs.String(), part)
			require.NotContains(t, string(document), part)
		}
	}
	require.Contains(t, logs.String(), `"requestId":"request-1"`)
	require.Contains(t, logs.String(), "not an access token")
}

func TestSettingsComeFromTheEnvironmentAndTheFunctionsFolder(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("ISSUER_PARAMETERS", ownName+","+peerName)
	t.Setenv("LAMBDA_TASK_ROOT", folder)
	t.Setenv("AWS_REGION", "eu-west-1")
	_, err := fromEnvironment(t.Context())
	require.ErrorContains(t, err, "routes.json")

	require.NoError(t, os.WriteFile(filepath.Join(folder, "routes.json"), []byte(objectRoutes), 0o600))
	a, err := fromEnvironment(t.Context())
	require.NoError(t, err)
	_, known := a.table.Find("GET", "/objects/{key+}", "")
	require.True(t, known)

	t.Setenv("ISSUER_PARAMETERS", "")
	_, err = fromEnvironment(t.Context())
	require.ErrorContains(t, err, "ISSUER_PARAMETERS")
}

func FuzzHandle(f *testing.F) {
	w := newWorld(f, objectRoutes)
	good := w.own.Token(f, nil)
	f.Add("Bearer "+good, methodARN)
	f.Add("bearer a.b.c", "arn:aws:execute-api:r:a:i/s/GET/")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, authorization, arn string) {
		event := request("GET", "/objects", authorization)
		event.MethodArn = arn
		answer, err := w.handle(t.Context(), event)
		_, text, _ := strings.Cut(authorization, " ")
		if (err == nil) != (len(answer.PolicyDocument.Statement) > 0) || (err == nil && strings.TrimLeft(text, " ") != good) {
			t.Fatalf("policy %v, error %v for %q", answer.PolicyDocument, err, authorization)
		}
	})
}

func BenchmarkAuthorize(b *testing.B) {
	w := newWorld(b, objectRoutes)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	token := "Bearer " + w.own.Token(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.ask(b, token); err != nil {
			b.Fatal(err)
		}
	}
}
