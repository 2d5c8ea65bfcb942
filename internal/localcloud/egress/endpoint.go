package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Endpoint is a service of a Region. It has an address of its own.
type Endpoint struct {
	// Region is empty for a global service.
	Region string
	// Service is a name such as "s3".
	Service string
}

// endpoint is the server of an Endpoint.
type endpoint struct {
	Endpoint
	address  netip.Addr
	listener net.Listener
	server   *http.Server
	faults   *faultState
	sources  *sources
	hanging  atomic.Int64 // connections with something that is lost in a black hole

	mu          sync.Mutex
	handlers    map[string]http.Handler
	authorities map[string]*x509.CertPool // of clients, by host
	open        map[*connection]struct{}
}

func newEndpoint(at Endpoint, address netip.Addr, ca *authority, callers *sources) (*endpoint, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for %s in %s: %w", at.Service, at.Region, err)
	}
	e := &endpoint{
		Endpoint: at, address: address, listener: listener, faults: newFaultState(), sources: callers,
		handlers: map[string]http.Handler{}, authorities: map[string]*x509.CertPool{}, open: map[*connection]struct{}{},
	}
	usual := &tls.Config{GetCertificate: e.faults.certificateOf(ca), MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	chosen := usual.Clone()
	chosen.GetConfigForClient = e.configFor(usual)
	e.server = &http.Server{
		Handler:           e.faults.wrap(http.HandlerFunc(e.dispatch)),
		TLSConfig:         chosen,
		ReadHeaderTimeout: time.Minute,
		// Handshakes that a fault breaks are expected.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() { _ = e.server.ServeTLS(acceptor{listener, e}, "", "") }()
	return e, nil
}

// acceptor hands out connections that obey the fault.
type acceptor struct {
	net.Listener
	endpoint *endpoint
}

// Accept implements net.Listener.
func (a acceptor) Accept() (net.Conn, error) {
	for {
		conn, err := a.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := newConnection(conn, a.endpoint, a.endpoint.sources.take(conn))
		if fault, _ := a.endpoint.faults.get(); fault.Kind == Refuse {
			c.reset()
			continue
		}
		a.endpoint.remember(c)
		return c, nil
	}
}

func (e *endpoint) remember(c *connection) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open[c] = struct{}{}
}

func (e *endpoint) forget(c *connection) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.open, c)
}

func (e *endpoint) handle(host string, h http.Handler) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.handlers[host] = h
}

func (e *endpoint) dispatch(w http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	h := e.handlerOf(host)
	switch {
	case h != nil && e.isAuthenticated(r, host):
		h.ServeHTTP(w, r)
		return
	case h != nil:
		http.Error(w, "a certificate is needed for "+host, http.StatusForbidden)
		return
	}
	http.Error(w, fmt.Sprintf("%s is not served here", host), http.StatusMisdirectedRequest)
}

func (e *endpoint) handlerOf(host string) http.Handler {
	e.mu.Lock()
	defer e.mu.Unlock()
	if h, exists := e.handlers[host]; exists {
		return h
	}
	for pattern, h := range e.handlers {
		if suffix, wild := strings.CutPrefix(pattern, "*"); wild && strings.HasSuffix(host, suffix) {
			return h
		}
	}
	return nil
}

func (e *endpoint) setFault(f Fault) {
	e.faults.set(f)
	if f.Kind == Refuse {
		for _, c := range e.connections() {
			c.reset()
		}
	}
}

func (e *endpoint) connections() []*connection {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := make([]*connection, 0, len(e.open))
	for c := range e.open {
		list = append(list, c)
	}
	return list
}

// dial connects to the endpoint. Where connections are refused there never is one:
// a reset afterwards would look like life to a checker that only connects.
func (e *endpoint) dial(ctx context.Context, source netip.Addr) (net.Conn, error) {
	if fault, _ := e.faults.get(); fault.Kind == Refuse {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: e.listener.Addr(), Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	return e.reach(ctx, source)
}

// reach connects to the endpoint the way a packet would: not at all in a black
// hole.
func (e *endpoint) reach(ctx context.Context, source netip.Addr) (net.Conn, error) {
	for {
		fault, changed := e.faults.get()
		if fault.Kind != Blackhole {
			return e.sources.dial(ctx, source, e.listener.Addr().String())
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (e *endpoint) close() {
	e.faults.set(Fault{})
	_ = e.server.Close()
	for _, c := range e.connections() {
		_ = c.Close()
	}
}
