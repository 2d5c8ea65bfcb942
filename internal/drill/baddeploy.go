package drill

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/workload"
)

// deployBadly is a pipeline with a version of the handler that fails: to the
// standby, a look through its own front door, and to the primary only when that
// goes well.
func (r *run) deployBadly(ctx context.Context) error {
	standby, primary := r.pair.Secondary, r.pair.Primary
	if err := r.deployBroken(standby); err != nil {
		return err
	}
	failure, err := r.tryIn(ctx, standby)
	if err != nil {
		return err
	}
	if failure == nil {
		r.badInPrimary = true
		if err := r.deployBroken(primary); err != nil {
			return err
		}
	} else {
		r.event(Other, "a request to %s finds it: %v; %s never gets it", standby.Name, failure, primary.Name)
		r.undoDeployments()
		failure, err = r.tryIn(ctx, standby)
		if err = errors.Join(err, failure); err != nil {
			return fmt.Errorf("%s does not answer after the roll-back: %w", standby.Name, err)
		}
		r.event(Other, "%s is rolled back, and answers", standby.Name)
	}
	return r.outlast(ctx)
}

func (r *run) deployBroken(region localcloud.Region) error {
	r.event(FaultBegins, "a version of the handler that cannot start is deployed to %s", region.Name)
	rollBack, err := r.cloud.DeployBroken(region)
	r.rollBack = append(r.rollBack, rollBack...)
	return err
}

func (r *run) undoDeployments() {
	for _, rollBack := range r.rollBack {
		rollBack()
	}
	r.rollBack = nil
}

func (r *run) endDeployment() error {
	r.undoDeployments()
	r.event(FaultEnds, "the deployment is over")
	return nil
}

func (r *run) checkBadDeploy(result *Result) {
	reached := 0.0
	if r.badInPrimary {
		reached = 1
	}
	r.check(result, TargetBadDeploy, reached, 0, "versions", "requests to the standby did not find the version that fails, and it reached the primary")
}

// tries is how often a Region is asked before it counts as working.
const tries = 3

// tryIn sends a request that changes nothing to a Region's API, past DNS, and
// returns what is wrong with the answer.
func (r *run) tryIn(ctx context.Context, region localcloud.Region) (failure, err error) {
	request, found := harmless(r.load.plan.Workload)
	if !found {
		return nil, errors.New("the workload has no request that changes nothing: add a GET, so that a Region can be tried")
	}
	transport := r.cloud.NewTransportTo(region)
	defer closeIdle(transport)
	c, err := newClient(r.load.site.through(transport), 0, r.load.loadOptions)
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(r.options.Seed, 13)) //nolint:gosec // which key is read
	for range tries {
		values := workload.Values{N: 1}
		if known, found := r.load.ledger.pick(random); found {
			values = r.load.ledger.valuesToRead(known)
		}
		if _, failure = r.load.send(ctx, c, request, values); failure != nil {
			return failure, ctx.Err()
		}
	}
	return nil, ctx.Err()
}

// harmless is a request of the workload that changes nothing.
func harmless(w workload.Workload) (workload.Request, bool) {
	if reader, found := w.Reader(); found {
		return reader, true
	}
	for _, r := range w.Requests {
		if r.Data == workload.None && (r.Method == "GET" || r.Method == "HEAD") {
			return r, true
		}
	}
	return workload.Request{}, false
}
