package restapi

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/localcloud/iam"
)

// InvokeFunc runs a Lambda function and waits for its answer. functionError is
// not empty when the function failed; answer then holds {"errorMessage": …}.
// err means that Lambda did not run the function, for example because it was
// throttled. ctx ends when API Gateway stops waiting; the function itself goes
// on, as it does in Lambda.
type InvokeFunc = func(ctx context.Context, functionARN string, payload []byte) (answer []byte, functionError string, err error)

// API is one REST API with its one stage, made by [FromResources]. The clock,
// the logs, Region and Account may be set until the first request.
type API struct {
	// ID is the first label of the default endpoint.
	ID string
	// Name of the API.
	Name string
	// Region the API is in. FromResources takes it from the first Lambda
	// integration.
	Region string
	// Account that owns the API. FromResources takes it from the first Lambda
	// integration.
	Account string
	// Stage that is deployed.
	Stage Stage
	// DisableExecuteAPI answers every request to the default endpoint with 403.
	DisableExecuteAPI bool
	// BinaryMediaTypes are the content types that are base64 in events.
	BinaryMediaTypes []string
	// Authorizers by their id.
	Authorizers map[string]*Authorizer
	// Methods in the order of their paths.
	Methods []*Method
	// GatewayResponses by response type, such as "DEFAULT_4XX".
	GatewayResponses map[string]GatewayResponse
	// Now is the clock of throttling, caching, latencies and log lines.
	// Default: time.Now.
	Now func() time.Time
	// TimeScale divides the time that API Gateway waits for a function, for a
	// clock that runs faster than the machine's.
	// Default: 1.
	TimeScale float64
	// DecodesARN puts the decoded path into the ARN that policies speak of, and
	// not the path as it was sent. AWS does not document which it is: what must
	// not depend on it is tested with both.
	// Default: false.
	DecodesARN bool
	// AccessLog takes one line per request, in the stage's format.
	// Default: nothing is logged.
	AccessLog io.Writer
	// ExecutionLog takes a line for each request that failed for a reason the
	// caller does not get to know, such as a malformed answer of a function.
	// Default: nothing is logged.
	ExecutionLog io.Writer

	// policy is nil without a resource policy.
	policy      []iam.Statement
	root        *node
	decisions   *decisionCache
	unsupported []string
	logging     sync.Mutex
}

// Stage is what a stage sets for all requests.
type Stage struct {
	// Name is the first part of a path on the default endpoint.
	Name string
	// DeploymentID is the deployment that the stage points to.
	DeploymentID string
	// Variables of the stage.
	Variables map[string]string
	// AccessLogFormat with $context variables; empty means no access log.
	AccessLogFormat string
	// Throttles, the most specific first.
	Throttles []Throttle

	accessLog template
}

// Method is an HTTP method on a path.
type Method struct {
	// HTTPMethod in capitals, or "ANY".
	HTTPMethod string
	// Path of the resource, such as "/objects/{key+}".
	Path string
	// ResourceID is the id of the resource.
	ResourceID string
	// AuthorizerID is empty when the method needs no authorization.
	AuthorizerID string

	integration integration
	required    []requestParameter
	limiter     limiter
}

// FunctionARN of the function that answers the method; empty for one that has
// none.
func (m *Method) FunctionARN() string {
	lambda, isLambda := m.integration.(proxy)
	if !isLambda {
		return ""
	}
	return lambda.functionARN
}

// Unsupported lists what the template asks for and this package does not do,
// as "<stack>/<logical id> (<type>): <property>: <what is missing>".
func (a *API) Unsupported() []string { return slices.Clone(a.unsupported) }

// Handler serves the default endpoint, on which paths start with the stage.
// Handlers of one API share its throttles and cached authorizations.
func (a *API) Handler(invoke InvokeFunc) http.Handler {
	return &handler{api: a, invoke: invoke, split: a.splitStage}
}

// Domain serves the API on a custom domain name. basePath is the mapping's,
// empty for a mapping of the whole domain; requests still carry it.
func (a *API) Domain(basePath string, invoke InvokeFunc) http.Handler {
	prefix := strings.Trim(basePath, "/")
	if prefix == "(none)" {
		prefix = ""
	}
	return &handler{api: a, invoke: invoke, split: func(path string) (paths, bool) { return splitBasePath(prefix, path) }}
}

// paths are the views on one request's path.
type paths struct {
	// event is what functions get: with a base path, without a stage.
	event string
	// full is what the caller sent.
	full string
	// route is what resources are matched with.
	route string
}

func (a *API) splitStage(path string) (paths, bool) {
	if a.DisableExecuteAPI {
		return paths{}, false
	}
	rest, found := cutSegment(path, a.Stage.Name)
	rest = singleLeadingSlash(rest)
	return paths{event: rest, full: path, route: rest}, found
}

func splitBasePath(prefix, path string) (paths, bool) {
	if prefix == "" {
		event := singleLeadingSlash(path)
		return paths{event: event, full: path, route: event}, true
	}
	rest, found := cutSegment(path, prefix)
	return paths{event: path, full: path, route: singleLeadingSlash(rest)}, found
}

// cutSegment takes whole segments off the start of a path.
func cutSegment(path, prefix string) (string, bool) {
	rest, found := strings.CutPrefix(singleLeadingSlash(path), "/"+prefix)
	if !found || (rest != "" && rest[0] != '/') {
		return "", false
	}
	return rest, true
}

func singleLeadingSlash(path string) string { return "/" + strings.TrimLeft(path, "/") }

func (a *API) now() time.Time {
	if a.Now == nil {
		return time.Now()
	}
	return a.Now()
}

// patience is how long the machine's clock runs while d passes on the API's.
func (a *API) patience(d time.Duration) time.Duration {
	if a.TimeScale <= 0 {
		return d
	}
	return time.Duration(float64(d) / a.TimeScale)
}
