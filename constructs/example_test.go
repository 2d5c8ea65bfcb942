package regionpair_test

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/jsii-runtime-go"

	regionpair "github.com/regionpair/regionpair/constructs"
)

var (
	app      awscdk.App
	stack    awscdk.Stack
	zone     awsroute53.IHostedZone
	function awslambda.IFunction
	pair     *regionpair.Pair
	first    regionpair.RegionUnit
	second   regionpair.RegionUnit
)

// What two Regions agree on is said once.
func ExampleNewPair() {
	pair = regionpair.NewPair(&regionpair.PairProps{
		Name: "orders", Account: "111122223333", PrimaryRegion: "eu-west-1", SecondaryRegion: "eu-central-1", DomainName: "api.example.com",
	})
	for _, role := range regionpair.Roles() {
		stack = awscdk.NewStack(app, new(pair.StackName(role)), pair.StackProps(role))
	}
}

// One Region of a pair, with the bundled object API behind it.
func ExampleNewRegionUnit() {
	unit := regionpair.NewRegionUnit(stack, jsii.String("Unit"), &regionpair.RegionUnitProps{
		Pair:       pair,
		HostedZone: zone,
		Clients:    []regionpair.MachineClient{{Name: "partner", Scopes: []string{"objects/read"}}},
	})
	unit.AddParameter("currency", "EUR", nil)
}

// The wiring of two Regions, in a stack that is deployed after both.
func ExampleNewPairing() {
	pairing := regionpair.NewPairing(stack, jsii.String("Pairing"), &regionpair.PairingProps{Pair: pair})
	regionpair.NewBucketReplicationPair(stack, jsii.String("Replication"), &regionpair.BucketReplicationPairProps{
		Pairing: pairing, Primary: first.Bucket(), Secondary: second.Bucket(),
	})
	regionpair.NewTrustedIssuers(stack, jsii.String("Issuers"), &regionpair.TrustedIssuersProps{
		Pairing: pairing, Primary: first.Auth(), Secondary: second.Auth(),
	})
	regionpair.NewFailoverDns(stack, jsii.String("Dns"), &regionpair.FailoverDnsProps{
		Pair: pair, HostedZone: zone, Primary: first, Secondary: second,
	})
}

// A regional API alone, with a public route and limits of its own.
func ExampleNewRegionalApi() {
	regionpair.NewRegionalApi(stack, jsii.String("Api"), &regionpair.RegionalApiProps{
		Pair:           pair,
		HostedZone:     zone,
		Handler:        function,
		ResourcePolicy: regionpair.NetworkPolicy([]string{"203.0.113.0/24"}),
		Routes:         []regionpair.Route{{Method: "GET", Path: "/status", Public: true, RatePerSecond: 5}},
	})
}

// Two buckets that replicate into each other need nothing else of the pair.
func ExampleNewReplicatedBucket() {
	reports := regionpair.NewReplicatedBucket(stack, jsii.String("Reports"), &regionpair.ReplicatedBucketProps{Pair: pair, Purpose: "reports"})
	reports.GrantRead(function)
}
