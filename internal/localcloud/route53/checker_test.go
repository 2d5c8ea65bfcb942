package route53_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/localcloud/route53"
)

// dialer is how a connection to the endpoint comes about.
type dialer func(ctx context.Context) (net.Conn, error)

func refuse(context.Context) (net.Conn, error) { return nil, errors.New("connection refused") }

func vanish(ctx context.Context) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// hangAfter accepts connections late and never answers.
func hangAfter(delay time.Duration) dialer {
	return func(ctx context.Context) (net.Conn, error) {
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		client, server := net.Pipe()
		go func() { _, _ = io.Copy(io.Discard, server) }()
		return client, nil
	}
}

// pipes is a listener whose connections are pipes.
type pipes struct {
	made   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Accept implements net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.made:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr implements net.Listener.
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

// serve answers with a status after a time.
func serve(t *testing.T, status int, delay time.Duration) dialer {
	listener := &pipes{made: make(chan net.Conn), closed: make(chan struct{})}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(delay)
		w.WriteHeader(status)
	})}}
	server.StartTLS()
	t.Cleanup(server.Close)
	return func(context.Context) (net.Conn, error) {
		client, server := net.Pipe()
		listener.made <- server
		return client, nil
	}
}

// checkers is a service with one check on an endpoint.
type checkers struct {
	*route53.Service
	check    failover.Check
	endpoint atomic.Pointer[dialer]
	requests atomic.Int64
}

func newCheckers(t *testing.T, scale float64, endpoint dialer) *checkers {
	return startCheckers(t, scale, endpoint, failover.Check{ID: "c", Host: "primary.test", Port: 443, Interval: 10 * time.Second, Threshold: 3, Regions: failover.CheckerRegions})
}

func startCheckers(t *testing.T, scale float64, endpoint dialer, check failover.Check) *checkers {
	c := &checkers{check: check}
	c.becomes(endpoint)
	service, err := route53.Start(t.Context(), route53.Options{
		Checks: []failover.Check{c.check}, TimeScale: scale,
		Resolve: func(string) (netip.Addr, bool) { return addresses["primary.test"], true },
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			c.requests.Add(1)
			return (*c.endpoint.Load())(ctx)
		},
	})
	require.NoError(t, err)
	t.Cleanup(service.Close)
	c.Service = service
	return c
}

func (c *checkers) becomes(d dialer) { c.endpoint.Store(&d) }

// TestTheIntervalCountsFromTheEndOfARequest counts requests in a multiple of
// their period, in which the checkers' phases do not matter.
func TestTheIntervalCountsFromTheEndOfARequest(t *testing.T) {
	const periods = 6
	for name, test := range map[string]struct {
		endpoint func(t *testing.T, scale time.Duration) dialer
		period   time.Duration
	}{
		"refuses":                {func(*testing.T, time.Duration) dialer { return refuse }, 10 * time.Second},
		"packets vanish":         {func(*testing.T, time.Duration) dialer { return vanish }, 14 * time.Second},
		"accepts, never answers": {func(*testing.T, time.Duration) dialer { return hangAfter(0) }, 12 * time.Second},
		"accepts late and hangs": {func(_ *testing.T, scale time.Duration) dialer { return hangAfter(3 * time.Second / scale) }, 15 * time.Second},
		"answers 503":            {func(t *testing.T, _ time.Duration) dialer { return serve(t, 503, 0) }, 10 * time.Second},
		"answers after a second": {func(t *testing.T, scale time.Duration) dialer { return serve(t, 200, time.Second/scale) }, 11 * time.Second},
		"answers too late":       {func(t *testing.T, scale time.Duration) dialer { return serve(t, 200, 3*time.Second/scale) }, 12 * time.Second},
	} {
		for _, scale := range []time.Duration{1, 10, 20} {
			t.Run(fmt.Sprintf("%s, time scale %d", name, scale), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := newCheckers(t, float64(scale), test.endpoint(t, scale))
					time.Sleep(20 * time.Second / scale)
					before := c.requests.Load()
					time.Sleep(periods * test.period / scale)
					assert.EqualValues(t, periods*c.check.Checkers(), c.requests.Load()-before)
				})
			})
		}
	}
}

// TestDetectionTakesLongerWhenCheckersHaveToWait lets a healthy endpoint fail.
func TestDetectionTakesLongerWhenCheckersHaveToWait(t *testing.T) {
	for name, test := range map[string]struct {
		endpoint dialer
		wait     time.Duration
	}{
		"refuses":                     {refuse, 0},
		"accepts, never answers":      {hangAfter(0), failover.AnswerLimit},
		"packets vanish":              {vanish, failover.ConnectLimit},
		"accepts late, never answers": {hangAfter(failover.ConnectLimit - time.Nanosecond), failover.ConnectLimit + failover.AnswerLimit},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCheckers(t, 1, serve(t, 200, 0))
				time.Sleep(time.Minute)
				require.True(t, c.Healthy("c"))
				c.becomes(test.endpoint)
				latest := failover.Detection(c.check, test.wait, failover.DefaultAggregation)
				earliest := latest - c.check.Interval
				time.Sleep(earliest - time.Second)
				assert.True(t, c.Healthy("c"))
				time.Sleep(latest - earliest + 2*time.Second)
				assert.False(t, c.Healthy("c"))
			})
		})
	}
}

// TestACheckThatOnlyConnectsIsNotFooledByAnswers lets an endpoint fail in every way:
// only the lack of connections counts, for as long as the check says.
func TestACheckThatOnlyConnectsIsNotFooledByAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		endpoint func(t *testing.T) dialer
		dead     bool
		wait     time.Duration
	}{
		"refuses":                {func(*testing.T) dialer { return refuse }, true, 0},
		"packets vanish":         {func(*testing.T) dialer { return vanish }, true, failover.BareConnectLimit},
		"accepts, never answers": {func(*testing.T) dialer { return hangAfter(0) }, false, 0},
		"accepts late":           {func(*testing.T) dialer { return hangAfter(9 * time.Second) }, false, 0},
		"answers 429":            {func(t *testing.T) dialer { return serve(t, 429, 0) }, false, 0},
		"answers 503 too late":   {func(t *testing.T) dialer { return serve(t, 503, 3*time.Second) }, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				check := failover.StandbyCheck(failover.CheckerRegions)
				c := startCheckers(t, 1, serve(t, 200, 0), check)
				time.Sleep(3 * time.Minute)
				require.True(t, c.Healthy(check.ID))
				c.becomes(test.endpoint(t))
				latest := failover.Detection(check, test.wait, failover.DefaultAggregation)
				time.Sleep(latest - check.Interval - time.Second)
				assert.True(t, c.Healthy(check.ID))
				time.Sleep(check.Interval + 3*time.Second)
				assert.Equal(t, !test.dead, c.Healthy(check.ID))
				c.becomes(serve(t, 200, 0))
				time.Sleep(3 * time.Minute)
				assert.True(t, c.Healthy(check.ID))
			})
		})
	}
}
