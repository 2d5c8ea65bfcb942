// Command whole-app deploys a pair with the bundled object API, and adds a queue
// of its own to each Region.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/stacks"
)

func main() {
	app := awscdk.NewApp(nil)
	pair := stacks.NewPair(app, config.Config{
		Name: "notes", Account: "111122223333", PrimaryRegion: "eu-west-1", SecondaryRegion: "eu-central-1",
		DomainName: "notes.example.com", HostedZone: config.HostedZone{ID: "Z0123456789ABCDEFGHIJ", Name: "example.com"},
		Clients: map[string]config.Client{"partner": {Scopes: []string{"objects/read", "objects/write"}}},
	})
	for _, region := range []awscdk.Stack{pair.Primary, pair.Secondary} {
		awssqs.NewQueue(region, new("Jobs"), &awssqs.QueueProps{EnforceSSL: new(true)})
	}
	app.Synth(nil)
}
