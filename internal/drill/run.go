package drill

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/figure"
	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
)

// healthCache is how long the health function gives out one report. It runs in
// real time: faults that it has to find out are found later by that much.
const healthCache = 5 * time.Second

const (
	// clientTimeout of a request, before scaling.
	clientTimeout = 10 * time.Second
	// leastTimeout of a request, after scaling: functions run in real time.
	leastTimeout = time.Second
)

// connectionLife is how long a client uses one connection, before scaling.
const connectionLife = 30 * time.Second

// run is one drill while it runs.
type run struct {
	options  Options
	cloud    world
	pair     localcloud.Pair
	recorder *recorder
	observer *observer
	load     *load
	guarded  string // what the guard of the failback was up to last
	gaveBack bool   // a person has let the primary serve, which it waits for
	resolved string // where clients were sent last, in words
	verified verification
	unread   sweep
	// inSurvivor are the requests that failed in the surviving Region.
	inSurvivor []sample
	// badInPrimary is true when a version that fails has reached the primary, and
	// rollBack ends that.
	badInPrimary bool
	// fence ends writes in the primary, and fenced is for how long before the switch.
	fence    func(ctx context.Context, saw func(text string)) error
	fenced   time.Duration
	rollBack []func()
	// endedEarly is true when not every step was taken.
	endedEarly bool

	mu        sync.Mutex
	phase     string
	phaseEnds time.Time     // about
	after     time.Duration // what comes then takes about so long

	events []timedEvent
	steady time.Time // both Regions are healthy and the clients work
	fault  time.Time
	healed time.Time
	done   time.Time
}

type timedEvent struct {
	at   time.Time
	kind EventKind
	text string
}

// Run performs one drill: steady load, fault, recovery, failback, drain,
// verdict. It ends everything that it started, also when ctx ends. Errors are
// of the drill itself; a failed verdict is a Result.
func Run(ctx context.Context, options Options) (Result, []string, error) {
	options, err := options.withDefaults()
	if err != nil {
		return Result{}, nil, err
	}
	r := &run{options: options, recorder: &recorder{}}
	options.Progress.Begin(options.Fault, options.Seed)
	r.setPhase("deploy")
	if err := r.start(ctx); err != nil {
		return Result{}, nil, err
	}
	defer r.stop()
	if err := r.perform(ctx); err != nil {
		return Result{}, nil, err
	}
	result := r.result()
	options.Progress.Done(result)
	return result, r.cloud.NotEmulated(), nil
}

// deploy brings the pair up.
func (r *run) deploy(ctx context.Context) (*localcloud.Cloud, error) {
	lag := rand.New(rand.NewPCG(r.options.Seed, 7)) //nolint:gosec // jitter of the replication
	var mu sync.Mutex
	return localcloud.Start(ctx, localcloud.Options{
		Assembly: r.options.Assembly, Dir: r.dir(),
		TimeScale: r.options.TimeScale, Seed: r.options.Seed,
		ReplicaOrder: r.options.ReplicaOrder, Clients: r.options.Clients,
		ReplicationLag: func() time.Duration {
			mu.Lock()
			defer mu.Unlock()
			return time.Duration(float64(r.options.ReplicationLag) * (0.5 + lag.Float64()))
		},
		OnHealthChange: r.healthChanged,
	})
}

func (r *run) start(ctx context.Context) error {
	cloud, err := r.options.Cloud, error(nil)
	if cloud == nil {
		if cloud, err = r.deploy(ctx); err != nil {
			return err
		}
	}
	world := localWorld{Cloud: cloud}
	r.cloud, r.pair = world, cloud.Pair()
	r.introduce(cloud.Clients())
	if world.populations, err = newPopulations(cloud); err == nil {
		r.cloud = world
		r.observer = startObserver(ctx, r.cloud)
		r.load, err = r.startLoad(ctx, world)
	}
	if err != nil {
		r.stop()
	}
	return err
}

// introduce says what clients look like, where the API does not admit everybody.
func (r *run) introduce(clients localcloud.Clients) {
	switch from := "clients call from " + clients.Address.String(); {
	case clients.CertificateFile != "":
		r.event(Other, "%s and present the certificate %s", from, filepath.Base(clients.CertificateFile))
	case clients.Address != egress.Clients:
		r.event(Other, "%s", from)
	}
}

// startLoad starts the clients, or the command that stands for them.
func (r *run) startLoad(ctx context.Context, world localWorld) (*load, error) {
	options := loadOptions{
		timeout: r.requestTimeout(), life: max(r.scaled(connectionLife), time.Second), seed: r.options.Seed,
		prefix: keyPrefix(time.Now()), settle: settleTime,
	}
	failoverScale := 0.0
	if r.options.ClientFailover {
		failoverScale = r.options.TimeScale
	}
	at, api := world.site(failoverScale), apiOf(r.pair)
	if r.options.Load != "" {
		network := world.Network()
		by := command{text: r.options.Load, dir: filepath.Join(r.dir(), "logs"), caFile: network.CAFile(), certificates: network.ServerTLS()}
		return startCommand(ctx, at, by, api.Ablest(), r.recorder, options)
	}
	plan, err := r.options.plan(api)
	if err != nil {
		return nil, err
	}
	return startLoad(ctx, at, plan, r.recorder, options)
}

// dir of this run.
func (r *run) dir() string {
	return filepath.Join(r.options.Dir, fmt.Sprintf("%s-%d", r.options.Fault, r.options.Seed))
}

// settleTime is how long a Region may take in the end after nothing waits to be
// replicated any more.
const settleTime = 2 * time.Second

// keyPrefix is one that no other drill has.
func keyPrefix(began time.Time) string {
	return strings.ToLower(began.UTC().Format("20060102T150405Z"))
}

func (r *run) stop() {
	if r.load != nil {
		r.load.stop()
	}
	if r.observer != nil {
		r.observer.stop()
	}
	if r.options.Cloud == nil {
		r.cloud.Close()
	}
}

func (r *run) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) / r.options.TimeScale)
}

// unscaled is what real time counts for.
func (r *run) unscaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * r.options.TimeScale)
}

// detection is how long the configuration lets the checkers take.
func (r *run) detection() time.Duration {
	return failover.Detection(r.options.fault().decisive(r.pair), r.options.fault().unanswered, failover.DefaultAggregation)
}

// bound is the recovery time that the configuration implies. Faults that only
// the health function can see take its time on top, in real time.
func (r *run) bound() time.Duration {
	fault := r.options.fault()
	bound := failover.Bound(fault.decisive(r.pair), fault.unanswered, failover.DefaultAggregation, r.pair.TTL)
	effect := fault.on(r.circumstances(r.options.Cold))
	if fault.unanswered > 0 {
		bound += r.overtime()
	}
	return bound + effect.judged + r.unscaled(effect.noticed)
}

// requestTimeout is how long a client waits for a request that hangs.
func (r *run) requestTimeout() time.Duration { return max(r.scaled(clientTimeout), leastTimeout) }

// overtime is how much longer a client waits for a request that hangs than it would
// without scaling. It asks again that much later, although another Region answers.
func (r *run) overtime() time.Duration { return r.unscaled(r.requestTimeout()) - clientTimeout }

func (r *run) circumstances(cold bool) circumstances {
	return circumstances{cold: cold, depth: r.pair.HealthDepth, grayErrors: r.pair.SeesGrayErrors, grayLatency: r.pair.SeesGrayLatency}
}

func (r *run) perform(ctx context.Context) error {
	bound := r.scaled(r.bound())
	steps := []struct {
		phase string
		do    func(context.Context) error
		takes time.Duration
	}{
		{"warm-up", r.warmUp, r.scaled(r.detection()+r.pair.TTL) + 2*time.Second},
		{"steady", r.serveSteadily, max(r.scaled(20*time.Second), 2*time.Second) + r.scaled(r.pair.TTL)/2},
		{"outage", r.breakRegion, bound*13/10 + r.scaled(sustained)},
		{"failback", r.healRegion, bound + max(r.scaled(2*sustained), 2*time.Second)},
		{"drain", r.drain, time.Second},
	}
	for i, step := range steps {
		after := time.Duration(0)
		for _, later := range steps[i+1:] {
			after += later.takes
		}
		r.expect(step.takes, after)
		r.setPhase(step.phase)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.phase, err)
		}
	}
	r.mark(&r.done)
	return nil
}

// expect notes about how long this phase and those after it take.
func (r *run) expect(phase, after time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phaseEnds, r.after = time.Now().Add(phase), after
}

func (r *run) setPhase(phase string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phase = phase
}

func (r *run) mark(at *time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	*at = time.Now()
}

// event puts something on the timeline.
func (r *run) event(kind EventKind, format string, args ...any) {
	e := timedEvent{at: time.Now(), kind: kind, text: fmt.Sprintf(format, args...)}
	r.mu.Lock()
	r.events = append(r.events, e)
	fault := r.fault
	r.mu.Unlock()
	r.options.Progress.Event(Event{Seconds: r.secondsFrom(fault, e.at), Kind: e.kind, Text: e.text})
}

func (r *run) secondsFrom(from, at time.Time) float64 {
	if from.IsZero() {
		return 0
	}
	return equivalent(at.Sub(from), r.options.TimeScale)
}

func (r *run) healthChanged(change failover.Change) {
	state := map[bool]string{true: "healthy", false: "unhealthy"}[change.Healthy]
	pair := r.pair
	switch change.Check {
	case pair.PrimaryCheck:
		r.event(Detected, "Route 53: the record of %s is %s", pair.Primary.Name, state)
	case pair.SecondaryCheck:
		r.event(Other, "Route 53: the record of %s is %s", pair.Secondary.Name, state)
	case pair.Check.ID:
		r.event(Other, "Route 53: the health endpoint of %s is %s", pair.Primary.Name, state)
	}
}

// wait looks at the pair until a condition holds, and reports the status on
// the way.
func (r *run) wait(ctx context.Context, what string, limit time.Duration, holds func() bool) error {
	deadline := time.Now().Add(limit)
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for n := 0; ; n++ {
		r.watchResolvers()
		r.watchSurvivor(ctx)
		r.watchGuard()
		if external := r.load.external; external != nil {
			if err := external.check(); err != nil {
				return err
			}
		}
		if holds() {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s did not happen within %s", what, limit.Round(time.Second))
		}
		if n%10 == 0 {
			r.reportStatus()
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
	}
}

// watchResolvers puts it on the timeline when clients are sent elsewhere. With
// active-active routing single populations come and go all the time.
func (r *run) watchResolvers() {
	where := r.whereabouts(r.observer.last())
	if where == "" || where == r.resolved {
		return
	}
	r.resolved = where
	r.event(Resolved, "clients: %s", where)
}

// whereabouts of the clients, in words; empty while some are here and some are
// there with failover routing, and while nothing is known.
func (r *run) whereabouts(p point) string {
	who := "all resolvers answer"
	if len(p.cached) == 1 {
		who = "the resolver answers"
	}
	for _, region := range []localcloud.Region{r.pair.Primary, r.pair.Secondary} {
		if p.allAt(region.Name) {
			return who + " with " + region.Name
		}
	}
	if r.pair.ActiveActive() && p.anyAt(r.pair.Primary.Name) && p.anyAt(r.pair.Secondary.Name) {
		return "resolvers answer with both Regions"
	}
	return ""
}

// watchSurvivor begins to look at the surviving Region when the first clients
// are sent there. A dead standby has nothing to show.
func (r *run) watchSurvivor(ctx context.Context) {
	if r.fault.IsZero() || r.unread.begun || r.options.fault().KillsStandby || r.pair.ActiveActive() && r.observer.last().anyAt(r.pair.Primary.Name) || !r.observer.last().anyAt(r.pair.Secondary.Name) {
		return
	}
	r.unread.start(ctx, r)
}

// watchGuard puts it on the timeline what the guard of the failback does, and is
// the person that it waits for when the fault is over.
func (r *run) watchGuard() {
	if r.pair.Failback == "" {
		return
	}
	phase, reason := r.cloud.GuardPhase()
	if phase != r.guarded && r.guarded != "" {
		r.event(Other, "the guard is %s", strings.TrimSuffix(phase+": "+reason, ": "))
	}
	r.guarded = phase
	latched := phase == string(guard.Latched)
	r.gaveBack = r.gaveBack && latched
	if !latched || r.gaveBack || r.healed.IsZero() || !strings.HasPrefix(reason, guard.WaitsForPerson) {
		return
	}
	if r.cloud.SetSwitch(r.pair.Secondary, contract.PositionOff) == nil {
		r.event(Other, "a person lets %s serve", r.pair.Primary.Name)
		r.gaveBack = true
	}
}

func (r *run) pause(ctx context.Context, d time.Duration) error {
	end := time.Now().Add(d)
	err := r.wait(ctx, "the pause", d+time.Minute, func() bool { return !time.Now().Before(end) })
	return err
}

func (r *run) reportStatus() {
	r.mu.Lock()
	phase, fault, left := r.phase, r.fault, max(0, time.Until(r.phaseEnds))+r.after
	r.mu.Unlock()
	recent := r.recorder.since(time.Now().Add(-time.Second))
	failed, _ := countFailed(recent)
	s := Status{Phase: phase, Seconds: r.secondsFrom(fault, time.Now()), RequestsPerSecond: float64(len(recent)), Pending: r.observer.last().pending, Left: left}
	if len(recent) > 0 {
		s.ErrorRate = float64(failed) / float64(len(recent))
	}
	for _, one := range recent {
		if !one.failed && one.region != "" {
			s.Serving = one.region
		}
	}
	r.options.Progress.Status(s)
}

// servedBy reports whether the clients were served by a Region, and by no
// other, or with an empty name by either, without an error, for a while.
func (r *run) servedBy(region string, last time.Duration) bool {
	enough := 10
	if r.load.external != nil {
		// How much a command sends is its own business.
		enough, last = 0, 3*last
	}
	recent := r.recorder.since(time.Now().Add(-last))
	good := 0
	for _, s := range recent {
		if s.failed || (region != "" && s.region != "" && s.region != region) {
			return false
		}
		good++
	}
	return good > enough
}

// warmUp waits until new checks have settled and the primary serves everyone.
func (r *run) warmUp(ctx context.Context) error {
	limit, begun, missing := r.scaled(2*r.detection()+2*r.pair.TTL)+20*time.Second, time.Now(), []string{}
	err := r.wait(ctx, "that "+r.steadyState(), limit, func() bool {
		if time.Since(begun) > hopeless {
			missing = r.missing()
		}
		return len(missing) > 0 || r.servesSteadily()
	})
	if err == nil && len(missing) > 0 {
		err = fmt.Errorf("no request succeeds, and functions asked for what this machine does not have or their roles do not allow: %s", strings.Join(missing, ", "))
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w; the answers of the last 5 s to client %s:\n  %s", err, r.load.plan.Client.ID, histogram(r.recorder.since(time.Now().Add(-5*time.Second))))
	}
	return err
}

func (r *run) servesSteadily() bool {
	last := r.observer.last()
	if r.pair.ActiveActive() {
		return r.isNormal(last) && r.servedBy("", time.Second)
	}
	return r.isNormal(last) && last.answer == r.pair.Primary.Name && r.servedBy(r.pair.Primary.Name, time.Second)
}

// hopeless is for how long every request fails until waiting is given up: functions
// and interpreters that start need less.
const hopeless = 10 * time.Second

// missing is what functions asked for in vain, while no request succeeds: waiting
// would not mend it.
func (r *run) missing() []string {
	for _, s := range r.recorder.since(time.Now().Add(-hopeless)) {
		if s.kind != token && !s.failed {
			return nil
		}
	}
	return r.cloud.unexpectedHosts()
}

// isNormal reports whether clients are sent where they are when nothing is wrong:
// to the primary, to the nearer Region, or to both as the weights say.
func (r *run) isNormal(p point) bool {
	switch r.pair.Policy {
	case failover.Latency:
		return p.healthy && p.anyAt(r.pair.Primary.Name) && p.anyAt(r.pair.Secondary.Name)
	case failover.Weighted:
		return p.healthy && (r.pair.Weights[0] == 0 || p.anyAt(r.pair.Primary.Name))
	}
	return p.allAt(r.pair.Primary.Name)
}

func (r *run) serveSteadily(ctx context.Context) error {
	r.mark(&r.steady)
	r.event(Other, "%s", r.steadyText())
	// Where the fault falls in the life of a cached DNS answer decides much of
	// the recovery time; it must not be the same in every run.
	phase := rand.New(rand.NewPCG(r.options.Seed, 11)).Int64N(int64(r.scaled(r.pair.TTL))) //nolint:gosec // a moment
	if err := r.pause(ctx, max(r.scaled(20*time.Second), 2*time.Second)+time.Duration(phase)); err != nil || r.pair.Policy != failover.Weighted {
		return err
	}
	// By chance all clients can be in the other Region; then the fault would meet
	// nobody.
	err := r.wait(ctx, "that "+r.pair.Primary.Name+" serves a client", 20*r.scaled(r.pair.TTL), func() bool { return r.isNormal(r.observer.last()) })
	if ctx.Err() != nil {
		return err
	}
	return nil
}

func (r *run) steadyState() string {
	if r.pair.ActiveActive() {
		return "both Regions serve clients"
	}
	return r.pair.Primary.Name + " serves all clients"
}

func (r *run) steadyText() string {
	text := r.steadyState()
	switch {
	case r.load.external != nil:
		text += "; no data is checked, because the load is a command"
	case !r.load.plan.ChecksData():
		text += "; no data is checked, because the workload writes nothing that it reads back"
	}
	return text
}

// breakRegion begins the fault, and lets it last.
func (r *run) breakRegion(ctx context.Context) error {
	if err := r.cloud.ArmGuard(); err != nil {
		return err
	}
	r.mark(&r.fault)
	fault := r.options.fault()
	if fault.begin != nil {
		return fault.begin(r, ctx)
	}
	return r.inject(ctx, fault.injects)
}

// outlast lets the fault last for longer than the bound.
func (r *run) outlast(ctx context.Context) error {
	return r.pause(ctx, r.scaled(time.Duration(1.3*float64(r.bound()))+sustained))
}

// coolDown leaves no instance of a function warm, if that is asked for.
func (r *run) coolDown() {
	if r.options.Cold {
		r.cloud.Restart()
		r.event(Other, "every function starts again: nothing is warm")
	}
}

// guardPatience is how long the guard of the failback may wait until the primary
// is fit.
const guardPatience = 10 * time.Minute

func (r *run) healRegion(ctx context.Context) error {
	r.mark(&r.healed)
	if r.options.fault().Permanent {
		r.event(Other, "%s never comes back: what only it has is lost", r.pair.Primary.Name)
		return r.pause(ctx, max(r.scaled(2*sustained), 2*time.Second))
	}
	if err := r.endFault(); err != nil {
		return err
	}
	limit := 2*r.scaled(r.bound()) + 30*time.Second + r.scaled(r.options.fault().patience)
	if r.pair.Failback != "" {
		limit += r.scaled(guardPatience)
	}
	err := r.wait(ctx, "that "+r.steadyState()+" again", limit, func() bool {
		last := r.observer.last()
		return last.healthy && r.isNormal(last)
	})
	if err != nil {
		return err
	}
	return r.pause(ctx, max(r.scaled(2*sustained), 2*time.Second))
}

func (r *run) endFault() error {
	if end := r.options.fault().end; end != nil {
		return end(r)
	}
	return r.repair()
}

// drainTime is how long replication may take in the end, before scaling; S3's
// replication time control promises 15 minutes.
const drainTime = 15 * time.Minute

// drain stops the writers and waits until nothing is left to replicate. What is
// missing after that counts as lost.
func (r *run) drain(ctx context.Context) error {
	r.load.stopWriting()
	if err := r.wait(ctx, "the end of the last write", r.load.timeout+time.Second, func() bool { return r.load.ledger.waiting() == 0 }); err != nil {
		return err
	}
	r.unread.wait()
	if r.options.fault().Permanent {
		return r.verify(ctx)
	}
	begun := time.Now()
	err := r.wait(ctx, "the end of the replication", max(r.scaled(drainTime), 2*time.Minute), func() bool {
		return r.observer.last().at.After(begun) && r.observer.last().pending == 0
	})
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		r.event(Other, "%s versions are not replicated yet", figure.Number(r.observer.last().pending))
	default:
		r.event(Other, "everything is replicated")
	}
	return r.verify(ctx)
}

// verify reads in every Region that is there what was acknowledged.
func (r *run) verify(ctx context.Context) error {
	if !r.load.plan.ChecksData() {
		return nil
	}
	doors, where := map[string]http.RoundTripper{r.pair.Secondary.Name: r.cloud.NewTransportTo(r.pair.Secondary)}, r.pair.Secondary.Name
	if !r.options.fault().Permanent {
		doors[r.pair.Primary.Name], where = r.cloud.NewTransportTo(r.pair.Primary), "both Regions"
	}
	var err error
	r.verified, err = r.load.verify(ctx, doors)
	if err == nil {
		r.event(Other, "%s keys were read in %s: %s are not as they were acknowledged", figure.Number(r.verified.keys), where, figure.Number(r.verified.lost()))
	}
	return err
}
