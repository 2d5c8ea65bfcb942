package limits

import "slices"

// Region is an AWS Region.
type Region struct {
	// Name is the Region's code, such as "eu-west-1".
	Name string
	// Partition is the partition it belongs to: aws, aws-cn, aws-us-gov or aws-eusc.
	Partition string
}

// Partition of all Regions that a pair can be in.
const Partition = partitionAWS

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
func Regions() []Region { return slices.Clone(regions) }

// LookupRegion returns the Region of that name; ok is false when this version does not know it.
func LookupRegion(name string) (region Region, ok bool) {
	for _, r := range regions {
		if r.Name == name {
			return r, true
		}
	}
	return Region{}, false
}

// CheckerRegions are the Regions that Route 53 checks from.
func CheckerRegions() []string {
	return []string{"us-east-1", "us-west-1", "us-west-2", "eu-west-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "sa-east-1"}
}

// MinCheckerRegions is how many of them Route 53 wants at least.
const MinCheckerRegions = 3
