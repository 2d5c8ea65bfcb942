package route53

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/regionpair/regionpair/internal/failover"
)

// leastPatience keeps a busy machine from looking like a failed Region when
// time is scaled.
const leastPatience = 500 * time.Millisecond

// checker is one of those that ask for a check.
type checker struct {
	service *Service
	check   failover.Check
	number  int
}

// run asks until ctx ends. RequestInterval is documented as the time from the
// endpoint's response to the next request: a checker that had to wait asks less
// often.
func (c checker) run(ctx context.Context, phase time.Duration) {
	timer := time.NewTimer(phase)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		good, overtime := c.ask(ctx)
		if ctx.Err() != nil {
			return
		}
		c.service.observe(c.check.ID, c.number, good)
		timer.Reset(c.service.scaled(c.check.Interval) - overtime)
	}
}

// patience is how long this machine is given for what Route 53 gives d.
func (c checker) patience(d time.Duration) time.Duration {
	return max(c.service.scaled(d), leastPatience)
}

// overtime is how much more than d has passed since a time.
func (c checker) overtime(since time.Time, d time.Duration) time.Duration {
	return max(0, time.Since(since)-c.service.scaled(d))
}

// ask returns whether the answer is good: a status of 2xx or 3xx over a new
// connection, in time, or the connection alone where no more is asked for. The
// overtime is for how much longer than Route 53 it was waited for; it is no part
// of the time that passes between two requests.
func (c checker) ask(ctx context.Context) (good bool, overtime time.Duration) {
	limit := failover.ConnectLimit
	if c.check.ConnectOnly {
		limit = failover.BareConnectLimit
	}
	began := time.Now()
	conn, err := c.connect(ctx, limit)
	overtime = c.overtime(began, limit)
	if err != nil {
		return false, overtime
	}
	defer func() { _ = conn.Close() }()
	if c.check.ConnectOnly {
		return true, overtime
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	connected := time.Now()
	_ = conn.SetDeadline(connected.Add(c.patience(failover.AnswerLimit)))
	status, err := c.get(ctx, conn)
	overtime += c.overtime(connected, failover.AnswerLimit)
	return err == nil && status >= 200 && status < 400, overtime
}

func (c checker) connect(ctx context.Context, limit time.Duration) (net.Conn, error) {
	options := c.service.options
	ip, known := options.Resolve(c.check.Host)
	if !known {
		return nil, fmt.Errorf("there is no host %s", c.check.Host)
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience(limit))
	defer cancel()
	return options.DialContext(ctx, "tcp", net.JoinHostPort(ip.String(), strconv.Itoa(c.check.Port)))
}

// get returns the status. As Route 53 does, it neither validates certificates
// nor follows redirects.
func (c checker) get(ctx context.Context, conn net.Conn) (int, error) {
	secure := tls.Client(conn, &tls.Config{ServerName: c.check.Host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}) //nolint:gosec // as Route 53 does
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+c.check.Host+c.check.Path, nil)
	if err != nil {
		return 0, err
	}
	request.Close = true
	request.Header.Set("User-Agent", "Amazon-Route53-Health-Check-Service (local)")
	if err := request.Write(secure); err != nil {
		return 0, err
	}
	response, err := http.ReadResponse(bufio.NewReader(secure), request)
	if err != nil {
		return 0, err
	}
	// Only checks that search for a text care for the body.
	_ = response.Body.Close()
	return response.StatusCode, nil
}
