package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// standIn is an emulator with one function, whose role may read one parameter.
func standIn(t *testing.T, region string, function lambdaFunction) (*emulator, *[]string) {
	t.Helper()
	reached := &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		switch {
		case strings.HasPrefix(r.URL.Path, "/2015-03-31/functions/"):
			_ = json.NewEncoder(w).Encode(map[string]any{"Functions": []lambdaFunction{function}})
		case form.Get("Action") == "ListRolePolicies":
			_, _ = io.WriteString(w, `<R><ListRolePoliciesResult><PolicyNames><member>p</member></PolicyNames></ListRolePoliciesResult></R>`)
		case form.Get("Action") == "GetRolePolicy":
			_, _ = io.WriteString(w, `<R><GetRolePolicyResult><PolicyDocument>`+url.QueryEscape(
				`{"Statement":[{"Effect":"Allow","Action":["ssm:GetParameter","ssm:PutParameter"],"Resource":"arn:aws:ssm:eu-west-1:`+account+`:parameter/a"}]}`)+`</PolicyDocument></GetRolePolicyResult></R>`)
		case form.Get("Action") == "AssumeRole":
			_, _ = io.WriteString(w, `<R><AssumeRoleResult><Credentials><AccessKeyId>ASIACARRIED</AccessKeyId></Credentials></AssumeRoleResult></R>`)
		case form.Get("Action") != "":
			_, _ = io.WriteString(w, `<R/>`)
		default:
			_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
			key, _, _ := strings.Cut(credential, "/")
			*reached = append(*reached, key+" "+string(body))
		}
	}))
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	require.NoError(t, err)
	entrance, err := openDoor(t.Context(), "127.0.0.1", address.Host)
	require.NoError(t, err)
	t.Cleanup(entrance.close)
	return &emulator{region: region, door: entrance}, reached
}

var standInFunction = lambdaFunction{
	FunctionName: "orders-primary-UnitHandlerFunction053B0560-0123456789ABC", Role: "arn:aws:iam::" + account + ":role/r",
	FunctionArn: "arn:aws:lambda:eu-west-1:" + account + ":function:f",
}

func ask(t *testing.T, handler http.Handler, region, operation, parameter string) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://ssm."+region+".amazonaws.com/", strings.NewReader(`{"Name":"`+parameter+`"}`))
	r.Header.Set("X-Amz-Target", "AmazonSSM."+operation)
	require.NoError(t, sign(t.Context(), r, standInFunction.credentials(), "ssm", region))
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)
	return recorder.Code
}

// noKeys: nothing is encrypted.
var noKeys = usedKeys{
	ofBucket: func(context.Context, string, string) string { return "" },
	ofTable:  func(string, string) string { return "" },
}

func TestTheGatekeeperLetsThroughWhatTheRoleAllows(t *testing.T) {
	e, reached := standIn(t, "eu-west-1", standInFunction)
	g := newGatekeeper(map[string]*emulator{"eu-west-1": e}, nil, noKeys)
	handler := g.handler(e)

	assert.Equal(t, http.StatusOK, ask(t, handler, "eu-west-1", "GetParameter", "/a"))
	require.NoError(t, g.complaint())
	assert.Equal(t, []string{standInFunction.credentials().AccessKeyID + ` {"Name":"/a"}`}, *reached)

	assert.Equal(t, http.StatusForbidden, ask(t, handler, "eu-west-1", "GetParameter", "/b"))
	const line = "UnitHandlerFunction may not ssm:GetParameter on arn:aws:ssm:eu-west-1:" + account + ":parameter/b"
	require.ErrorContains(t, g.complaint(), line)
	assert.Len(t, *reached, 1)
	g.expect(line)
	require.NoError(t, g.complaint())
}

func TestACallOfAnotherRegionIsMadeWithTheCarriedRole(t *testing.T) {
	home, _ := standIn(t, "eu-west-1", standInFunction)
	away, reached := standIn(t, "eu-central-1", lambdaFunction{FunctionName: "other"})
	g := newGatekeeper(map[string]*emulator{"eu-west-1": home, "eu-central-1": away}, nil, noKeys)
	g.callers["unused"] = &caller{}

	assert.Equal(t, http.StatusForbidden, ask(t, g.handler(away), "eu-central-1", "GetParameter", "/a"), "the role names the parameter of its own Region")
	assert.Empty(t, g.carriedTo("eu-central-1"))

	c := &caller{region: "eu-west-1", role: "r", credentials: standInFunction.credentials()}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://ssm.eu-central-1.amazonaws.com/", strings.NewReader(`{"Name":"/a"}`))
	r.Header.Set("X-Amz-Target", "AmazonSSM.GetParameter")
	require.NoError(t, sign(t.Context(), r, c.credentials, "ssm", "eu-central-1"))
	require.NoError(t, g.letThrough(r, c, away, away.region))
	away.door.handler.ServeHTTP(httptest.NewRecorder(), r)
	assert.Equal(t, []string{`ASIACARRIED {"Name":"/a"}`}, *reached)
	assert.Equal(t, []string{"AWS::IAM::Role r"}, g.carriedTo("eu-central-1"))
}

func TestAProcessAnswersForAnotherRegion(t *testing.T) {
	e, reached := standIn(t, "eu-central-1", standInFunction)
	g := newGatekeeper(map[string]*emulator{"eu-central-1": e}, nil, noKeys)

	assert.Equal(t, http.StatusForbidden, ask(t, g.handler(e), "eu-central-1", "GetParameter", "/a"), "the role names the parameter of another Region")
	assert.Equal(t, http.StatusOK, ask(t, g.serve(e, "eu-west-1"), "eu-west-1", "GetParameter", "/a"))
	assert.Len(t, *reached, 1)
}

func TestAnUnknownCallerIsStopped(t *testing.T) {
	e, reached := standIn(t, "eu-west-1", lambdaFunction{FunctionName: "other"})
	g := newGatekeeper(map[string]*emulator{"eu-west-1": e}, nil, noKeys)

	assert.Equal(t, http.StatusBadGateway, ask(t, g.handler(e), "eu-west-1", "GetParameter", "/a"))

	require.ErrorContains(t, g.complaint(), "no function has the access key ASIA")
	assert.Empty(t, *reached)
}

func TestGrantsSayWhatWasUsed(t *testing.T) {
	e, _ := standIn(t, "eu-west-1", standInFunction)
	g := newGatekeeper(map[string]*emulator{"eu-west-1": e}, map[string]string{"eu-west-1": "primary", "eu-central-1": "secondary"}, noKeys)
	require.Equal(t, http.StatusOK, ask(t, g.handler(e), "eu-west-1", "GetParameter", "/a"))
	require.NoError(t, g.survey(t.Context()))

	const resource = "arn:aws:ssm:<own>:" + account + ":parameter/a"
	assert.Equal(t, map[grant]bool{
		{"UnitHandlerFunction", "ssm:GetParameter", resource}: true,
		{"UnitHandlerFunction", "ssm:PutParameter", resource}: false,
	}, g.grants())
}

func TestNamesThatDifferFromRunToRunAreLeftOut(t *testing.T) {
	g := &gatekeeper{regional: map[string]string{"eu-west-1": "primary", "eu-central-1": "secondary"}}
	for arn, want := range map[string]string{
		"arn:aws:kms:eu-central-1:1:key/cc38f3ce-8edd-4f49-90c8-a4a84ce9c40e":                "arn:aws:kms:<peer>:1:key/<id>",
		"arn:aws:secretsmanager:eu-west-1:1:secret:orders-primary-Auth-CD93CD0C08769-610fc9": "arn:aws:secretsmanager:<own>:1:secret:orders-<stack>-Auth-<suffix>-<suffix>",
		"arn:aws:s3:::orders-objects-1-eu-west-1/*":                                          "arn:aws:s3:::orders-objects-1-<own>/*",
	} {
		assert.Equal(t, want, g.stable(arn, &caller{region: "eu-west-1", stack: "orders-primary"}))
	}
	assert.Equal(t, "arn:aws:ssm:eu-west-1:1:parameter/a", g.stable("arn:aws:ssm:eu-west-1:1:parameter/a", &caller{region: "eu-west-1", stack: "orders-global"}), "of another function than the Regions'")
}

func TestAPermissionWithoutAReasonIsFound(t *testing.T) {
	assert.Equal(t, noReason, excuseFor(grant{"UnitHandlerFunction", "s3:PutObjectAcl", "*"}).reason)
	for _, e := range excuses {
		assert.NotEmpty(t, e.reason)
		assert.Equal(t, e, excuseFor(grant{e.function, e.action, e.resource}), "no other excuse comes first")
	}
}

func TestAVersionWithoutValueIsNotFound(t *testing.T) {
	for body, want := range map[string]int{`{"Name":"a"}`: http.StatusBadRequest, `{"SecretString":""}`: http.StatusOK} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
		request.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
		r := &http.Response{StatusCode: http.StatusOK, Request: request, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
		require.NoError(t, emptyVersion(r))
		assert.Equal(t, want, r.StatusCode, body)
		text, _ := io.ReadAll(r.Body)
		assert.Len(t, text, int(r.ContentLength))
	}
}
