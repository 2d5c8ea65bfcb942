package localcloud

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Survey is what the local cloud makes of an assembly, without running it.
type Survey struct {
	// NotEmulated is what [Cloud.NotEmulated] lists; empty when the assembly cannot be
	// brought up.
	NotEmulated []string
	// Refusals are why [Start] would fail, as far as that can be known before it runs
	// anything. Empty when it would not.
	Refusals []string
}

// NewSurvey deploys an assembly on paper: like [Start], but no function, no health
// check and no schedule runs. Code that was compiled for another machine is a
// refusal, and the survey goes on as if it were compiled for this one. It returns
// an error only when this machine gets in the way.
func NewSurvey(ctx context.Context, options Options) (Survey, error) {
	dir, err := os.MkdirTemp("", "regionpair-survey-")
	if err != nil {
		return Survey{}, fmt.Errorf("make the working folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	options.Dir, options.Progress = dir, nil
	c := newCloud(options.withDefaults())
	c.onPaper = true
	defer c.Close()
	problems := errors.Join(mustHaveDynalite(c.assembly), c.planFunctions())
	for name, plan := range c.plans {
		if plan.foreign {
			plan.reason, plan.foreign = "", false
			c.plans[name] = plan
		}
	}
	s := Survey{NotEmulated: []string{}, Refusals: []string{}}
	if err := c.settle(ctx); err != nil {
		problems = errors.Join(problems, err)
	} else {
		s.NotEmulated = c.NotEmulated()
	}
	if problems != nil && ctx.Err() == nil {
		s.Refusals = refusalsOf(problems)
	}
	return s, ctx.Err()
}

// refusalsOf are the errors that were joined, each with its lines.
func refusalsOf(err error) []string {
	joined, isJoined := err.(interface{ Unwrap() []error })
	if !isJoined {
		return []string{strings.TrimSpace(err.Error())}
	}
	refusals := []string{}
	for _, one := range joined.Unwrap() {
		refusals = append(refusals, refusalsOf(one)...)
	}
	return refusals
}
