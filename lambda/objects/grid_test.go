package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/internal/simulate"
)

// The failover of a pair is simulated over an hour, with what Route 53 and the guard
// do. Callers of the real handler follow what the name servers answered, one minute
// of theirs in two seconds.
const (
	west, central = "eu-west-1", "eu-central-1"
	pace          = 30
	// lead is how long before the fault callers begin, and lasts how long they go on.
	lead, lasts = 4 * time.Minute, 30 * time.Second
	// longestLag of replication.
	longestLag = 2 * time.Second
	// callerPatience is when a caller gives up. The handler goes on without it.
	callerPatience = 3 * time.Second
	callers        = 2
)

// trouble is what is wrong with a Region, or with the link between the two.
type trouble string

const (
	gone    trouble = "gone" // nothing answers
	hangs   trouble = "hangs"
	failing trouble = "failing"
	apart   trouble = "apart"
)

// asyncGrid has the faults of the grid of synchronous objects.
var asyncGrid = []struct {
	kind   simulate.Kind
	what   trouble
	region string
}{
	{simulate.Crash, gone, west}, {simulate.Blackhole, gone, west}, {simulate.Hang, hangs, west}, {simulate.Errors, failing, west},
	{simulate.Flap, gone, west}, {simulate.Gray, hangs, west}, {simulate.Destroyed, gone, west}, {simulate.StandbyDown, gone, central},
	{simulate.StandbyIll, failing, central}, {simulate.Partition, apart, west}, {simulate.Flood, "", ""}, {simulate.Takeover, "", ""},
}

// pairOfBuckets replicates asynchronously: the version that was created last is the
// current one, wherever it arrives when.
type pairOfBuckets struct {
	start    time.Time
	what     trouble
	region   string
	from, to time.Duration
	forever  bool

	mu      sync.Mutex
	random  *rand.Rand
	objects map[string]map[string]stored
	copies  sync.WaitGroup
}

type stored struct {
	number  int
	created time.Time
	header  http.Header
}

var errNoAnswer = errors.New("no answer")

func (p *pairOfBuckets) has(what trouble, region string) bool {
	now := time.Since(p.start)
	return p.what == what && p.region == region && now >= p.from && (now < p.to || p.forever)
}

func (p *pairOfBuckets) below(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.random.IntN(n)
}

func peerOf(region string) string { return map[string]string{west: central, central: west}[region] }

// replicate takes an object to the other Region once both can be reached.
func (p *pairOfBuckets) replicate(from, path string, o stored) {
	p.copies.Go(func() {
		lag := time.Duration(p.below(int(longestLag)))
		for time.Sleep(lag); p.has(gone, west) || p.has(gone, central) || p.has(apart, west); {
			if p.forever {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if to := p.objects[peerOf(from)]; o.created.After(to[path].created) {
			to[path] = o
		}
	})
}

func (p *pairOfBuckets) number(region, path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.objects[region][path].number
}

// bucketIn is S3 in a Region, as the SDK asks it.
type bucketIn struct {
	*pairOfBuckets
	region string
}

// Do implements aws.HTTPClient. A request takes effect when it arrives, or never; what
// takes long is the answer.
func (b bucketIn) Do(r *http.Request) (*http.Response, error) {
	way := b.below(100)
	switch {
	case b.has(gone, b.region):
		return nil, errNoAnswer
	case b.has(failing, b.region):
		return answerOf(r, http.StatusInternalServerError, nil, "<Error><Code>InternalError</Code></Error>"), nil
	case way < 2 || b.has(hangs, b.region) && way < 60:
		return nil, waitFor(r.Context(), answerTimeout, errNoAnswer)
	}
	answer := b.serve(r)
	if way < 5 || b.has(hangs, b.region) && way < 80 {
		return nil, waitFor(r.Context(), answerTimeout, errNoAnswer)
	}
	return answer, waitFor(r.Context(), 10*time.Millisecond, nil)
}

func waitFor(ctx context.Context, d time.Duration, result error) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return result
	}
}

func (b bucketIn) serve(r *http.Request) *http.Response {
	b.mu.Lock()
	current, exists := b.objects[b.region][r.URL.Path]
	b.mu.Unlock()
	if r.Method != http.MethodPut {
		if !exists {
			return answerOf(r, http.StatusNotFound, nil, "<Error><Code>NoSuchKey</Code></Error>")
		}
		return answerOf(r, http.StatusOK, current.header, strconv.Itoa(current.number))
	}
	body, _ := io.ReadAll(r.Body)
	number, _ := strconv.Atoi(string(body))
	o := stored{number: number, created: time.Now(), header: http.Header{"Etag": {fmt.Sprintf("%q", b.region+string(body))}}}
	b.mu.Lock()
	b.objects[b.region][r.URL.Path] = o
	b.mu.Unlock()
	b.replicate(b.region, r.URL.Path, o)
	return answerOf(r, http.StatusOK, o.header, "")
}

func answerOf(r *http.Request, status int, header http.Header, body string) *http.Response {
	answer := &http.Response{StatusCode: status, Header: header.Clone(), Body: io.NopCloser(strings.NewReader(body)), Request: r, ContentLength: int64(len(body))}
	if answer.Header == nil {
		answer.Header = http.Header{}
	}
	return answer
}

// caller writes one object again and again, a number higher each time.
type caller struct {
	buckets *pairOfBuckets
	apis    map[string]*api
	path    string
	// region that DNS leads to.
	region func() string
	report *report
	// acknowledged writes, by their number.
	acknowledged map[int]time.Time
}

// report is what a run has found.
type report struct {
	mu       sync.Mutex
	problems []string
	// window is the age, when the Region was lost, of the oldest acknowledged write
	// that the other Region did not have.
	window       time.Duration
	acknowledged int
}

func (r *report) complain(format string, values ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.problems = append(r.problems, fmt.Sprintf(format, values...))
}

// ask returns nothing when the Region cannot be reached or the caller gives up.
// The handler does not notice that.
func (c *caller) ask(region, method, body string) *httptest.ResponseRecorder {
	if c.buckets.has(gone, region) {
		return nil
	}
	answered := make(chan *httptest.ResponseRecorder, 1)
	go func() {
		recorder := httptest.NewRecorder()
		request := httptest.NewRequestWithContext(context.Background(), method, c.path, bytes.NewReader([]byte(body)))
		c.apis[region].ServeHTTP(recorder, request)
		answered <- recorder
	}()
	select {
	case recorder := <-answered:
		if c.buckets.has(gone, region) {
			return nil
		}
		return recorder
	case <-time.After(callerPatience):
		return nil
	}
}

func (c *caller) work() {
	for number := 1; time.Since(c.buckets.start) < lasts; number++ {
		region := c.region()
		answer := c.ask(region, http.MethodPut, strconv.Itoa(number))
		for (answer == nil || answer.Code >= 500) && time.Since(c.buckets.start) < lasts {
			time.Sleep(200 * time.Millisecond)
			region = c.region()
			answer = c.ask(region, http.MethodPut, strconv.Itoa(number))
		}
		if answer == nil || answer.Code >= 300 {
			continue
		}
		c.buckets.mu.Lock()
		c.acknowledged[number] = time.Now()
		c.buckets.mu.Unlock()
		time.Sleep(time.Duration(c.buckets.below(int(4 * time.Second))))
		read := c.ask(region, http.MethodGet, "")
		if read == nil || read.Code != http.StatusOK {
			continue
		}
		if found, _ := strconv.Atoi(read.Body.String()); found < number {
			c.report.complain("%s acknowledged write %d of %s, and then has %d", region, number, c.path, found)
		}
	}
}

// lose measures what the other Region does not have when the first one fails.
func (c *caller) lose() {
	here := c.buckets.number(central, "/"+testBucket+strings.TrimPrefix(c.path, "/objects"))
	c.buckets.mu.Lock()
	defer c.buckets.mu.Unlock()
	for number, at := range c.acknowledged {
		if number > here {
			c.report.window = max(c.report.window, time.Since(at))
		}
	}
}

// runAsync lets callers work through the faults of a history.
func runAsync(t *testing.T, seed uint64, p *pairOfBuckets, follow func(caller int, since time.Duration) string, change func(*s3.Options)) *report {
	t.Helper()
	cryptotest.SetGlobalRandom(t, seed)
	logs := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(logs)
	found := &report{}
	synctest.Test(t, func(t *testing.T) {
		p.start, p.random = time.Now(), rand.New(rand.NewPCG(seed, 7))
		p.objects = map[string]map[string]stored{west: {}, central: {}}
		list := []*caller{}
		var group sync.WaitGroup
		for i := range callers {
			c := &caller{
				buckets: p, apis: map[string]*api{}, path: fmt.Sprintf("/objects/key-%d", i), report: found, acknowledged: map[int]time.Time{},
				region: func() string { return follow(i, time.Since(p.start)) },
			}
			for _, region := range []string{west, central} {
				o := options("https://s3.test", bucketIn{p, region})
				o.RetryMaxAttempts = 0
				change(&o)
				c.apis[region] = newAPI(s3.New(o), testBucket, region)
			}
			list = append(list, c)
			group.Go(c.work)
		}
		time.Sleep(p.from)
		for _, c := range list {
			if p.what == gone && p.region == west {
				c.lose()
			}
		}
		group.Wait()
		// Handlers that callers have left, and copies, come to their ends.
		time.Sleep(max(0, p.to-time.Since(p.start)) + longest)
		p.copies.Wait()
		for _, c := range list {
			c.settle()
		}
	})
	return found
}

// settle looks at what is left in the end.
func (c *caller) settle() {
	last := 0
	for number := range c.acknowledged {
		last = max(last, number)
	}
	c.report.acknowledged += len(c.acknowledged)
	for _, region := range []string{west, central} {
		lost := c.buckets.forever && region == west
		here := c.buckets.number(region, "/"+testBucket+strings.TrimPrefix(c.path, "/objects"))
		overwritten := c.acknowledged[last].Sub(c.buckets.start) > c.buckets.from
		if here < last && !lost && (!c.buckets.forever || overwritten) {
			c.report.complain("%s has write %d of %s in the end, and %d was acknowledged", region, here, c.path, last)
		}
	}
}

// asyncSeeds are as many for each fault and mode. REGIONPAIR_SEEDS multiplies them.
func asyncSeeds(t *testing.T) uint64 {
	t.Helper()
	seeds := uint64(10)
	if testing.Short() {
		seeds = 2
	}
	if text := os.Getenv("REGIONPAIR_SEEDS"); text != "" {
		times, err := strconv.ParseUint(text, 10, 64)
		require.NoError(t, err, "REGIONPAIR_SEEDS must be a whole number")
		seeds *= times
	}
	return seeds
}

// followMoves leads callers where Route 53 does; a resolver keeps old answers.
func followMoves(h *simulate.History, begin time.Duration) func(caller int, since time.Duration) string {
	return func(caller int, since time.Duration) string {
		at, region := begin+pace*since, west
		if caller == callers-1 {
			at -= time.Minute
		}
		for _, move := range h.Moves {
			if move.At > at {
				break
			}
			region = map[bool]string{true: west, false: central}[move.ToPrimary]
		}
		return region
	}
}

// TestAsynchronousObjectsLoseTheWindowAndNoOrder: whatever fails and whoever decides
// about the return, an acknowledged write is never replaced by an older one, and a
// Region that never returns takes with it what replication had not copied.
func TestAsynchronousObjectsLoseTheWindowAndNoOrder(t *testing.T) {
	for _, mode := range []guard.Mode{guard.Auto, guard.Guarded, guard.Manual} {
		t.Run(string(mode), func(t *testing.T) {
			window, acknowledged := time.Duration(0), 0
			for _, what := range asyncGrid {
				for seed := range asyncSeeds(t) {
					p, follow, schedule := asyncPair(t, seed, mode, what.kind)
					p.what, p.region = what.what, what.region
					found := runAsync(t, seed, p, follow, func(*s3.Options) {})
					require.Empty(t, found.problems, "%s, %s", what.kind, schedule)
					require.LessOrEqual(t, found.window, longestLag, "%s, %s", what.kind, schedule)
					window, acknowledged = max(window, found.window), acknowledged+found.acknowledged
				}
			}
			assert.Positive(t, window, "something was lost with a Region")
			t.Logf("%d writes were acknowledged; the loss window was %s at most, and replication took up to %s", acknowledged, window.Round(time.Millisecond), longestLag)
		})
	}
}

func asyncPair(t *testing.T, seed uint64, mode guard.Mode, kind simulate.Kind) (*pairOfBuckets, func(int, time.Duration) string, simulate.Schedule) {
	t.Helper()
	pair, err := simulate.NewPair("standard", mode)
	require.NoError(t, err)
	s := simulate.Random(seed, kind)
	s.Faults = s.Faults[:1]
	h, err := simulate.Run(pair, s)
	require.NoError(t, err)
	outage := s.Faults[0]
	p := &pairOfBuckets{from: lead / pace, to: (lead + outage.For) / pace, forever: kind == simulate.Destroyed}
	return p, followMoves(h, outage.At-lead), s
}

// repeats sends a request again that had no answer, as the SDK does unless it is told
// not to.
type repeats struct{ bucketIn }

func (r repeats) Do(request *http.Request) (*http.Response, error) {
	body := []byte{}
	if request.Body != nil {
		body, _ = io.ReadAll(request.Body)
	}
	for attempt := 1; ; attempt++ {
		request.Body = io.NopCloser(bytes.NewReader(body))
		answer, err := r.bucketIn.Do(request)
		if err == nil || attempt == 3 || request.Context().Err() != nil {
			return answer, err
		}
	}
}

// The grid shows what a second attempt of a handler would do.
func TestTheGridFindsChangesThatAreRepeated(t *testing.T) {
	for seed := range uint64(100) {
		p, follow, _ := asyncPair(t, seed, guard.Guarded, simulate.Hang)
		p.what, p.region = hangs, west
		found := runAsync(t, seed, p, follow, func(o *s3.Options) { o.HTTPClient = repeats{o.HTTPClient.(bucketIn)} })
		if len(found.problems) > 0 {
			return
		}
	}
	t.Fatal("100 schedules do not show it")
}
