// Command own-handler puts a Go handler of your own behind one name in two
// Regions: routes, scopes and clients are all it has to say.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	pair := regionpair.NewPair(&regionpair.PairProps{
		Name: "quotes", Account: "111122223333", PrimaryRegion: "eu-west-1", SecondaryRegion: "eu-central-1", DomainName: "quotes.example.com",
	})
	global(app, pair, region(app, pair, regionpair.RolePrimary), region(app, pair, regionpair.RoleSecondary))
	app.Synth(nil)
}

// region defines everything that one Region needs to serve alone.
func region(app awscdk.App, pair *regionpair.Pair, role regionpair.RegionRole) regionpair.RegionUnit {
	stack := awscdk.NewStack(app, new(pair.StackName(role)), pair.StackProps(role))
	return regionpair.NewRegionUnit(stack, jsii.String("Unit"), &regionpair.RegionUnitProps{
		Pair:           pair,
		HostedZone:     zone(stack),
		HandlerEntry:   "handler",
		ResourceServer: "quotes",
		Scopes:         map[string]string{"read": "Read quotes"},
		Clients:        []regionpair.MachineClient{{Name: "newspaper", Scopes: []string{"quotes/read"}}},
		Routes:         []regionpair.Route{{Method: "GET", Path: "/quotes/{author}", Scopes: []string{"quotes/read"}}},
	})
}

// global wires the two Regions: replication, trust, DNS.
func global(app awscdk.App, pair *regionpair.Pair, first, second regionpair.RegionUnit) {
	stack := awscdk.NewStack(app, new(pair.GlobalStackName()), pair.GlobalStackProps())
	stack.AddStackDependency(awscdk.Stack_Of(first), nil)
	stack.AddStackDependency(awscdk.Stack_Of(second), nil)
	pairing := regionpair.NewPairing(stack, jsii.String("Pairing"), &regionpair.PairingProps{Pair: pair})
	regionpair.NewBucketReplicationPair(stack, jsii.String("Replication"),
		&regionpair.BucketReplicationPairProps{Pairing: pairing, Primary: first.Bucket(), Secondary: second.Bucket()})
	regionpair.NewTrustedIssuers(stack, jsii.String("Issuers"),
		&regionpair.TrustedIssuersProps{Pairing: pairing, Primary: first.Auth(), Secondary: second.Auth()})
	regionpair.NewSecretReplicas(stack, jsii.String("SecretReplicas"),
		&regionpair.SecretReplicasProps{Pairing: pairing, Secrets: first.ClientSecrets()})
	regionpair.NewFailoverDns(stack, jsii.String("Dns"),
		&regionpair.FailoverDnsProps{Pair: pair, HostedZone: zone(stack), Primary: first, Secondary: second})
}

func zone(scope constructs.Construct) awsroute53.IHostedZone {
	return awsroute53.HostedZone_FromHostedZoneAttributes(scope, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{
		HostedZoneId: jsii.String("Z0123456789ABCDEFGHIJ"), ZoneName: jsii.String("example.com"),
	})
}
