package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/proxytls/proxytlstest"
)

const host = "api.example.com"

// quick is short, and more than a handshake takes on a busy machine.
const quick = slowness * 200 * time.Millisecond

// region is a Region's API with real TLS. It can be broken.
type region struct {
	*httptest.Server
	name string

	mu       sync.Mutex
	handler  http.HandlerFunc
	requests []seen
}

// seen is what a Region got.
type seen struct {
	method, host, serverName, protocol, authorization, path, body string
	at                                                            time.Time
}

func newRegion(t testing.TB, name string) *region {
	t.Helper()
	r := &region{name: name}
	r.recovers()
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, _ := io.ReadAll(request.Body)
		r.mu.Lock()
		r.requests = append(r.requests, seen{
			request.Method, request.Host, request.TLS.ServerName, request.Proto,
			request.Header.Get("Authorization"), request.URL.RequestURI(), string(body), time.Now(),
		})
		handler := r.handler
		r.mu.Unlock()
		handler(w, request)
	}))
	r.EnableHTTP2 = true
	// Broken connections are what the tests are about.
	r.Config.ErrorLog = discardLog()
	r.StartTLS()
	t.Cleanup(r.CloseClientConnections)
	t.Cleanup(r.Close)
	return r
}

func (r *region) is(handler http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.handler = handler
}

func (r *region) recovers() {
	r.is(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, r.name) })
}

func (r *region) answers(status int, header ...string) {
	r.is(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, r.name)
	})
}

// hangs takes requests and answers none.
func (r *region) hangs() {
	r.is(func(_ http.ResponseWriter, request *http.Request) { <-request.Context().Done() })
}

func (r *region) isSlow(by time.Duration) {
	r.is(func(w http.ResponseWriter, request *http.Request) {
		select {
		case <-time.After(by):
			_, _ = io.WriteString(w, r.name)
		case <-request.Context().Done():
		}
	})
}

func (r *region) got() []seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]seen{}, r.requests...)
}

func (r *region) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = nil
}

func (r *region) address() string { return r.Listener.Addr().String() }

// refused is an address at which nothing listens.
func refused(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// blackHole is an address at which connections are made and nothing is read.
func blackHole(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

// pair is two Regions and a client's transport for them.
type pair struct {
	one, other *region
	*Transport
	directory *movable
	clock     *atomic.Int64
}

// movable is a directory that a test changes.
type movable struct{ atomic.Pointer[Regions] }

func (m *movable) Regions(context.Context) (Regions, error) { return *m.Load(), nil }

func newPair(t testing.TB, change func(*Options)) *pair {
	t.Helper()
	p := &pair{one: newRegion(t, "one"), other: newRegion(t, "other"), directory: &movable{}, clock: &atomic.Int64{}}
	p.serves(p.one.address(), p.other.address())
	options := &Options{Base: baseFor(p.one), Directory: p.directory, RepeatAfter: quick}
	if change != nil {
		change(options)
	}
	var err error
	p.Transport, err = NewTransport(host, options)
	require.NoError(t, err)
	p.now = func() time.Time { return time.Now().Add(time.Duration(p.clock.Load())) }
	t.Cleanup(p.CloseIdleConnections)
	return p
}

// connect makes the connections that requests of these methods use.
func (p *pair) connect(t testing.TB, methods ...string) {
	t.Helper()
	for _, method := range methods {
		p.mustAnswer(t, "one", method, "/")
	}
	p.one.forget()
}

// baseFor trusts the tests' certificate, which is good for *.example.com.
func baseFor(r *region) *http.Transport {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: r.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}
}

func (p *pair) serves(serving, peer string) { p.directory.Store(&Regions{serving, peer}) }

func (p *pair) advance(d time.Duration) { p.clock.Add(int64(d)) }

// do returns status and body, or the error.
func (p *pair) do(t testing.TB, method, path, body string) (int, string, error) {
	t.Helper()
	return p.doWithin(t, slowness*10*time.Second, method, path, body)
}

func (p *pair) doWithin(t testing.TB, limit time.Duration, method, path, body string) (int, string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, "https://"+host+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer token")
	response, err := (&http.Client{Transport: p.Transport}).Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	assert.Same(t, request, response.Request)
	return response.StatusCode, string(text), err
}

func (p *pair) mustAnswer(t testing.TB, want, method, path string) {
	t.Helper()
	status, text, err := p.do(t, method, path, "")
	require.NoError(t, err)
	require.Equal(t, 200, status)
	require.Equal(t, want, text)
}

func TestHostNameCertificateAndTokenAreThoseOfThePair(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil)
	p.mustAnswer(t, "one", "GET", "/objects/a%2Fb?prefix=c")
	got := p.one.got()[0]
	assert.Equal(t, host, got.host)
	assert.Equal(t, host, got.serverName)
	assert.Equal(t, "Bearer token", got.authorization)
	assert.Equal(t, "/objects/a%2Fb?prefix=c", got.path)
	assert.Equal(t, "HTTP/2.0", got.protocol)
	assert.Empty(t, p.other.got())
}

// A name in DNS can send a client anywhere; only the pair has the certificate.
func TestAHostWithoutThePairsCertificateIsRefused(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil)
	transport, err := NewTransport("api.example.org", &Options{Base: baseFor(p.one), Directory: p.directory})
	require.NoError(t, err)
	_, err = (&http.Client{Transport: transport}).Get("https://api.example.org/")
	var wrong *tls.CertificateVerificationError
	require.ErrorAs(t, err, &wrong)
}

func TestAProxyOverTLSShowsACertificateOfItsOwn(t *testing.T) {
	t.Parallel()
	proxy := proxytlstest.New(t)
	throughProxy := func(o *Options) {
		o.Base.Proxy = http.ProxyURL(proxy.URL)
		o.Base.TLSClientConfig.RootCAs = o.Base.TLSClientConfig.RootCAs.Clone()
		o.Base.TLSClientConfig.RootCAs.AddCert(proxy.Certificate)
	}
	p := newPair(t, func(o *Options) { repeatWrites(o); throughProxy(o) })
	for method, protocol := range map[string]string{"GET": "HTTP/2.0", "PUT": "HTTP/1.1"} {
		p.connect(t, method)
		p.mustAnswer(t, "one", method, "/")
		assert.Equal(t, host, p.one.got()[0].serverName)
		assert.Equal(t, protocol, p.one.got()[0].protocol)
	}
	assert.Equal(t, []string{p.one.address(), p.one.address()}, proxy.Targets(), "connections are kept")
	p.one.answers(503)
	p.mustAnswer(t, "other", "GET", "/")

	options := &Options{Base: baseFor(p.one), Directory: p.directory}
	throughProxy(options)
	transport, err := NewTransport("api.example.org", options)
	require.NoError(t, err)
	_, err = (&http.Client{Transport: transport}).Get("https://api.example.org/")
	var wrong *tls.CertificateVerificationError
	require.ErrorAs(t, err, &wrong, "the Region is still asked for the pair's certificate")
}

func TestReadsAndTokensAreRepeatedInThePeer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fail    func(t *testing.T, p *pair)
		atOnce  bool
		reason  string
		request []string
	}{
		"refused":           {fail: func(t *testing.T, p *pair) { p.serves(refused(t), p.other.address()) }, atOnce: true, reason: "refused"},
		"packets vanish":    {fail: func(t *testing.T, p *pair) { p.serves(blackHole(t), p.other.address()) }},
		"accepts and hangs": {fail: func(_ *testing.T, p *pair) { p.one.hangs() }},
		"connection is lost": {fail: func(_ *testing.T, p *pair) {
			p.one.is(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		}, atOnce: true, reason: ""},
		"502": {fail: func(_ *testing.T, p *pair) { p.one.answers(502) }, atOnce: true, reason: "status 502"},
		"503": {fail: func(_ *testing.T, p *pair) { p.one.answers(503) }, atOnce: true, reason: "status 503"},
		"504": {fail: func(_ *testing.T, p *pair) { p.one.answers(504) }, atOnce: true, reason: "status 504"},
	} {
		for _, request := range [][]string{{"GET", "/objects/a", ""}, {"HEAD", "/objects/a", ""}, {"POST", "/oauth2/token", "grant_type=client_credentials"}} {
			t.Run(name+" "+request[0], func(t *testing.T) {
				t.Parallel()
				var repeats []Repeat
				p := newPair(t, func(o *Options) { o.OnRepeat = func(r Repeat) { repeats = append(repeats, r) } })
				test.fail(t, p)
				start := time.Now()
				status, _, err := p.do(t, request[0], request[1], request[2])
				took := time.Since(start)
				require.NoError(t, err)
				require.Equal(t, 200, status)
				require.Len(t, p.other.got(), 1)
				assert.Equal(t, request[2], p.other.got()[0].body)
				assert.Equal(t, host, p.other.got()[0].serverName)
				require.Len(t, repeats, 1)
				if test.atOnce {
					require.Error(t, repeats[0].Reason)
					require.ErrorContains(t, repeats[0].Reason, test.reason)
				} else {
					require.NoError(t, repeats[0].Reason, "it had no answer yet")
					assert.GreaterOrEqual(t, took, quick)
				}
				assert.Less(t, took, slowness*2*time.Second)
			})
		}
	}
}

func TestOtherAnswersAndRequestsAreNotRepeated(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 301, 400, 401, 404, 409, 412, 429, 500, 501} {
		p := newPair(t, nil)
		p.one.answers(status)
		request, err := http.NewRequest(http.MethodGet, "https://"+host+"/", nil)
		require.NoError(t, err)
		response, err := p.RoundTrip(request)
		require.NoError(t, err)
		_ = response.Body.Close()
		assert.Equal(t, status, response.StatusCode)
		assert.Empty(t, p.other.got(), status)
	}
	for _, request := range [][]string{{"POST", "/uploads/a"}, {"POST", "/oauth2/token/more"}, {"PATCH", "/a"}, {"PUT", "/objects/a"}, {"DELETE", "/objects/a"}} {
		p := newPair(t, nil)
		p.one.answers(503)
		status, _, err := p.do(t, request[0], request[1], "body")
		require.NoError(t, err)
		assert.Equal(t, 503, status)
		assert.Empty(t, p.other.got(), request)
		p.serves(refused(t), p.other.address())
		_, _, err = p.do(t, request[0], request[1], "body")
		require.Error(t, err)
		assert.Empty(t, p.other.got(), request)
	}
}

// A body that can be read once only must not be sent twice.
func TestABodyWithoutACopyIsSentOnce(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil)
	p.one.answers(503)
	request, err := http.NewRequest(http.MethodPost, "https://"+host+"/oauth2/token", io.MultiReader(strings.NewReader("once")))
	require.NoError(t, err)
	response, err := p.RoundTrip(request)
	require.NoError(t, err)
	_ = response.Body.Close()
	assert.Equal(t, 503, response.StatusCode)
	assert.Equal(t, "once", p.one.got()[0].body)
	assert.Empty(t, p.other.got())
}

type countedBody struct {
	io.Reader
	closed atomic.Int32
}

func (c *countedBody) Close() error { c.closed.Add(1); return nil }

func TestTheBodyOfTheRequestIsClosed(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"POST", "PUT"} {
		p := newPair(t, func(o *Options) { o.RepeatWrites, o.WriteDeadline = true, quick })
		p.one.answers(503)
		body := &countedBody{Reader: strings.NewReader("x")}
		request, err := http.NewRequest(method, "https://"+host+"/oauth2/token", body)
		require.NoError(t, err)
		request.ContentLength = 1
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }
		response, err := p.RoundTrip(request)
		require.NoError(t, err)
		_ = response.Body.Close()
		assert.EqualValues(t, 1, body.closed.Load(), method)
		assert.Equal(t, "x", p.other.got()[0].body)
	}
}

func TestTheTransportStaysWithTheRegionThatAnswered(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil)
	p.one.answers(503)
	p.mustAnswer(t, "other", "GET", "/")
	p.one.forget()
	for range 5 {
		p.mustAnswer(t, "other", "GET", "/")
	}
	assert.Empty(t, p.one.got(), "each would cost a request")
	p.one.recovers()
	p.advance(59 * time.Second)
	p.mustAnswer(t, "other", "GET", "/")
	p.advance(2 * time.Second)
	p.mustAnswer(t, "one", "GET", "/")
	p.mustAnswer(t, "one", "GET", "/")
}

// Writes and everything else follow DNS, also while reads do not.
func TestWhatIsNotRepeatedFollowsDNS(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil)
	p.one.answers(503)
	p.mustAnswer(t, "other", "GET", "/")
	p.one.recovers()
	p.mustAnswer(t, "one", "PUT", "/objects/a")
	p.serves(p.other.address(), p.one.address())
	p.mustAnswer(t, "other", "PUT", "/objects/a")
	p.mustAnswer(t, "other", "GET", "/")
}

func TestASlowAnswerIsStillAnAnswer(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil)
	p.one.isSlow(3 * quick)
	p.other.hangs()
	p.mustAnswer(t, "one", "GET", "/")
	assert.Len(t, p.other.got(), 1)
}

// One cold start must not send a minute of reads to a replica.
func TestARegionThatAnswersLateIsTrustedAgain(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil)
	p.one.isSlow(quick + quick/2)
	p.mustAnswer(t, "other", "GET", "/")
	first, _ := p.order(*p.directory.Load())
	assert.Equal(t, p.other.address(), first)
	require.Eventually(t, func() bool {
		first, _ := p.order(*p.directory.Load())
		return first == p.one.address()
	}, slowness*2*time.Second, 5*time.Millisecond)
}

func TestAnAnswerIsBetterThanNone(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil)
	p.serves(refused(t), p.other.address())
	p.other.answers(503)
	status, text, err := p.do(t, "GET", "/", "")
	require.NoError(t, err)
	assert.Equal(t, 503, status)
	assert.Equal(t, "other", text)

	p = newPair(t, nil)
	p.one.answers(502)
	p.serves(p.one.address(), refused(t))
	status, text, err = p.do(t, "GET", "/", "")
	require.NoError(t, err)
	assert.Equal(t, 502, status)
	assert.Equal(t, "one", text)

	p.serves(refused(t), refused(t))
	_, _, err = p.do(t, "GET", "/", "")
	require.ErrorContains(t, err, "refused")
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"120", time.Now().Add(2 * time.Minute).UTC().Format(http.TimeFormat)} {
		p := newPair(t, nil)
		p.one.answers(503, "Retry-After", value)
		p.mustAnswer(t, "other", "GET", "/")
		p.one.recovers()
		p.one.forget()
		p.advance(100 * time.Second)
		p.mustAnswer(t, "other", "GET", "/")
		p.other.answers(503)
		status, text, err := p.do(t, "GET", "/", "")
		require.NoError(t, err)
		assert.Equal(t, 503, status)
		assert.Equal(t, "other", text)
		assert.Empty(t, p.one.got(), "it asked for two minutes without requests")
		p.other.recovers()
		p.advance(30 * time.Second)
		p.other.forget()
		p.serves(p.one.address(), p.other.address())
		p.mustAnswer(t, "one", "GET", "/")
	}
}

func TestTheEndOfARequestEndsBothAttempts(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil)
	var ended sync.WaitGroup
	ended.Add(2)
	for _, r := range []*region{p.one, p.other} {
		r.is(func(_ http.ResponseWriter, request *http.Request) { <-request.Context().Done(); ended.Done() })
	}
	_, _, err := p.doWithin(t, 3*quick, "GET", "/", "")
	require.ErrorIs(t, err, context.DeadlineExceeded)
	ended.Wait()
	first, _ := p.order(*p.directory.Load())
	assert.Equal(t, p.one.address(), first, "an impatient caller says nothing about a Region")
}

func TestTheLosersAttemptEnds(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil)
	ended := make(chan struct{})
	p.one.is(func(_ http.ResponseWriter, request *http.Request) { <-request.Context().Done(); close(ended) })
	p.mustAnswer(t, "other", "GET", "/")
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("the attempt that lost is still under way")
	}
}

// An answer is read after RoundTrip has returned.
func TestAnAnswerIsWhole(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil)
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	p.one.answers(503)
	p.other.is(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(large) })
	status, text, err := p.do(t, "GET", "/", "")
	require.NoError(t, err)
	assert.Equal(t, 200, status)
	assert.True(t, text == string(large))
}

func TestAnAnswerThatIsCutSaysWhoCutIt(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"GET", "PUT"} {
		p := newPair(t, repeatWrites)
		p.connect(t, method)
		p.one.is(func(w http.ResponseWriter, request *http.Request) {
			_, _ = io.WriteString(w, "the first half")
			_ = http.NewResponseController(w).Flush()
			<-request.Context().Done()
			panic(http.ErrAbortHandler) // the caller may still read an end that is sent now
		})
		for want, caller := range map[error]func() (context.Context, context.CancelFunc){
			context.DeadlineExceeded: func() (context.Context, context.CancelFunc) { return context.WithTimeout(t.Context(), quick) },
			context.Canceled: func() (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(quick, cancel)
				return ctx, cancel
			},
		} {
			ctx, cancel := caller()
			request, err := http.NewRequestWithContext(ctx, method, "https://"+host+"/", nil)
			require.NoError(t, err)
			response, err := p.RoundTrip(request)
			require.NoError(t, err)
			text, err := io.ReadAll(response.Body)
			require.ErrorIs(t, err, want, method)
			assert.Equal(t, "the first half", string(text))
			_ = response.Body.Close()
			cancel()
		}
	}
}

func TestManyRequestsAtOnceSurviveTheFault(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil)
	stop := time.AfterFunc(quick, func() { p.one.CloseClientConnections(); p.one.hangs() })
	defer stop.Stop()
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for end := time.Now().Add(5 * quick); time.Now().Before(end); {
				status, _, err := p.do(t, "GET", "/", "")
				if status == 200 && errors.Is(err, io.ErrUnexpectedEOF) {
					continue // an answer that had begun is the caller's, and the fault cuts it
				}
				if err != nil || status != 200 {
					t.Error(status, err)
					return
				}
			}
		})
	}
	clients.Wait()
	assert.NotEmpty(t, p.other.got())
}

func TestOtherHostsAndErrorsOfTheDirectoryGoToTheBase(t *testing.T) {
	t.Parallel()
	r := newRegion(t, "base")
	base := baseFor(r)
	base.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, r.address())
	}
	transport, err := NewTransport(host, &Options{Base: base, Directory: failing{}})
	require.NoError(t, err)
	for _, url := range []string{"https://www.example.com/", "https://" + host + "/"} {
		response, err := (&http.Client{Transport: transport}).Get(url)
		require.NoError(t, err)
		_ = response.Body.Close()
		assert.Equal(t, strings.Split(url, "/")[2], r.got()[len(r.got())-1].serverName)
	}
}

type failing struct{}

func (failing) Regions(context.Context) (Regions, error) { return Regions{}, errors.New("no DNS") }

func TestWhatIsWrongWithOptionsIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	_, err := NewTransport("https://api.example.com", nil)
	require.EqualError(t, err, `the host of a pair must be a name such as "api.example.com", got "https://api.example.com"`)
	_, err = NewTransport(host, &Options{
		RepeatAfter: -time.Second,
		Base:        &http.Transport{DialTLSContext: func(context.Context, string, string) (net.Conn, error) { return nil, nil }},
	})
	require.ErrorContains(t, err, "'RepeatAfter' must not be negative, got -1s")
	require.ErrorContains(t, err, "DialTLSContext")
}

func BenchmarkRead(b *testing.B) {
	p := newPair(b, nil)
	p.one.is(func(http.ResponseWriter, *http.Request) {})
	direct := baseFor(p.one)
	direct.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, p.one.address())
	}
	for name, transport := range map[string]http.RoundTripper{"http.Transport": direct, "client.Transport": p.Transport} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			client := &http.Client{Transport: transport}
			for b.Loop() {
				response, err := client.Get("https://" + host + "/")
				if err != nil {
					b.Fatal(err)
				}
				_ = response.Body.Close()
			}
		})
	}
}

// BenchmarkFault measures the request that meets the fault.
func BenchmarkFault(b *testing.B) {
	for name, fail := range map[string]func(*pair){
		"refused": func(p *pair) { p.one.Listener.Close(); p.one.CloseClientConnections() },
		"hangs":   func(p *pair) { p.one.hangs() },
	} {
		b.Run(name, func(b *testing.B) {
			p := newPair(b, func(o *Options) { o.RepeatAfter = 0 })
			p.mustAnswer(b, "one", "GET", "/")
			p.mustAnswer(b, "one", "GET", "/")
			fail(p)
			for b.Loop() {
				p.mustAnswer(b, "other", "GET", "/")
				p.trust(p.one.address())
			}
		})
	}
}

func TestFixedRegionsNeedNoLookup(t *testing.T) {
	t.Parallel()
	p := newPair(t, nil)
	p.one.answers(503)
	transport, err := NewTransport(host, &Options{Base: baseFor(p.one), Directory: Fixed{Serving: p.one.address(), Peer: p.other.address()}, RepeatAfter: quick})
	require.NoError(t, err)
	t.Cleanup(transport.CloseIdleConnections)
	p.Transport = transport
	p.mustAnswer(t, "other", "GET", "/")
}
