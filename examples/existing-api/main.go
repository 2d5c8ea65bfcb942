// Command existing-api puts an API and a bucket that exist already (shop.go) in two
// Regions behind one name: health checks, failover, and replication both ways.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	pair := regionpair.NewPair(&regionpair.PairProps{
		Name: "shop", Account: "111122223333", PrimaryRegion: "eu-west-1", SecondaryRegion: "eu-central-1", DomainName: "shop.example.com",
	})
	primary := newRegion(app, pair, regionpair.RolePrimary)
	secondary := newRegion(app, pair, regionpair.RoleSecondary)

	global := awscdk.NewStack(app, new(pair.GlobalStackName()), pair.GlobalStackProps())
	global.AddStackDependency(primary.shop, nil)
	global.AddStackDependency(secondary.shop, nil)
	regionpair.NewBucketReplicationPair(global, jsii.String("Replication"), &regionpair.BucketReplicationPairProps{
		Pairing: regionpair.NewPairing(global, jsii.String("Pairing"), &regionpair.PairingProps{Pair: pair}),
		Primary: primary.bucket, Secondary: secondary.bucket,
	})
	dns := regionpair.NewFailoverDns(global, jsii.String("Dns"), &regionpair.FailoverDnsProps{
		Pair: pair, HostedZone: hostedZone(global), Primary: primary.target, Secondary: secondary.target,
	})
	watch(global, pair, dns, primary, secondary)
	app.Synth(nil)
}

// region is a Region of the shop, and what the pair needs of it.
type region struct {
	shop   *shop
	health regionpair.HealthEndpoint
	target regionpair.FailoverTarget
	bucket regionpair.ReplicatedBucket
}

func newRegion(app awscdk.App, pair *regionpair.Pair, role regionpair.RegionRole) region {
	shop := newShop(app, pair.StackName(role), pair.Account(), pair.Region(role), pair.DomainName())
	health := regionpair.NewHealthEndpoint(shop, jsii.String("Health"), &regionpair.HealthEndpointProps{Pair: pair, AccountRole: new(false)})
	health.AddProbe("shop", shop.probe)
	return region{
		shop:   shop,
		health: health,
		target: regionpair.FailoverTargetFromApi(shop.domain, health),
		bucket: regionpair.ReplicatedBucketFromAttributes(shop, jsii.String("Replicated"), &regionpair.ReplicatedBucketAttributes{
			Pair: pair, BucketName: bucketIn(shop.region), PeerBucketName: bucketIn(pair.Region(role.Peer())), Key: shop.key,
		}),
	}
}
