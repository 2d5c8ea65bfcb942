package drill

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
	"github.com/regionpair/regionpair/internal/route"
	"github.com/regionpair/regionpair/internal/workload"
)

// Options of a drill.
type Options struct {
	// Assembly to run: its functions must be built for this machine.
	// Required, unless there is a Cloud.
	Assembly *assembly.Assembly
	// Cloud that runs already; it goes on afterwards.
	// Default: one of the drill's own.
	Cloud *localcloud.Cloud
	// Dir takes logs; a run has a folder of its own in it.
	// Required.
	Dir string
	// Fault is one of FaultNames.
	// Required.
	Fault string
	// Seed of the checkers' phases and of the clients' choices.
	Seed uint64
	// TimeScale divides the times of Route 53 and of replication.
	// Default: 10.
	TimeScale float64
	// ReplicationLag before scaling.
	// Default: 2 seconds.
	ReplicationLag time.Duration
	// ReplicaOrder of S3, where both Regions write one key.
	// Default: objectstore.ByCreation.
	ReplicaOrder objectstore.Order
	// Clients are what the load looks like to the API.
	// Default: what resource policies and truststores admit.
	Clients localcloud.Clients
	// Cold replaces every instance of a function when the fault begins, so that
	// none has what it loaded before.
	Cold bool
	// ClientFailover makes clients repeat reads and token requests in the other
	// Region, with package client.
	ClientFailover bool
	// Workload of the clients.
	// Default: workload.Default.
	Workload *workload.Workload
	// Load is a command that sends the requests instead of a workload, run by sh.
	// Default: none.
	Load string
	// Targets of the verdict.
	// Default: DefaultTargets().
	Targets *Targets
	// Progress gets notified of what happens.
	// Default: Silent.
	Progress Progress
}

func (o Options) withDefaults() (Options, error) {
	if o.TimeScale == 0 {
		o.TimeScale = 10
	}
	if err := CheckTimeScale(o.TimeScale); err != nil {
		return o, err
	}
	if o.ReplicationLag == 0 {
		o.ReplicationLag = 2 * time.Second
	}
	if o.Targets == nil {
		targets := DefaultTargets()
		o.Targets = &targets
	}
	if o.Progress == nil {
		o.Progress = Silent{}
	}
	return o, CheckFault(o.Fault)
}

func (o Options) fault() Fault { return FaultOf(o.Fault) }

// plan of the load for an API.
func (o Options) plan(api workload.API) (workload.Plan, error) {
	if o.Workload == nil {
		return workload.Default(api)
	}
	return workload.Check(*o.Workload, api)
}

// Doubtful lists functions that call services which are not here, where the requests
// were chosen: only those that need none of these services succeed.
func (o Options) Doubtful() []string {
	if !o.choosesRequests() {
		return nil
	}
	return localcloud.MissingServices(o.Assembly)
}

// choosesRequests reports whether somebody has decided which requests are sent.
func (o Options) choosesRequests() bool { return o.Workload != nil || o.Load != "" }

// HasObjects reports whether an assembly has the routes of the object API.
func HasObjects(a *assembly.Assembly) bool {
	plain := []route.Route{}
	for _, r := range localcloud.Outline(a).Routes {
		plain = append(plain, route.Route{Method: r.Method, Path: r.Path})
	}
	return workload.IsObjectAPI(plain)
}

// apiOf is what a workload is checked against.
func apiOf(pair localcloud.Pair) workload.API {
	api := workload.API{}
	for _, r := range pair.Routes {
		api.Routes = append(api.Routes, workload.Route{
			Route: route.Route{Method: r.Method, Path: r.Path, Scopes: r.Scopes}, Public: r.Public, RatePerSecond: r.RatePerSecond,
		})
	}
	for _, id := range slices.Sorted(maps.Keys(pair.Clients)) {
		api.Clients = append(api.Clients, workload.Client{ID: id, Secret: pair.Clients[id], Scopes: pair.Scopes[id]})
	}
	return api
}

// CheckTimeScale returns an error that says which time scales there are.
func CheckTimeScale(scale float64) error {
	if scale >= 1 && scale <= 20 {
		return nil
	}
	return fmt.Errorf("the time scale must be from 1 to 20, got %v: above that, this machine's own delays would dominate", scale)
}
