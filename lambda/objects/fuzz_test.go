package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

// FuzzKey sends any path through the adapter: what is accepted must reach S3
// as the very key, and what is refused is the client's fault.
func FuzzKey(f *testing.F) {
	for _, seed := range []string{"a/b", "..", "a//b", "\xff", "ü", "%C3%BC", "a\x7f", "a%2Fb", "%2e%2e/a", "a%252Fb", "a+b", "%zz", "?x", "#"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		rec := &recorder{}
		got := sendEvent(t, newAPIInMemory(rec), events.APIGatewayProxyRequest{HTTPMethod: "PUT", Path: "/objects/" + path, Body: "x"})
		if got.status == http.StatusBadRequest && rec.last == nil {
			return
		}
		want, err := url.PathUnescape(path)
		if err != nil || got.status != http.StatusNoContent {
			t.Fatalf("%q: status %d, %v", path, got.status, err)
		}
		key := strings.TrimPrefix(rec.last.URL.Path, "/"+testBucket+"/")
		if key != want || validateKey(key) != nil {
			t.Fatalf("%q: stored as %q, want %q", path, key, want)
		}
		if key == "" || len(key) > maxKeyBytes || strings.Contains("/"+key+"/", "/../") || strings.Contains("/"+key+"/", "//") {
			t.Fatalf("%q must be refused", key)
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add("YQ")
	f.Fuzz(func(t *testing.T, cursor string) {
		key, err := decodeCursor(cursor)
		if err != nil {
			return
		}
		again, err := decodeCursor(encodeCursor(key))
		if err != nil || again != key {
			t.Fatalf("%q: %q %v", cursor, again, err)
		}
	})
}

// FuzzListQuery sends any query: the bucket is asked within its limits or not
// at all.
func FuzzListQuery(f *testing.F) {
	f.Add("a/", "YQ", "10")
	f.Add("\xff", "%", "-1")
	f.Fuzz(func(t *testing.T, prefix, cursor, limit string) {
		got, err := readListQuery(func(name string) string {
			return map[string]string{"prefix": prefix, "cursor": cursor, "limit": limit}[name]
		})
		if err != nil {
			return
		}
		if got.limit < 1 || got.limit > maxLimit || len(got.after) > maxKeyBytes || got.prefix != prefix {
			t.Fatalf("%+v", got)
		}
	})
}
