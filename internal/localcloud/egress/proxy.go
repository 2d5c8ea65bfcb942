package egress

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// proxy is the HTTP proxy that everything inside the local cloud has in
// HTTPS_PROXY.
type proxy struct {
	network  *Network
	listener net.Listener
	server   *http.Server

	mu      sync.Mutex
	tunnels map[net.Conn]struct{}
}

// DirectHeader marks a request to the proxy which only reports that its caller
// wanted to connect to a host by itself, and was kept from it.
const DirectHeader = "X-Localcloud-Direct"

// dialTimeout is how long a client of the proxy waits for a connection that
// is never made.
const dialTimeout = 30 * time.Second

func newProxy(n *Network) (*proxy, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the proxy: %w", err)
	}
	p := &proxy{network: n, listener: listener, tunnels: map[net.Conn]struct{}{}}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)}
	go func() { _ = p.server.Serve(listener) }()
	return p, nil
}

func (p *proxy) address() string { return p.listener.Addr().String() }

// ServeHTTP makes a tunnel. Plain HTTP would be readable on the way and no AWS
// service needs it.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get(DirectHeader) != "" {
		p.network.report(callerOf(r), r.Host+" (not through HTTPS_PROXY)")
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if r.Method != http.MethodConnect {
		p.network.report(callerOf(r), "http://"+r.Host)
		http.Error(w, "the local cloud speaks HTTPS only", http.StatusMethodNotAllowed)
		return
	}
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil || port != "443" {
		p.network.report(callerOf(r), r.Host)
		http.Error(w, fmt.Sprintf("only port 443 is reachable, got %s", r.Host), http.StatusForbidden)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), dialTimeout)
	defer cancel()
	upstream, err := p.network.dialHost(ctx, callerOf(r), host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	client, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		_ = upstream.Close()
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(client, "HTTP/1.1 200 Connection established\r\n\r\n")
	if n := buffered.Reader.Buffered(); n > 0 {
		early, _ := buffered.Peek(n)
		_, _ = upstream.Write(early)
	}
	p.join(client, upstream)
}

// callerOf returns the user name that the proxy URL was given for the caller.
func callerOf(r *http.Request) string {
	fake := http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}
	name, _, _ := fake.BasicAuth()
	return name
}

func (p *proxy) join(client, upstream net.Conn) {
	p.mu.Lock()
	p.tunnels[client], p.tunnels[upstream] = struct{}{}, struct{}{}
	p.mu.Unlock()
	var once sync.Once
	end := func(err error) {
		once.Do(func() {
			for _, conn := range []net.Conn{client, upstream} {
				// A reset on one side is one on the other; an orderly end still
				// has to deliver what was written.
				if tcp, ok := conn.(*net.TCPConn); ok && err != nil {
					_ = tcp.SetLinger(0)
				}
				_ = conn.Close()
			}
			p.mu.Lock()
			delete(p.tunnels, client)
			delete(p.tunnels, upstream)
			p.mu.Unlock()
		})
	}
	go func() {
		_, err := io.Copy(upstream, client)
		end(err)
	}()
	go func() {
		_, err := io.Copy(client, upstream)
		end(err)
	}()
}

func (p *proxy) close() {
	_ = p.server.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.tunnels {
		_ = conn.Close()
	}
}
