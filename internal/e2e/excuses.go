package main

import "github.com/regionpair/regionpair/internal/route"

const excusesFile = "internal/e2e/excuses.go"

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
	{function: "UnitCollectorFunction", action: "dynamodb:*", resource: "*", reason: grown},
	{function: "UnitCollectorFunction", action: "kms:DescribeKey", resource: "*", reason: tableKeyReason},
	{function: "UnitCollectorFunction", action: "s3:DeleteObject", resource: "*", reason: grown},
	{function: "UnitGuardFunction", action: "kms:*", resource: "*", reason: guarded},
	{function: "UnitGuardFunction", action: "s3:*", resource: "*/.regionpair/guard", reason: guarded},
	{function: "UnitGuardFunction", action: "ssm:PutParameter", resource: "*/failover/switch", reason: guarded},
	{function: "UnitGuardFunction", action: "ssm:PutParameter", resource: "*/failover/hold", reason: guarded},
	{function: "UnitHandlerFunction", action: "dynamodb:*", resource: "*",
		reason: "for a handler of your own: the bundled one has no use for tables"},
	{function: "UnitHandlerFunction", action: "kms:Decrypt", resource: "*:<peer>:*", reason: complete},
	{function: "UnitHandlerFunction", action: "kms:*", resource: "*", reason: tableKeyReason},
	{function: "UnitHandlerFunction", action: "s3:GetObject", resource: "*-<peer>/*", reason: complete},
	{function: "UnitHandlerFunction", action: "s3:ListBucket", resource: "*-<peer>", reason: complete},
	{function: "UnitHealthFunction", action: "dynamodb:GetItem", resource: "*",
		reason: "nobody asks for the health of the pair with synchronous objects"},
	{function: "UnitHealthFunction", action: "kms:Decrypt", resource: "*", sometimes: true,
		reason: "the check decrypts in the second half of its interval"},
	{function: "UnitHealthFunction", action: "kms:DescribeKey", resource: "*", reason: tableKeyReason},
	{function: "UnitHealthFunction", action: "lambda:InvokeFunction", resource: "*", reason: "it wakes the guard in an outage: the drill has those"},
	{function: "UnitHealthFunction", action: "s3:ListBucket", resource: "*",
		reason: "nobody lists, but without it S3 answers 403 instead of 404 for an object that is not there"},
	{function: "UnitRepairFunction", action: "kms:DescribeKey", resource: "*", reason: tableKeyReason},
	{function: "UnitRepairFunction", action: "dynamodb:*", resource: "*", reason: complete},
	{function: "UnitRepairFunction", action: "kms:*", resource: "*", reason: complete},
	{function: "UnitRepairFunction", action: "s3:*", resource: "*", reason: complete},
}

const (
	tableKeyReason = "the table's key, which DynamoDB uses in the caller's name"
	grown          = "it is for what is older than a day"
	complete       = "it is for what one Region lacks, and both have everything: the drill has those"
)

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
