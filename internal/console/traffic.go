package console

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud"
)

const (
	readers        = 2
	readsPerSecond = 10
	// writesPerSecond are few: the local cloud keeps every version.
	writesPerSecond = 4
	// keys that are written again and again.
	keys = 20
	// recent is how long requests count for the rates.
	recent = time.Second
	// tokenLife is how long a client uses a token.
	tokenLife = 30 * time.Second
)

// request as a client saw it.
type request struct {
	start, end time.Time
	region     string
	failed     bool
}

// traffic is the clients of the console: a few that read and one that writes.
// Pairs without the object API answer them with 4xx, which is service, too.
type traffic struct {
	cloud         *localcloud.Cloud
	id, secret    string
	timeout, life time.Duration
	group         sync.WaitGroup

	mu      sync.Mutex
	recent  []request
	outages outages
}

func newTraffic(cloud *localcloud.Cloud, scale float64) *traffic {
	scaled := func(d time.Duration) time.Duration { return max(time.Duration(float64(d)/scale), time.Second) }
	t := &traffic{cloud: cloud, timeout: scaled(10 * time.Second), life: scaled(30 * time.Second)}
	t.outages.sustained = time.Duration(float64(10*time.Second) / scale)
	clients := cloud.Pair().Clients
	for id, secret := range clients {
		if t.id == "" || id < t.id {
			t.id, t.secret = id, secret
		}
	}
	return t
}

func (t *traffic) start(ctx context.Context) {
	for range readers {
		t.group.Go(func() { t.work(ctx, http.MethodGet, readsPerSecond) })
	}
	t.group.Go(func() { t.work(ctx, http.MethodPut, writesPerSecond) })
}

// work repeats a request until ctx ends.
func (t *traffic) work(ctx context.Context, method string, rate int) {
	c := &client{http: &http.Client{Transport: t.cloud.NewTransport(), Timeout: t.timeout}, traffic: t, renewed: time.Now()}
	defer c.http.CloseIdleConnections()
	ticker := time.NewTicker(time.Second / time.Duration(rate))
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		seen := request{start: time.Now()}
		var err error
		seen.region, err = c.send(ctx, method, "/objects/console/"+strconv.Itoa(n%keys))
		seen.end, seen.failed = time.Now(), err != nil
		if ctx.Err() == nil {
			t.add(seen)
		}
	}
}

func (t *traffic) add(r request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.outages.observe(r.start, r.failed)
	old := time.Now().Add(-recent)
	t.recent = append(slices.DeleteFunc(t.recent, func(r request) bool { return r.end.Before(old) }), r)
}

// tally of the last second.
type tally struct {
	Requests, Failed int
	ByRegion         map[string]int
	Current, Last    *outage
}

func (t *traffic) tally() tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	sum := tally{ByRegion: map[string]int{}, Last: t.outages.last}
	if t.outages.current != nil {
		now := *t.outages.current
		now.Restored = t.outages.candidate
		sum.Current = &now
	}
	old := time.Now().Add(-recent)
	for _, r := range t.recent {
		switch {
		case r.end.Before(old):
		case r.failed:
			sum.Requests, sum.Failed = sum.Requests+1, sum.Failed+1
		default:
			sum.Requests++
			sum.ByRegion[r.region]++
		}
	}
	return sum
}

// client is one of them. It looks the name up again after an error, and after
// the life of its connection.
type client struct {
	http    *http.Client
	traffic *traffic
	renewed time.Time
	bearer  string
	granted time.Time
}

// send returns the Region that answered. Only what a healthy API would not
// answer is an error.
func (c *client) send(ctx context.Context, method, path string) (string, error) {
	if time.Since(c.renewed) > c.traffic.life {
		c.reconnect()
	}
	region, err := c.try(ctx, method, path)
	if err != nil {
		c.reconnect()
	}
	return region, err
}

func (c *client) try(ctx context.Context, method, path string) (string, error) {
	if c.bearer == "" || time.Since(c.granted) > tokenLife {
		if err := c.authenticate(ctx); err != nil {
			return "", err
		}
	}
	body := []byte{}
	if method == http.MethodPut {
		body = []byte(time.Now().Format(time.RFC3339Nano))
	}
	header := http.Header{"Authorization": {"Bearer " + c.bearer}, "Content-Type": {"text/plain"}}
	region, _, err := c.do(ctx, method, path, header, body)
	return region, err
}

func (c *client) authenticate(ctx context.Context) error {
	basic := http.Request{Header: http.Header{}}
	basic.SetBasicAuth(url.QueryEscape(c.traffic.id), url.QueryEscape(c.traffic.secret))
	basic.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, text, err := c.do(ctx, http.MethodPost, "/oauth2/token", basic.Header, []byte("grant_type=client_credentials"))
	if err != nil {
		return err
	}
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return fmt.Errorf("read the token: %w", err)
	}
	c.bearer, c.granted = answer.Token, time.Now()
	return nil
}

func (c *client) do(ctx context.Context, method, path string, header http.Header, body []byte) (string, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, "https://"+c.traffic.cloud.Pair().DomainName+path, bytes.NewReader(body))
	if err != nil {
		return "", nil, err
	}
	r.Header = header
	response, err := c.http.Do(r)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err == nil && response.StatusCode >= http.StatusInternalServerError {
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	return response.Header.Get(contract.RegionHeader), text, err
}

func (c *client) reconnect() {
	c.http.CloseIdleConnections()
	c.renewed = time.Now()
}
