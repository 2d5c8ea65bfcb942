package drill

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	writers = 6
	readers = 6
	// ratePerWorker of writers and readers, in requests per real second.
	ratePerWorker = 20
	// tokensPerSecond is how often the client asks for a new token. Real
	// clients keep a token for its lifetime; more often finds more.
	tokensPerSecond = 10
	// bodyBytes of an object.
	bodyBytes = 1024
)

// load is the clients of a drill.
type load struct {
	site     site
	recorder *recorder
	loadOptions
	subject subject
	bearer  atomic.Pointer[string]
	// writesStop ends the writers before the others.
	writesStop chan struct{}
	group      sync.WaitGroup
	cancel     context.CancelFunc
}

// loadOptions say how the clients behave, in real time.
type loadOptions struct {
	// timeout of a request.
	timeout time.Duration
	// life of a connection.
	life time.Duration
	seed uint64
	// folder of the keys that are written.
	// Default: "drill/".
	folder string
	// tokensPerSecond is how often the client asks for a new token.
	// Default: 10.
	tokensPerSecond float64
}

func startLoad(ctx context.Context, at site, asked subject, rec *recorder, options loadOptions) (*load, error) {
	options.folder = cmp.Or(options.folder, "drill/")
	options.tokensPerSecond = cmp.Or(options.tokensPerSecond, tokensPerSecond)
	l := &load{site: at, subject: asked, recorder: rec, loadOptions: options, writesStop: make(chan struct{})}
	ctx, l.cancel = context.WithCancel(ctx)
	if err := l.firstToken(ctx); err != nil {
		l.cancel()
		return nil, err
	}
	for _, w := range l.workers() {
		c, err := newClient(l.site, l.loadOptions)
		if err != nil {
			l.stop()
			return nil, err
		}
		l.group.Go(func() { w.work(ctx, c) })
	}
	return l, nil
}

// workers write and read objects, or else ask an API that nothing is known of.
// Without a route to ask, tokens alone are enough load to see an outage.
func (l *load) workers() []worker {
	rate := ratePerWorker * l.subject.share
	tokens := 1
	if !l.subject.objects && len(l.subject.paths) == 0 {
		tokens = readers
	}
	workers := []worker{}
	for range tokens {
		workers = append(workers, worker{l.tokensPerSecond, nil, l.refresh})
	}
	if !l.subject.objects {
		for i := range readers {
			if len(l.subject.paths) > 0 {
				workers = append(workers, worker{rate, nil, l.visitor(i)})
			}
		}
		return workers
	}
	for i := range writers {
		workers = append(workers, worker{rate, l.writesStop, l.writer(i)})
	}
	for i := range readers {
		workers = append(workers, worker{rate, nil, l.reader(i)})
	}
	return workers
}

// visitor asks the GET routes one after the other.
func (l *load) visitor(turn int) func(context.Context, *client) {
	return func(ctx context.Context, c *client) {
		turn++
		start := time.Now()
		a, err := c.do(ctx, http.MethodGet, l.subject.paths[turn%len(l.subject.paths)], l.authorization(), nil)
		if refused := a.status == http.StatusUnauthorized || a.status == http.StatusForbidden || a.status == http.StatusTooManyRequests; err == nil && refused {
			err = fmt.Errorf("status %d", a.status)
		}
		l.observe(ctx, read, start, a, err, false)
	}
}

// firstToken waits for the pair to answer at all.
func (l *load) firstToken(ctx context.Context) error {
	c, err := newClient(l.site, l.loadOptions)
	if err != nil {
		return err
	}
	defer c.close()
	for range 20 {
		if _, err = l.fetchToken(ctx, c); err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
	return fmt.Errorf("no token could be had before the drill began: %w", err)
}

// worker sends one kind of request, rate times a second, until stop is closed.
type worker struct {
	rate    float64
	stop    <-chan struct{}
	request func(context.Context, *client)
}

// work repeats the request. A slow answer delays the next request: a client
// waits for its answer.
func (w worker) work(ctx context.Context, c *client) {
	defer c.close()
	ticker := time.NewTicker(time.Duration(float64(time.Second) / w.rate))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.stop:
			return
		case <-ticker.C:
			w.request(ctx, c)
		}
	}
}

func (l *load) stopWriting() { close(l.writesStop) }

func (l *load) stop() {
	l.cancel()
	l.group.Wait()
}

// observe records a request, unless the drill is over.
func (l *load) observe(ctx context.Context, k kind, start time.Time, a answer, err error, stale bool) {
	if ctx.Err() != nil {
		return
	}
	s := sample{kind: k, start: start, end: time.Now(), region: a.region, failed: err != nil, stale: stale}
	if err != nil {
		s.err = err.Error()
	}
	l.recorder.add(s)
}

func (l *load) authorization() map[string]string {
	return map[string]string{"Authorization": "Bearer " + *l.bearer.Load(), "Content-Type": "application/octet-stream"}
}

// unexpected turns an answer that a healthy API would not give into an error.
func unexpected(a answer, err error, allowed ...int) error {
	if err != nil {
		return err
	}
	for _, status := range allowed {
		if a.status == status {
			return nil
		}
	}
	return fmt.Errorf("status %d", a.status)
}

func (l *load) writer(worker int) func(context.Context, *client) {
	sequence := 0
	body := []byte(strings.Repeat("x", bodyBytes-64))
	return func(ctx context.Context, c *client) {
		sequence++
		key := fmt.Sprintf("%s%d/%06d", l.folder, worker, sequence)
		start := time.Now()
		a, err := c.do(ctx, http.MethodPut, "/objects/"+key, l.authorization(), append([]byte(key+"\n"), body...))
		err = unexpected(a, err, http.StatusNoContent)
		if err == nil {
			l.recorder.acknowledge(ack{key: key, etag: a.etag, region: a.region, at: time.Now()})
		}
		l.observe(ctx, write, start, a, err, false)
	}
}

// reader reads what was acknowledged a short while ago or long before.
func (l *load) reader(worker int) func(context.Context, *client) {
	random := rand.New(rand.NewPCG(l.seed, uint64(worker))) //nolint:gosec // which object is read
	return func(ctx context.Context, c *client) {
		_, acks := l.recorder.snapshot()
		if len(acks) == 0 {
			return
		}
		known := acks[random.IntN(len(acks))]
		start := time.Now()
		a, err := c.do(ctx, http.MethodGet, "/objects/"+known.key, l.authorization(), nil)
		err = unexpected(a, err, http.StatusOK, http.StatusNotFound)
		if err == nil && a.status == http.StatusOK && !strings.HasPrefix(string(a.body), known.key+"\n") {
			err = errors.New("another object's content")
		}
		l.observe(ctx, read, start, a, err, err == nil && a.status == http.StatusNotFound)
	}
}

func (l *load) refresh(ctx context.Context, c *client) {
	start := time.Now()
	a, err := l.fetchToken(ctx, c)
	l.observe(ctx, token, start, a, err, false)
}

func (l *load) fetchToken(ctx context.Context, c *client) (answer, error) {
	basic := http.Request{Header: http.Header{}}
	basic.SetBasicAuth(url.QueryEscape(l.subject.clientID), url.QueryEscape(l.subject.secret))
	a, err := c.do(ctx, http.MethodPost, "/oauth2/token", map[string]string{
		"Authorization": basic.Header.Get("Authorization"), "Content-Type": "application/x-www-form-urlencoded",
	}, []byte("grant_type=client_credentials"))
	if err = unexpected(a, err, http.StatusOK); err != nil {
		return a, err
	}
	var granted struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(a.body, &granted); err != nil || granted.AccessToken == "" {
		return a, errors.New("the token endpoint's answer holds no token")
	}
	l.bearer.Store(&granted.AccessToken)
	return a, nil
}
