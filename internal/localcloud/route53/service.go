package route53

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/failover"
)

// leastLimit keeps a busy machine from looking like a failed Region when time
// is scaled.
const leastLimit = 500 * time.Millisecond

// Options of a [Service].
type Options struct {
	// Checks and Records as they were deployed.
	Checks  []failover.Check
	Records []failover.Record
	// Resolve returns the address of a host that is not a record: health
	// endpoints and alias targets.
	Resolve func(host string) (netip.Addr, bool)
	// DialContext reaches an address.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// TimeScale divides every time: 10 makes ten seconds one.
	// Default: 1.
	TimeScale float64
	// Aggregation delay before scaling.
	// Default: failover.DefaultAggregation.
	Aggregation time.Duration
	// ClientRegion is where clients are, for latency routing.
	ClientRegion string
	// Seed of the checkers' phases and of weighted answers.
	Seed uint64
	// OnChange is told when a check becomes healthy or unhealthy.
	// Default: nobody is told.
	OnChange func(failover.Change)
}

// Service is Route 53 for one hosted zone.
type Service struct {
	options Options
	scale   float64
	cancel  context.CancelFunc
	group   sync.WaitGroup

	mu     sync.Mutex
	engine *failover.Engine
	random *rand.Rand
}

// Start runs the checkers until Close.
func Start(ctx context.Context, options Options) (*Service, error) {
	if options.TimeScale <= 0 {
		options.TimeScale = 1
	}
	if options.Aggregation == 0 {
		options.Aggregation = failover.DefaultAggregation
	}
	if options.OnChange == nil {
		options.OnChange = func(failover.Change) {}
	}
	s := &Service{options: options, scale: options.TimeScale, random: rand.New(rand.NewPCG(options.Seed, 3))} //nolint:gosec // phases of checkers
	engine, err := failover.New(options.Checks, options.Records, s.scaled(options.Aggregation))
	if err != nil {
		return nil, err
	}
	s.engine = engine
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	for _, check := range engine.Checks() {
		if _, known := options.Resolve(check.Host); !known {
			s.cancel()
			return nil, fmt.Errorf("health check %s asks %s, which is not served in the local cloud", check.ID, check.Host)
		}
		for checker := range check.Checkers() {
			phase := time.Duration(s.random.Int64N(int64(s.scaled(check.Interval))))
			s.group.Go(func() { s.runChecker(ctx, check, checker, phase) })
		}
	}
	s.group.Go(func() { s.runAggregation(ctx) })
	return s, nil
}

func (s *Service) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / s.scale)
}

func (s *Service) limit(d time.Duration) time.Duration { return max(s.scaled(d), leastLimit) }

func (s *Service) runChecker(ctx context.Context, check failover.Check, checker int, phase time.Duration) {
	timer := time.NewTimer(phase)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return
	}
	ticker := time.NewTicker(s.scaled(check.Interval))
	defer ticker.Stop()
	client := s.newChecker()
	for {
		good := s.ask(ctx, client, check)
		if ctx.Err() != nil {
			return
		}
		s.mu.Lock()
		s.engine.Observe(time.Now(), check.ID, checker, good)
		s.mu.Unlock()
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// newChecker returns a client that behaves like Route 53's: a new connection
// for every request, no validation of certificates, no redirects.
func (s *Service) newChecker() *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12}, //nolint:gosec // as Route 53 does
			DialContext:       s.connect,
		},
	}
}

func (s *Service) connect(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	ip, known := s.options.Resolve(host)
	if !known {
		return nil, fmt.Errorf("there is no host %s", host)
	}
	ctx, cancel := context.WithTimeout(ctx, s.limit(failover.ConnectLimit))
	defer cancel()
	return s.options.DialContext(ctx, network, net.JoinHostPort(ip.String(), port))
}

func (s *Service) ask(ctx context.Context, client *http.Client, check failover.Check) bool {
	ctx, cancel := context.WithTimeout(ctx, s.limit(failover.ConnectLimit)+s.limit(failover.AnswerLimit))
	defer cancel()
	target := fmt.Sprintf("https://%s:%d%s", check.Host, check.Port, check.Path)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return false
	}
	request.Header.Set("User-Agent", "Amazon-Route53-Health-Check-Service (local)")
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 5120))
	_ = response.Body.Close()
	return response.StatusCode >= 200 && response.StatusCode < 400
}

// runAggregation makes conclusions known when their time has come.
func (s *Service) runAggregation(ctx context.Context) {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		s.mu.Lock()
		changes := s.engine.Advance(time.Now())
		s.mu.Unlock()
		for _, change := range changes {
			s.options.OnChange(change)
		}
	}
}

// Healthy returns what the name servers know of a check.
func (s *Service) Healthy(check string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.engine.Healthy(check)
}

// Answer returns the record that a name is answered with now.
func (s *Service) Answer(name, recordType string) (failover.Record, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.engine.Answer(failover.Query{Name: name, Type: recordType, ClientRegion: s.options.ClientRegion, Random: s.random.Float64()})
}

// TTL of answers for alias records, scaled. Resolvers count whole seconds.
func (s *Service) TTL() time.Duration {
	return max(s.scaled(failover.AliasTTL), time.Second)
}

// Close ends the checkers.
func (s *Service) Close() {
	s.cancel()
	s.group.Wait()
}
