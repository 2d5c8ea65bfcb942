package restapi_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/restapi"
)

// statementOf is one of a resource policy, with a condition about the address.
func statementOf(effect, operator string, networks ...string) map[string]any {
	s := map[string]any{"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
	if operator != "" {
		s["Condition"] = map[string]any{operator: map[string]any{"aws:SourceIp": networks}}
	}
	return s
}

// restricted is an API with a public method /open and an authorized one /closed.
func restricted(t *testing.T, functions *cloud, statements ...map[string]any) *restapi.API {
	t.Helper()
	policy := any(nil)
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statements})
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &policy))
	closed := method("closed", "GET", "closedResource", "handler")
	closed.Properties["AuthorizationType"], closed.Properties["AuthorizerId"] = "CUSTOM", "authorizer"
	api, err := restapi.FromResources([]restapi.Resource{
		resource("RestApi", "api1", map[string]any{"Name": "test", "Policy": policy}), resource("Stage", "stage1", map[string]any{"StageName": "live"}),
		part("openResource", "root", "open"), method("open", "GET", "openResource", "handler"), part("closedResource", "root", "closed"), closed,
		resource("Authorizer", "authorizer", map[string]any{
			"Type": "TOKEN", "AuthorizerUri": lambdaURI("authorizer"), "IdentitySource": "method.request.header.Authorization", "AuthorizerResultTtlInSeconds": 0,
		}),
	})
	require.NoError(t, err)
	// The token is what the authorizer says about the method.
	functions.does("authorizer", func(_ context.Context, payload []byte) result {
		var event struct{ AuthorizationToken, MethodArn string }
		if err := json.Unmarshal(payload, &event); err != nil {
			return result{err: err}
		}
		effect, arn := event.AuthorizationToken, event.MethodArn
		if effect == "Neither" {
			effect, arn = "Allow", arn+"/other"
		}
		return result{payload: `{"principalId": "p", "policyDocument": {"Version": "2012-10-17", "Statement": {"Effect": "` + effect + `", "Action": "execute-api:Invoke", "Resource": "` + arn + `"}}}`}
	})
	return api
}

// callFrom makes a request over a connection that comes from an address.
func callFrom(t *testing.T, api *restapi.API, functions *cloud, source, path, token string) (status int, body string) {
	t.Helper()
	server := httptest.NewUnstartedServer(api.Domain("", functions.invoke))
	server.Listener = fromAddress{server.Listener, netip.MustParseAddr(source)}
	server.Start()
	t.Cleanup(server.Close)
	response, body := send(t, server, http.MethodGet, path, "", "Authorization", token)
	return response.StatusCode, body
}

type fromAddress struct {
	net.Listener
	source netip.Addr
}

// Accept implements net.Listener.
func (l fromAddress) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return connectionFrom{conn, l.source}, err
}

type connectionFrom struct {
	net.Conn
	source netip.Addr
}

// RemoteAddr implements net.Conn.
func (c connectionFrom) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(c.source, 1234))
}

// The table of "How API Gateway resource policies affect authorization workflow".
func TestAResourcePolicyAndAnAuthorizerDecideTogether(t *testing.T) {
	const inside, outside = "192.0.2.7", "198.51.100.7"
	denyOthers := []map[string]any{statementOf("Allow", ""), statementOf("Deny", "NotIpAddress", "192.0.2.0/24")}
	allowSome := []map[string]any{statementOf("Allow", "IpAddress", "192.0.2.0/24")}
	for _, test := range []struct {
		name          string
		policy        []map[string]any
		source, path  string
		authorizer    string
		want          int
		asksAuthorize bool
	}{
		{"allowed without an authorizer", denyOthers, inside, "/open", "", 200, false},
		{"denied without an authorizer", denyOthers, outside, "/open", "", 403, false},
		{"not allowed without an authorizer", allowSome, outside, "/open", "", 403, false},
		{"denied before the authorizer is asked", denyOthers, outside, "/closed", "Allow", 403, false},
		{"allowed by both", denyOthers, inside, "/closed", "Allow", 200, true},
		{"denied by the authorizer", denyOthers, inside, "/closed", "Deny", 403, true},
		{"allowed by the resource policy alone", denyOthers, inside, "/closed", "Neither", 200, true},
		{"allowed by the authorizer alone", allowSome, outside, "/closed", "Allow", 200, true},
		{"allowed by none", allowSome, outside, "/closed", "Neither", 403, true},
		{"denied on a path without a route", denyOthers, outside, "/nowhere", "", 403, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			functions := newCloud()
			api := restricted(t, functions, test.policy...)
			status, body := callFrom(t, api, functions, test.source, test.path, test.authorizer)
			assert.Equal(t, test.want, status, body)
			assert.Equal(t, test.asksAuthorize, functions.calls("authorizer") > 0)
			if test.want != 200 {
				assert.Zero(t, functions.calls("handler"))
			}
		})
	}
}

func TestWhoIsNotAdmittedIsRefusedInTheWordsOfAPIGateway(t *testing.T) {
	functions := newCloud()
	const start = `{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********3333:api1/live/GET/open`
	api := restricted(t, functions, statementOf("Allow", ""), statementOf("Deny", "NotIpAddress", "192.0.2.0/24"))
	_, body := callFrom(t, api, functions, "198.51.100.7", "/open", "")
	assert.Equal(t, start+` with an explicit deny"}`, body)
	api = restricted(t, functions, statementOf("Allow", "IpAddress", "192.0.2.0/24"))
	_, body = callFrom(t, api, functions, "198.51.100.7", "/open", "")
	assert.Equal(t, start+`"}`, body)
}

func TestAnAPIKnowsWhomItsPolicyAdmits(t *testing.T) {
	functions := newCloud()
	some := restricted(t, functions, statementOf("Allow", "IpAddress", "192.0.2.0/24"))
	assert.Equal(t, []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, some.Networks())
	assert.Equal(t, 2, some.Admits(netip.MustParseAddr("192.0.2.1")))
	assert.Equal(t, 1, some.Admits(netip.MustParseAddr("198.51.100.1")), "the authorized method")
	deny := restricted(t, functions, statementOf("Allow", ""), statementOf("Deny", "NotIpAddress", "192.0.2.0/24"))
	assert.Equal(t, 0, deny.Admits(netip.MustParseAddr("198.51.100.1")))
	api, _ := regionAPIs(t)
	assert.Equal(t, len(api.Methods), api.Admits(netip.MustParseAddr("198.51.100.1")))
}

func TestAPolicyThatCannotBeEvaluatedNamesTheProperty(t *testing.T) {
	list := base()
	list[0].Properties["Policy"] = map[string]any{"Statement": map[string]any{
		"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*", "Condition": map[string]any{"StringNotEquals": map[string]any{"aws:SourceVpce": "vpce-1"}},
	}}
	_, err := restapi.FromResources(list)
	require.ErrorContains(t, err, "stack/api1 (AWS::ApiGateway::RestApi): 'Policy' cannot be evaluated here: Statement[0].Condition.StringNotEquals: is not evaluated")
	require.False(t, strings.Contains(err.Error(), "\n"), err)
}
