package drill

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/internal/operate"
	"github.com/regionpair/regionpair/internal/route"
	"github.com/regionpair/regionpair/internal/shell"
	"github.com/regionpair/regionpair/internal/workload"
)

// LiveOptions of a drill of a deployed pair.
type LiveOptions struct {
	// World and Pair that are drilled.
	// Required.
	World operate.World
	Pair  operate.Pair
	// Client is the machine client whose secret is read; ClientID and
	// ClientSecret are used instead when they are given.
	// Default: the pair's only one.
	Client, ClientID, ClientSecret string
	// Reason is kept in the history and in the evidence.
	Reason string
	// Accept names guards that need not hold.
	Accept []string
	// MaxLag that the standby may be behind.
	// Default: 30 seconds.
	MaxLag time.Duration
	// BreakHealth also stops the primary's health function, so that detection is
	// measured.
	BreakHealth bool
	// External measures what somebody else breaks, and changes nothing.
	External bool
	// Fence ends writes in the primary before the clients are moved.
	// Default: none; for a while both Regions take writes.
	Fence *operate.Fencing
	// Rate of requests per second.
	// Default: 30.
	Rate float64
	// Workload of the clients.
	// Default: workload.Default.
	Workload *workload.Workload
	// TimeScale of a local cloud that replaces AWS.
	// Default: 1.
	TimeScale float64
	// Targets of the verdict.
	// Default: DefaultTargets().
	Targets *Targets
	// Progress gets notified of what happens.
	// Default: Silent.
	Progress Progress
	// Command is the program with its arguments, for the evidence.
	Command []string
}

const (
	defaultRate   = 30
	defaultMaxLag = 30 * time.Second
	// mostRate is beyond what proves more.
	mostRate = 240
	// leastRate measures every 250 ms.
	leastRate = 16
)

// Live is a drill of a deployed pair that is ready to begin.
type Live struct {
	options  LiveOptions
	deployed operate.Deployed
	plan     workload.Plan
	guarded  bool
	prefix   string // of the keys that are written
	document Document
}

// PrepareLive looks at a deployed pair and changes nothing. Errors are what
// could not be found out; guards that do not hold are in the document.
func PrepareLive(ctx context.Context, options LiveOptions) (*Live, error) {
	l := &Live{options: options}
	if err := l.complete(); err != nil {
		return nil, err
	}
	began := time.Now().UTC()
	by, err := l.options.World.Caller(ctx, l.options.Pair)
	if err != nil {
		return nil, err
	}
	inventory := l.options.World.Take(ctx, l.options.Pair)
	readiness := operate.Examine(inventory, operate.Selection{})
	l.deployed, err = inventory.Deployed()
	if err == nil {
		err = l.chooseClient(ctx)
	}
	if err == nil {
		l.guarded, err = l.isGuarded(ctx)
	}
	if err != nil {
		return nil, err
	}
	var fence []operate.Guard
	if options.Fence != nil {
		fence = l.options.World.FenceGuards(ctx, inventory.Observation)
	}
	if ctx.Err() != nil { // the guards have met silence that says nothing about the pair
		return nil, ctx.Err()
	}
	l.prefix = keyPrefix(began)
	origin := provenance(ctx, l.options.Pair.Name, began)
	origin.Command = shell.Quote(options.Command...)
	l.document = Document{
		SchemaVersion: SchemaVersion, TimeScale: l.options.TimeScale, Targets: *l.options.Targets, Runs: []Result{}, NotEmulated: []string{},
		Provenance: origin,
		Live: &LiveFacts{
			Pair: l.options.Pair, By: by, Reason: options.Reason, Client: l.plan.Client.ID, Regions: l.deployed.Regions, Readiness: readiness,
			Guards: operate.DrillGuards(inventory, readiness, l.options.Accept, l.options.MaxLag, fence...), Restored: true,
		},
	}
	return l, nil
}

func (l *Live) complete() error {
	o := &l.options
	if o.Rate == 0 {
		o.Rate = defaultRate
	}
	if o.MaxLag == 0 {
		o.MaxLag = defaultMaxLag
	}
	if o.TimeScale == 0 {
		o.TimeScale = 1
	}
	if o.Targets == nil {
		targets := DefaultTargets()
		o.Targets = &targets
	}
	if o.Progress == nil {
		o.Progress = Silent{}
	}
	if o.Rate >= leastRate && o.Rate <= mostRate {
		return CheckTimeScale(o.TimeScale)
	}
	return fmt.Errorf("the rate must be from %d to %d requests per second, got %v", leastRate, mostRate, o.Rate)
}

// chooseClient reads the credential and decides what is asked of the API.
func (l *Live) chooseClient(ctx context.Context) error {
	o := &l.options
	id, secret := o.ClientID, o.ClientSecret
	if id == "" {
		known := l.deployed.Regions[1].Facts.Clients
		if o.Client == "" && len(known) == 1 {
			o.Client = known[0]
		}
		if !slices.Contains(known, o.Client) {
			return fmt.Errorf("the pair has the clients %s: name one of them with --client, got %q", strings.Join(known, ", "), o.Client)
		}
		var err error
		if id, secret, err = o.World.Credential(ctx, o.Pair, o.Client); err != nil {
			return err
		}
	}
	var err error
	if l.plan, err = (Options{Workload: o.Workload}).plan(apiOfDeployed(l.deployed, id)); err != nil {
		return fmt.Errorf("the workload does not fit the API: %w", err)
	}
	l.plan.Client.Secret = secret
	l.plan.Rate, l.plan.TokensPerSecond = min(l.plan.Rate, o.Rate), liveTokensPerSecond
	l.plan.ReadRate = min(l.plan.ReadRate, liveReadRate)
	return nil
}

// apiOfDeployed is what a workload is checked against. Which scopes a route needs
// is not known of a deployed pair: the client may send everything.
func apiOfDeployed(d operate.Deployed, client string) workload.API {
	scopes := []string{"any"}
	api := workload.API{Clients: []workload.Client{{ID: client, Scopes: scopes}}}
	for _, r := range d.Routes {
		api.Routes = append(api.Routes, workload.Route{Route: route.Route{Method: r.Method, Path: r.Path, Scopes: scopes}, Public: r.Public})
	}
	return api
}

// isGuarded reports whether a guard decides about the failback.
func (l *Live) isGuarded(ctx context.Context) (bool, error) {
	state, err := l.options.World.GuardState(ctx, l.options.Pair)
	return state != "", err
}

// Refused reports whether a guard stops the drill.
func (l *Live) Refused() bool {
	return slices.ContainsFunc(l.document.Live.Guards, func(g operate.Guard) bool { return !g.Holds && !g.Accepted })
}

// End gives a drill that does not take place its document.
func (l *Live) End(outcome, problem string) Document {
	l.document.Live.Outcome, l.document.Live.Problem, l.document.Live.EndedAt = outcome, problem, time.Now().UTC()
	return l.document
}

// Run performs the drill. Whatever happens, the fence is open and the switch off at
// the end, and the health function gets its concurrency back; the document says so,
// or what is left to do.
func (l *Live) Run(ctx context.Context) Document {
	live := l.document.Live
	live.Outcome = OutcomeDone
	for i, fault := range liveFaults(l.options) {
		result, measured, err := l.leg(ctx, fault, fmt.Sprintf("%s-%d", l.prefix, i))
		if measured {
			l.document.Runs = append(l.document.Runs, result)
		}
		switch {
		case ctx.Err() != nil:
			live.Outcome, live.Problem = OutcomeInterrupted, "the drill was interrupted"
		case err != nil:
			live.Outcome, live.Problem = OutcomeFailed, err.Error()
		}
		if live.Outcome != OutcomeDone || !live.Restored {
			break
		}
	}
	live.EndedAt = time.Now().UTC()
	return l.document
}

// leg is one run. It returns a result as soon as there was something to measure.
func (l *Live) leg(ctx context.Context, fault, prefix string) (result Result, measured bool, err error) {
	w := newAWSWorld(l.options, l.deployed)
	r := &run{recorder: &recorder{}, cloud: w, pair: w.Pair(), options: Options{
		Fault: fault, Seed: rand.Uint64N(maxLiveSeed), //nolint:gosec // choices of clients
		TimeScale: l.options.TimeScale, Targets: l.options.Targets, Progress: l.options.Progress,
	}}
	r.fence = w.closeFence
	if l.guarded {
		r.pair.Failback = string(guard.Guarded)
	}
	l.options.Progress.Begin(fault, r.options.Seed)
	r.setPhase("warm-up")
	options := loadOptions{
		timeout: r.requestTimeout(), life: max(r.scaled(connectionLife), time.Second),
		seed: r.options.Seed, prefix: prefix, settle: max(r.scaled(drainTime), 2*time.Minute),
	}
	if r.load, err = startLoad(ctx, networkSite(l.options.World, l.options.Pair.Domain), l.plan, r.recorder, options); err != nil {
		return result, false, err
	}
	w.tokens = &oldTokens{load: r.load, standby: w.NewTransportTo(r.pair.Secondary)}
	w.saw = func(region string) { r.event(Detected, "Route 53 answers with %s", region) }
	w.watch(ctx)
	r.observer = startObserver(ctx, w)
	err = r.perform(ctx)
	r.load.stop()
	r.observer.stop()
	if failure := w.restore(); failure != nil {
		l.document.Live.Restored = false
		l.document.Live.ToDo = append(l.document.Live.ToDo, l.byHand(failure)...)
	}
	w.Close()
	if measured = !r.fault.IsZero(); measured {
		result = r.partial(err)
		w.note(result.MovedSeconds)
	}
	l.account(r, w)
	return result, measured, err
}

const (
	// liveTokensPerSecond measures every 250 ms.
	liveTokensPerSecond = 4
	// liveReadRate leaves other clients their share of the throttles.
	liveReadRate = 100
	// maxLiveSeed keeps seeds readable, and exact where JSON numbers are floats.
	maxLiveSeed = 1_000_000
)

// partial is the result of a run that may have ended early.
func (r *run) partial(failure error) Result {
	now := time.Now()
	for _, at := range []*time.Time{&r.healed, &r.done} {
		if at.IsZero() {
			*at = now
		}
	}
	r.endedEarly = failure != nil
	result := r.result()
	if failure == nil {
		r.options.Progress.Done(result)
		return result
	}
	result.Verdict, result.Checks, result.Reasons = Inconclusive, []TargetCheck{}, []string{failure.Error()}
	if errors.Is(failure, context.Canceled) {
		result.Reasons[0] = "the drill was interrupted"
	}
	return result
}

// account adds up what became of the data, and deletes it.
func (l *Live) account(r *run, w *awsWorld) {
	_, acks := r.recorder.snapshot()
	live := l.document.Live
	live.Tokens.Tried += w.tokens.tried.Tried
	live.Tokens.Kept += w.tokens.tried.Kept
	live.Data.Written += len(acks)
	live.Data.Compared += r.verified.keys
	live.Data.Equal += r.verified.keys - r.verified.lost()
	for _, loss := range r.verified.some() {
		live.Data.Differing = append(live.Data.Differing, loss.String())
	}
	if len(acks) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), cleanupTime)
	defer cancel()
	if folder := l.folder(r.load.prefix); folder != "" {
		if v, err := l.options.World.Verify(ctx, l.options.Pair, folder, 0); err == nil {
			live.Data.Conflicts += v.Counts[operate.DiffConflict]
		} else {
			live.Data.Notes = append(live.Data.Notes, "conflicts were not looked for: "+err.Error())
		}
	}
	deleted, left, err := r.load.deleteAll(ctx)
	live.Data.Deleted += deleted
	live.Data.Left += left
	if err != nil {
		live.Data.Notes = append(live.Data.Notes, fmt.Sprintf("%d keys that begin with %s are left: %s", left, r.load.prefix, err))
	}
}

// folder is where the object API keeps the keys with a prefix; empty for any other
// workload.
func (l *Live) folder(prefix string) string {
	if !l.plan.ChecksData() || l.options.Workload != nil {
		return ""
	}
	return "drill/" + prefix
}

// cleanupTime bounds what is done after a drill.
const cleanupTime = 5 * time.Minute

// byHand is what an operator has to do when the drill could not undo it.
func (l *Live) byHand(failure error) []string {
	p := l.options.Pair
	steps := []string{failure.Error(), "regionpair failback --accept stable"}
	if l.options.BreakHealth {
		steps = append(steps, fmt.Sprintf("aws lambda delete-function-concurrency --region %s --function-name %s", p.Primary, l.deployed.Regions[0].Facts.Functions[healthFunction]))
	}
	return steps
}

// LivePlan is what a drill is about to do.
type LivePlan struct {
	Pair   operate.Pair
	Guards []operate.Guard
	// Client, Rate and Folder of the load: what the names of all keys begin with;
	// empty when nothing is written.
	Client, Folder string
	Rate           float64
	// Takes about so long.
	Takes time.Duration
	// External says that somebody else breaks the pair.
	External bool
	// BreakHealth names the function that takes no requests for a while.
	BreakHealth string
	// Fenced says that writes end in the primary before the clients are moved.
	Fenced bool
}

// Plan says what the drill is about to do.
func (l *Live) Plan() LivePlan {
	p := LivePlan{Pair: l.options.Pair, Guards: l.document.Live.Guards, Client: l.plan.Client.ID, Rate: l.plan.Rate, External: l.options.External, Fenced: l.options.Fence != nil}
	if p.Fenced {
		p.Takes += l.options.Fence.Uploads + l.options.Fence.Settle
	}
	if l.plan.ChecksData() {
		p.Folder = cmp.Or(l.folder(l.prefix), l.prefix)
	}
	if l.options.BreakHealth {
		p.BreakHealth = l.deployed.Regions[0].Facts.Functions[healthFunction]
	}
	for _, fault := range liveFaults(l.options) {
		r := run{pair: describePair(l.options.Pair, l.deployed), options: Options{Fault: fault, TimeScale: l.options.TimeScale}}
		p.Takes += r.scaled(time.Duration(2.3*float64(r.bound()))) + r.scaled(5*sustained)
	}
	return p
}
