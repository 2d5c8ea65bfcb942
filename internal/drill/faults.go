package drill

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/figure"
	"github.com/regionpair/regionpair/internal/localcloud"
)

// Faults beside those of [localcloud.Faults].
const (
	// Flap is a Region that goes down and up again, each time for less than the
	// checkers need.
	Flap = "flap"
	// Takeover sets the switch in the standby: nothing fails, and the clients move.
	Takeover = "takeover"
	// FencedTakeover ends writes in the primary before it sets the switch in the
	// standby: nothing fails, nobody reads an older state, and the clients move.
	FencedTakeover = "fenced-takeover"
	// Destroy is a crash that nobody repairs: the Region and what only it had are
	// gone.
	Destroy = "destroy"
	// BadDeploy is a new version of the handler that cannot start. It is deployed to
	// the standby first and tried there.
	BadDeploy = "bad-deploy"
	// StandbyDead is a primary that is ill, so that its health check fails while it
	// still serves, and a standby that crashes.
	StandbyDead = "standby-dead"
	// External is a fault that somebody else causes, in a deployed pair, with AWS
	// Fault Injection Service or by hand.
	External = "external"
)

// liveFault is the only one that a deployed pair is given: its health function takes
// no requests.
const liveFault = localcloud.HealthOnly

// liveFaults are those of a drill of a deployed pair.
func liveFaults(o LiveOptions) []string {
	list := []string{Takeover}
	switch {
	case o.External:
		return []string{External}
	case o.Fence != nil:
		list = []string{FencedTakeover}
	}
	if o.BreakHealth {
		list = append(list, string(liveFault))
	}
	return list
}

// faults are all there are, in the order in which they are listed.
func faults() []Fault {
	return []Fault{
		{
			Name: string(localcloud.Crash), What: "Everything in the Region refuses connections, and its processes are gone.",
			injects: localcloud.Crash, breaksService: true,
		},
		{
			Name: string(localcloud.Blackhole), What: "Packets to and from the Region vanish, and its processes are frozen.",
			injects: localcloud.Blackhole, breaksService: true, unanswered: failover.ConnectLimit,
		},
		{
			Name: string(localcloud.HTTP5xx), What: "API Gateway in the Region answers 503 to every request.",
			injects: localcloud.HTTP5xx, breaksService: true,
		},
		{
			Name: string(localcloud.Slow), What: "API Gateway in the Region answers after the health checkers have given up.",
			injects: localcloud.Slow, breaksService: true,
			// Connections are accepted at once.
			unanswered: failover.AnswerLimit,
		},
		{
			Name: string(localcloud.S3), What: "S3 in the Region answers 503.",
			injects: localcloud.S3, effect: after(healthCache),
		},
		{
			Name: string(localcloud.Tokens), What: "Cognito in the Region cannot be reached.",
			injects: localcloud.Tokens, effect: after(healthCache),
		},
		{
			Name: string(localcloud.Secrets), What: "Secrets Manager in the Region cannot be reached.",
			injects: localcloud.Secrets, effect: atTheStart,
		},
		{
			Name: string(localcloud.Parameters), What: "Parameter Store in the Region cannot be reached.",
			injects: localcloud.Parameters, effect: unlessWarm,
		},
		{
			Name: string(localcloud.Throttled), What: "Parameter Store in the Region answers that it is asked too often.",
			injects: localcloud.Throttled, effect: atTheStart,
		},
		{
			Name: string(localcloud.KMS), What: "KMS in the Region cannot be reached.",
			injects: localcloud.KMS, effect: after(healthCache + keyAge),
		},
		{
			Name: string(localcloud.HealthOnly), What: "A false alarm: only the health endpoint of the Region fails.",
			injects: localcloud.HealthOnly, did: "Only the health endpoint of {primary} was broken, under load.",
		},
		{
			Name: string(localcloud.APIDead), What: "The API in the Region answers 503 to every request; its health endpoint is well.",
			injects: localcloud.APIDead, breaksService: true, effect: atTheFrontDoor,
		},
		{
			Name: string(localcloud.Certificate), What: "The certificate of the API's name has expired in the Region.",
			injects: localcloud.Certificate, breaksService: true, effect: atTheFrontDoor,
		},
		{
			Name: string(localcloud.Mapping), What: "The API's name leads to no API in the Region: API Gateway answers 403.",
			injects: localcloud.Mapping, breaksService: true, effect: atTheFrontDoor,
		},
		{
			Name: string(localcloud.GrayErrors), What: "3 of 10 requests to the API in the Region are answered with 502; its health endpoint is well.",
			injects: localcloud.GrayErrors, breaksService: true, effect: grayErrors, verdict: (*run).checkGray,
		},
		{
			Name: string(localcloud.GrayLatency), What: "1 of 5 requests to the API in the Region is answered after 8 s; its health endpoint is well.",
			injects: localcloud.GrayLatency, effect: grayLatency, verdict: (*run).checkGray,
		},
		{
			Name: Flap, What: "The Region goes down and up again, each time for less than the health checkers need.",
			begin: (*run).flap, breaksService: true, did: "{primary} went down and up again under load, again and again.",
			effect: func(circumstances) effect {
				return effect{stays: true, moved: "the clients were moved by a Region that was down for less than the checkers need"}
			},
		},
		{
			Name: Takeover, What: "Nothing fails: the switch in the standby is set to on.", Planned: true,
			begin: (*run).takeOver, end: (*run).giveBack, effect: after(healthCache), verdict: (*run).checkTakeover,
			did: "The switch in {standby} was set to on under load, to move the clients of {primary}.",
		},
		{
			Name: FencedTakeover, What: "Nothing fails: writes end in the Region, and the switch in the standby is set to on when it has them all.",
			Planned: true, deployedOnly: true,
			begin: (*run).fenceAndTakeOver, end: (*run).giveBack, effect: after(healthCache), verdict: (*run).checkFencedTakeover,
			did: "Writes were ended in {primary} under load, and the switch in {standby} was set to on when it had them all.",
		},
		{
			Name: Destroy, What: "The Region crashes and never comes back: what only it has is lost.", Permanent: true,
			injects: localcloud.Crash, breaksService: true,
		},
		{
			Name: BadDeploy, What: "A version of the handler that cannot start is deployed to the standby, found there, and rolled back.",
			begin: (*run).deployBadly, end: (*run).endDeployment, verdict: (*run).checkBadDeploy,
			did:    "A version of the handler that cannot start was deployed to {standby} under load.",
			effect: func(circumstances) effect { return effect{stays: true, moved: pointless, unharmed: true} },
		},
		{
			Name: StandbyDead, What: "Only the health endpoint of the Region fails, and the standby crashes: clients must not stay there.", KillsStandby: true,
			begin: (*run).killStandby, end: (*run).repairBoth, verdict: (*run).checkLeft,
			did: "The health endpoint of {primary} was broken under load, and {standby} crashed.",
			// Where both Regions serve there is no standby, and without a health check on
			// its record nobody notices that it is dead.
			impossible: func(pair localcloud.Pair) string {
				if pair.NoticesDeadStandby {
					return ""
				}
				return "its records name no standby, or no health check connects to it"
			},
		},
		{
			Name: External, What: "Somebody else breaks the Region.", deployedOnly: true, patience: 30 * time.Minute,
			begin: (*run).awaitFault, end: (*run).awaitRepair, did: "Somebody else broke {primary} under load.",
		},
	}
}

// inject breaks the primary for longer than the bound.
func (r *run) inject(ctx context.Context, fault localcloud.Fault) error {
	r.event(FaultBegins, "fault: %s in %s", r.options.Fault, r.pair.Primary.Name)
	if err := r.cloud.Inject(r.pair.Primary.Name, fault); err != nil {
		return err
	}
	r.coolDown()
	return r.outlast(ctx)
}

func (r *run) repair() error {
	r.event(FaultEnds, "the fault ends: %s is repaired", r.pair.Primary.Name)
	return r.cloud.Heal(r.pair.Primary.Name)
}

func (r *run) takeOver(ctx context.Context) error {
	r.event(FaultBegins, "the switch in %s is set to on", r.pair.Secondary.Name)
	if err := r.cloud.SetSwitch(r.pair.Secondary, contract.PositionOn); err != nil {
		return err
	}
	r.coolDown()
	return r.outlast(ctx)
}

func (r *run) giveBack() error {
	r.event(FaultEnds, "the switch in %s is set to off", r.pair.Secondary.Name)
	return r.cloud.SetSwitch(r.pair.Secondary, contract.PositionOff)
}

func (r *run) checkTakeover(result *Result) {
	limit := round(r.options.Targets.RTOFactor * result.RTOBoundSeconds)
	reason := fmt.Sprintf("the clients were moved after %s, which exceeds %s", figure.Seconds(result.DNSSwitchSeconds), figure.Seconds(limit))
	if result.DNSSwitchSeconds < 0 {
		reason = "the switch in the standby did not move the clients"
	}
	met := result.DNSSwitchSeconds >= 0 && result.DNSSwitchSeconds <= limit
	result.Checks = append(result.Checks, TargetCheck{Target: TargetTakeover, Limit: limit, Measured: result.DNSSwitchSeconds, Unit: "s", Met: met})
	if !met {
		result.Reasons = append(result.Reasons, reason)
	}
}

// fencePatience is longer than a fence takes: it has limits of its own.
const fencePatience = time.Hour

// fenceAndTakeOver ends writes in the primary and sets the switch when the standby
// has them all. From then on everything is measured as of a takeover.
func (r *run) fenceAndTakeOver(ctx context.Context) error {
	r.event(Other, "writes end in %s before the clients are moved", r.pair.Primary.Name)
	began, closed := time.Now(), make(chan error, 1)
	go func() { closed <- r.fence(ctx, func(text string) { r.event(Other, "%s", text) }) }()
	var failure error
	ended := false
	err := r.wait(ctx, "the end of writes in "+r.pair.Primary.Name, fencePatience, func() bool {
		select {
		case failure = <-closed:
			ended = true
		default:
		}
		return ended
	})
	if !ended {
		failure = <-closed // which opens the fence again
	}
	if err = errors.Join(err, failure); err != nil {
		return err
	}
	r.mark(&r.fault)
	r.fenced = r.fault.Sub(began)
	return r.takeOver(ctx)
}

// checkFencedTakeover adds what a fence promises: one writer at a time, and a standby
// that has everything when the clients come.
func (r *run) checkFencedTakeover(result *Result) {
	r.checkTakeover(result)
	_, acks := r.recorder.snapshot()
	there := slices.DeleteFunc(slices.Clone(acks), func(a ack) bool { return !a.at.Before(r.healed) })
	both := overlap(there)
	r.check(result, TargetFencedWriters, both.Seconds(), 0, "s", fmt.Sprintf("both Regions took writes for %s on the way to the standby", figure.Seconds(both.Seconds())))
	r.check(result, TargetFencedUnread, float64(result.UnreadableAtFailover), 0, "writes",
		fmt.Sprintf("%s acknowledged writes could not be read in %s as it took over", figure.Number(result.UnreadableAtFailover), result.SurvivingRegion))
}

// checkGray holds when the last clients were sent away from a Region that served some
// of them, where the guard is told to.
func (r *run) checkGray(result *Result) {
	if r.expected(result).judged > 0 {
		r.checkLeft(result)
	}
}

// killStandby lets the primary's health check fail, which it does not deserve, and
// crashes the standby that clients are sent to.
func (r *run) killStandby(ctx context.Context) error {
	r.event(FaultBegins, "fault: only the health endpoint of %s fails, and %s crashes", r.pair.Primary.Name, r.pair.Secondary.Name)
	err := errors.Join(r.cloud.Inject(r.pair.Primary.Name, localcloud.HealthOnly), r.cloud.Inject(r.pair.Secondary.Name, localcloud.Crash))
	if err != nil {
		return err
	}
	r.coolDown()
	return r.outlast(ctx)
}

func (r *run) repairBoth() error {
	r.event(FaultEnds, "the fault ends: both Regions are repaired")
	return errors.Join(r.cloud.Heal(r.pair.Secondary.Name), r.cloud.Heal(r.pair.Primary.Name))
}

// flaps is how often a flapping Region goes down.
const flaps = 4

// flap breaks the Region for half the time that the checkers need, again and
// again: they must not let that move anyone.
func (r *run) flap(ctx context.Context) error {
	down := r.scaled(time.Duration(r.pair.Check.Threshold) * r.pair.Check.Interval / 2)
	for i := range flaps {
		r.event(FaultBegins, "fault: %s goes down (%d of %d)", r.pair.Primary.Name, i+1, flaps)
		if err := r.cloud.Inject(r.pair.Primary.Name, localcloud.Crash); err != nil {
			return err
		}
		if err := r.pause(ctx, down); err != nil {
			return err
		}
		r.event(FaultEnds, "%s is up again", r.pair.Primary.Name)
		if err := r.cloud.Heal(r.pair.Primary.Name); err != nil {
			return err
		}
		if err := r.pause(ctx, 2*down); err != nil {
			return err
		}
	}
	return nil
}

// awaitFault waits until clients meet a fault that somebody else causes, or are
// sent elsewhere.
func (r *run) awaitFault(ctx context.Context) error {
	r.event(Other, "break %s now, by your own means: the drill measures", r.pair.Primary.Name)
	asked := time.Now()
	err := r.wait(ctx, "a fault in "+r.pair.Primary.Name, r.scaled(r.options.fault().patience), func() bool {
		failed, _ := countFailed(r.recorder.since(asked))
		return failed > 0 || r.observer.last().allAt(r.pair.Secondary.Name)
	})
	if err != nil {
		return err
	}
	first := time.Now()
	for _, s := range r.recorder.since(asked) {
		if s.failed && s.start.Before(first) {
			first = s.start
		}
	}
	r.mu.Lock()
	r.fault = first
	r.mu.Unlock()
	r.event(FaultBegins, "clients meet a fault in %s", r.pair.Primary.Name)
	return r.outlast(ctx)
}

func (r *run) awaitRepair() error {
	r.event(Other, "repair %s now, if that is not done", r.pair.Primary.Name)
	return nil
}
