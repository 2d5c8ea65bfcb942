// Package regionpair holds the building blocks of a serverless REST API that
// lives in two AWS Regions behind one name.
//
// A [Pair] says once what the two Regions agree on: names, Regions, domain name,
// architecture, the life of logs and data. Every construct takes it, or something
// that knows it.
//
// A pair is three stacks. Each Region gets one [RegionUnit]: a regional REST
// API on the shared domain name, the function behind it, machine-to-machine
// authorization, a bucket encrypted with its own key, and a standalone health
// API. The third, global stack wires the two with a [Pairing]: [FailoverDns] points
// the name at the Region that is healthy, [BucketReplicationPair] copies the objects
// both ways, [TrustedIssuers] lets each Region accept the tokens of the other, and
// [SecretReplicas] waits until the standby has the clients' secrets.
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
// # Parts alone
//
// Each part can be used without the others. An API that exists already becomes a
// target of [FailoverDns] by [FailoverTargetFromApi], a bucket is replicated by
// [ReplicatedBucketFromAttributes], a user pool issues the tokens by
// [TokenIssuerFromUserPool]. [RegionalAlarms], [PairDashboard] and [LogQueries] watch
// a whole [RegionUnit].
//
// # Rules
//
// Constructors look like CDK's own: scope, id, props. Props are plain Go; the zero
// value stands for the documented default. CDK's types appear where one of its
// objects passes through, and one field that ends in Overrides lays CDK's own props
// over those of a child, as far as the pair does not rely on them.
//
// Every props type has Validate, which returns everything that is wrong at once. Like
// CDK itself, constructors panic on misuse, with the same list; each line names the
// property, the value found and what is allowed.
//
// The constructs read nothing but their props: no look-ups, no environment. Every
// construct can be used as a scope, tagged and depended on. Other stacks refer to
// them weakly, whatever the app's default is: no deployment of a Region waits for the
// other one. Logical ids and physical names of everything that holds state are a
// contract.
package regionpair
