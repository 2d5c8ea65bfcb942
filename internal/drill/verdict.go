package drill

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/figure"
)

// judge holds the figures against the targets.
func (r *run) judge(result *Result) {
	t := r.options.Targets
	result.Reasons = []string{}
	if !r.expected(result).lasts {
		r.checkRecovery(result)
	}
	r.checkLossWindow(result)
	if !FaultOf(result.Fault).Permanent || r.pair.Synchronous {
		r.check(result, TargetLost, float64(result.PermanentlyLost), float64(t.PermanentlyLost), "writes",
			fmt.Sprintf("%s acknowledged writes are lost, at most %d may be%s", figure.Number(result.PermanentlyLost), t.PermanentlyLost, firstOf(result.Losses)))
	}
	r.check(result, TargetHosts, float64(len(result.UnexpectedHosts)), 0, "hosts",
		"functions asked for what they should not: "+strings.Join(result.UnexpectedHosts, ", "))
	r.checkOptional(result, TargetStale, float64(result.StaleReads), t.StaleReads, "reads")
	r.checkUnreadable(result)
	r.checkOptional(result, TargetSplitBrain, result.SplitBrainSeconds, t.SplitBrainSeconds, "s")
	r.checkMove(result)
	if r.pair.ActiveActive() {
		r.checkSurvivor(result)
	}
	result.Verdict = Pass
	if len(result.Reasons) > 0 {
		result.Verdict = Fail
	}
	if doubts := r.doubts(result); len(doubts) > 0 {
		result.Verdict, result.Reasons = Inconclusive, append(doubts, result.Reasons...)
	}
}

// checkLossWindow holds the window of what the surviving Region could not serve
// against its target. A window of one write has no length: none may be missing
// where the target is 0.
func (r *run) checkLossWindow(result *Result) {
	window, limit := result.RPOSeconds, r.options.Targets.RPOSeconds
	if limit == 0 && result.UnreadableAtFailover > 0 {
		r.check(result, TargetRPO, float64(result.UnreadableAtFailover), 0, "writes",
			fmt.Sprintf("RPO %s exceeds the target of 0 s: %s acknowledged writes could not be read in %s as it took over",
				figure.Seconds(window), figure.Number(result.UnreadableAtFailover), result.SurvivingRegion))
		return
	}
	r.check(result, TargetRPO, window, limit, "s", fmt.Sprintf("RPO %s exceeds the target of %s", figure.Seconds(window), figure.Seconds(limit)))
}

// firstOf the losses, as the end of a sentence.
func firstOf(losses []Loss) string {
	if len(losses) == 0 {
		return ""
	}
	return ", such as " + losses[0].String()
}

// checkRecovery holds the recovery time against its bound.
func (r *run) checkRecovery(result *Result) {
	t := r.options.Targets
	limit := round(t.RTOFactor * result.RTOBoundSeconds)
	r.check(result, TargetRTO, result.RTOSeconds, limit, "s",
		fmt.Sprintf("RTO %s exceeds %.2f times the bound of %s", figure.Seconds(result.RTOSeconds), t.RTOFactor, figure.Seconds(result.RTOBoundSeconds)))
	if t.RTOSeconds > 0 {
		r.check(result, TargetRTOAbsolute, result.RTOSeconds, t.RTOSeconds, "s",
			fmt.Sprintf("RTO %s exceeds the target of %s", figure.Seconds(result.RTOSeconds), figure.Seconds(t.RTOSeconds)))
	}
}

// expected is what the fault of a result should have done to the clients.
func (r *run) expected(result *Result) effect {
	return FaultOf(result.Fault).on(r.circumstances(result.Cold))
}

// checkMove holds where clients are sent against what the fault should do.
func (r *run) checkMove(result *Result) {
	expected := r.expected(result)
	if expected.stays && r.pair.Policy != failover.Weighted { // where clients change sides all the time
		r.check(result, TargetStays, float64(result.MovedPopulations), 0, "moves", expected.moved)
	}
	if expected.unharmed {
		r.check(result, TargetUnharmed, float64(result.ErrorsInFault), 0, "requests",
			fmt.Sprintf("%s requests failed, and nothing that they need is gone", figure.Number(result.ErrorsInFault)))
	}
	if own := FaultOf(result.Fault).verdict; own != nil {
		own(r, result)
	}
}

// checkSurvivor holds what active-active routing adds: clients of the other Region
// notice nothing, and those of the failed one are sent away within the bound.
func (r *run) checkSurvivor(result *Result) {
	if !FaultOf(result.Fault).breaksService {
		return
	}
	r.check(result, TargetSurvivor, float64(result.ErrorsInSurvivor), 0, "requests",
		fmt.Sprintf("%s requests to %s failed, which had no fault: %s", figure.Number(result.ErrorsInSurvivor), result.SurvivingRegion, strings.ReplaceAll(histogram(r.inSurvivor), "\n  ", ", ")))
	if r.expected(result).stays {
		return
	}
	r.checkLeft(result)
}

// checkLeft holds when the last clients were sent away from the Region that serves
// nobody against the bound.
func (r *run) checkLeft(result *Result) {
	limit := round(r.options.Targets.RTOFactor * result.RTOBoundSeconds)
	met := result.DNSSwitchSeconds >= 0 && result.DNSSwitchSeconds <= limit
	result.Checks = append(result.Checks, TargetCheck{Target: TargetLeft, Limit: limit, Measured: result.DNSSwitchSeconds, Unit: "s", Met: met})
	if !met {
		result.Reasons = append(result.Reasons, fmt.Sprintf("clients were sent to %s for longer than %s", FaultOf(result.Fault).failing(r.pair).Name, figure.Seconds(limit)))
	}
}

func (r *run) checkOptional(result *Result, target string, measured float64, limit *float64, unit string) {
	if limit != nil {
		r.check(result, target, measured, *limit, unit, fmt.Sprintf("%s: %v %s, at most %v may be", target, measured, unit, *limit))
	}
}

// checkUnreadable holds strongly consistent tables to what they promise, where
// writes were read in a Region that took over; for others there may be a target.
func (r *run) checkUnreadable(result *Result) {
	limit := r.options.Targets.UnreadableAtFailover
	if limit == nil && result.Written.Strong() && result.DataChecked && result.MovedPopulations > 0 {
		r.check(result, TargetUnreadable, float64(result.UnreadableAtFailover), 0, "writes",
			fmt.Sprintf("%s acknowledged writes in strongly consistent tables could not be read in %s as it took over", figure.Number(result.UnreadableAtFailover), result.SurvivingRegion))
		return
	}
	r.checkOptional(result, TargetUnreadable, float64(result.UnreadableAtFailover), limit, "writes")
}

// doubts are why a run proves nothing.
func (r *run) doubts(result *Result) []string {
	doubts := []string{}
	if lateMatters(result) {
		doubts = append(doubts, fmt.Sprintf("this machine was late by up to %s, which decides about a target: run it when the machine is idle, or with a lower --time-scale",
			figure.Seconds(result.LatenessSeconds)))
	}
	if result.DataChecked && (result.AcknowledgedWrites == 0 || result.VerifiedKeys == 0) {
		doubts = append(doubts, "no write was acknowledged and read back, so that no data was checked: look at the workload and at the answers to its writes")
	}
	fault := FaultOf(result.Fault)
	switch {
	case result.ServedBeforeFault == 0:
		doubts = append(doubts, "the fault met nobody: "+result.FailedRegion+" served no client when it began; try another --seed")
	case fault.KillsStandby && result.MovedPopulations == 0:
		doubts = append(doubts, "the fault met nobody: no client was sent to "+result.SurvivingRegion+" while it was dead; try another --seed")
	case fault.breaksService && !r.options.ClientFailover && result.ErrorsInFault == 0:
		doubts = append(doubts, "the fault met nobody: no request failed while "+result.FailedRegion+" was down; try another --seed")
	}
	return doubts
}

// lateMatters reports whether the lateness of this machine, and not the pair,
// may have decided the verdict: a time lies within it of its limit, or clients
// moved that checks held back too late. What has nothing to do with time stays
// as it is.
func lateMatters(result *Result) bool {
	matters := false
	for _, c := range result.Checks {
		switch {
		case slices.Contains([]string{TargetRTO, TargetRTOAbsolute, TargetTakeover, TargetLeft}, c.Target):
			near := c.Measured+result.LatenessSeconds > c.Limit && c.Measured-result.LatenessSeconds <= c.Limit
			matters = matters || c.Measured > 0 && near
		case c.Target == TargetStays, c.Target == TargetUnharmed:
			matters = matters || !c.Met && result.LatenessSeconds > maxLateForFlap
		case !c.Met:
			return false
		}
	}
	return matters
}

// maxLateForFlap is how late a checker may be without changing what it finds of
// a Region that is down for half of what it needs.
const maxLateForFlap = 5

// lateness is by how much the machine was late with what it should have done
// every lookEvery, at most, between two times.
func lateness(points []point, from, to time.Time) time.Duration {
	worst := time.Duration(0)
	for i := 1; i < len(points); i++ {
		if points[i].at.Before(from) || points[i].at.After(to) {
			continue
		}
		worst = max(worst, points[i].at.Sub(points[i-1].at)-lookEvery)
	}
	return worst
}

// check adds a target and, when it is missed, the reason. A negative figure is
// a recovery that did not happen.
func (r *run) check(result *Result, target string, measured, limit float64, unit, reason string) {
	met := measured >= 0 && measured <= limit
	result.Checks = append(result.Checks, TargetCheck{Target: target, Limit: limit, Measured: measured, Unit: unit, Met: met})
	if measured < 0 {
		reason = "the clients were not served again"
	}
	if !met && !slices.Contains(result.Reasons, reason) {
		result.Reasons = append(result.Reasons, reason)
	}
}
