package main

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/regionpair/regionpair/lambda/internal/apigw"
)

func TestUnmodifiedOAuthClientsWork(t *testing.T) {
	for name, style := range map[string]oauth2.AuthStyle{
		"basic": oauth2.AuthStyleInHeader, "post": oauth2.AuthStyleInParams, "detected": oauth2.AuthStyleAutoDetect,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			config := clientcredentials.Config{
				ClientID: billing, ClientSecret: billingSecret, TokenURL: w.server.URL + issuePath,
				Scopes: []string{"objects/read"}, AuthStyle: style,
			}
			token, err := config.Token(context.WithValue(t.Context(), oauth2.HTTPClient, w.server.Client()))
			require.NoError(t, err)
			require.Equal(t, "access-token-1-objects/read+regionpair-client/orders.billing", token.AccessToken)
			require.Equal(t, "Bearer", token.Type())
			require.InDelta(t, time.Hour.Seconds(), time.Until(token.Expiry).Seconds(), 60)

			config.ClientSecret = "wrong"
			_, err = config.Token(context.WithValue(t.Context(), oauth2.HTTPClient, w.server.Client()))
			var refused *oauth2.RetrieveError
			require.ErrorAs(t, err, &refused)
			require.Equal(t, "invalid_client", refused.ErrorCode)
		})
	}
}

func TestCredentialsWithSpecialCharactersArePercentDecoded(t *testing.T) {
	const secret = "a:b c+d%e&f=gü/"
	w := newWorld(t)
	w.secrets.put(billingSecretID, stable(billing, secret))
	for name, style := range map[string]oauth2.AuthStyle{"basic": oauth2.AuthStyleInHeader, "post": oauth2.AuthStyleInParams} {
		config := clientcredentials.Config{ClientID: billing, ClientSecret: secret, TokenURL: w.server.URL + issuePath, AuthStyle: style}
		_, err := config.Token(context.WithValue(t.Context(), oauth2.HTTPClient, w.server.Client()))
		require.NoError(t, err, name)
	}
}

func TestAnswerIsThatOfTheRFC(t *testing.T) {
	w := newWorld(t)
	a := w.issues(t)
	require.JSONEq(t, `{"access_token":"access-token-1-objects/read+objects/write+regionpair-client/orders.billing","token_type":"Bearer","expires_in":3600,"scope":"objects/read objects/write"}`, a.text)
	requireNotKept(t, a)
}

func TestScopes(t *testing.T) {
	for name, test := range map[string]struct {
		requested string
		granted   string
	}{
		"absent means all":       {"", "objects/read objects/write"},
		"one":                    {"objects/write", "objects/write"},
		"order does not count":   {"objects/write objects/read", "objects/read objects/write"},
		"repetition is harmless": {"objects/read objects/read", "objects/read"},
		"more than configured":   {"objects/read objects/admin", ""},
		"unknown":                {"openid", ""},
		"prefix":                 {"objects", ""},
		"case":                   {"Objects/Read", ""},
		"two spaces":             {"objects/read  objects/write", ""},
		"space at the end":       {"objects/read ", ""},
		"tab":                    {"objects/read\tobjects/write", ""},
		"line break":             {"objects/read\r\nX-Injected: 1", ""},
		"form injection":         {"objects/read&client_id=other&scope=objects/admin", ""},
		"quote":                  {`objects/read","admin":"true`, ""},
		"backslash":              {`objects\read`, ""},
		"NUL":                    {"objects/read\x00", ""},
		"beyond ASCII":           {"objects/reаd", ""},
		"not UTF-8":              {"\xff", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := w.ask(t, billing, billingSecret, test.requested)
			if test.granted == "" {
				require.Equal(t, http.StatusBadRequest, a.status, a.text)
				require.Equal(t, "invalid_scope", a.Error)
				require.Empty(t, w.pool.requests(), "Cognito must not see it")
				return
			}
			require.Equal(t, http.StatusOK, a.status, a.text)
			require.Equal(t, test.granted, a.Scope)
			require.Equal(t, []string{test.granted + " regionpair-client/" + billing}, w.pool.requests())
		})
	}
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

const goodForm = "grant_type=client_credentials"

var goodPost = url.Values{"grant_type": {"client_credentials"}, "client_id": {billing}, "client_secret": {billingSecret}}.Encode()

func TestMalformedRequests(t *testing.T) {
	for name, test := range map[string]struct {
		body   string
		change func(*http.Request)
		status int
		code   string
	}{
		"no grant type":           {"a=b", nil, 400, "invalid_request"},
		"empty grant type":        {"grant_type=", nil, 400, "invalid_request"},
		"wrong grant type":        {"grant_type=password&username=a&password=b", nil, 400, "unsupported_grant_type"},
		"refresh token":           {"grant_type=refresh_token&refresh_token=a", nil, 400, "unsupported_grant_type"},
		"grant type in capitals":  {"grant_type=CLIENT_CREDENTIALS", nil, 400, "unsupported_grant_type"},
		"duplicate grant type":    {goodForm + "&" + goodForm, nil, 400, "invalid_request"},
		"duplicate scope":         {goodForm + "&scope=objects/read&scope=objects/write", nil, 400, "invalid_request"},
		"duplicate unknown":       {goodForm + "&a=1&a=1", nil, 400, "invalid_request"},
		"duplicate by encoding":   {goodForm + "&grant%5Ftype=client_credentials", nil, 400, "invalid_request"},
		"bad escape":              {goodForm + "&a=%zz", nil, 400, "invalid_request"},
		"semicolon":               {goodForm + ";scope=a", nil, 400, "invalid_request"},
		"over 8 KiB":              {goodForm + "&a=" + strings.Repeat("a", maxBodyBytes), nil, 400, "invalid_request"},
		"JSON":                    {goodForm, set("Content-Type", "application/json"), 400, "invalid_request"},
		"multipart":               {goodForm, set("Content-Type", "multipart/form-data; boundary=a"), 400, "invalid_request"},
		"no content type":         {goodForm, set("Content-Type", ""), 400, "invalid_request"},
		"two content types":       {goodForm, add("Content-Type", "application/x-www-form-urlencoded"), 400, "invalid_request"},
		"secret in the URL":       {goodForm, func(r *http.Request) { r.URL.RawQuery = goodPost }, 400, "invalid_request"},
		"scope in the URL":        {goodForm, func(r *http.Request) { r.URL.RawQuery = "scope=objects/read" }, 400, "invalid_request"},
		"secret in both places":   {goodPost, nil, 400, "invalid_request"},
		"other id in the body":    {goodForm + "&client_id=orders.other", nil, 400, "invalid_request"},
		"two credentials":         {goodForm, add("Authorization", basic("orders.other", "x")), 400, "invalid_request"},
		"two equal credentials":   {goodForm, add("Authorization", basic(billing, billingSecret)), 400, "invalid_request"},
		"bearer":                  {goodForm, set("Authorization", "Bearer abc"), 401, "invalid_client"},
		"bearer, secret in body":  {goodPost, set("Authorization", "Bearer abc"), 400, "invalid_request"},
		"basic without a value":   {goodForm, set("Authorization", "Basic"), 401, "invalid_client"},
		"basic, not base64":       {goodForm, set("Authorization", "Basic %%%"), 401, "invalid_client"},
		"basic, two in one line":  {goodForm, set("Authorization", basic(billing, billingSecret)+", "+basic(billing, billingSecret)), 401, "invalid_client"},
		"basic, no colon":         {goodForm, set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(billing))), 401, "invalid_client"},
		"basic, bad escape":       {goodForm, set("Authorization", basic(billing, "%zz")), 401, "invalid_client"},
		"basic, empty secret":     {goodForm, set("Authorization", basic(billing, "")), 401, "invalid_client"},
		"basic, not UTF-8":        {goodForm, set("Authorization", basic(billing, "\xff")), 401, "invalid_client"},
		"basic, wrong secret":     {goodForm, set("Authorization", basic(billing, "wrong")), 401, "invalid_client"},
		"basic, secret cut short": {goodForm, set("Authorization", basic(billing, billingSecret[:len(billingSecret)-1])), 401, "invalid_client"},
		"basic, secret and more":  {goodForm, set("Authorization", basic(billing, billingSecret+"a")), 401, "invalid_client"},
		"basic, endless secret":   {goodForm, set("Authorization", basic(billing, strings.Repeat("a", maxCredentialBytes+1))), 401, "invalid_client"},
		"basic, unknown client":   {goodForm, set("Authorization", basic("orders.unknown", billingSecret)), 401, "invalid_client"},
		"basic, empty client":     {goodForm, set("Authorization", basic("", billingSecret)), 401, "invalid_client"},
		"basic, client's case":    {goodForm, set("Authorization", basic("Orders.Billing", billingSecret)), 401, "invalid_client"},
		"no credentials":          {goodForm, set("Authorization", ""), 401, "invalid_client"},
		"post, wrong secret":      {strings.Replace(goodPost, billingSecret, "wrong", 1), set("Authorization", ""), 401, "invalid_client"},
		"post, id only":           {goodForm + "&client_id=" + billing, set("Authorization", ""), 401, "invalid_client"},
		"post, empty secret":      {goodForm + "&client_id=" + billing + "&client_secret=", set("Authorization", ""), 401, "invalid_client"},
		"post, duplicate secret":  {goodPost + "&client_secret=" + billingSecret, set("Authorization", ""), 400, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.request(t, test.body)
			r.Header.Set("Authorization", basic(billing, billingSecret))
			if test.change != nil {
				test.change(r)
			}
			a := w.refuses(t, r, test.status, test.code)
			require.Equal(t, test.status == http.StatusUnauthorized, strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic "), "RFC 6749 section 5.2")
			require.Empty(t, w.pool.requests(), "Cognito must not see it")
		})
	}
}

func set(name, value string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
}

func add(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

func TestUnusualButValidRequests(t *testing.T) {
	for name, test := range map[string]struct {
		body   string
		change func(*http.Request)
	}{
		"same id in the body":      {goodForm + "&client_id=" + billing, nil},
		"empty scope is absent":    {goodForm + "&scope=", nil},
		"unknown parameter":        {goodForm + "&audience=a", nil},
		"charset":                  {goodForm, set("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")},
		"charset in quotes":        {goodForm, set("Content-Type", `application/x-www-form-urlencoded; charset="utf-8"`)},
		"charset without a hyphen": {goodForm, set("Content-Type", "application/x-www-form-urlencoded; charset=utf8")},
		"another charset":          {goodForm, set("Content-Type", "application/x-www-form-urlencoded; charset=ISO-8859-1")},
		"slash at the end":         {goodForm, func(r *http.Request) { r.URL.Path += "/" }},
		"scheme in lower case":     {goodForm, func(r *http.Request) { r.Header.Set("Authorization", "basic"+basic(billing, billingSecret)[5:]) }},
		"client id in percent":     {goodForm, set("Authorization", basic("orders%2Ebilling", billingSecret))},
		"client_secret_post":       {goodPost, set("Authorization", "")},
		"exactly 8 KiB":            {goodForm + "&a=" + strings.Repeat("a", maxBodyBytes-len(goodForm)-3), nil},
		"headers of other proxies": {goodForm, set("X-HTTP-Method-Override", "GET")},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.request(t, test.body)
			r.Header.Set("Authorization", basic(billing, billingSecret))
			if test.change != nil {
				test.change(r)
			}
			a := w.send(t, r)
			require.Equal(t, http.StatusOK, a.status, a.text)
		})
	}
}

func TestOtherMethodsAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete} {
		r := w.request(t, goodPost)
		r.Method = method
		require.Equal(t, http.StatusMethodNotAllowed, w.send(t, r).status, method)
	}
}

// Whatever a caller gets is a problem or an OAuth error, never plain text.
func TestOtherPathsAreProblems(t *testing.T) {
	w := newWorld(t)
	for path, status := range map[string]int{"/oauth2": 404, "/": 404, "/oauth2/token/more": 404} {
		r := w.request(t, goodForm)
		r.URL.Path = path
		a := w.send(t, r)
		require.Equal(t, status, a.status, path)
		require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), path)
	}
	r := w.request(t, "")
	r.Method, r.URL.Path = http.MethodHead, metadataPath+"/"
	response, err := w.server.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, 200, response.StatusCode)
}

func TestItWorksBehindAPIGateway(t *testing.T) {
	w := newWorld(t)
	proxy := apigw.Handler(w.endpoint.routes())
	call := func(secret string) events.APIGatewayProxyResponse {
		response, err := proxy(t.Context(), events.APIGatewayProxyRequest{
			HTTPMethod: http.MethodPost, Path: issuePath,
			Body: base64.StdEncoding.EncodeToString([]byte(goodForm)), IsBase64Encoded: true,
			MultiValueHeaders: map[string][]string{
				"content-type":  {"application/x-www-form-urlencoded"},
				"authorization": {basic(billing, secret)},
			},
		})
		require.NoError(t, err)
		require.False(t, response.IsBase64Encoded)
		return response
	}
	good := call(billingSecret)
	require.Equal(t, http.StatusOK, good.StatusCode, good.Body)
	require.Contains(t, good.Body, "access-token-1")
	require.Equal(t, []string{"no-store"}, good.MultiValueHeaders["Cache-Control"])
	require.Equal(t, http.StatusUnauthorized, call("wrong").StatusCode)
}
