package drill

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/regionpair/regionpair/internal/process"
	"github.com/regionpair/regionpair/internal/workload"
)

// externalLoad is a command that sends the requests: k6, hey, a script. It
// reaches the pair through a proxy that measures what the command sees. Every
// connection of the command is one client, with the resolver of one population.
type externalLoad struct {
	site     site
	recorder *recorder
	listener net.Listener
	outside  *http.Server // is asked to CONNECT
	inside   *http.Server // reads the requests of the tunnels
	tunnels  *tunnels
	count    atomic.Int64
	callers  sync.Map // of *client, by connection of the command

	cancel context.CancelFunc
	output *os.File
	ended  chan struct{} // when the command has
	err    error
}

// startExternal starts a proxy with certificates that the command trusts, and the
// command.
func startExternal(at site, certificates *tls.Config, rec *recorder) (*externalLoad, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the load command: %w", err)
	}
	e := &externalLoad{site: at, recorder: rec, listener: listener, ended: make(chan struct{}), tunnels: &tunnels{
		arrived: make(chan net.Conn), closed: make(chan struct{}), address: listener.Addr(),
	}}
	quiet := log.New(io.Discard, "", 0) // clients that hang up are expected
	e.outside = &http.Server{Handler: e.connect(certificates), ReadHeaderTimeout: time.Minute, ErrorLog: quiet}
	e.inside = &http.Server{
		Handler: http.HandlerFunc(e.forward), ReadHeaderTimeout: time.Minute, ErrorLog: quiet,
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			c := e.newCaller()
			e.callers.Store(conn, c)
			return context.WithValue(ctx, callerKey{}, c)
		},
		ConnState: e.closeCaller,
	}
	go func() { _ = e.outside.Serve(listener) }()
	go func() { _ = e.inside.Serve(e.tunnels) }()
	return e, nil
}

// tunnels is a listener of connections that the proxy has accepted.
type tunnels struct {
	arrived chan net.Conn
	closed  chan struct{}
	once    sync.Once
	address net.Addr
}

// Accept implements net.Listener.
func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case conn := <-t.arrived:
		return conn, nil
	case <-t.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (t *tunnels) Close() error {
	t.once.Do(func() { close(t.closed) })
	return nil
}

// Addr implements net.Listener.
func (t *tunnels) Addr() net.Addr { return t.address }

// connect makes a tunnel to the pair's name, and to no other.
func (e *externalLoad) connect(certificates *tls.Config) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodConnect || r.Host != e.site.domain+":443" {
			http.Error(w, "only https://"+e.site.domain+" is reachable in a drill", http.StatusForbidden)
			return
		}
		conn, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		select {
		case e.tunnels.arrived <- tls.Server(early{conn, buffered.Reader}, certificates):
		case <-e.tunnels.closed:
			_ = conn.Close()
		}
	})
}

// early is a connection of which something may have been read already.
type early struct {
	net.Conn
	reader *bufio.Reader
}

func (c early) Read(into []byte) (int, error) { return c.reader.Read(into) }

type callerKey struct{}

// newCaller is the client behind one connection of the command.
func (e *externalLoad) newCaller() *client {
	number := int(e.count.Add(1)-1) % max(1, e.site.populations)
	c, err := newClient(e.site, number, loadOptions{})
	if err != nil {
		return &client{site: e.site, population: number, http: &http.Client{Transport: refusing{err}}}
	}
	return c
}

// closeCaller ends the connections of a client with that of the command. Nothing
// else would: a command may open a new one for every request.
func (e *externalLoad) closeCaller(conn net.Conn, state http.ConnState) {
	if state != http.StateClosed {
		return
	}
	if c, exists := e.callers.LoadAndDelete(conn); exists {
		c.(*client).close()
	}
}

// refusing is the transport of a client that could not be made.
type refusing struct{ err error }

// RoundTrip implements http.RoundTripper.
func (r refusing) RoundTrip(*http.Request) (*http.Response, error) { return nil, r.err }

// forward sends a request on, and its answer back, and records what the command
// sees. Without an answer it hangs up, as a Region does that is gone.
func (e *externalLoad) forward(w http.ResponseWriter, r *http.Request) {
	c := r.Context().Value(callerKey{}).(*client)
	start, seen := time.Now(), c.trace(r.Context())
	proxy := httputil.ReverseProxy{
		Transport: c.http.Transport, ErrorLog: log.New(io.Discard, "", 0),
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = "https", e.site.domain, e.site.domain
		},
		ModifyResponse: func(response *http.Response) error {
			var err error
			if response.StatusCode >= http.StatusInternalServerError || response.StatusCode == http.StatusTooManyRequests {
				err = fmt.Errorf("status %d", response.StatusCode)
			}
			e.observe(c, r, start, seen.answeredBy(response), err)
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) {
			e.observe(c, r, start, seen.triedIn(), err)
			panic(http.ErrAbortHandler)
		},
	}
	proxy.ServeHTTP(w, r.WithContext(seen.ctx))
}

func (e *externalLoad) observe(c *client, r *http.Request, start time.Time, region string, err error) {
	s := sample{kind: kindOf(r), population: c.population, start: start, end: time.Now(), region: region, failed: err != nil}
	if err != nil {
		s.err = err.Error()
	}
	e.recorder.add(s)
}

// kindOf a request whose meaning nobody knows.
func kindOf(r *http.Request) kind {
	switch {
	case r.URL.Path == tokenPath:
		return token
	case slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, r.Method):
		return read
	}
	return write
}

// run starts the command with what it needs in its environment.
func (e *externalLoad) run(ctx context.Context, command, dir string, environment []string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of logs: %w", err)
	}
	var err error
	if e.output, err = os.Create(filepath.Join(dir, "load.log")); err != nil { //nolint:gosec // the drill's own folder
		return fmt.Errorf("write what the load command prints: %w", err)
	}
	ctx, e.cancel = context.WithCancel(ctx)
	program := process.InGroup(exec.CommandContext(ctx, "sh", "-c", command)) //nolint:gosec // the user's own command
	proxy := "http://" + e.listener.Addr().String()
	program.Env = append(os.Environ(), "HTTPS_PROXY="+proxy, "https_proxy="+proxy, "NO_PROXY=", "no_proxy=")
	program.Env = append(program.Env, environment...)
	program.Stdout, program.Stderr = e.output, e.output
	if err := program.Start(); err != nil {
		close(e.ended)
		return fmt.Errorf("start the load command: %w", err)
	}
	go func() {
		e.err = program.Wait()
		close(e.ended)
	}()
	return nil
}

// check returns an error when the command has ended too early.
func (e *externalLoad) check() error {
	select {
	case <-e.ended:
		how := "without an error"
		if e.err != nil {
			how = "with " + e.err.Error()
		}
		return fmt.Errorf("the load command ended %s before the drill did; it has to send requests until it is stopped. It printed:\n%s", how, lastLines(e.output.Name(), 10))
	default:
		return nil
	}
}

// lastLines of a file.
func lastLines(path string, most int) string {
	text, err := os.ReadFile(path) //nolint:gosec // the drill's own file
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return "  " + cmp.Or(strings.Join(lines[max(0, len(lines)-most):], "\n  "), "nothing")
}

// stop ends the command and the proxy.
func (e *externalLoad) stop() {
	if e.cancel != nil {
		e.cancel()
		<-e.ended
	}
	if e.output != nil {
		_ = e.output.Close()
	}
	_ = e.outside.Close()
	_ = e.inside.Close()
}

// command is a load that is sent by a program.
type command struct {
	text, dir string
	caFile    string
	// certificates that are signed by the authority of caFile.
	certificates *tls.Config
}

// startCommand starts a load that a command sends as a client of the pair.
func startCommand(ctx context.Context, at site, by command, client workload.Client, rec *recorder, options loadOptions) (*load, error) {
	l := &load{site: at, plan: workload.Plan{Client: client}, recorder: rec, loadOptions: options, ledger: &ledger{}}
	ctx, l.cancel = context.WithCancel(ctx)
	err := l.firstToken(ctx)
	if err == nil {
		l.external, err = startExternal(at, by.certificates, rec)
	}
	if err == nil {
		err = l.external.run(ctx, by.text, by.dir, l.environment(by.caFile))
	}
	if err != nil {
		l.stop()
		return nil, err
	}
	return l, nil
}

// environment of the command: how common programs learn of the authority, and what
// they need to call the API.
func (l *load) environment(caFile string) []string {
	environment := []string{}
	for _, name := range []string{"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE"} {
		environment = append(environment, name+"="+caFile)
	}
	url := "https://" + l.site.domain
	environment = append(environment, "REGIONPAIR_URL="+url)
	if bearer := l.bearer.Load(); bearer != nil {
		environment = append(environment, "REGIONPAIR_TOKEN="+*bearer, "REGIONPAIR_TOKEN_URL="+url+tokenPath,
			"REGIONPAIR_CLIENT_ID="+l.plan.Client.ID, "REGIONPAIR_CLIENT_SECRET="+l.plan.Client.Secret)
	}
	return environment
}
