// Command synchronous-objects deploys a pair whose object API acknowledges a write
// when both Regions have it.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/stacks"
)

func main() {
	app := awscdk.NewApp(nil)
	stacks.NewPair(app, config.Config{
		Name: "ledger", Account: "111122223333", PrimaryRegion: "eu-west-1", SecondaryRegion: "eu-central-1",
		DomainName: "ledger.example.com", HostedZone: config.HostedZone{ID: "Z0123456789ABCDEFGHIJ", Name: "example.com"},
		Clients: map[string]config.Client{"partner": {Scopes: []string{"objects/read", "objects/write"}}},
		Storage: config.Storage{Durability: config.DurabilitySync, WitnessRegion: "eu-west-2"},
	})
	app.Synth(nil)
}
