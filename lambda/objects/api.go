package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/fence"
	"github.com/regionpair/regionpair/lambda/internal/apigw"
	"github.com/regionpair/regionpair/lambda/internal/problem"
)

const (
	// reserve is the time kept for an answer of our own before Lambda ends the
	// request without one.
	reserve = 500 * time.Millisecond
	// longest is how long a request may take when the function may run longer:
	// API Gateway gives up after 29 s.
	longest = 27 * time.Second
)

// api serves one bucket.
type api struct {
	client  *s3.Client
	presign *s3.PresignClient
	bucket  string
	region  string
	now     func() time.Time
	// fence ends writes before a planned switch; nil when there is none.
	fence *fence.Fence
	// store keeps the objects: the api itself, which leaves the other Region to
	// Amazon S3's replication, or synchronous.
	store store
}

// store answers the requests for objects.
type store interface {
	get(w http.ResponseWriter, r *http.Request, key string)
	head(w http.ResponseWriter, r *http.Request, key string)
	put(w http.ResponseWriter, r *http.Request, key string)
	delete(w http.ResponseWriter, r *http.Request, key string)
	upload(w http.ResponseWriter, r *http.Request, key string)
	list(w http.ResponseWriter, r *http.Request)
}

func newAPI(client *s3.Client, bucket, region string) *api {
	a := &api{client: client, presign: newPresignClient(client), bucket: bucket, region: region, now: time.Now}
	a.store = a
	return a
}

// proxy serves the API's events. The answers to malformed events and to panics
// are the adapter's: they get the common headers here.
func (a *api) proxy() apigw.Proxy {
	serve := apigw.Handler(a)
	return func(ctx context.Context, event events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		answer, err := serve(ctx, event)
		a.setCommonHeader(answer.MultiValueHeaders)
		return answer, err
	}
}

// setCommonHeader sets what every answer carries, also an error.
//
// Anybody who may write can store an HTML page or an SVG image with scripts
// under the API's origin. A browser must neither guess a type nor run it with
// that origin: the sandbox gives whatever it shows an origin of its own and no
// scripts. Content-Disposition would only concern downloads and take from
// harmless images and documents that they can be shown.
func (a *api) setCommonHeader(header http.Header) {
	header.Set(contract.RegionHeader, a.region)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "sandbox")
}

// ServeHTTP does not use http.ServeMux: it would redirect keys that it can
// clean, and they must be refused.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.setCommonHeader(w.Header())
	ctx, cancel := leaveTimeToAnswer(r.Context())
	defer cancel()
	a.route(w, r.WithContext(ctx))
}

func leaveTimeToAnswer(ctx context.Context) (context.Context, context.CancelFunc) {
	end := time.Now().Add(longest)
	if deadline, bounded := ctx.Deadline(); bounded && deadline.Add(-reserve).Before(end) {
		end = deadline.Add(-reserve)
	}
	return context.WithDeadline(ctx, end)
}

func (a *api) route(w http.ResponseWriter, r *http.Request) {
	if err := mustBeSupported(r); err != nil {
		problem.Write(w, r, problem.Problem{Status: http.StatusBadRequest, Detail: err.Error()})
		return
	}
	path := r.URL.Path
	if path == "/objects" {
		a.dispatch(w, r, map[string]http.HandlerFunc{http.MethodGet: a.store.list})
		return
	}
	if key, found := strings.CutPrefix(path, "/objects/"); found {
		a.dispatch(w, r, map[string]http.HandlerFunc{
			http.MethodGet:    a.withKey(key, a.store.get),
			http.MethodHead:   a.withKey(key, a.store.head),
			http.MethodPut:    unless(a.fence.ClosedForWrites, a.withKey(key, a.store.put)),
			http.MethodDelete: unless(a.fence.ClosedForWrites, a.withKey(key, a.store.delete)),
		})
		return
	}
	if key, found := strings.CutPrefix(path, "/uploads/"); found {
		a.dispatch(w, r, map[string]http.HandlerFunc{http.MethodPost: unless(a.fence.ClosedForUploads, a.withKey(key, a.store.upload))})
		return
	}
	problem.Write(w, r, problem.Problem{Status: http.StatusNotFound, Detail: "there is /objects, /objects/{key} and /uploads/{key}"})
}

// unless refuses what would write while the fence is closed for it.
func unless(closed func(context.Context) bool, serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if closed(r.Context()) {
			fence.Refuse(w, r)
			return
		}
		serve(w, r)
	}
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
