package drill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/operate"
)

// awsWorld is a pair that is deployed. It sees what its clients and operators
// see, changes as little as a drill needs, and undoes all of it.
type awsWorld struct {
	operate  operate.World
	named    operate.Pair
	deployed operate.Deployed
	pair     localcloud.Pair
	reason   string
	tokens   *oldTokens
	// saw gets what the name servers answer.
	saw func(region string)

	mu    sync.Mutex
	state point
	guard struct{ phase, reason string }
	// turned is the version of the switch that this drill has set to on, or -1
	// when it may have; 0 when there is nothing to undo.
	turned int64
	// number of the last switch that this drill has set to on.
	number int64
	// fencing is how writes end in the primary, and fenced that they may have.
	fencing *operate.Fencing
	fenced  bool
	// throttled is the health function that takes no requests, with what it had
	// reserved before; nil when there is none.
	throttled *throttled

	group  sync.WaitGroup
	cancel context.CancelFunc
}

type throttled struct {
	function string
	before   *int32
}

func newAWSWorld(options LiveOptions, deployed operate.Deployed) *awsWorld {
	w := &awsWorld{operate: options.World, named: options.Pair, deployed: deployed, reason: options.Reason, fencing: options.Fence, saw: func(string) {}}
	w.pair = describePair(options.Pair, deployed)
	w.cancel = func() {}
	return w
}

// describePair is what a drill needs to know of a pair.
func describePair(p operate.Pair, d operate.Deployed) localcloud.Pair {
	described := localcloud.Pair{DomainName: p.Domain, Policy: failover.Failover, Check: d.Check, TTL: d.TTL}
	for i, region := range []*localcloud.Region{&described.Primary, &described.Secondary} {
		facts := d.Regions[i].Facts
		*region = localcloud.Region{
			Name: d.Regions[i].Region, RegionalDomainName: facts.RegionalDomainName, HealthURL: "https://" + facts.HealthHost + facts.HealthPath,
			Bucket: facts.Bucket, SwitchParameter: contract.SwitchParameter(p.Name),
		}
	}
	return described
}

// pollEvery is how often the name servers are asked.
const pollEvery = 250 * time.Millisecond

// watch begins to look at DNS and at the guard.
func (w *awsWorld) watch(ctx context.Context) {
	w.state.healthy = true
	ctx, w.cancel = context.WithCancel(ctx)
	repeat := func(every time.Duration, do func()) {
		w.group.Go(func() {
			ticker := time.NewTicker(every)
			defer ticker.Stop()
			for {
				do()
				select {
				case <-ctx.Done():
					return
				case <-ticker.C:
				}
			}
		})
	}
	repeat(pollEvery, func() { w.pollDNS(ctx) })
	repeat(4*pollEvery, func() { w.pollGuard(ctx) })
}

func (w *awsWorld) pollDNS(ctx context.Context) {
	here, servers := w.operate.Where(ctx, w.deployed, w.named)
	if ctx.Err() != nil {
		return
	}
	w.mu.Lock()
	before := w.state.answer
	if here != "" {
		w.state.cached = []string{here}
	}
	if servers != "" {
		w.state.answer, w.state.healthy = servers, servers != w.pair.Secondary.Name
	}
	w.mu.Unlock()
	if servers != "" && before != "" && servers != before {
		w.saw(servers)
	}
}

func (w *awsWorld) pollGuard(ctx context.Context) {
	text, err := w.operate.GuardState(ctx, w.named)
	if err != nil || text == "" {
		return
	}
	var state struct{ Phase, Reason string }
	if json.Unmarshal([]byte(text), &state) != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.guard.phase, w.guard.reason = state.Phase, state.Reason
}

// Pair implements world.
func (w *awsWorld) Pair() localcloud.Pair { return w.pair }

func (w *awsWorld) look(context.Context) point {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.state
	p.at = time.Now()
	return p
}

// callTime bounds a change.
const callTime = 30 * time.Second

// SetSwitch implements world. An interrupt must not leave it open whether the
// switch was set.
func (w *awsWorld) SetSwitch(_ localcloud.Region, position string) error {
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	if position == contract.PositionOn {
		w.tokens.keep()
		w.setTurned(-1)
	} else {
		w.tokens.try(ctx)
		// Clients that come back find a primary that takes writes.
		if err := w.openFence(ctx); err != nil {
			return err
		}
	}
	version, err := w.operate.Turn(ctx, w.named, position, operate.ActionDrill, w.reason)
	var unanswered *operate.UnansweredError
	switch {
	case err != nil && position == contract.PositionOn && !errors.As(err, &unanswered):
		w.setTurned(0)
	case err == nil && position == contract.PositionOn:
		w.setTurned(version)
	case err == nil:
		w.setTurned(0)
	}
	return err
}

func (w *awsWorld) setTurned(version int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.number = max(w.number, version)
	w.turned = version
}

// closeFence ends writes in the primary and returns when the standby has them all.
func (w *awsWorld) closeFence(ctx context.Context, saw func(text string)) error {
	w.setFenced(true)
	return w.operate.CloseFence(ctx, w.named, *w.fencing, operate.ActionDrill, w.reason, saw)
}

func (w *awsWorld) openFence(ctx context.Context) error {
	w.mu.Lock()
	fenced := w.fenced
	w.mu.Unlock()
	if !fenced {
		return nil
	}
	if err := w.operate.OpenFence(ctx, w.named, operate.ActionDrill, w.reason); err != nil {
		return fmt.Errorf("open the fence of %s: %w", w.pair.Primary.Name, err)
	}
	w.setFenced(false)
	return nil
}

func (w *awsWorld) setFenced(fenced bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fenced = fenced
}

// healthFunction is what the facts call the function behind the health endpoint.
const healthFunction = "health"

// Inject implements world. The only fault that a deployed pair is given is a
// health function that takes no requests.
func (w *awsWorld) Inject(region string, fault localcloud.Fault) error {
	if fault != liveFault || region != w.pair.Primary.Name {
		return fmt.Errorf("a deployed pair is not broken by %q: there is %q, in %s", fault, liveFault, w.pair.Primary.Name)
	}
	name := w.deployed.Regions[0].Facts.Functions[healthFunction]
	if name == "" {
		return fmt.Errorf("%s does not say what its health function is called: deploy its stack once with this version", region)
	}
	w.tokens.keep()
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	client := w.lambda()
	before, err := client.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: &name})
	if err != nil {
		return fmt.Errorf("read the reserved concurrency of %s in %s: %w", name, region, err)
	}
	w.mu.Lock()
	w.throttled = &throttled{name, before.ReservedConcurrentExecutions}
	w.mu.Unlock()
	if _, err = client.PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{FunctionName: &name, ReservedConcurrentExecutions: aws.Int32(0)}); err != nil {
		return fmt.Errorf("reserve no concurrency for %s in %s: %w", name, region, err)
	}
	return nil
}

// Restart implements world. A deployed pair keeps its instances: no drill of one is
// cold.
func (w *awsWorld) Restart() {}

// DeployBroken implements world.
func (w *awsWorld) DeployBroken(localcloud.Region) ([]func(), error) {
	return nil, errors.New("versions that fail are for the local cloud only")
}

// Written implements world. What a deployed pair stores is not counted.
func (w *awsWorld) Written() localcloud.Written { return localcloud.Written{} }

// Heal implements world.
func (w *awsWorld) Heal(string) error {
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	w.tokens.try(ctx)
	return w.giveBackConcurrency(ctx)
}

func (w *awsWorld) giveBackConcurrency(ctx context.Context) error {
	w.mu.Lock()
	changed := w.throttled
	w.mu.Unlock()
	if changed == nil {
		return nil
	}
	var err error
	if changed.before == nil {
		_, err = w.lambda().DeleteFunctionConcurrency(ctx, &lambda.DeleteFunctionConcurrencyInput{FunctionName: &changed.function})
	} else {
		_, err = w.lambda().PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{FunctionName: &changed.function, ReservedConcurrentExecutions: changed.before})
	}
	if err != nil {
		return fmt.Errorf("give %s in %s its concurrency back: %w", changed.function, w.pair.Primary.Name, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.throttled = nil
	return nil
}

func (w *awsWorld) lambda() *lambda.Client {
	config := w.operate.AWS.Copy()
	config.Region = w.pair.Primary.Name
	return lambda.NewFromConfig(config)
}

// ArmGuard implements world: a deployed guard arms itself.
func (w *awsWorld) ArmGuard() error { return nil }

// GuardPhase implements world.
func (w *awsWorld) GuardPhase() (phase, reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.guard.phase, w.guard.reason
}

// NewTransportTo implements world.
func (w *awsWorld) NewTransportTo(region localcloud.Region) http.RoundTripper {
	facts := w.deployed.Regions[0].Facts
	if region.Name == w.pair.Secondary.Name {
		facts = w.deployed.Regions[1].Facts
	}
	return newDoor(w.operate, facts)
}

// unexpectedHosts cannot be seen from outside.
func (w *awsWorld) unexpectedHosts() []string { return []string{} }

// NotEmulated implements world: everything is real.
func (w *awsWorld) NotEmulated() []string { return []string{} }

// Close implements world.
func (w *awsWorld) Close() {
	w.cancel()
	w.group.Wait()
}

// restoreAttempts and restorePause: a Region that is being lost may answer a
// little later.
const (
	restoreAttempts = 10
	restorePause    = 3 * time.Second
)

// restore undoes what the drill has changed, whoever has ended it, and returns
// what is still to be done by hand.
func (w *awsWorld) restore() error {
	var err error
	for attempt := range restoreAttempts {
		if attempt > 0 {
			time.Sleep(restorePause)
		}
		ctx, cancel := context.WithTimeout(context.Background(), callTime)
		err = errors.Join(w.giveBackConcurrency(ctx), w.openFence(ctx), w.turnBack(ctx))
		cancel()
		if err == nil {
			return nil
		}
	}
	return err
}

// turnBack turns the switch off, unless somebody else has set it since.
func (w *awsWorld) turnBack(ctx context.Context) error {
	w.mu.Lock()
	turned := w.turned
	w.mu.Unlock()
	if turned == 0 {
		return nil
	}
	position, version, err := w.operate.Position(ctx, w.named)
	if err != nil {
		return err
	}
	if position == contract.PositionOn && (turned < 0 || version == turned) {
		if _, err := w.operate.Turn(ctx, w.named, contract.PositionOff, operate.ActionDrill, w.reason); err != nil {
			return fmt.Errorf("turn the switch off: %w", err)
		}
	}
	w.setTurned(0)
	return nil
}

// note tells the history how the switch went. It is no reason to fail.
func (w *awsWorld) note(moved float64) {
	if w.number == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	outcome := operate.OutcomeDone
	if moved < 0 {
		outcome = operate.OutcomeNotSeen
	}
	_ = w.operate.Note(ctx, w.named, w.number, outcome, moved)
}

// networkSite is where the clients of a deployed pair call it: from here, as
// HTTPS_PROXY and the resolver say.
func networkSite(w operate.World, domain string) site {
	return site{domain: domain, transport: func(int) (http.RoundTripper, error) {
		base, ok := w.HTTP.Transport.(*http.Transport)
		if !ok {
			return nil, errors.New("the HTTP client has no transport of its own")
		}
		transport := base.Clone()
		transport.DisableKeepAlives, transport.MaxIdleConnsPerHost = false, 1
		if server := w.DNS.Server; server != "" {
			resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, server)
			}}
			transport.DialContext = (&net.Dialer{Resolver: resolver}).DialContext
		}
		return transport, nil
	}}
}
