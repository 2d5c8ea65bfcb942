package regionpair_test

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/jsii-runtime-go"

	regionpair "github.com/regionpair/regionpair/constructs"
)

var (
	stack    awscdk.Stack
	zone     awsroute53.IHostedZone
	function awslambda.IFunction
	first    regionpair.RegionUnit
	second   regionpair.RegionUnit
)

// One Region of a pair, with the bundled object API behind it.
func ExampleNewRegionUnit() {
	unit := regionpair.NewRegionUnit(stack, jsii.String("Unit"), &regionpair.RegionUnitProps{
		PairName:   jsii.String("orders"),
		Role:       regionpair.RolePrimary,
		PeerRegion: jsii.String("eu-central-1"),
		DomainName: jsii.String("api.example.com"),
		HostedZone: zone,
		Clients:    &[]*regionpair.MachineClient{{Name: jsii.String("partner"), Scopes: jsii.Strings("objects/read")}},
	})
	unit.AddParameter(jsii.String("currency"), jsii.String("EUR"), nil)
}

// The wiring of two Regions, in a stack that is deployed after both.
func ExampleNewFailoverDns() {
	regionpair.NewBucketReplicationPair(stack, jsii.String("Replication"), &regionpair.BucketReplicationPairProps{
		Primary: first.Bucket(), Secondary: second.Bucket(),
	})
	regionpair.NewTrustedIssuers(stack, jsii.String("Issuers"), &regionpair.TrustedIssuersProps{
		Primary: first.Auth(), Secondary: second.Auth(),
	})
	regionpair.NewFailoverDns(stack, jsii.String("Dns"), &regionpair.FailoverDnsProps{
		HostedZone: zone, DomainName: jsii.String("api.example.com"), Primary: first, Secondary: second,
	})
}

// A regional API alone, with a public route and limits of its own.
func ExampleNewRegionalApi() {
	regionpair.NewRegionalApi(stack, jsii.String("Api"), &regionpair.RegionalApiProps{
		DomainName:     jsii.String("api.example.com"),
		HostedZone:     zone,
		Handler:        function,
		ResourcePolicy: regionpair.NetworkPolicy(jsii.Strings("203.0.113.0/24")),
		Routes: []*regionpair.Route{{
			Method: jsii.String("GET"), Path: jsii.String("/status"), Public: jsii.Bool(true), RatePerSecond: jsii.Number(5),
		}},
	})
}

// Two buckets that replicate into each other need nothing else of the pair.
func ExampleNewReplicatedBucket() {
	regionpair.NewReplicatedBucket(stack, jsii.String("Objects"), &regionpair.ReplicatedBucketProps{
		BucketName: jsii.String("reports-111122223333-eu-west-1"),
	})
}
