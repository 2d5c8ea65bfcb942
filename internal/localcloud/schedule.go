package localcloud

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/lambdaruntime"
)

// schedules invoke functions by the rules of EventBridge. Their time is scaled:
// an event has the time that it would have in AWS, and an invocation ends before
// the next one is due.
type schedules struct {
	scale float64
	began time.Time
	stop  context.CancelFunc
	group sync.WaitGroup
}

// schedule is a rule with one of its targets.
type schedule struct {
	rule     string
	every    time.Duration
	function *lambdaruntime.Function
}

// startSchedules runs until Close.
func (c *Cloud) startSchedules() {
	ctx, cancel := context.WithCancel(context.Background())
	c.schedules = &schedules{scale: c.options.TimeScale, began: time.Now(), stop: cancel}
	if c.options.TimeScale > 1 {
		for _, r := range c.regions {
			r.services.Metrics().Scale(c.schedules.now)
		}
	}
	for _, s := range c.scheduled {
		c.schedules.group.Go(func() { c.schedules.run(ctx, s) })
	}
}

func (s *schedules) close() {
	if s != nil {
		s.stop()
		s.group.Wait()
	}
}

// now is what time it is in AWS: scaled time is ahead.
func (s *schedules) now() time.Time {
	return s.began.Add(time.Duration(float64(time.Since(s.began)) * s.scale))
}

func (s *schedules) run(ctx context.Context, one schedule) {
	period := time.Duration(float64(one.every) / s.scale)
	for next := period; ; {
		timer := time.NewTimer(time.Until(s.began.Add(next)))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		again := s.invoke(ctx, one, period)
		elapsed := time.Since(s.began)
		next = elapsed.Truncate(period) + period
		if again > 0 {
			next = min(next, elapsed+again)
		}
	}
}

// invoke returns after what time the function wants to go on, which would have
// slept in AWS and has no time for that here.
func (s *schedules) invoke(ctx context.Context, one schedule, limit time.Duration) (again time.Duration) {
	event, err := json.Marshal(map[string]any{
		"source": "aws.events", "detail-type": "Scheduled Event", "time": s.now().UTC().Format(time.RFC3339), "resources": []string{one.rule},
	})
	if err != nil {
		return 0
	}
	// A function that fails is in its log, and one whose Region is down is to be
	// invoked in vain.
	result, err := one.function.InvokeWithin(ctx, event, limit)
	var answer struct{ LookAgainSeconds float64 }
	if err != nil || json.Unmarshal(result.Payload, &answer) != nil {
		return 0
	}
	return time.Duration(answer.LookAgainSeconds * float64(time.Second) / s.scale)
}

var rate = regexp.MustCompile(`^rate\((\d+) (minute|hour|day)s?\)$`)

func (c *Cloud) schedulesOf(d *cloudformation.Deployment) ([]schedule, error) {
	units := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	found := []schedule{}
	for _, rule := range d.Resources("AWS::Events::Rule") {
		p := rule.Read()
		p.Leave(forPeople, "Description", "Tags")
		p.Leave("targets bring their own rights", "RoleArn")
		expression, targets := p.Text("ScheduleExpression"), p.Objects("Targets")
		parts := rate.FindStringSubmatch(expression)
		if p.Text("State") == "DISABLED" {
			p.LeaveAll("it does nothing in AWS, too")
			continue
		}
		if parts == nil {
			p.LeaveAll("listed as a whole")
			c.leaveOut(rule.Resource, "only rates in minutes, hours and days are run")
			continue
		}
		count, err := strconv.Atoi(parts[1])
		if err != nil || count == 0 {
			return nil, fmt.Errorf("%s: 'ScheduleExpression' %q is no rate", rule.LogicalID, expression)
		}
		for _, target := range targets {
			arn := target.Text("Arn")
			target.Leave(forPeople, "Id")
			target.Leave("the next run comes before another attempt", "RetryPolicy")
			r := c.region(rule.Region, rule.Account)
			function, exists := r.function(arn)
			if !exists {
				target.Missing("Arn", "only functions that run here are invoked")
				continue
			}
			if !r.mayBeInvokedBy(arn, "events.amazonaws.com") {
				return nil, fmt.Errorf("EventBridge has no permission to invoke %s for %s", arn, rule.LogicalID)
			}
			found = append(found, schedule{rule: rule.Ref, every: time.Duration(count) * units[parts[2]], function: function})
		}
	}
	return found, nil
}

// mayBeInvokedBy reports whether a service has a permission for a function.
func (r *region) mayBeInvokedBy(function, service string) bool {
	name := function[strings.LastIndex(function, ":")+1:]
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.permissions {
		if p.function == name && p.principal == service {
			return true
		}
	}
	return false
}

// createRule only takes note: startSchedules invokes its targets.
func createRule(_ *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	name := physicalName(resource, "Name")
	return cloudformation.Attributes{Ref: name, Att: map[string]any{"Arn": arn("events", resource, "rule/"+name)}}, nil
}

// ArmGuard makes the guard of the failback, where there is one, as ready as it
// is in a pair that has been healthy for long.
func (c *Cloud) ArmGuard() error {
	if c.pair.GuardParameter == "" {
		return nil
	}
	state, err := json.Marshal(map[string]any{"phase": "armed", "since": c.schedules.began.UTC(), "serving": "primary", "servedWell": true})
	if err != nil {
		return fmt.Errorf("arm the guard: %w", err)
	}
	return c.region(c.pair.Secondary.Name, "").services.PutParameter(c.pair.GuardParameter, string(state), "String")
}

func (c *Cloud) describeGuard(p *Pair) {
	p.wakers = map[string]bool{}
	for _, f := range c.deployment.Resources("AWS::Lambda::Function") {
		variables := variablesOf(f.Resource)
		if mode := variables[contract.GuardMode]; mode != "" {
			p.Failback, p.GuardFunction, p.GuardParameter = mode, f.LogicalID, contract.GuardParameter(variables[contract.GuardPair])
			p.describeGray(variables)
		}
		if variables[contract.WakeFunction] != "" {
			p.wakers[f.Region+"/"+f.LogicalID] = true
		}
	}
}

// GuardPhase returns what the guard of the failback is up to: "watching",
// "armed" or "latched", and why; nothing where there is none.
func (c *Cloud) GuardPhase() (phase, reason string) {
	value, _ := c.region(c.pair.Secondary.Name, "").services.Parameter(c.pair.GuardParameter)
	var state struct{ Phase, Reason string }
	_ = json.Unmarshal([]byte(value), &state)
	return state.Phase, state.Reason
}
