package drill

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
	"github.com/regionpair/regionpair/internal/route"
	"github.com/regionpair/regionpair/internal/workload"
)

// Flap is a Region that goes down and up again, each time for less than the
// checkers need.
const Flap = "flap"

// Takeover sets the switch in the standby: nothing fails, and the clients move.
const Takeover = "takeover"

// Destroy is a crash that nobody repairs: the Region and what only it had are gone.
const Destroy = "destroy"

// External is a fault that somebody else causes, in a deployed pair, with AWS
// Fault Injection Service or by hand.
const External = "external"

// BadDeploy is a new version of the handler that cannot start. It is deployed to
// the standby first and tried there.
const BadDeploy = "bad-deploy"

// StandbyDead is a primary that is ill, so that its health check fails while it
// still serves, and a standby that crashes.
const StandbyDead = "standby-dead"

// FaultNames lists every fault a drill knows.
func FaultNames() []string {
	names := []string{}
	for _, fault := range localcloud.Faults {
		names = append(names, string(fault))
	}
	return append(names, Flap, Takeover, Destroy, BadDeploy, StandbyDead)
}

// FaultsOf lists the faults that the pair of an assembly can have. Where both
// Regions serve there is no standby, and without a health check on its record
// nobody notices that it is dead.
func FaultsOf(a *assembly.Assembly) []string {
	names := FaultNames()
	if localcloud.Outline(a).NoticesDeadStandby {
		return names
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == StandbyDead })
}

// CheckFaultsOf returns an error for a fault that the pair of an assembly cannot
// have.
func CheckFaultsOf(a *assembly.Assembly, faults []string) error {
	possible := FaultsOf(a)
	for _, fault := range faults {
		if !slices.Contains(possible, fault) {
			return fmt.Errorf("this pair cannot have %q: its records name no standby, or no health check connects to it", fault)
		}
	}
	return nil
}

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

// plan of the load for an API.
func (o Options) plan(api workload.API) (workload.Plan, error) {
	if o.Workload == nil {
		return workload.Default(api)
	}
	return workload.Check(*o.Workload, api)
}

// Preflight checks the workload against the templates, before anything starts.
func (o Options) Preflight() error {
	if pair := localcloud.Outline(o.Assembly); len(pair.Routes) > 0 && o.Load == "" {
		_, err := o.plan(apiOf(pair))
		return err
	}
	return nil
}

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

// CheckFault returns an error that says which faults there are.
func CheckFault(name string) error {
	if slices.Contains(FaultNames(), name) {
		return nil
	}
	return fmt.Errorf("fault %q is unknown; there are %s", name, strings.Join(FaultNames(), ", "))
}
