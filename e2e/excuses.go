package main

import "github.com/regionpair/regionpair/internal/route"

const excusesFile = "e2e/excuses.go"

// excuse says why permissions are granted that no step uses. Function, action and
// resource are patterns; the first excuse that fits is taken.
type excuse struct {
	function, action, resource, reason string
	// sometimes is for what depends on the pace of a run.
	sometimes bool
}

const noReason = "NO REASON IS KNOWN: take it away, or give a reason in " + excusesFile

var excuses = []excuse{
	{function: "UnitClientsRotationFunction", action: "secretsmanager:GetRandomPassword", resource: "*",
		reason: "CDK grants it with every rotation schedule"},
	{function: "UnitGuardFunction", action: "kms:*", resource: "*", reason: guarded},
	{function: "UnitGuardFunction", action: "s3:*", resource: "*/.regionpair/guard", reason: guarded},
	{function: "UnitGuardFunction", action: "ssm:PutParameter", resource: "*/failover/switch", reason: guarded},
	{function: "UnitGuardFunction", action: "ssm:PutParameter", resource: "*/failover/hold", reason: guarded},
	{function: "UnitHandlerFunction", action: "dynamodb:*", resource: "*",
		reason: "for a handler of your own: the bundled one has no use for tables"},
	{function: "UnitHandlerFunction", action: "kms:*", resource: "*",
		reason: "the table's key, which DynamoDB uses in the caller's name"},
	{function: "UnitHealthFunction", action: "kms:Decrypt", resource: "*", sometimes: true,
		reason: "the check decrypts in the second half of its interval"},
	{function: "UnitHealthFunction", action: "kms:DescribeKey", resource: "*",
		reason: "the table's key, which DynamoDB uses in the caller's name"},
	{function: "UnitHealthFunction", action: "lambda:InvokeFunction", resource: "*", reason: "it wakes the guard in an outage: the drill has those"},
	{function: "UnitHealthFunction", action: "s3:ListBucket", resource: "*",
		reason: "nobody lists, but without it S3 answers 403 instead of 404 for an object that is not there"},
}

const guarded = "the guard does it after a failover: the drill has those"

// excuseFor is the excuse of a permission that nobody uses.
func excuseFor(g grant) excuse {
	for _, e := range excuses {
		if route.Match(e.function, g.function) && route.Match(e.action, g.action) && route.Match(e.resource, g.resource) {
			return e
		}
	}
	return excuse{reason: noReason}
}
