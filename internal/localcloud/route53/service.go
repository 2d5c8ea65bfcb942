package route53

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/failover"
)

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
	// OnChange is called when a check becomes healthy or unhealthy.
	// Default: nobody is notified.
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
		for number := range check.Checkers() {
			phase := time.Duration(s.random.Int64N(int64(s.scaled(check.Interval))))
			s.group.Go(func() { checker{s, check, number}.run(ctx, phase) })
		}
	}
	s.group.Go(func() { s.runAggregation(ctx) })
	return s, nil
}

func (s *Service) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / s.scale)
}

// observe takes what a checker has concluded.
func (s *Service) observe(check string, number int, good bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.engine.Observe(time.Now(), check, number, good)
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

// CheckState is a check with what its checkers and the name servers know.
type CheckState struct {
	failover.Check
	// Agree is how many checkers hold the endpoint for healthy.
	Agree int
	// Healthy is what the name servers know, after inversion.
	Healthy bool
}

// CheckStates returns the checks that have checkers.
func (s *Service) CheckStates() []CheckState {
	s.mu.Lock()
	defer s.mu.Unlock()
	states := []CheckState{}
	for _, check := range s.engine.Checks() {
		agree, _ := s.engine.Opinions(check.ID)
		states = append(states, CheckState{Check: check, Agree: agree, Healthy: s.engine.Healthy(check.ID)})
	}
	return states
}

// Answer returns the record that a name is answered with now.
func (s *Service) Answer(name, recordType string) (failover.Record, bool) {
	return s.AnswerNear(name, recordType, "")
}

// AnswerNear returns the record that clients near a Region get now; with an empty
// one, those near ClientRegion.
func (s *Service) AnswerNear(name, recordType, region string) (failover.Record, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	region = cmp.Or(region, s.options.ClientRegion)
	return s.engine.Answer(failover.Query{Name: name, Type: recordType, ClientRegion: region, Random: s.random.Float64()})
}

// Close ends the checkers.
func (s *Service) Close() {
	s.cancel()
	s.group.Wait()
}
