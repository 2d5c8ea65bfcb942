package regionpair

import (
	"cmp"
	"maps"
	"regexp"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
)

// Watched is what alarms, a dashboard and log queries look at in one Region.
// [RegionUnit.Watched] is everything that a unit has. Where a Region is made of
// single constructs, or around an API that exists already, name what there is:
// what is nil is not watched.
type Watched struct {
	// Pair that the Region belongs to.
	// Required.
	Pair *Pair
	// Role of the Region.
	// Required.
	Role RegionRole
	// RestApi that clients call. CloudWatch knows it by its name, which one from
	// [awsapigateway.RestApi_FromRestApiId] does not have: CDK gives it the id of the
	// construct, and alarms watch nothing. Give the name to
	// [awsapigateway.RestApi_FromRestApiAttributes].
	// Default: none.
	RestApi awsapigateway.IRestApi
	// Stage of RestApi.
	// Default: "live", as in [RegionalApi].
	Stage string
	// AccessLog of RestApi, with the fields that [RegionalApi] writes.
	// Default: none.
	AccessLog awslogs.ILogGroup
	// Certificate of the domain name.
	// Default: none.
	Certificate awscertificatemanager.ICertificate
	// Functions that answer requests, by short names of small letters, digits and
	// hyphens, which the names of their alarms end in.
	// Default: none.
	Functions map[string]awslambda.IFunction
	// Health, Token, Authorizer, KeyRenewal, ClientSecrets and Guard of the Region.
	// Default: none.
	Health        HealthEndpoint
	Token         TokenEndpoint
	Authorizer    TokenAuthorizer
	KeyRenewal    KeyRenewal
	ClientSecrets ClientSecrets
	Guard         FailbackGuard
	// Bucket that replicates to the peer's.
	// Default: none.
	Bucket ReplicatedBucket
	// Tables by name.
	// Default: none.
	Tables map[string]TableReplica

	// repair and collector keep synchronous objects, where there are any.
	repair, collector GoFunction
}

var functionLabel = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Validate returns everything that is wrong at once.
func (w *Watched) Validate() error {
	w = orNew(w)
	c := checking("Watched")
	c.requires("Pair", w.Pair)
	if c.requires("Role", w.Role) {
		oneOf(c, "Role", w.Role, Roles()...)
	}
	for _, label := range slices.Sorted(maps.Keys(w.Functions)) {
		c.refuse(!functionLabel.MatchString(label), "'Functions' must have names of small letters, digits and hyphens, got '%s'", label)
		if w.Pair != nil {
			longest := w.Pair.longestLabel()
			c.refuse(len(label) > longest, "'Functions' must have names of at most %d characters, which those of alarms end in, got '%s'", longest, label)
		}
		c.refuse(w.Functions[label] == nil, "'Functions' has no function for '%s'", label)
		c.refuse(slices.Contains(ownLabels, label), "'Functions' cannot have the name '%s', which is that of a function of ours", label)
	}
	return c.err()
}

// ownLabels name functions that other fields bring along.
var ownLabels = []string{"keyrenewal", "token", "authorizer", "health", "clients-rotation", "guard", "repair", "collector"}

// watched adds what is wrong with a watched Region.
func (c *check) watched(name string, w *Watched) bool {
	if !c.requires(name, w) {
		return false
	}
	err := w.Validate()
	c.add(err)
	return err == nil
}

func (w *Watched) region() string { return w.Pair.Region(w.Role) }

// apiMetric is one of the API that clients call; none without an API.
func (w *Watched) apiMetric(name, statistic string) metricOf {
	if w.RestApi == nil {
		return metricOf{}
	}
	return restAPIMetric(w.RestApi, cmp.Or(w.Stage, StageName), name, statistic)
}

// healthAPIMetric is one of the API that Route 53 asks; none without one.
func (w *Watched) healthAPIMetric(name, statistic string) metricOf {
	if w.Health == nil {
		return metricOf{}
	}
	return restAPIMetric(w.Health.RestApi(), StageName, name, statistic)
}

// Watched implements [RegionUnit].
func (u *regionUnit) Watched() *Watched {
	functions := map[string]awslambda.IFunction{"handler": u.handler}
	maps.Copy(functions, u.routeFunctions())
	return &Watched{
		Pair: u.pair, Role: u.role,
		RestApi: u.api.RestApi(), AccessLog: u.api.AccessLog(), Certificate: u.certificate(),
		Functions: functions, Health: u.health, Token: u.token, Authorizer: u.authorizer, KeyRenewal: u.renewal,
		ClientSecrets: u.clients, Guard: u.guard, Bucket: u.bucket, Tables: u.tables,
		repair: u.repair, collector: u.collector,
	}
}
