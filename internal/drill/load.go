package drill

import (
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

	"github.com/regionpair/regionpair/internal/localcloud"
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
	cloud    *localcloud.Cloud
	recorder *recorder
	loadOptions
	clientID string
	secret   string
	bearer   atomic.Pointer[string]
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
	// failoverScale is the time scale of clients that repeat requests in the
	// other Region; 0 if they do not.
	failoverScale float64
}

func startLoad(ctx context.Context, cloud *localcloud.Cloud, rec *recorder, options loadOptions) (*load, error) {
	l := &load{cloud: cloud, recorder: rec, loadOptions: options, writesStop: make(chan struct{})}
	for id, secret := range cloud.Pair().Clients {
		// The client that may write: names are in the example configuration.
		if l.clientID == "" || id < l.clientID {
			l.clientID, l.secret = id, secret
		}
	}
	if l.clientID == "" {
		return nil, errors.New("the pair has no machine client: configure at least one that may read and write")
	}
	ctx, l.cancel = context.WithCancel(ctx)
	if err := l.firstToken(ctx); err != nil {
		l.cancel()
		return nil, err
	}
	workers := []worker{{tokensPerSecond, nil, l.refresh}}
	for i := range writers {
		workers = append(workers, worker{ratePerWorker, l.writesStop, l.writer(i)})
	}
	for i := range readers {
		workers = append(workers, worker{ratePerWorker, nil, l.reader(i)})
	}
	for _, w := range workers {
		c, err := newClient(l.cloud, l.loadOptions)
		if err != nil {
			l.stop()
			return nil, err
		}
		l.group.Go(func() { w.work(ctx, c) })
	}
	return l, nil
}

// firstToken waits for the pair to answer at all.
func (l *load) firstToken(ctx context.Context) error {
	c, err := newClient(l.cloud, l.loadOptions)
	if err != nil {
		return err
	}
	defer c.close()
	for range 20 {
		if err = l.fetchToken(ctx, c); err == nil || ctx.Err() != nil {
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
		key := fmt.Sprintf("drill/%d/%06d", worker, sequence)
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
	err := l.fetchToken(ctx, c)
	l.observe(ctx, token, start, answer{}, err, false)
}

func (l *load) fetchToken(ctx context.Context, c *client) error {
	basic := http.Request{Header: http.Header{}}
	basic.SetBasicAuth(url.QueryEscape(l.clientID), url.QueryEscape(l.secret))
	a, err := c.do(ctx, http.MethodPost, "/oauth2/token", map[string]string{
		"Authorization": basic.Header.Get("Authorization"), "Content-Type": "application/x-www-form-urlencoded",
	}, []byte("grant_type=client_credentials"))
	if err = unexpected(a, err, http.StatusOK); err != nil {
		return err
	}
	var granted struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(a.body, &granted); err != nil || granted.AccessToken == "" {
		return errors.New("the token endpoint's answer holds no token")
	}
	l.bearer.Store(&granted.AccessToken)
	return nil
}
