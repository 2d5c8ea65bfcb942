package stacks

import (
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/regionpair/regionpair/config"
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
	if err := c.Validate(); err != nil {
		panic(err)
	}
	primary := NewRegionStack(scope, config.Primary, c)
	secondary := NewRegionStack(scope, config.Secondary, c)
	pair := Pair{Primary: primary, Secondary: secondary}
	if len(c.Tables) > 0 {
		pair.Data = NewDataStack(scope, c, primary, secondary)
	}
	pair.Global = NewGlobalStack(scope, c, primary, secondary)
	return pair
}
