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

const (
	account   = "111122223333"
	domain    = "quotes.example.com"
	primary   = "eu-west-1"
	secondary = "eu-central-1"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	first := region(app, regionpair.RolePrimary, primary, secondary)
	second := region(app, regionpair.RoleSecondary, secondary, primary)
	global(app, first, second)
	app.Synth(nil)
}

// region defines everything that one Region needs to serve alone.
func region(app awscdk.App, role regionpair.RegionRole, here, peer string) regionpair.RegionUnit {
	stack := newStack(app, "quotes-"+string(role), here)
	return regionpair.NewRegionUnit(stack, jsii.String("Unit"), &regionpair.RegionUnitProps{
		PairName:       jsii.String("quotes"),
		Role:           role,
		PeerRegion:     &peer,
		DomainName:     jsii.String(domain),
		HostedZone:     zone(stack),
		HandlerEntry:   jsii.String("handler"),
		ResourceServer: jsii.String("quotes"),
		Scopes:         &map[string]*string{"read": jsii.String("Read quotes")},
		Clients:        &[]*regionpair.MachineClient{{Name: jsii.String("newspaper"), Scopes: jsii.Strings("quotes/read")}},
		Routes: []*regionpair.Route{
			{Method: jsii.String("GET"), Path: jsii.String("/quotes/{author}"), Scopes: jsii.Strings("quotes/read")},
		},
	})
}

// global wires the two Regions: replication, trust, DNS.
func global(app awscdk.App, first, second regionpair.RegionUnit) {
	stack := newStack(app, "quotes-global", "us-east-1")
	stack.AddStackDependency(awscdk.Stack_Of(first), nil)
	stack.AddStackDependency(awscdk.Stack_Of(second), nil)
	regionpair.NewBucketReplicationPair(stack, jsii.String("Replication"),
		&regionpair.BucketReplicationPairProps{Primary: first.Bucket(), Secondary: second.Bucket()})
	regionpair.NewTrustedIssuers(stack, jsii.String("Issuers"),
		&regionpair.TrustedIssuersProps{Primary: first.Auth(), Secondary: second.Auth()})
	regionpair.NewFailoverDns(stack, jsii.String("Dns"), &regionpair.FailoverDnsProps{
		HostedZone: zone(stack), DomainName: jsii.String(domain), Primary: first, Secondary: second,
	})
}

func newStack(app awscdk.App, name, region string) awscdk.Stack {
	return awscdk.NewStack(app, &name, &awscdk.StackProps{
		Env: &awscdk.Environment{Account: jsii.String(account), Region: &region},
	})
}

func zone(scope constructs.Construct) awsroute53.IHostedZone {
	return awsroute53.HostedZone_FromHostedZoneAttributes(scope, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{
		HostedZoneId: jsii.String("Z0123456789ABCDEFGHIJ"), ZoneName: jsii.String("example.com"),
	})
}
