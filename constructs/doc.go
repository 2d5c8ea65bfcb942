// Package regionpair holds the building blocks of a serverless REST API that
// lives in two AWS Regions behind one name.
//
// A pair is three stacks. Each Region gets one [RegionUnit]: a regional REST
// API on the shared domain name, the function behind it, machine-to-machine
// authorization, a bucket encrypted with its own key, and a standalone health
// API. The third, global stack wires the two: [FailoverDns] points the name at
// the Region that is healthy, [BucketReplicationPair] copies the objects both
// ways, and [TrustedIssuers] lets each Region accept the tokens of the other.
//
// The folder is called constructs and the package regionpair, so that it stands
// beside CDK's own package:
//
//	import (
//		"github.com/aws/constructs-go/constructs/v10"
//
//		regionpair "github.com/regionpair/regionpair/constructs"
//	)
//
// The constructs read nothing but their props: no context, no environment, no
// look-ups. Every construct can be used as a scope, tagged and depended on.
// Other stacks refer to them weakly, whatever the app's default is: no
// deployment of a Region waits for the other one.
//
// [FailoverDns], the alarms, the dashboard and the log queries speak of
// [RegionUnit]; all other constructs can be used alone.
//
// Like CDK itself, constructors panic on misuse; the message names the
// property, the value found and what is allowed.
package regionpair
