package drill

import (
	"context"
	"net/http"
	"sync"

	"github.com/regionpair/regionpair/internal/workload"
)

// oldTokens are tokens that were issued before clients move, and tried in the
// standby afterwards.
type oldTokens struct {
	load    *load
	standby http.RoundTripper

	mu    sync.Mutex
	old   string
	tried LiveTokens
}

// keep remembers the token of now.
func (o *oldTokens) keep() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if bearer := o.load.bearer.Load(); bearer != nil {
		o.old = *bearer
	}
}

// try asks the standby with the token that was kept.
func (o *oldTokens) try(ctx context.Context) {
	o.mu.Lock()
	old := o.old
	o.mu.Unlock()
	probe, exists := o.load.probe()
	if old == "" || !exists {
		return
	}
	c, err := newClient(o.load.site.through(o.standby), 0, o.load.loadOptions)
	if err != nil {
		return
	}
	defer c.close()
	a, err := c.do(ctx, probe.Method, workload.Values{ID: o.load.prefix}.FillPath(probe), map[string]string{"Authorization": "Bearer " + old}, nil)
	kept := err == nil && a.status != http.StatusUnauthorized && a.status != http.StatusForbidden && a.status < http.StatusInternalServerError
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tried.Tried++
	if kept {
		o.tried.Kept++
	}
}

// probe is a request that a good token may be tried on, whatever is there.
func (l *load) probe() (workload.Request, bool) {
	if r, exists := l.plan.Reader(); exists {
		return r, true
	}
	for _, r := range l.plan.Requests {
		if r.Method == http.MethodGet {
			return r, true
		}
	}
	return workload.Request{}, false
}
