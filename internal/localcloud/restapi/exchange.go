package restapi

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
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
	return "arn:" + partition(x.api.Region) + ":execute-api:" + x.api.Region + ":" + x.api.Account + ":" + x.api.ID + "/" +
		x.api.Stage.Name + "/" + x.request.Method + "/" + path
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
