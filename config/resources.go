package config

import (
	"fmt"
	"path"
	"path/filepath"

	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
)

// maxStackResources is CloudFormation's limit.
const maxStackResources = 500

// What parts of a configuration take in the stack of a Region. Counted in templates: of the smallest configuration, and of
// the same one with each option by itself. A test in package stacks holds the sum against other templates. Where a number
// depends on details it is the largest, because a stack that is one resource too large cannot be deployed at all.
const (
	// regionResources are there whatever the configuration: 88 with a certificate, a key of the bucket's own and the
	// account's role, 2 of a second authorizer, and CDK's metadata.
	regionResources = 91
	// regionAlarms are 22 alarms, 3 metric filters, and the topic with its policy.
	regionAlarms = 27
	// guardResources and guardAlarms are the standby's.
	guardResources, guardAlarms = 7, 5
	// synchronousResources are two functions on a schedule and a key.
	synchronousResources, synchronousAlarms = 13, 8
	// functionResources are a function, its role, its policy and its log group.
	functionResources = 4
	// rotationResources are a function and a permission, rotatedResources a schedule and a policy for each secret.
	rotationResources, rotatedResources = functionResources + 1, 2
	wafResources                        = 4
	preferredNetworkResources           = 4
	destroyedBucketResources            = 4
	// The VPC, for each of its zones, for each of its gateways, and for all interface endpoints together.
	egressResources, zoneResources, gatewayResources, endpointsResources = 18, 4, 6, 2
)

// resources of a Region's stack, by what asks for them.
type resources struct{ routes, clients, tables, rest int }

func (r resources) total() int { return r.routes + r.clients + r.tables + r.rest }

// Resources returns how many resources the stack of the Region that plays the role has at most, of which CloudFormation
// allows 500. It is a few more than there are.
func (c Config) Resources(role RegionRole) int { return c.WithDefaults().resources(role).total() }

func (c Config) resources(role RegionRole) resources {
	return resources{routes: c.routeResources(), clients: c.clientResources(role), tables: c.tableResources(), rest: c.otherResources(role)}
}

// routeResources are a method for each route, a resource for each place in a path, and functions of single routes.
func (c Config) routeResources() int {
	places, folders := map[string]bool{}, map[string]bool{}
	for _, r := range c.Handler.Routes {
		for place := path.Clean("/" + r.Path); place != "/"; place = path.Dir(place) {
			places[place] = true
		}
		if r.Entry != "" && (c.Handler.Entry == "" || filepath.Clean(r.Entry) != filepath.Clean(c.Handler.Entry)) {
			folders[filepath.Clean(r.Entry)] = true
		}
	}
	return len(c.Handler.Routes) + len(places) + len(folders)*(functionResources+c.functionAlarms())
}

// clientResources are app clients, and the secrets where these are.
func (c Config) clientResources(role RegionRole) int {
	if role != c.owner() {
		return len(c.Clients)
	}
	rotated := 0
	for _, client := range c.Clients {
		if client.RotationDays > 0 {
			rotated++
		}
	}
	total := 2*len(c.Clients) + rotated*rotatedResources
	if rotated > 0 {
		total += rotationResources + c.functionAlarms()
	}
	return total
}

// tableResources are the alarms of the tables and a key.
func (c Config) tableResources() int {
	total := min(len(c.Tables), 1)
	for _, table := range c.Tables {
		total += c.alarmOfEach("table-throttles", false)
		if table.Consistency != TableStrong {
			total += c.alarmOfEach("table-replication-latency", true)
		}
	}
	return total
}

func (c Config) otherResources(role RegionRole) int {
	total := regionResources + len(c.Parameters) + len(c.Health.Probes)*functionResources + c.egressResources()
	if role == c.owner() {
		total += len(c.Secrets)
	}
	alarms := regionAlarms + len(c.Alarms.Email)
	for _, option := range []struct {
		chosen           bool
		resources, watch int
	}{
		{role == Secondary && c.Failback.Mode != FailbackAuto, guardResources, guardAlarms},
		{c.Storage.Durability == DurabilitySync, synchronousResources, synchronousAlarms},
		{c.WAF.Enabled, wafResources, 0},
		{len(c.Health.PreferredCIDRs) > 0, preferredNetworkResources, 0},
		{c.Removal == RemovalDestroy, destroyedBucketResources, 0},
	} {
		if option.chosen {
			total, alarms = total+option.resources, alarms+option.watch
		}
	}
	if *c.Alarms.Enabled {
		total += alarms
	}
	return total
}

func (c Config) egressResources() int {
	if !c.Egress.Enabled {
		return 0
	}
	total := egressResources + c.Egress.MaxAZs*zoneResources + c.Egress.NatGateways*gatewayResources
	if services := len(c.Egress.InterfaceEndpoints); services > 0 {
		total += endpointsResources + services
	}
	return total
}

// owner is the Region with the secrets, which stay where they are when the roles are swapped.
func (c Config) owner() RegionRole {
	if c.Swapped {
		return Secondary
	}
	return Primary
}

func (c Config) functionAlarms() int {
	return c.alarmOfEach("function-errors", false) + c.alarmOfEach("function-throttles", false)
}

// alarmOfEach is 1 when each function or table has the alarm.
func (c Config) alarmOfEach(kind string, essential bool) int {
	tuning, tuned := c.Alarms.Tuning[kind]
	off := !*c.Alarms.Enabled || tuning.Enabled != nil && !*tuning.Enabled
	if off || c.Alarms.Set == AlarmsEssential && !essential && !tuned {
		return 0
	}
	return 1
}

// stackResources blames what takes most. A configuration that is wrong elsewhere may have another number once it is right.
func (v *validator) stackResources() {
	if !v.Sound(strict.At()) {
		return
	}
	larger := Primary
	if v.cfg.resources(Secondary).total() > v.cfg.resources(Primary).total() {
		larger = Secondary
	}
	r := v.cfg.resources(larger)
	if r.total() <= maxStackResources {
		return
	}
	p, count, fix := strict.At("handler", "routes"), r.routes, "ANY stands for all methods of a path, {rest+} for all paths below one"
	if r.clients > count {
		p, count, fix = strict.At("clients"), r.clients, "a client with rotationDays takes twice as many"
	}
	if r.tables > count {
		p, count, fix = strict.At("tables"), r.tables, `with alarms.set "essential" each takes fewer`
	}
	v.Add(p, fmt.Sprintf("take %d resources, and the stack %s would have about %d", count, rule.Quote(v.cfg.StackName(larger)), r.total()),
		fmt.Sprintf("use fewer, CloudFormation allows a stack %d: %s", maxStackResources, fix))
}
