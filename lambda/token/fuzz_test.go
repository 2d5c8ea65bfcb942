package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// FuzzParseForm checks the parser against the rules it has to keep: whatever
// it accepts says the same in any other form parser.
func FuzzParseForm(f *testing.F) {
	for _, seed := range []string{goodForm, goodPost, "", "a=1&a=2", "a=%zz", "a;b", "=&=", "a=&a=1", "a&b&c", "%00=%ff", strings.Repeat("a=b&", 3000)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		form, problem := parseForm(body)
		if problem != nil {
			if form != nil || problem.status != http.StatusBadRequest || problem.code != "invalid_request" {
				t.Fatalf("form %v, problem %v", form, problem)
			}
			return
		}
		if len(body) > maxBodyBytes {
			t.Fatal("too long")
		}
		values, err := url.ParseQuery(string(body))
		if err != nil {
			t.Fatal(err)
		}
		for name, list := range values {
			if len(list) != 1 || form[name] != list[0] {
				t.Fatalf("%q is %q, accepted as %q", name, list, form[name])
			}
		}
	})
}

// FuzzToken sends any request to the whole endpoint: without the secret there
// is no token.
func FuzzToken(f *testing.F) {
	w := newWorld(f)
	handler := w.endpoint.routes()
	f.Add(goodPost, "", "application/x-www-form-urlencoded", "")
	f.Add(goodForm, basic(billing, billingSecret), "application/x-www-form-urlencoded", "")
	f.Add(goodForm+"&scope=objects/read", basic(billing, "wrong"), "application/x-www-form-urlencoded; charset=utf-8", "a=b")
	f.Add(goodForm, "Basic Og==", "text/plain", "")
	f.Add("", "", "", "")
	f.Fuzz(func(t *testing.T, body, authorization, contentType, query string) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, issuePath, strings.NewReader(body))
		r.Header = http.Header{"Authorization": {authorization}, "Content-Type": {contentType}}
		r.URL.RawQuery = query
		if authorization == "" {
			r.Header.Del("Authorization")
		}
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		var a answer
		if err := json.Unmarshal(recorder.Body.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		issued := recorder.Code == http.StatusOK
		if issued != (a.AccessToken != "") || issued == (a.Error != "") || recorder.Code >= http.StatusInternalServerError {
			t.Fatalf("%d %s", recorder.Code, recorder.Body)
		}
		if issued && !knowsTheSecret(body, authorization) {
			t.Fatalf("issued a token for %q, %q", body, authorization)
		}
	})
}

func knowsTheSecret(body, authorization string) bool {
	if values, err := url.ParseQuery(body); err == nil && values.Get("client_secret") == billingSecret {
		return true
	}
	r := http.Request{Header: http.Header{"Authorization": {authorization}}}
	_, secret, _ := r.BasicAuth()
	secret, err := url.QueryUnescape(secret)
	return err == nil && secret == billingSecret
}

// FuzzScope must never let through what is not configured.
func FuzzScope(f *testing.F) {
	configured := []string{"objects/read", "objects/write"}
	for _, seed := range []string{"", "objects/read", "objects/read objects/write", " ", "objects/read\x00", "a b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, requested string) {
		scopes, problem := resolveScope(requested, configured)
		if (problem == nil) != (len(scopes) > 0) {
			t.Fatalf("scopes %v, problem %v", scopes, problem)
		}
		for _, scope := range scopes {
			if scope != configured[0] && scope != configured[1] || requested != "" && !strings.Contains(requested, scope) {
				t.Fatalf("granted %q for %q", scope, requested)
			}
		}
	})
}
