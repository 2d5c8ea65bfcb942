package config

import "slices"

// Region is an AWS Region.
type Region struct {
	// Name is the Region's code, such as "eu-west-1".
	Name string
	// Partition is the partition it belongs to: aws, aws-cn, aws-us-gov or aws-eusc.
	Partition string
}

const (
	partitionAWS    = "aws"
	partitionChina  = "aws-cn"
	partitionGov    = "aws-us-gov"
	partitionEurope = "aws-eusc"
)

// regions are those of the AWS SDK's partition data without the isolated partitions.
var regions = []Region{
	{"af-south-1", partitionAWS},
	{"ap-east-1", partitionAWS},
	{"ap-east-2", partitionAWS},
	{"ap-northeast-1", partitionAWS},
	{"ap-northeast-2", partitionAWS},
	{"ap-northeast-3", partitionAWS},
	{"ap-south-1", partitionAWS},
	{"ap-south-2", partitionAWS},
	{"ap-southeast-1", partitionAWS},
	{"ap-southeast-2", partitionAWS},
	{"ap-southeast-3", partitionAWS},
	{"ap-southeast-4", partitionAWS},
	{"ap-southeast-5", partitionAWS},
	{"ap-southeast-6", partitionAWS},
	{"ap-southeast-7", partitionAWS},
	{"ca-central-1", partitionAWS},
	{"ca-west-1", partitionAWS},
	{"cn-north-1", partitionChina},
	{"cn-northwest-1", partitionChina},
	{"eu-central-1", partitionAWS},
	{"eu-central-2", partitionAWS},
	{"eu-north-1", partitionAWS},
	{"eu-south-1", partitionAWS},
	{"eu-south-2", partitionAWS},
	{"eu-west-1", partitionAWS},
	{"eu-west-2", partitionAWS},
	{"eu-west-3", partitionAWS},
	{"eusc-de-east-1", partitionEurope},
	{"il-central-1", partitionAWS},
	{"me-central-1", partitionAWS},
	{"me-south-1", partitionAWS},
	{"me-west-1", partitionAWS},
	{"mx-central-1", partitionAWS},
	{"sa-east-1", partitionAWS},
	{"sa-west-1", partitionAWS},
	{"us-east-1", partitionAWS},
	{"us-east-2", partitionAWS},
	{"us-gov-east-1", partitionGov},
	{"us-gov-west-1", partitionGov},
	{"us-west-1", partitionAWS},
	{"us-west-2", partitionAWS},
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
