package restapi

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/localcloud/iam"
)

// exchange is one request on its way to its answer.
type exchange struct {
	api     *API
	invoke  InvokeFunc
	request *http.Request
	paths   paths
	match   match
	body    []byte

	received   time.Time
	requestID  string
	extendedID string
	traceID    string

	// admission is what the resource policy says about the request.
	admission     iam.Verdict
	authorization *authorization
	fault         *fault
	status        int
	length        int
	// integrationLatency is negative when no function was asked.
	integrationLatency time.Duration
}

func newExchange(api *API, invoke InvokeFunc, request *http.Request, p paths) *exchange {
	received := api.now()
	return &exchange{
		api: api, invoke: invoke, request: request, paths: p,
		received:           received,
		requestID:          newRequestID(),
		extendedID:         newExtendedID(),
		traceID:            traceOf(request, received),
		integrationLatency: -1,
	}
}

func (x *exchange) sourceIP() string {
	host, _, err := net.SplitHostPort(x.request.RemoteAddr)
	if err != nil {
		return x.request.RemoteAddr
	}
	return host
}

func (x *exchange) domainName() string {
	host, _, err := net.SplitHostPort(x.request.Host)
	if err != nil {
		return x.request.Host
	}
	return host
}

func (x *exchange) domainPrefix() string {
	prefix, _, _ := strings.Cut(x.domainName(), ".")
	return prefix
}

// methodARN is the resource that policies speak of.
func (x *exchange) methodARN() string {
	path := strings.TrimPrefix(x.paths.route, "/")
	if decoded, err := url.PathUnescape(path); err == nil && x.api.DecodesARN {
		path = decoded
	}
	return x.api.arn() + "/" + x.api.Stage.Name + "/" + x.request.Method + "/" + path
}

func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// resourcePath is empty as long as no resource matched.
func (x *exchange) resourcePath() string {
	if x.match.node == nil {
		return ""
	}
	return x.match.node.path
}

func (x *exchange) resourceID() string {
	if x.match.node == nil {
		return ""
	}
	return x.match.node.resourceID
}

const traceHeader = "X-Amzn-Trace-Id"

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}

// newRequestID is a random UUID.
func newRequestID() string {
	b := random(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func newExtendedID() string { return base64.StdEncoding.EncodeToString(random(11)) }

// traceOf keeps a caller's trace and begins one otherwise.
func traceOf(request *http.Request, received time.Time) string {
	for _, field := range strings.Split(request.Header.Get(traceHeader), ";") {
		if root, found := strings.CutPrefix(strings.TrimSpace(field), "Root="); found && root != "" {
			return root
		}
	}
	return fmt.Sprintf("1-%08x-%s", received.Unix(), hex.EncodeToString(random(12)))
}

// logAccess writes the request's line in the access log.
func (a *API) logAccess(x *exchange) {
	if a.AccessLog == nil || a.Stage.AccessLogFormat == "" {
		return
	}
	a.writeLine(a.AccessLog, a.Stage.accessLog.render(x.variable, "-"))
}

// logReason writes in the execution log what the caller does not get to know.
func (a *API) logReason(x *exchange) {
	if a.ExecutionLog == nil || x.fault == nil || x.fault.reason == nil {
		return
	}
	line := "(" + x.requestID + ") " + x.request.Method + " " + x.paths.full + ": " + x.fault.reason.Error()
	a.writeLine(a.ExecutionLog, strings.ReplaceAll(line, "\n", " "))
}

func (a *API) writeLine(log io.Writer, line string) {
	a.logging.Lock()
	defer a.logging.Unlock()
	_, _ = io.WriteString(log, line+"\n") // a log that is full must not stop the API
}
