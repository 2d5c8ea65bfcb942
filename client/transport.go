package client

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/proxytls"
)

// Transport sends requests for one pair to its Regions, and all others as its
// base does. It is safe for concurrent use; a program needs one for each pair.
type Transport struct {
	host    string
	options Options
	now     func() time.Time

	mu      sync.Mutex
	pools   map[pool]*http.Transport
	avoided map[string]avoidance
	writes  unsettled
}

// avoidance of a Region that failed.
type avoidance struct {
	// until when the other Region is tried first.
	until time.Time
	// never is until when the Region asked, with Retry-After, for no request.
	never time.Time
}

// NewTransport returns a transport for the pair that serves a host, such as
// "api.example.com". Options may be nil.
func NewTransport(host string, options *Options) (*Transport, error) {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "" || strings.ContainsAny(host, ":/") {
		return nil, fmt.Errorf("the host of a pair must be a name such as \"api.example.com\", got %q", host)
	}
	completed, err := options.complete(host)
	if err != nil {
		return nil, fmt.Errorf("the options of the transport for %s: %w", host, err)
	}
	return &Transport{
		host: host, options: completed, now: time.Now,
		pools: map[pool]*http.Transport{}, avoided: map[string]avoidance{}, writes: unsettled{},
	}, nil
}

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.roundTrip(request)
	if response != nil {
		response.Request = request
	}
	return response, err
}

func (t *Transport) roundTrip(request *http.Request) (*http.Response, error) {
	if request.URL.Scheme != "https" || !strings.EqualFold(request.URL.Hostname(), t.host) {
		return t.options.Base.RoundTrip(request)
	}
	regions, err := t.options.Directory.Regions(request.Context())
	if err != nil {
		// The name leads to a Region, whatever TXT records say.
		return t.options.Base.RoundTrip(request)
	}
	switch {
	case !canRepeatBody(request):
	case t.isRead(request):
		return t.read(request, regions)
	case t.options.RepeatWrites && isWrite(request):
		return t.write(request, regions)
	}
	return t.send(request, request.Body, pool{region: regions.Serving})
}

// CloseIdleConnections closes connections that no request uses;
// [http.Client.CloseIdleConnections] calls it.
func (t *Transport) CloseIdleConnections() {
	t.options.Base.CloseIdleConnections()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, transport := range t.pools {
		transport.CloseIdleConnections()
	}
}

func (t *Transport) isRead(r *http.Request) bool {
	return r.Method == http.MethodGet || r.Method == "" || r.Method == http.MethodHead ||
		(r.Method == http.MethodPost && r.URL.Path == t.options.TokenPath)
}

func isWrite(r *http.Request) bool {
	return r.Method == http.MethodPut || r.Method == http.MethodDelete
}

func canRepeatBody(r *http.Request) bool {
	return r.Body == nil || r.Body == http.NoBody || r.GetBody != nil
}

// send sends a copy of the request, with a body of its own, to a Region.
func (t *Transport) send(request *http.Request, body io.ReadCloser, to pool) (*http.Response, error) {
	attempt := *request
	attempt.Body = body
	if attempt.Host == "" {
		attempt.Host = request.URL.Host
	}
	address := *request.URL
	address.Host = hostOf(request.URL, to.region)
	attempt.URL = &address
	to.viaTLS = proxytls.Used(t.options.Base, &attempt)
	return t.transport(to).RoundTrip(&attempt)
}

// hostOf is the Region's host with its own port, or that of the URL.
func hostOf(u *url.URL, region string) string {
	if _, _, err := net.SplitHostPort(region); err == nil || u.Port() == "" {
		return region
	}
	return net.JoinHostPort(region, u.Port())
}

// order says which Region is asked first, and which then; the second is empty
// while that Region wants no requests.
func (t *Transport) order(r Regions) (first, second string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	serving, peer := t.avoided[r.Serving], t.avoided[r.Peer]
	first, second = r.Serving, r.Peer
	if now.Before(serving.until) && !now.Before(peer.until) {
		first, second, peer = r.Peer, r.Serving, serving
	}
	if now.Before(peer.never) {
		second = ""
	}
	return first, second
}

// avoid makes the other Region the first to be asked for a while.
func (t *Transport) avoid(region string, retryAfter time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	avoided := avoidance{until: now.Add(max(t.options.StayFor, retryAfter)), never: t.avoided[region].never}
	if retryAfter > 0 {
		avoided.never = now.Add(retryAfter)
	}
	t.avoided[region] = avoided
}

// trust ends the avoidance of a Region that has answered after all.
func (t *Transport) trust(region string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.avoided, region)
}

func (t *Transport) repeats(request *http.Request, from, to string, reason error) {
	if t.options.OnRepeat != nil {
		t.options.OnRepeat(Repeat{Method: request.Method, URL: request.URL.String(), From: from, To: to, Reason: reason})
	}
}

// statusError is an answer that another Region may better.
type statusError int

func (s statusError) Error() string { return fmt.Sprintf("status %d", int(s)) }

// failure is the reason to repeat a request, or nil.
func failure(response *http.Response, err error) error {
	if err != nil {
		return err
	}
	switch response.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return statusError(response.StatusCode)
	}
	return nil
}

// retryAfter is how long the answer asks to be left alone.
func retryAfter(response *http.Response, now time.Time) time.Duration {
	if response == nil {
		return 0
	}
	value := response.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(max(0, seconds)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

var errNoCopy = errors.New("the request's GetBody gives no second body")

// bodyCopy is a body for one more attempt.
func bodyCopy(request *http.Request) (io.ReadCloser, error) {
	if request.GetBody == nil {
		return request.Body, nil
	}
	body, err := request.GetBody()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoCopy, err)
	}
	return body, nil
}
