package stacks

import (
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/regionpair/regionpair/config"
)

// Pair holds the three stacks of one environment.
type Pair struct {
	// Primary serves while it is healthy.
	Primary RegionStack
	// Secondary takes over when it is not.
	Secondary RegionStack
	// Global wires the two.
	Global GlobalStack
}

// NewPair defines the three stacks of a configuration, completed with its
// defaults. As CDK's constructors do, it panics on a configuration that is
// wrong: with a [config.Errors] that lists everything at once.
func NewPair(scope constructs.Construct, c config.Config) Pair {
	c = c.WithDefaults()
	if err := c.Validate(); err != nil {
		panic(err)
	}
	primary := NewRegionStack(scope, config.Primary, c)
	secondary := NewRegionStack(scope, config.Secondary, c)
	return Pair{Primary: primary, Secondary: secondary, Global: NewGlobalStack(scope, c, primary, secondary)}
}
