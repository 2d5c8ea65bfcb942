package config

import "github.com/regionpair/regionpair/internal/limits"

// Region is an AWS Region.
type Region = limits.Region

const partitionAWS = limits.Partition

// Regions returns the Regions that this version knows, sorted by name.
func Regions() []Region { return limits.Regions() }

// LookupRegion returns the Region of that name; ok is false when this version does not know it.
func LookupRegion(name string) (region Region, ok bool) { return limits.LookupRegion(name) }

func regionNames() []string {
	all := limits.Regions()
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = r.Name
	}
	return names
}

// route53Home is where Route 53 publishes health metrics, and so the only Region where alarms on them work.
const route53Home = "us-east-1"
