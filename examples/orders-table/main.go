// Command orders-table puts an orders API behind one name in two Regions, with
// the orders in a DynamoDB table that both replicate.
package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/stacks"
)

const (
	read  = "orders/read"
	write = "orders/write"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	stacks.NewPair(app, config.Config{
		Name:            "shop",
		Account:         "111122223333",
		PrimaryRegion:   "eu-west-1",
		SecondaryRegion: "eu-central-1",
		DomainName:      "orders.example.com",
		HostedZone:      config.HostedZone{ID: "Z0123456789ABCDEFGHIJ", Name: "example.com"},
		ResourceServer:  "orders",
		Clients:         map[string]config.Client{"storefront": {Scopes: []string{read, write}}},
		Tables:          map[string]config.Table{"orders": orders(app.Node().TryGetContext(jsii.String("consistency")))},
		Handler: config.Handler{
			Entry: "handler",
			Routes: []config.Route{
				{Method: "GET", Path: "/orders", Scopes: []string{read}},
				{Method: "GET", Path: "/orders/{id}", Scopes: []string{read}},
				{Method: "PUT", Path: "/orders/{id}", Scopes: []string{write}},
				{Method: "PATCH", Path: "/orders/{id}", Scopes: []string{write}},
			},
		},
	})
	app.Synth(nil)
}

// orders is the table; `-c consistency=strong` makes it strongly consistent.
func orders(consistency any) config.Table {
	table := config.Table{
		PartitionKey: "id",
		Indexes:      map[string]config.Index{"by-customer": {PartitionKey: "customer", SortKey: "id"}},
	}
	if consistency == "strong" {
		table.Consistency, table.WitnessRegion = config.TableStrong, "eu-west-3"
	}
	return table
}
