package stacks

import (
	"cmp"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/config"
	regionpair "github.com/regionpair/regionpair/constructs"
)

// Pair holds the stacks of one environment.
type Pair struct {
	// Primary serves while it is healthy.
	Primary RegionStack
	// Secondary takes over when it is not.
	Secondary RegionStack
	// Data holds the tables that both replicate; nil when there are none.
	Data DataStack
	// Global wires the two.
	Global GlobalStack
}

// NewPair defines the stacks of a configuration, completed with its
// defaults. As CDK's constructors do, it panics on a configuration that is
// wrong: with a [config.Errors] that lists everything at once.
func NewPair(scope constructs.Construct, c config.Config) Pair {
	c = c.WithDefaults()
	if err := cmp.Or(c.Validate(), c.CheckNames(scope.Node().TryGetContext(jsii.String(config.NamesContext)))); err != nil {
		panic(err)
	}
	pair := PairOf(c)
	primary := NewRegionStack(scope, pair, regionpair.RolePrimary, c)
	secondary := NewRegionStack(scope, pair, regionpair.RoleSecondary, c)
	stacks := Pair{Primary: primary, Secondary: secondary}
	if len(c.Tables) > 0 || c.Storage.Durability == config.DurabilitySync {
		stacks.Data = NewDataStack(scope, c, primary, secondary)
	}
	stacks.Global = NewGlobalStack(scope, c, primary, secondary)
	return stacks
}

// PairOf is what the two Regions of a configuration agree on. The configuration
// has its defaults and is valid.
func PairOf(c config.Config) *regionpair.Pair {
	return regionpair.NewPair(&regionpair.PairProps{
		Name:            c.Name,
		Account:         c.Account,
		PrimaryRegion:   c.PrimaryRegion,
		SecondaryRegion: c.SecondaryRegion,
		Swapped:         c.Swapped,
		GlobalRegion:    c.GlobalRegion,
		DomainName:      c.DomainName,
		Architecture:    architecture(c.Architecture),
		LogRetention:    retentionDays[c.Logs.RetentionDays],
		RemovalPolicy:   removalPolicy(c.Removal),
		Tracing:         c.Tracing,
	})
}
