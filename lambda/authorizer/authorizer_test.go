package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

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
	parsed, err := parseRoutes(routes)
	require.NoError(t, err)
	w.authorizer = &authorizer{verifier: issuers.NewVerifier(set), routes: parsed}
	return w
}

func (w *world) ask(t testing.TB, token string) (events.APIGatewayCustomAuthorizerResponse, error) {
	t.Helper()
	return w.handle(t.Context(), events.APIGatewayCustomAuthorizerRequest{Type: "TOKEN", AuthorizationToken: token, MethodArn: methodARN})
}

func (w *world) policy(t testing.TB, scope string) events.APIGatewayCustomAuthorizerPolicy {
	t.Helper()
	answer, err := w.ask(t, "Bearer "+w.own.Token(t, map[string]any{"scope": scope}))
	require.NoError(t, err)
	return answer.PolicyDocument
}

// permits evaluates a policy as API Gateway does: a Deny wins, and "*" matches
// slashes, too.
func permits(policy events.APIGatewayCustomAuthorizerPolicy, call string) bool {
	permitted := false
	for _, statement := range policy.Statement {
		for _, resource := range statement.Resource {
			// path.Match keeps slashes apart, a policy does not.
			flat := func(text string) string { return strings.ReplaceAll(text, "/", "|") }
			if matched, err := path.Match(flat(resource), flat(stage+call)); err != nil || !matched {
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

func TestAnswerNamesEveryRouteTheScopesAllow(t *testing.T) {
	w := newWorld(t, objectRoutes)
	answer, err := w.ask(t, "Bearer "+w.peer.Token(t, map[string]any{"scope": "objects/read other/scope"}))
	require.NoError(t, err)
	document, err := json.Marshal(answer)
	require.NoError(t, err)
	require.JSONEq(t, `{"principalId":"app-client","context":{"clientId":"app-client","scope":"objects/read other/scope"},
		"policyDocument":{"Version":"2012-10-17","Statement":[{"Action":["execute-api:Invoke"],"Effect":"Allow",
		"Resource":["`+stage+`GET/objects","`+stage+`GET/objects/*"]}]}}`, string(document))
}

func TestAnyOneOfTheScopesIsEnough(t *testing.T) {
	w := newWorld(t, objectRoutes)
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
		policy := w.policy(t, scope)
		for _, call := range []string{"GET/objects", "GET/objects/a/b", "PUT/objects/a"} {
			require.Equal(t, strings.Contains(allowed+" ", call+" "), permits(policy, call), "%q may %s", scope, call)
		}
		require.False(t, permits(policy, "DELETE/objects/a"), "no route allows it")
		require.False(t, permits(policy, "PUT/objects"), "no route allows it")
	}
}

func TestWithoutAnAllowedRouteEverythingIsDenied(t *testing.T) {
	policy := newWorld(t, objectRoutes).policy(t, "other/scope")
	require.Equal(t, []events.IAMPolicyStatement{{Action: []string{invoke}, Effect: "Deny", Resource: []string{stage + "*"}}}, policy.Statement)
}

func TestAWildcardDoesNotOpenAMoreSpecificRoute(t *testing.T) {
	w := newWorld(t, `[{"method":"GET","path":"/users/{id}","scopes":["read"]},
		{"method":"GET","path":"/users/{id}/secrets","scopes":["admin"]},
		{"method":"ANY","path":"/reports","scopes":["read"]},
		{"method":"DELETE","path":"/reports","scopes":["admin"]}]`)
	reader, admin := w.policy(t, "read"), w.policy(t, "admin")
	for call, who := range map[string]string{
		"GET/users/7": "reader", "GET/reports": "reader", "POST/reports": "reader",
		"GET/users/7/secrets": "admin", "DELETE/reports": "admin",
	} {
		require.Equal(t, who == "reader", permits(reader, call), "the reader may %s", call)
		require.Equal(t, who == "admin", permits(admin, call), "the admin may %s", call)
	}
	both := w.policy(t, "read admin")
	require.True(t, permits(both, "GET/users/7/secrets"))
	require.True(t, permits(both, "DELETE/reports"))
}

func TestInvalidTokensAreUnauthorized(t *testing.T) {
	w := newWorld(t, objectRoutes)
	good := w.own.Token(t, nil)
	for name, header := range map[string]string{
		"nothing": "", "no scheme": good, "no token": "Bearer", "other scheme": "Basic " + good,
		"two spaces": "Bearer  " + good, "list": "Bearer " + good + ", Bearer " + good,
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
	for _, scheme := range []string{"Bearer ", "bearer ", "BEARER "} {
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
		_, err := w.handle(t.Context(), events.APIGatewayCustomAuthorizerRequest{AuthorizationToken: "Bearer " + w.own.Token(t, nil), MethodArn: arn})
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
		answer, err := w.handle(ctx, events.APIGatewayCustomAuthorizerRequest{AuthorizationToken: "Bearer " + token, MethodArn: methodARN})
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

func TestSettingsComeFromTheEnvironment(t *testing.T) {
	t.Setenv("ISSUER_PARAMETERS", ownName+","+peerName)
	t.Setenv("ROUTES", objectRoutes)
	t.Setenv("AWS_REGION", "eu-west-1")
	a, err := fromEnvironment(t.Context())
	require.NoError(t, err)
	require.Len(t, a.routes, 3)

	t.Setenv("ROUTES", "")
	_, err = fromEnvironment(t.Context())
	require.ErrorContains(t, err, "ROUTES")
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
	f.Fuzz(func(t *testing.T, token, arn string) {
		answer, err := w.handle(t.Context(), events.APIGatewayCustomAuthorizerRequest{AuthorizationToken: token, MethodArn: arn})
		_, text, _ := strings.Cut(token, " ")
		if (err == nil) != (len(answer.PolicyDocument.Statement) > 0) || (err == nil && text != good) {
			t.Fatalf("policy %v, error %v for %q", answer.PolicyDocument, err, token)
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
