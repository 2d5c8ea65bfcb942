package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/issuers"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/metric"
	"github.com/regionpair/regionpair/lambda/internal/problem"
)

const (
	issuePath    = "/oauth2/token"
	metadataPath = "/.well-known/oauth-authorization-server"
	jwksPath     = "/.well-known/jwks.json"
)

// endpointProps configures an [endpoint].
type endpointProps struct {
	settings settings
	// secrets reads the clients' credentials.
	secrets SecretsAPI
	// keys of both Regions' issuers.
	keys *issuers.Set
	// metrics counts what the cache and Cognito do.
	metrics *metric.Counter
	// http calls Cognito.
	// Default: issuers.NewHTTPClient().
	http *http.Client
	// now tells the time.
	// Default: time.Now.
	now func() time.Time
}

// endpoint answers token requests and describes itself to clients.
type endpoint struct {
	settings      settings
	authenticator *authenticator
	source        *source
	metrics       *metric.Counter
	keys          *issuers.Set
	now           func() time.Time
}

func newEndpoint(props endpointProps) *endpoint {
	if props.http == nil {
		props.http = issuers.NewHTTPClient()
	}
	if props.now == nil {
		props.now = time.Now
	}
	return &endpoint{
		settings:      props.settings,
		authenticator: newAuthenticator(props.secrets, props.settings.credentialsSecret, props.now, props.settings.tokenValidity),
		source: &source{
			cognito: &cognito{tokenURL: props.settings.cognitoTokenURL, http: props.http, now: props.now},
			cache:   newCache(maxCachedTokens, props.now),
			metrics: props.metrics,
		},
		metrics: props.metrics,
		keys:    props.keys,
		now:     props.now,
	}
}

func (e *endpoint) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+issuePath, e.serveToken)
	mux.HandleFunc("GET "+metadataPath, e.serveMetadata)
	mux.HandleFunc("GET "+jwksPath, e.serveJWKS)
	for path, allowed := range map[string]string{issuePath: "POST", metadataPath: "GET, HEAD", jwksPath: "GET, HEAD"} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", allowed)
			problem.Write(w, r, problem.Problem{Status: http.StatusMethodNotAllowed, Detail: "use " + allowed})
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem.Write(w, r, problem.Problem{Status: http.StatusNotFound, Detail: "there is nothing at this path"})
	})
	return withoutTrailingSlash(mux)
}

// withoutTrailingSlash serves "/oauth2/token/" as "/oauth2/token": API Gateway
// takes both for the same resource.
func withoutTrailingSlash(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if trimmed := strings.TrimRight(r.URL.Path, "/"); trimmed != "" && trimmed != r.URL.Path {
			plain := *r
			address := *r.URL
			address.Path, address.RawPath = trimmed, ""
			plain.URL = &address
			r = &plain
		}
		h.ServeHTTP(w, r)
	})
}

// warm reads what every request needs, so that the first one need not.
func (e *endpoint) warm(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { e.keys.Warm(ctx) })
	both.Go(func() {
		if _, err := e.authenticator.directory.get(ctx); err != nil {
			logging.From(ctx).Warn("start without the app clients", "error", err)
		}
	})
	both.Wait()
}

// tokenAnswer is the answer of RFC 6749 section 5.1.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int64  `json:"expires_in"`
	Scope       string `json:"scope"`
}

func (e *endpoint) serveToken(w http.ResponseWriter, r *http.Request) {
	answer, problem := e.issue(r)
	if problem != nil {
		if problem.status >= http.StatusInternalServerError {
			e.metrics.Count(contract.MetricTokenFailures, e.now())
		}
		writeError(r.Context(), w, problem)
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (e *endpoint) issue(r *http.Request) (tokenAnswer, *oauthError) {
	form, problem := readForm(r)
	if problem != nil {
		return tokenAnswer{}, problem
	}
	presented, problem := readCredentials(r.Header, form)
	if problem != nil {
		return tokenAnswer{}, problem
	}
	switch form["grant_type"] {
	case "client_credentials":
	case "":
		return tokenAnswer{}, invalidRequest("'grant_type' is missing")
	default:
		return tokenAnswer{}, unsupportedGrantType()
	}
	app, problem := e.authenticator.authenticate(r.Context(), presented)
	if problem != nil {
		return tokenAnswer{}, problem
	}
	scopes, problem := resolveScope(form["scope"], app.Scopes)
	if problem != nil {
		return tokenAnswer{}, problem
	}
	return e.answer(r.Context(), presented.clientID, app, scopes)
}

func (e *endpoint) answer(ctx context.Context, clientID string, app client, scopes []string) (tokenAnswer, *oauthError) {
	token, err := e.grant(ctx, clientID, app, scopes)
	switch {
	case errors.Is(err, errCognitoRefused):
		return tokenAnswer{}, serverError(err)
	case err != nil:
		return tokenAnswer{}, unavailable(err)
	}
	logging.From(ctx).Info("issue a token", "clientId", clientID, "scopes", scopes)
	return tokenAnswer{
		AccessToken: token.accessToken, TokenType: "Bearer",
		ExpiresIn: token.secondsLeft(e.now()), Scope: strings.Join(scopes, " "),
	}, nil
}

// grant tries once more with what Secrets Manager says now when Cognito
// refuses the app client: it may have been replaced.
func (e *endpoint) grant(ctx context.Context, clientID string, app client, scopes []string) (grant, error) {
	token, err := e.source.grant(ctx, clientID, app, scopes)
	if !errors.Is(err, errCognitoRefused) {
		return token, err
	}
	_ = e.authenticator.directory.renew(ctx)
	known, lookUpErr := e.authenticator.directory.get(ctx)
	renewed, exists := known[clientID]
	if lookUpErr != nil || !exists || renewed.sameApp(app) {
		return grant{}, err
	}
	return e.source.grant(ctx, clientID, renewed, scopes)
}
