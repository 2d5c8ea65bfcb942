package drill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/regionpair/regionpair/internal/workload"
)

// load is the clients of a drill.
type load struct {
	site     site
	recorder *recorder
	ledger   *ledger
	loadOptions
	plan   workload.Plan
	bearer atomic.Pointer[string]
	sent   []atomic.Int64 // by request
	// writesStopped ends what the callers write, and nothing else.
	writesStopped atomic.Bool
	group         sync.WaitGroup
	cancel        context.CancelFunc
	// external is a command that sends the requests instead; nil without one.
	external *externalLoad
}

// loadOptions say how the clients behave, in real time.
type loadOptions struct {
	// timeout of a request.
	timeout time.Duration
	// life of a connection.
	life time.Duration
	seed uint64
	// prefix of the ids of keys, so that two drills do not meet.
	prefix string
	// settle is how long a Region may take at the end to have what was
	// acknowledged.
	settle time.Duration
}

func startLoad(ctx context.Context, at site, plan workload.Plan, rec *recorder, options loadOptions) (*load, error) {
	l := &load{
		site: at, plan: plan, recorder: rec, loadOptions: options, sent: make([]atomic.Int64, len(plan.Requests)),
		ledger: &ledger{prefix: options.prefix},
	}
	ctx, l.cancel = context.WithCancel(ctx)
	if err := l.firstToken(ctx); err != nil {
		l.cancel()
		return nil, err
	}
	for i, w := range l.workers() {
		c, err := newClient(l.site, i%max(1, l.site.populations), l.loadOptions)
		if err != nil {
			l.stop()
			return nil, err
		}
		l.group.Go(func() { w.work(ctx, c) })
	}
	return l, nil
}

// tokensAlone is how many clients ask for tokens where nothing else is asked.
const tokensAlone = 6

// workers send the requests, and ask for tokens where the API has clients.
func (l *load) workers() []worker {
	workers := []worker{}
	tokens := 1
	if len(l.plan.Requests) == 0 {
		tokens = tokensAlone
	}
	if l.plan.Client.ID != "" {
		for range tokens {
			workers = append(workers, worker{rate: float64(l.plan.TokensPerSecond), request: l.refresh})
		}
	}
	if len(l.plan.Requests) > 0 {
		for i := range l.plan.Callers {
			phase := time.Duration(float64(time.Second) * float64(i) / l.plan.Rate)
			workers = append(workers, worker{rate: l.plan.Rate / float64(l.plan.Callers), request: l.caller(i), phase: phase})
		}
	}
	for i := range workers {
		workers[i].timeout = l.timeout
		workers[i].pause = l.timeout * time.Duration(i) / time.Duration(len(workers))
	}
	return workers
}

// firstToken waits for the pair to answer at all.
func (l *load) firstToken(ctx context.Context) error {
	if l.plan.Client.ID == "" {
		return nil
	}
	c, err := newClient(l.site, 0, l.loadOptions)
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

// worker sends one kind of request, rate times a second.
type worker struct {
	rate    float64
	request func(context.Context, *client)
	// phase by which it begins later than others: requests that all come at once
	// say little about what lies between them.
	phase time.Duration
	// timeout of a request. The first that reaches it is followed by a pause, as with
	// jitter; each worker has another.
	timeout, pause time.Duration
}

// work repeats the request. A slow answer delays the next request: a client
// waits for its answer. Workers whose requests hang would all wait and ask again at
// the same times, and between these nobody would see that the service is back.
func (w worker) work(ctx context.Context, c *client) {
	defer c.close()
	wait(ctx, w.phase)
	ticker := time.NewTicker(time.Duration(float64(time.Second) / w.rate))
	defer ticker.Stop()
	for paused := false; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		began := time.Now()
		w.request(ctx, c)
		hung := time.Since(began) >= w.timeout
		if hung && !paused {
			wait(ctx, w.pause)
		}
		paused = hung
	}
}

// wait until a time has passed or ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (l *load) stopWriting() { l.writesStopped.Store(true) }

func (l *load) stop() {
	l.cancel()
	if l.external != nil {
		l.external.stop()
	}
	l.group.Wait()
}

// observe records a request, unless the drill is over.
func (l *load) observe(ctx context.Context, c *client, k kind, start time.Time, a answer, err error, stale bool) {
	if ctx.Err() != nil {
		return
	}
	s := sample{kind: k, population: c.population, start: start, end: time.Now(), region: a.region, failed: err != nil, stale: stale}
	if err != nil {
		s.err = err.Error()
	}
	l.recorder.add(s)
}

// caller draws its requests by their weights.
func (l *load) caller(number int) func(context.Context, *client) {
	random := rand.New(rand.NewPCG(l.seed, uint64(number))) //nolint:gosec // which request, which key
	total := 0
	for _, r := range l.plan.Requests {
		total += r.Weight
	}
	return func(ctx context.Context, c *client) {
		i, point := 0, random.IntN(total)
		for ; point >= l.plan.Requests[i].Weight; i++ {
			point -= l.plan.Requests[i].Weight
		}
		switch r := l.plan.Requests[i]; {
		case r.Data == workload.Read:
			l.read(ctx, c, r, random)
		case r.Data.Writes():
			l.write(ctx, c, r, random)
		default:
			l.ask(ctx, c, r, int(l.sent[i].Add(1)))
		}
	}
}

// send a request with its values.
func (l *load) send(ctx context.Context, c *client, r workload.Request, v workload.Values) (answer, error) {
	header := v.FillHeaders(r)
	if bearer := l.bearer.Load(); bearer != nil {
		header["Authorization"] = "Bearer " + *bearer
	}
	return c.do(ctx, r.Method, v.FillPath(r), header, v.FillBody(r))
}

// ask sends a request that has no key.
func (l *load) ask(ctx context.Context, c *client, r workload.Request, number int) {
	v := workload.Values{N: number}
	start := time.Now()
	a, err := l.send(ctx, c, r, v)
	l.observe(ctx, c, read, start, a, expected(r, v, a, err), false)
}

// expected turns an answer that is not what it must be into an error.
func expected(r workload.Request, v workload.Values, a answer, err error) error {
	switch {
	case err != nil:
		return err
	case !r.Succeeds(a.status):
		return fmt.Errorf("status %d", a.status)
	case !v.Holds(r.Answer, a.body, a.header.Get):
		return errors.New("an answer without what it must hold")
	}
	return nil
}

// write changes a key. An answer that its condition did not hold comes from a
// Region that lacks an earlier write.
func (l *load) write(ctx context.Context, c *client, r workload.Request, random *rand.Rand) {
	if l.writesStopped.Load() {
		return
	}
	k, change, found := l.ledger.begin(r, random)
	if !found {
		return
	}
	start := time.Now()
	a, err := l.send(ctx, c, r, change.values)
	came := outcomeOf(r, a, err)
	conflict := err == nil && slices.Contains(r.Conflict, a.status)
	if err = expected(r, change.values, a, err); conflict {
		err = nil
	}
	l.ledger.end(k, change, came, a)
	if came == acknowledged {
		l.recorder.acknowledge(ack{key: k.id, region: a.region, at: time.Now()})
	}
	l.observe(ctx, c, write, start, a, err, conflict)
}

// read reads what was acknowledged a short while ago or long before.
func (l *load) read(ctx context.Context, c *client, r workload.Request, random *rand.Rand) {
	e, found := l.ledger.pick(random)
	if !found {
		return
	}
	start := time.Now()
	a, err := l.send(ctx, c, r, l.ledger.valuesToRead(e))
	judged := fresh
	if err = readable(r, a, err); err == nil {
		if judged = l.ledger.judge(e, r, a); judged == foreign {
			err = errForeign
		}
	}
	l.observe(ctx, c, read, start, a, err, judged == stale)
}

func (l *load) refresh(ctx context.Context, c *client) {
	start := time.Now()
	a, err := l.fetchToken(ctx, c)
	l.observe(ctx, c, token, start, a, err, false)
}

// tokenPath is the token endpoint's.
const tokenPath = "/oauth2/token" //nolint:gosec // a path

func (l *load) fetchToken(ctx context.Context, c *client) (answer, error) {
	basic := http.Request{Header: http.Header{}}
	basic.SetBasicAuth(url.QueryEscape(l.plan.Client.ID), url.QueryEscape(l.plan.Client.Secret))
	a, err := c.do(ctx, http.MethodPost, tokenPath, map[string]string{
		"Authorization": basic.Header.Get("Authorization"), "Content-Type": "application/x-www-form-urlencoded",
	}, []byte("grant_type=client_credentials"))
	if err == nil && a.status != http.StatusOK {
		err = fmt.Errorf("status %d", a.status)
	}
	if err != nil {
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
