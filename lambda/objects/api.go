package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/lambda/internal/problem"
)

// reserve is the time kept for an answer of our own before Lambda ends the
// request without one.
const reserve = 500 * time.Millisecond

// api serves one bucket.
type api struct {
	client  *s3.Client
	presign *s3.PresignClient
	bucket  string
	region  string
	now     func() time.Time
}

func newAPI(client *s3.Client, bucket, region string) *api {
	return &api{client: client, presign: newPresignClient(client), bucket: bucket, region: region, now: time.Now}
}

// ServeHTTP does not use http.ServeMux: it would redirect keys that it can
// clean, and they must be refused.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Served-By-Region", a.region)
	// Objects are what clients have stored: a browser must neither guess their
	// type nor run them with the API's origin.
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "sandbox")
	ctx, cancel := leaveTimeToAnswer(r.Context())
	defer cancel()
	a.route(w, r.WithContext(ctx))
}

func leaveTimeToAnswer(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, bounded := ctx.Deadline()
	if !bounded {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}

func (a *api) route(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if path == "/objects" {
		a.dispatch(w, r, map[string]http.HandlerFunc{http.MethodGet: a.list})
		return
	}
	if key, found := strings.CutPrefix(path, "/objects/"); found {
		a.dispatch(w, r, map[string]http.HandlerFunc{
			http.MethodGet:    a.withKey(key, a.get),
			http.MethodHead:   a.withKey(key, a.head),
			http.MethodPut:    a.withKey(key, a.put),
			http.MethodDelete: a.withKey(key, a.delete),
		})
		return
	}
	if key, found := strings.CutPrefix(path, "/uploads/"); found {
		a.dispatch(w, r, map[string]http.HandlerFunc{http.MethodPost: a.withKey(key, a.upload)})
		return
	}
	problem.Write(w, r, problem.Problem{Status: http.StatusNotFound, Detail: "there is /objects, /objects/{key} and /uploads/{key}"})
}

func (a *api) dispatch(w http.ResponseWriter, r *http.Request, methods map[string]http.HandlerFunc) {
	if handler, allowed := methods[r.Method]; allowed {
		handler(w, r)
		return
	}
	names := []string{}
	for name := range methods {
		names = append(names, name)
	}
	slices.Sort(names)
	w.Header().Set("Allow", strings.Join(names, ", "))
	problem.Write(w, r, problem.Problem{Status: http.StatusMethodNotAllowed, Detail: "allowed here: " + strings.Join(names, ", ")})
}

func (a *api) withKey(key string, serve func(http.ResponseWriter, *http.Request, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := validateKey(key); err != nil {
			problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
			return
		}
		serve(w, r, key)
	}
}
