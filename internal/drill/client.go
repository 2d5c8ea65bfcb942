package drill

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud"
)

// client is one caller of the API: Go's own HTTP client and resolver, with
// connections that are used again. It drops its connection after a failure and
// when that is older than life, so that the next request looks the name up
// again. Clients that never do stay with a Region that answers errors, and with
// the standby after a failback.
type client struct {
	http    *http.Client
	domain  string
	life    time.Duration
	renewed time.Time
}

func newClient(cloud *localcloud.Cloud, timeout, life time.Duration) *client {
	return &client{domain: cloud.Pair().DomainName, life: life, renewed: time.Now(), http: &http.Client{
		Transport: cloud.NewTransport(), Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is what a request came back with.
type answer struct {
	status int
	region string
	body   []byte
	etag   string
}

// maxAnswerBytes is more than any answer of the drill has.
const maxAnswerBytes = 64 << 10

func (c *client) do(ctx context.Context, method, path string, header map[string]string, body []byte) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, method, "https://"+c.domain+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	if time.Since(c.renewed) > c.life {
		c.reconnect()
	}
	response, err := c.http.Do(request)
	if err != nil {
		c.reconnect()
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	a := answer{status: response.StatusCode, region: response.Header.Get(contract.RegionHeader), body: text, etag: strings.Trim(response.Header.Get("ETag"), `"`)}
	if err == nil && a.status >= http.StatusInternalServerError {
		err = fmt.Errorf("status %d", a.status)
	}
	if err != nil {
		_ = response.Body.Close()
		c.reconnect()
	}
	return a, err
}

// reconnect makes the next request open a new connection.
func (c *client) reconnect() {
	c.http.CloseIdleConnections()
	c.renewed = time.Now()
}

func (c *client) close() { c.http.CloseIdleConnections() }
