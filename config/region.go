package config

import "slices"

// Region is an AWS Region.
type Region struct {
	// Name is the Region's code, such as "eu-west-1".
	Name string
	// Partition is the partition it belongs to: aws, aws-cn, aws-us-gov or aws-eusc.
	Partition string
	// OptIn is true when an account must enable the Region before it can deploy there.
	OptIn bool
}

const (
	partitionAWS    = "aws"
	partitionChina  = "aws-cn"
	partitionGov    = "aws-us-gov"
	partitionEurope = "aws-eusc"
)

// regions are those of the AWS SDK's partition data without the isolated partitions. Regions launched after
// 20 March 2019 are opt-in (Osaka is older).
var regions = []Region{
	{"af-south-1", partitionAWS, true},
	{"ap-east-1", partitionAWS, true},
	{"ap-east-2", partitionAWS, true},
	{"ap-northeast-1", partitionAWS, false},
	{"ap-northeast-2", partitionAWS, false},
	{"ap-northeast-3", partitionAWS, false},
	{"ap-south-1", partitionAWS, false},
	{"ap-south-2", partitionAWS, true},
	{"ap-southeast-1", partitionAWS, false},
	{"ap-southeast-2", partitionAWS, false},
	{"ap-southeast-3", partitionAWS, true},
	{"ap-southeast-4", partitionAWS, true},
	{"ap-southeast-5", partitionAWS, true},
	{"ap-southeast-6", partitionAWS, true},
	{"ap-southeast-7", partitionAWS, true},
	{"ca-central-1", partitionAWS, false},
	{"ca-west-1", partitionAWS, true},
	{"cn-north-1", partitionChina, false},
	{"cn-northwest-1", partitionChina, false},
	{"eu-central-1", partitionAWS, false},
	{"eu-central-2", partitionAWS, true},
	{"eu-north-1", partitionAWS, false},
	{"eu-south-1", partitionAWS, true},
	{"eu-south-2", partitionAWS, true},
	{"eu-west-1", partitionAWS, false},
	{"eu-west-2", partitionAWS, false},
	{"eu-west-3", partitionAWS, false},
	{"eusc-de-east-1", partitionEurope, false},
	{"il-central-1", partitionAWS, true},
	{"me-central-1", partitionAWS, true},
	{"me-south-1", partitionAWS, true},
	{"me-west-1", partitionAWS, true},
	{"mx-central-1", partitionAWS, true},
	{"sa-east-1", partitionAWS, false},
	{"sa-west-1", partitionAWS, true},
	{"us-east-1", partitionAWS, false},
	{"us-east-2", partitionAWS, false},
	{"us-gov-east-1", partitionGov, false},
	{"us-gov-west-1", partitionGov, false},
	{"us-west-1", partitionAWS, false},
	{"us-west-2", partitionAWS, false},
}

// Regions returns the Regions that this version knows, sorted by name.
func Regions() []Region {
	return slices.Clone(regions)
}

// LookupRegion returns the Region of that name; ok is false when this version does not know it.
func LookupRegion(name string) (region Region, ok bool) {
	for _, r := range regions {
		if r.Name == name {
			return r, true
		}
	}
	return Region{}, false
}

func regionNames() []string {
	names := make([]string, len(regions))
	for i, r := range regions {
		names[i] = r.Name
	}
	return names
}

// route53Home is where Route 53 publishes health metrics, and so the only Region where alarms on them work.
const route53Home = "us-east-1"
