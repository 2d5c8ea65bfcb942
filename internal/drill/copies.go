package drill

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/regionpair/regionpair/internal/operate"
)

// copies asks each Region's own API, past DNS, what it holds of what was
// acknowledged.
type copies struct {
	doors [2]door
	// name is whoever serves the pair's name.
	name     door
	recorder *recorder
	// bearer is a token that is good now.
	bearer func() string
	// probe is a path that a good token may GET; empty when there is none.
	probe string

	mu       sync.Mutex
	followed int // acknowledged writes that were taken up
	pending  []ack
	arrived  map[string]time.Time
	held     map[string]map[string]bool // by Region and key
	data     LiveData
	old      string // a token from before
	tokens   LiveTokens
}

// door is a Region's API under the pair's name.
type door struct {
	region, host, domain string
	client               *http.Client
}

func newCopies(w operate.World, d operate.Deployed, rec *recorder, bearer func() string) *copies {
	c := &copies{recorder: rec, bearer: bearer, arrived: map[string]time.Time{}, held: map[string]map[string]bool{}}
	for i, region := range d.Regions {
		client := w.Door(region.Facts)
		if transport, ok := client.Transport.(*http.Transport); ok {
			transport.DisableKeepAlives, transport.MaxIdleConnsPerHost = false, comparers
		}
		client.Timeout = clientTimeout
		c.doors[i] = door{region: region.Region, host: region.Facts.RegionalDomainName, domain: region.Facts.DomainName, client: client}
	}
	client := &http.Client{Transport: w.HTTP.Transport, Timeout: clientTimeout}
	c.name = door{region: "the API", host: c.doors[0].domain, domain: c.doors[0].domain, client: client}
	return c
}

// ask makes one request and returns its status, ETag and body.
func (d door) ask(ctx context.Context, method, path, bearer string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, "https://"+d.host+path, nil)
	if err != nil {
		return answer{}, err
	}
	request.Host = d.domain
	request.Header.Set("Authorization", "Bearer "+bearer)
	response, err := d.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	return answer{status: response.StatusCode, body: body, etag: strings.Trim(response.Header.Get("ETag"), `"`)}, err
}

// patient repeats what a throttle or a gray moment refuses.
func (d door) patient(ctx context.Context, method, path string, bearer func() string) (a answer, err error) {
	for attempt := range 5 {
		if attempt > 0 {
			select {
			case <-ctx.Done():
				return a, ctx.Err()
			case <-time.After(time.Duration(1<<attempt) * 100 * time.Millisecond):
			}
		}
		a, err = d.ask(ctx, method, path, bearer())
		if err == nil && a.status != http.StatusTooManyRequests && a.status < http.StatusInternalServerError {
			return a, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("%s answers %d", d.region, a.status)
	}
	return a, err
}

// peerOf is the door of the other Region.
func (c *copies) peerOf(region string) door {
	if region == c.doors[1].region {
		return c.doors[0]
	}
	return c.doors[1]
}

// followEvery and followed at once bound what following costs.
const (
	followEvery = 250 * time.Millisecond
	followers   = 10
)

// follow finds out when each acknowledged write can be read in the other Region.
func (c *copies) follow(ctx context.Context) {
	ticker := time.NewTicker(followEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			for c.followSome(ctx) {
			}
		}
	}
}

// followSome asks for the oldest writes and returns whether all of them have
// arrived and more wait.
func (c *copies) followSome(ctx context.Context) bool {
	_, acks := c.recorder.snapshot()
	c.mu.Lock()
	c.pending = append(c.pending, acks[c.followed:]...)
	c.followed = len(acks)
	batch := slices.Clone(c.pending[:min(len(c.pending), followers)])
	c.mu.Unlock()
	found := make([]bool, len(batch))
	group, groupCtx := errgroup.WithContext(ctx)
	for i, write := range batch {
		group.Go(func() error {
			a, err := c.peerOf(write.region).ask(groupCtx, http.MethodGet, "/objects/"+write.key, c.bearer())
			found[i] = err == nil && a.status == http.StatusOK && a.etag == write.etag
			return nil
		})
	}
	_ = group.Wait()
	if ctx.Err() != nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	rest, now := []ack{}, time.Now()
	for i, write := range batch {
		if found[i] {
			c.arrived[write.key] = now
		} else {
			rest = append(rest, write)
		}
	}
	c.pending = append(rest, c.pending[len(batch):]...)
	return len(rest) == 0 && len(c.pending) > 0
}

// waiting is how many acknowledged writes have not been seen in the other
// Region yet.
func (c *copies) waiting() int {
	_, acks := c.recorder.snapshot()
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.pending) + len(acks) - c.followed
}

func (c *copies) arrivedAt(key string) (time.Time, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, found := c.arrived[key]
	return at, found
}

// comparers ask at once.
const comparers = 8

// compare reads every acknowledged write from both Regions.
func (c *copies) compare(ctx context.Context, acks []ack) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(comparers)
	for _, write := range acks {
		group.Go(func() error {
			c.compareOne(ctx, write)
			return ctx.Err()
		})
	}
	_ = group.Wait()
}

func (c *copies) compareOne(ctx context.Context, write ack) {
	var sums [2][sha256.Size]byte
	var held [2]bool
	for i, d := range c.doors {
		a, err := d.patient(ctx, http.MethodGet, "/objects/"+write.key, c.bearer)
		if ctx.Err() != nil {
			return
		}
		held[i] = err == nil && a.status == http.StatusOK && a.etag == write.etag && bytes.HasPrefix(a.body, []byte(write.key+"\n"))
		sums[i] = sha256.Sum256(a.body)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.data.Compared++
	for i, d := range c.doors {
		if c.held[d.region] == nil {
			c.held[d.region] = map[string]bool{}
		}
		c.held[d.region][write.key] = held[i]
	}
	switch {
	case held[0] && held[1] && sums[0] == sums[1]:
		c.data.Equal++
	case len(c.data.Differing) < maxListed:
		c.data.Differing = append(c.data.Differing, write.key)
	}
}

// maxListed keys that differ are named.
const maxListed = 100

// holds reports what was compared. What could not be compared, because the
// drill was interrupted, is not taken for lost: LiveData says how much that is.
func (c *copies) holds(region string, write ack) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	held, compared := c.held[region][write.key]
	return held || !compared
}

// keepToken remembers a token that was issued before clients move.
func (c *copies) keepToken() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.old = c.bearer()
}

// tryOldTokens asks the standby with a token from before.
func (c *copies) tryOldTokens(ctx context.Context) {
	c.mu.Lock()
	old, probe := c.old, c.probe
	c.mu.Unlock()
	if old == "" || probe == "" {
		return
	}
	a, err := c.doors[1].ask(ctx, http.MethodGet, probe, old)
	kept := err == nil && a.status != http.StatusUnauthorized && a.status != http.StatusForbidden && a.status < http.StatusInternalServerError
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens.Tried++
	if kept {
		c.tokens.Kept++
	}
}

// delete removes what the load has written, through the API, and returns how
// many objects are left.
func (c *copies) delete(ctx context.Context, acks []ack) (deleted, left int, err error) {
	var mu sync.Mutex
	group := errgroup.Group{}
	group.SetLimit(comparers)
	for _, write := range acks {
		group.Go(func() error {
			a, failure := c.name.patient(ctx, http.MethodDelete, "/objects/"+write.key, c.bearer)
			if failure == nil && a.status >= http.StatusBadRequest && a.status != http.StatusNotFound {
				failure = fmt.Errorf("the API answers %d", a.status)
			}
			mu.Lock()
			defer mu.Unlock()
			if failure != nil {
				left++
				err = cmp.Or(err, failure)
				return nil
			}
			deleted++
			return nil
		})
	}
	_ = group.Wait()
	return deleted, left, err
}
