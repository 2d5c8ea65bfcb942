package config_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
)

// invalid are the environments that must be refused: a patch of the example, and the lines of the error.
var invalid = []struct {
	name  string
	patch string
	want  []string
}{
	{
		name:  "a CNAME at the zone's own name",
		patch: `{"domainName": "example.com", "routing": {"records": "cname"}}`,
		want: []string{
			`routing.records: "cname" cannot be: DNS allows no CNAME at the hosted zone's own name; remove it, use "alias", or choose another domainName, such as "api.example.com"`,
		},
	},
	{
		name:  "a TTL for aliases",
		patch: `{"routing": {"records": "alias", "ttlSeconds": 10}}`,
		want: []string{
			`routing.ttlSeconds: has no meaning with alias records, whose TTL AWS fixes; remove it, or use records "cname", which the hosted zone's own name cannot have`,
		},
	},
	{
		name:  "an unknown posture",
		patch: `{"posture": "quick"}`,
		want: []string{
			`posture: unknown value "quick"; use standard, fast or economy`,
		},
	},
	{
		name:  "a table without a key",
		patch: `{"tables": {"orders": {"sortKey": "id"}, "Orders": {"partitionKey": "id"}}}`,
		want: []string{
			`tables.Orders: the name "Orders" is not valid; use a lower-case letter, then up to 31 lower-case letters, digits or hyphens`,
			`tables.orders.partitionKey: is missing; give the name of an attribute such as "id"`,
		},
	},
	{
		name: "keys that cannot be",
		patch: `{"tables": {"orders": {"partitionKey": "id", "sortKey": "id", "attributeTypes": {"total": "number", "id": "text"},
			"indexes": {"by-customer": {"partitionKey": "customer", "sortKey": "customer"}}}}}`,
		want: []string{
			`tables.orders.sortKey: "id" is the partition key already; use another attribute, or remove it`,
			`tables.orders.attributeTypes.id: unknown value "text"; use string, number or binary`,
			`tables.orders.attributeTypes.total: is in no key of the table or its indexes; remove it: DynamoDB wants the types of keys only`,
			`tables.orders.indexes.by-customer.sortKey: "customer" is the partition key already; use another attribute, or remove it`,
		},
	},
	{
		name:  "an eventual table with what only strong ones have",
		patch: `{"tables": {"orders": {"partitionKey": "id", "witnessRegion": "eu-west-2", "stream": "keys-only"}}}`,
		want: []string{
			`tables.orders.witnessRegion: has no meaning with consistency "eventual"; remove it, or set consistency to "strong"`,
			`tables.orders.stream: "keys-only" cannot be with consistency "eventual", which replicates by the stream; remove it, or use "new-and-old-images"`,
		},
	},
	{
		name: "strong tables without a witness, with a wrong one, and with TTL",
		patch: `{"tables": {"a": {"partitionKey": "id", "consistency": "strong"}, "b": {"partitionKey": "id", "consistency": "strong", "witnessRegion": "us-east-1"},
			"c": {"partitionKey": "id", "consistency": "strong", "witnessRegion": "eu-west-3", "timeToLiveAttribute": "expires"}}}`,
		want: []string{
			`tables.a.witnessRegion: is missing; use eu-west-2 or eu-west-3 (DynamoDB keeps a strongly consistent table in three Regions of one set)`,
			`tables.b.witnessRegion: "us-east-1" cannot be the third Region beside "eu-west-1" and "eu-central-1"; use eu-west-2 or eu-west-3 (DynamoDB keeps a strongly consistent table in three Regions of one set)`,
			`tables.c.timeToLiveAttribute: cannot be with consistency "strong"; remove it: DynamoDB has no TTL there`,
		},
	},
	{
		name:  "what a shallow health check does not ask",
		patch: `{"health": {"client": "partner", "path": "/objects"}}`,
		want: []string{
			`health.client: has no meaning with depth "dependencies"; remove it or set health.depth to "api"`,
			`health.path: has no meaning with depth "dependencies"; remove it or set health.depth to "api"`,
		},
	},
	{
		name:  "a health check through a front door that refuses it",
		patch: `{"health": {"depth": "api"}, "allowedCidrs": ["203.0.113.0/24"], "mutualTls": {"truststoreUri": "s3://bucket/key.pem"}}`,
		want: []string{
			`health.depth: "api" cannot be combined with mutualTls: the health function has no client certificate; use "dependencies"`,
			`health.depth: "api" cannot be combined with allowedCidrs: the health function's address is not fixed, and would be refused; use "dependencies"`,
			`health.client: is missing; name the client that asks GET /objects/{key+}, which needs the scope objects/read`,
		},
	},
	{
		name:  "a health check that nobody may make",
		patch: `{"health": {"depth": "api", "client": "writer", "path": "/objects/x"}, "clients": {"writer": {"scopes": ["objects/write"]}}}`,
		want: []string{
			`health.client: "writer" may not ask GET /objects/{key+}; give it the scope objects/read, or name another client`,
		},
	},
	{
		name:  "a health check of nothing",
		patch: `{"health": {"depth": "api", "client": "partner", "path": "/orders"}}`,
		want: []string{
			`health.path: "/orders" is no GET route of handler.routes; use the path of one`,
		},
	},
	{
		name:  "a health check as nobody",
		patch: `{"health": {"depth": "api", "client": "partnr"}}`,
		want: []string{
			`health.client: "partnr" is none of clients; name one of them, or add it there`,
		},
	},
	{
		name:  "asynchronous objects with what is for synchronous ones",
		patch: `{"storage": {"whenPeerIsDown": "refuse", "witnessRegion": "eu-west-2"}}`,
		want: []string{
			`storage.whenPeerIsDown: has no meaning with durability "async"; remove it, or set storage.durability to "sync"`,
			`storage.witnessRegion: has no meaning with durability "async"; remove it, or set storage.durability to "sync"`,
		},
	},
	{
		name:  "synchronous objects without a witness, beside a table with the name of their index",
		patch: `{"storage": {"durability": "sync", "whenPeerIsDown": "wait"}, "tables": {"objects": {"partitionKey": "id"}}}`,
		want: []string{
			`storage.whenPeerIsDown: unknown value "wait"; use accept or refuse`,
			`storage.witnessRegion: is missing; use eu-west-2 or eu-west-3 (DynamoDB keeps a strongly consistent table in three Regions of one set)`,
			`tables.objects: is the name of the index with storage.durability "sync"; use another name`,
		},
	},
	{
		name:  "synchronous objects of a handler of one's own, in Regions that cannot",
		patch: `{"secondaryRegion": "eu-north-1", "storage": {"durability": "sync"}, "handler": {"entry": "shop", "routes": [{"method": "GET", "path": "/x", "scopes": ["objects/read"]}]}}`,
		want: []string{
			`storage.durability: "sync" is a property of the bundled objects function, and handler.entry names another one; remove it, and keep what must not be lost in a table with consistency "strong"`,
			`storage.durability: "sync" is not possible between "eu-west-1" and "eu-north-1": DynamoDB keeps no table strongly consistent there; use "async", or two Regions of one set: us-east-1, us-east-2, us-west-2; eu-west-1, eu-west-2, eu-west-3, eu-central-1; ap-northeast-1, ap-northeast-2, ap-northeast-3`,
		},
	},
	{
		name:  "a strong table in Regions that have none",
		patch: `{"secondaryRegion": "eu-north-1", "tables": {"orders": {"partitionKey": "id", "consistency": "strong"}}}`,
		want: []string{
			`tables.orders.consistency: DynamoDB keeps no table strongly consistent between "eu-west-1" and "eu-north-1"; use consistency "eventual", or two Regions of one set: us-east-1, us-east-2, us-west-2; eu-west-1, eu-west-2, eu-west-3, eu-central-1; ap-northeast-1, ap-northeast-2, ap-northeast-3`,
		},
	},
	{
		name: "capacity of tables",
		patch: `{"tables": {"a": {"partitionKey": "id", "capacity": {"maxRead": 10}},
			"b": {"partitionKey": "id", "billing": "provisioned", "capacity": {"minRead": 20, "maxRead": 10, "maxWrite": 0, "targetPercent": 95}}}}`,
		want: []string{
			`tables.a.capacity: has no meaning with billing "on-demand"; remove it, or set billing to "provisioned"`,
			`tables.b.capacity.maxWrite: 0 is out of range; use 1 to 40000 (DynamoDB's default quota for a table)`,
			`tables.b.capacity.targetPercent: 95 is out of range; use 20 to 90 (the limits of DynamoDB's auto scaling)`,
		},
	},
	{
		name:  "more capacity than the most",
		patch: `{"tables": {"b": {"partitionKey": "id", "billing": "provisioned", "capacity": {"minRead": 20, "maxRead": 10}}}}`,
		want: []string{
			`tables.b.capacity.minRead: 20 is more than maxRead, 10; use at most 10, or a larger maxRead`,
		},
	},
	{
		name:  "a variable with the name of a table's",
		patch: `{"tables": {"audit-log": {"partitionKey": "id"}}, "handler": {"environment": {"TABLE_AUDIT_LOG": "x"}}}`,
		want: []string{
			`handler.environment.TABLE_AUDIT_LOG: tells your function the name of the table "audit-log"; use another name`,
		},
	},
	{
		name:  "name missing",
		patch: `{"name": null}`,
		want: []string{
			`name: is missing; give a name such as "orders": a lower-case letter, then lower-case letters, digits or hyphens`,
		},
	},
	{
		name:  "name empty",
		patch: `{"name": ""}`,
		want: []string{
			`name: "" has 0 characters; use 2 to 27 (S3 allows 63 characters for the bucket name <name>-objects-<account>-<region>)`,
		},
	},
	{
		name:  "name with capitals",
		patch: `{"name": "Orders"}`,
		want: []string{
			`name: "Orders" is not valid; use a name such as "orders": a lower-case letter, then lower-case letters, digits or hyphens`,
		},
	},
	{
		name:  "name too short",
		patch: `{"name": "o"}`,
		want: []string{
			`name: "o" has 1 character; use 2 to 27 (S3 allows 63 characters for the bucket name <name>-objects-<account>-<region>)`,
		},
	},
	{
		name:  "name too long",
		patch: `{"name": "` + strings.Repeat("n", 28) + `"}`,
		want: []string{
			`name: "` + strings.Repeat("n", 28) + `" has 28 characters; use 2 to 27 (S3 allows 63 characters for the bucket name <name>-objects-<account>-<region>)`,
		},
	},
	{
		name:  "name with a word of Cognito's",
		patch: `{"name": "my-aws-pair"}`,
		want: []string{
			`name: "my-aws-pair" contains "aws"; use another name: Cognito refuses that word in a domain`,
		},
	},
	{
		name:  "name ending in a hyphen",
		patch: `{"name": "orders-"}`,
		want: []string{
			`name: "orders-" ends with a hyphen; end it with a letter or digit`,
		},
	},
	{
		name:  "name with a prefix of S3's",
		patch: `{"name": "xn--orders"}`,
		want: []string{
			`name: "xn--orders" begins with "xn--"; use another name: S3 keeps that prefix of bucket names for itself`,
		},
	},
	{
		name:  "name with a prefix of Parameter Store's",
		patch: `{"name": "ssm-orders"}`,
		want: []string{
			`name: "ssm-orders" begins with "ssm"; use another name: Parameter Store keeps that prefix for itself`,
		},
	},
	{
		name:  "path of API Gateway's own health check",
		patch: `{"handler": {"entry": "x", "routes": [{"method": "GET", "path": "/ping", "scopes": ["objects/read"]}, {"method": "GET", "path": "/sping/{id}", "scopes": ["objects/read"]}]}}`,
		want: []string{
			`handler.routes[0].path: begins with /ping, which never reaches a function; use another path: API Gateway keeps /ping and /sping for its own health checks`,
			`handler.routes[1].path: begins with /sping, which never reaches a function; use another path: API Gateway keeps /ping and /sping for its own health checks`,
		},
	},
	{
		name:  "mutual TLS with an enhanced TLS policy",
		patch: `{"tlsPolicy": "SecurityPolicy_TLS13_1_2_2021_06", "mutualTls": {"truststoreUri": "s3://trust.example.com/ca.pem"}}`,
		want: []string{
			`tlsPolicy: "SecurityPolicy_TLS13_1_2_2021_06" cannot be combined with mutualTls; use "TLS_1_2", or remove mutualTls: API Gateway refuses mutual TLS with an enhanced policy`,
		},
	},
	{
		name:  "scopes of a client that fit no token",
		patch: longScopes(40, 1),
		want: []string{
			`clients.partner.scopes: have 5199 bytes in all; use at most 4096, with fewer or shorter scopes: a token with all of them must fit into a header`,
		},
	},
	{
		name:  "clients that fit no secret",
		patch: longScopes(30, 16),
		want: []string{
			`clients: take about 68366 bytes with their scopes; use at most 65536 (Secrets Manager's limit), with fewer clients or shorter scopes`,
		},
	},
	{
		name:  "account of 11 digits",
		patch: `{"account": "12345678901"}`,
		want: []string{
			`account: "12345678901" is not valid; use the 12 digits of an account id, in quotes`,
		},
	},
	{
		name:  "account as a number",
		patch: `{"account": 123456789012}`,
		want: []string{
			`account: found the number 123456789012, expected a string; write it in quotes`,
		},
	},
	{
		name:  "unknown Region",
		patch: `{"primaryRegion": "eu-west-9"}`,
		want: []string{
			`primaryRegion: unknown Region "eu-west-9"; did you mean "eu-west-1"?`,
		},
	},
	{
		name:  "unknown Region far from any",
		patch: `{"primaryRegion": "frankfurt"}`,
		want: []string{
			`primaryRegion: unknown Region "frankfurt"; use an AWS Region such as "eu-west-1"`,
		},
	},
	{
		name:  "Regions missing",
		patch: `{"primaryRegion": null, "secondaryRegion": null}`,
		want: []string{
			`primaryRegion: is missing; give an AWS Region such as "eu-west-1"`,
			`secondaryRegion: is missing; give an AWS Region such as "eu-central-1"`,
		},
	},
	{
		name:  "same Region twice",
		patch: `{"secondaryRegion": "eu-west-1"}`,
		want: []string{
			`secondaryRegion: "eu-west-1" is the primary Region too; use another Region: a pair survives only the loss of one of two`,
		},
	},
	{
		name:  "Regions of two partitions",
		patch: `{"secondaryRegion": "us-gov-west-1"}`,
		want: []string{
			`secondaryRegion: "us-gov-west-1" is in partition aws-us-gov, which is not supported; use a Region of the partition aws: Cognito's hosts and other names differ elsewhere`,
		},
	},
	{
		name:  "global Region of another partition",
		patch: `{"globalRegion": "cn-north-1"}`,
		want: []string{
			`globalRegion: "cn-north-1" is in partition aws-cn, which is not supported; use a Region of the partition aws: Cognito's hosts and other names differ elsewhere`,
		},
	},
	{
		name:  "global Region without health metrics",
		patch: `{"globalRegion": "eu-west-2"}`,
		want: []string{
			`globalRegion: "eu-west-2" has no health-check metrics to alarm on; use "us-east-1", where Route 53 publishes them, or set alarms.enabled to false`,
		},
	},
	{
		name:  "unknown global Region",
		patch: `{"globalRegion": "us-east-9"}`,
		want: []string{
			`globalRegion: unknown Region "us-east-9"; did you mean "us-east-1"?`,
		},
	},
	{
		name:  "domain outside the zone",
		patch: `{"domainName": "api.example.org"}`,
		want: []string{
			`domainName: "api.example.org" is not in the hosted zone "example.com"; use "api.example.com", or another hosted zone`,
		},
	},
	{
		name:  "domain that only ends like the zone",
		patch: `{"domainName": "apiexample.com"}`,
		want: []string{
			`domainName: "apiexample.com" is not in the hosted zone "example.com"; use "api.example.com", or another hosted zone`,
		},
	},
	{
		name:  "domain with a scheme",
		patch: `{"domainName": "https://api.example.com"}`,
		want: []string{
			`domainName: "https://api.example.com" is not valid; use a lower-case DNS name such as "api.example.com", no scheme, no trailing dot, labels of at most 63 characters`,
		},
	},
	{
		name:  "domain with a wildcard",
		patch: `{"domainName": "*.example.com"}`,
		want: []string{
			`domainName: "*.example.com" is not valid; use a lower-case DNS name such as "api.example.com", no scheme, no trailing dot, labels of at most 63 characters`,
		},
	},
	{
		name:  "domain too long for a certificate",
		patch: `{"domainName": "` + strings.Repeat("a.", 28) + `example.com"}`,
		want: []string{
			`domainName: "` + strings.Repeat("a.", 28) + `example.com" has 67 characters; use at most 64 (ACM issues no certificate for a longer name)`,
		},
	},
	{
		name:  "label of 64 characters in the zone",
		patch: `{"hostedZone": {"name": "` + strings.Repeat("a", 64) + `.com"}}`,
		want: []string{
			`hostedZone.name: "` + strings.Repeat("a", 64) + `.com" is not valid; use a lower-case DNS name such as "example.com", no trailing dot, labels of at most 63 characters`,
		},
	},
	{
		name:  "zone with a trailing dot",
		patch: `{"hostedZone": {"name": "example.com."}}`,
		want: []string{
			`hostedZone.name: "example.com." is not valid; use a lower-case DNS name such as "example.com", no trailing dot, labels of at most 63 characters`,
		},
	},
	{
		name:  "zone too long",
		patch: `{"hostedZone": {"name": "` + strings.Repeat("abcdefg.", 32) + `com"}}`,
		want: []string{
			`hostedZone.name: "abcdefg.abcdefg.abcdefg.abcdefg.abcdefg.abcdefg.abcdefg.abcdefg.abcdefg.abcdefg.…" has 259 characters; use at most 253 (DNS allows no longer name)`,
		},
	},
	{
		name:  "zone id with its path",
		patch: `{"hostedZone": {"id": "/hostedzone/Z0123456789ABCDEFGHIJ"}}`,
		want: []string{
			`hostedZone.id: "/hostedzone/Z0123456789ABCDEFGHIJ" is not valid; use an id such as "Z0123456789ABCDEFGHIJ", without "/hostedzone/"`,
		},
	},
	{
		name:  "zone missing",
		patch: `{"hostedZone": null}`,
		want: []string{
			`hostedZone.id: is missing; give an id such as "Z0123456789ABCDEFGHIJ", without "/hostedzone/"`,
			`hostedZone.name: is missing; give a lower-case DNS name such as "example.com", no trailing dot, labels of at most 63 characters`,
		},
	},
	{
		name:  "no scope",
		patch: `{"scopes": {"read": null, "write": null, "placeholder": null}, "clients": {"partner": null}, "handler": {}}`,
		want: []string{
			`scopes: has 0 entries; use 1 to 100`,
		},
	},
	{
		name:  "scope name with a slash",
		patch: `{"scopes": {"read": "Read", "write": "Write", "objects/all": "All"}}`,
		want: []string{
			`scopes["objects/all"]: the name "objects/all" is not valid; use letters, digits, dots, colons, underscores and hyphens, without the resource server`,
		},
	},
	{
		name:  "scope without description",
		patch: `{"scopes": {"read": "", "write": "Write"}}`,
		want: []string{
			`scopes.read: "" has 0 characters; use 1 to 256`,
		},
	},
	{
		name:  "scope of the default routes missing",
		patch: `{"scopes": {"read": "Read"}, "clients": {"partner": {"scopes": ["objects/read"]}}}`,
		want: []string{
			`scopes.write: is missing, and the default routes of the bundled function need it; add it, or give handler.routes with scopes of your own`,
		},
	},
	{
		name:  "resource server with a space",
		patch: `{"resourceServer": "my objects"}`,
		want: []string{
			`resourceServer: "my objects" is not valid; use letters, digits and . _ : / - with a letter or digit at both ends`,
		},
	},
	{
		name:  "resource server of OpenID Connect's",
		patch: `{"resourceServer": "openid", "clients": {"partner": {"scopes": ["openid/read"]}, "reporting": null}}`,
		want: []string{
			`resourceServer: "openid" is not valid; use another name: OpenID Connect keeps it for itself`,
		},
	},
	{
		name: "full name of a scope too long",
		patch: `{"resourceServer": "` + strings.Repeat("r", 252) + `", "scopes": {"read": "Read", "write": "Write"}, "clients": {"partner": {"scopes": ["` +
			strings.Repeat("r", 252) + `/read"]}, "reporting": null}}`,
		want: []string{
			`resourceServer: makes full names of scopes with 258 characters; use at most 256 (Cognito's limit), with a shorter name here or of the scope`,
		},
	},
	{
		name:  "no clients",
		patch: `{"clients": null}`,
		want: []string{
			`clients: is missing; give at least one client such as {"partner": {"scopes": ["objects/read"]}}`,
		},
	},
	{
		name:  "client name with a dot",
		patch: `{"clients": {"a.b": {"scopes": ["objects/read"]}}}`,
		want: []string{
			`clients["a.b"]: the name "a.b" is not valid; use a lower-case letter, then up to 62 lower-case letters, digits or hyphens`,
		},
	},
	{
		name:  "client without scopes",
		patch: `{"clients": {"partner": {"scopes": []}, "reporting": {"scopes": null}}}`,
		want: []string{
			`clients.partner.scopes: has 0 entries; use 1 to 49 (Cognito allows an app client 50 scopes, and one names the client)`,
			`clients.reporting.scopes: is missing; give the full names of scopes, such as "objects/read"`,
		},
	},
	{
		name:  "client scope by its short name",
		patch: `{"clients": {"partner": {"scopes": ["read"]}}}`,
		want: []string{
			`clients.partner.scopes[0]: "read" is not a configured scope; did you mean "objects/read"? (use objects/read or objects/write)`,
		},
	},
	{
		name:  "client scope misspelt",
		patch: `{"clients": {"partner": {"scopes": ["objects/raed"]}}}`,
		want: []string{
			`clients.partner.scopes[0]: "objects/raed" is not a configured scope; did you mean "objects/read"? (use objects/read or objects/write)`,
		},
	},
	{
		name:  "client scope of another server",
		patch: `{"clients": {"partner": {"scopes": ["invoices/approve"]}}}`,
		want: []string{
			`clients.partner.scopes[0]: "invoices/approve" is not a configured scope; use objects/read or objects/write`,
		},
	},
	{
		name:  "client scope twice",
		patch: `{"clients": {"partner": {"scopes": ["objects/read", "objects/read"]}}}`,
		want: []string{
			`clients.partner.scopes[1]: "objects/read" is listed twice; remove one`,
		},
	},
	{
		name:  "rotation too rare",
		patch: `{"clients": {"partner": {"rotationDays": 1001}}}`,
		want: []string{
			`clients.partner.rotationDays: 1001 is out of range; use 0 to 1000 (Secrets Manager rotates at least every 1000 days)`,
		},
	},
	{
		name:  "rotation negative",
		patch: `{"clients": {"partner": {"rotationDays": -1}}}`,
		want: []string{
			`clients.partner.rotationDays: -1 is out of range; use 0 to 1000 (Secrets Manager rotates at least every 1000 days)`,
		},
	},
	{
		name:  "tokens too short",
		patch: `{"tokens": {"validityMinutes": 4}}`,
		want: []string{
			`tokens.validityMinutes: 4 is out of range; use 5 to 1440 (Cognito's limits)`,
		},
	},
	{
		name:  "entry for many packages",
		patch: `{"handler": {"entry": "./...", "routes": [{"method": "GET", "path": "/a", "scopes": ["objects/read"]}]}}`,
		want: []string{
			`handler.entry: "./..." names more than one package; name the folder of one main package`,
		},
	},
	{
		name:  "own function without routes",
		patch: `{"handler": {"entry": "./orders"}}`,
		want: []string{
			`handler.routes: is missing; give the routes of your function, such as [{"method": "GET", "path": "/orders", "scopes": ["objects/read"]}]`,
		},
	},
	{
		name:  "empty routes",
		patch: `{"handler": {"entry": "./orders", "routes": []}}`,
		want: []string{
			`handler.routes: has 0 entries; use 1 to 350 (a stack has at most 500 resources)`,
		},
	},
	{
		name:  "memory and timeout out of range",
		patch: `{"handler": {"memoryMiB": 64, "timeoutSeconds": 30}}`,
		want: []string{
			`handler.memoryMiB: 64 is out of range; use 128 to 10240 (Lambda's limits)`,
			`handler.timeoutSeconds: 30 is out of range; use 1 to 29 (API Gateway ends a request after 29 s)`,
		},
	},
	{
		name:  "environment with reserved names",
		patch: `{"handler": {"environment": {"AWS_REGION": "eu-west-1", "BUCKET_NAME": "b", "FENCE_PARAMETER": "/mine", "1X": "y"}}}`,
		want: []string{
			`handler.environment.1X: the name "1X" is not valid; use a letter, then letters, digits or underscores`,
			`handler.environment.AWS_REGION: is set by Lambda or regionpair; use another name`,
			`handler.environment.BUCKET_NAME: is set by Lambda or regionpair; use another name`,
			`handler.environment.FENCE_PARAMETER: is set by Lambda or regionpair; use another name`,
		},
	},
	{
		name:  "environment too big",
		patch: `{"handler": {"environment": {"BIG": "` + strings.Repeat("x", 2046) + `"}}}`,
		want: []string{
			`handler.environment: has 2049 bytes; use at most 2048 (Lambda allows 4 KB with regionpair's own); keep more in a parameter`,
		},
	},
	{
		name:  "route without anything",
		patch: `{"handler": {"entry": "./orders", "routes": [{}]}}`,
		want: []string{
			`handler.routes[0].method: is missing; give GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or ANY`,
			`handler.routes[0].path: is missing; give a path such as "/orders/{id}" or "/objects/{key+}"`,
			`handler.routes[0].scopes: is missing; give the full names of scopes, such as "objects/read", or set public to true`,
		},
	},
	{
		name:  "route that is null",
		patch: `{"handler": {"entry": "./orders", "routes": [null]}}`,
		want: []string{
			`handler.routes[0]: is null; remove it or give a value`,
		},
	},
	{
		name:  "route with an unknown method",
		patch: `{"handler": {"entry": "./orders", "routes": [{"method": "TRACE", "path": "/a", "scopes": ["objects/read"]}]}}`,
		want: []string{
			`handler.routes[0].method: unknown value "TRACE"; use GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or ANY`,
		},
	},
	{
		name:  "public route with scopes, burst without a rate",
		patch: `{"handler": {"entry": "./orders", "routes": [{"method": "GET", "path": "/a", "public": true, "scopes": ["objects/read"], "burst": 5, "entry": "./..."}]}}`,
		want: []string{
			`handler.routes[0].scopes: have no meaning for a public route; remove them, or public`,
			`handler.routes[0].entry: "./..." names more than one package; name the folder of one main package`,
			`handler.routes[0].burst: has no meaning alone: it limits nothing that lasts; give ratePerSecond, too`,
		},
	},
	{
		name:  "a public route where a protected one answers",
		patch: `{"handler": {"entry": "./orders", "routes": [{"method": "GET", "path": "/a/{id}", "public": true}, {"method": "GET", "path": "/a/admin", "scopes": ["objects/read"]}]}}`,
		want: []string{
			`handler.routes[0].path: is public, and a path of GET /a/admin that is encoded in another way arrives at it; put one of them below another path`,
		},
	},
	{
		name:  "secrets and parameters",
		patch: `{"secrets": {"my-secret": {}, "Key": {}}, "parameters": {"a": {}, "b": {"value": ""}}, "handler": {"environment": {"PARAMETER_A": "1"}}}`,
		want: []string{
			`handler.environment.PARAMETER_A: tells your function the path of the parameter "a"; use another name`,
			`secrets.Key: the name "Key" is not valid; use a lower-case letter, then up to 31 lower-case letters, digits or hyphens`,
			`secrets.my-secret: ends in a hyphen and six characters; use another name: Secrets Manager would take them for the suffix of its ARNs`,
			`parameters.a.value: is missing; give a text such as "100"`,
			`parameters.b.value: "" has 0 characters; use 1 to 4096 (Parameter Store's limit)`,
		},
	},
	{
		name:  "names that outgrow the function's environment",
		patch: `{"tables": {` + repeat(50, `"a-table-of-quite-a-long-nam-%04d": {"partitionKey": "id"}`) + `}}`,
		want: []string{
			`handler.environment: has 3850 bytes with the names of tables, secrets and parameters; use at most 3584 (Lambda allows 4 KB with regionpair's own), with shorter or fewer names`,
		},
	},
	{
		name:  "certificates of elsewhere",
		patch: `{"account": "123456789012", "certificates": {"primary": "arn:aws:acm:us-east-1:999999999999:certificate/a-b"}}`,
		want: []string{
			`certificates.primary: is a certificate of us-east-1, but the Region is eu-west-1; use a certificate of the Region: API Gateway takes no other`,
			`certificates.primary: is a certificate of account 999999999999, but the pair is in 123456789012; use a certificate of the same account`,
			`certificates.secondary: is missing, and the other Region has one; give the ARN of a certificate in each Region, or in none`,
		},
	},
	{
		name:  "a bucket's key of elsewhere",
		patch: `{"storage": {"keys": {"primary": "arn:aws:kms:us-east-1:999999999999:key/a-b"}}}`,
		want: []string{
			`storage.keys.primary: is a key of us-east-1, but the Region is eu-west-1; use a key of the Region: S3 takes no other`,
			`storage.keys.secondary: is missing, and the other Region has one; give the ARN of a key in each Region, or in none`,
		},
	},
	{
		name:  "a bucket's key of another account",
		patch: `{"account": "123456789012", "storage": {"keys": {"primary": "arn:aws:kms:eu-west-1:999999999999:key/a-b", "secondary": "arn:aws:kms:eu-west-2:999999999999:key/a-b"}}}`,
		want:  []string{`storage.keys.secondary: is a key of eu-west-2, but the Region is eu-central-1; use a key of the Region: S3 takes no other`},
	},
	{
		name:  "a table's key of elsewhere",
		patch: `{"account": "123456789012", "tables": {"orders": {"partitionKey": "id", "keys": {"secondary": "arn:aws:kms:us-east-1:999999999999:key/a-b"}}}}`,
		want: []string{
			`tables.orders.keys.primary: is missing, and the other Region has one; give the ARN of a key in each Region, or in none`,
			`tables.orders.keys.secondary: is a key of us-east-1, but the Region is eu-central-1; use a key of the Region: DynamoDB takes no other`,
			`tables.orders.keys.secondary: is a key of account 999999999999, but the pair is in 123456789012; use a key of the same account`,
		},
	},
	{
		name:  "keys of an index that is not there",
		patch: `{"storage": {"indexKeys": {"primary": "arn:aws:kms:eu-west-1:123456789012:key/a-b", "secondary": "arn:aws:kms:eu-central-1:123456789012:key/a-b"}}}`,
		want:  []string{`storage.indexKeys: has no meaning with durability "async"; remove it, or set storage.durability to "sync"`},
	},
	{
		name:  "an index's key of elsewhere",
		patch: `{"storage": {"durability": "sync", "witnessRegion": "eu-west-3", "indexKeys": {"primary": "arn:aws:kms:us-east-1:123456789012:key/a-b", "secondary": "arn:aws:kms:eu-central-1:123456789012:key/a-b"}}}`,
		want:  []string{`storage.indexKeys.primary: is a key of us-east-1, but the Region is eu-west-1; use a key of the Region: DynamoDB takes no other`},
	},
	{
		name:  "route with an unknown scope",
		patch: `{"handler": {"entry": "./orders", "routes": [{"method": "GET", "path": "/a", "scopes": ["objects/admin"]}]}}`,
		want: []string{
			`handler.routes[0].scopes[0]: "objects/admin" is not a configured scope; use objects/read or objects/write`,
		},
	},
	{
		name:  "route without slash",
		patch: `{"handler": {"entry": "./orders", "routes": [{"method": "GET", "path": "a", "scopes": ["objects/read"]}]}}`,
		want: []string{
			`handler.routes[0].path: "a" is not valid; use a path such as "/orders/{id}" or "/objects/{key+}"`,
		},
	},
	{
		name:  "routes with malformed segments",
		patch: `{"handler": {"entry": "./orders", "routes": [{"method": "GET", "path": "/a/", "scopes": ["objects/read"]}, {"method": "GET", "path": "//a", "scopes": ["objects/read"]}, {"method": "GET", "path": "/a/../b", "scopes": ["objects/read"]}, {"method": "GET", "path": "/{key+}/a", "scopes": ["objects/read"]}, {"method": "GET", "path": "/a{id}", "scopes": ["objects/read"]}, {"method": "GET", "path": "/{}", "scopes": ["objects/read"]}, {"method": "GET", "path": "/a b", "scopes": ["objects/read"]}, {"method": "GET", "path": "/{id}/x/{id}", "scopes": ["objects/read"]}]}}`,
		want: []string{
			`handler.routes[0].path: has an empty segment; write it without "//" and without "/" at the end`,
			`handler.routes[1].path: has an empty segment; write it without "//" and without "/" at the end`,
			`handler.routes[2].path: has the dot segment ".."; write the path without it`,
			`handler.routes[3].path: has {key+} before its end; put the variable with + last`,
			`handler.routes[4].path: has the segment "a{id}"; use letters, digits and . _ : -, or one variable in braces such as {id} or {key+}`,
			`handler.routes[5].path: has the segment "{}"; use letters, digits and . _ : -, or one variable in braces such as {id} or {key+}`,
			`handler.routes[6].path: has the segment "a b"; use letters, digits and . _ : -, or one variable in braces such as {id} or {key+}`,
			`handler.routes[7].path: has {id} twice; give each path variable its own name`,
		},
	},
	{
		name:  "routes of the token endpoint",
		patch: `{"handler": {"entry": "./orders", "routes": [{"method": "POST", "path": "/oauth2/token", "scopes": ["objects/read"]}, {"method": "POST", "path": "/.well-known/x", "scopes": ["objects/read"]}]}}`,
		want: []string{
			`handler.routes[0].path: begins with /oauth2, which belongs to the token endpoint; use a path outside /oauth2 and /.well-known`,
			`handler.routes[1].path: begins with /.well-known, which belongs to the token endpoint; use a path outside /oauth2 and /.well-known`,
		},
	},
	{
		name:  "route twice",
		patch: `{"handler": {"entry": "./orders", "routes": [{"method": "GET", "path": "/a", "scopes": ["objects/read"]}, {"method": "GET", "path": "/a", "scopes": ["objects/read"]}]}}`,
		want: []string{
			`handler.routes[1].path: GET /a is listed twice; remove one; the other one is handler.routes[0]`,
		},
	},
	{
		name:  "two variables in one place",
		patch: `{"handler": {"entry": "./orders", "routes": [{"method": "GET", "path": "/a/{id}", "scopes": ["objects/read"]}, {"method": "GET", "path": "/a/{key+}", "scopes": ["objects/read"]}]}}`,
		want: []string{
			`handler.routes[1].path: has {key+} where another route has {id}; use the same variable: API Gateway allows one per place of the path; the other one is handler.routes[0]`,
		},
	},
	{
		name:  "too many routes",
		patch: `{"handler": {"entry": "./orders", "routes": [` + repeat(351, `{"method": "GET", "path": "/a/%d", "scopes": ["objects/read"]}`) + `]}}`,
		want: []string{
			`handler.routes: has 351 entries; use 1 to 350 (a stack has at most 500 resources)`,
		},
	},
	{
		name:  "routes that make a stack too large",
		patch: `{"handler": {"entry": "./orders", "routes": [` + repeat(250, `{"method": "GET", "path": "/a%d", "scopes": ["objects/read"]}`) + `]}}`,
		want: []string{
			`handler.routes: take 500 resources, and the stack "orders-secondary" would have about 632; use fewer, CloudFormation allows a stack 500: ANY stands for all methods of a path, {rest+} for all paths below one`,
		},
	},
	{
		name:  "clients that make a stack too large",
		patch: `{"clients": {` + repeat(100, `"c%d": {"scopes": ["objects/read"], "rotationDays": 30}`) + `, "partner": null, "reporting": null}}`,
		want: []string{
			`clients: take 407 resources, and the stack "orders-primary" would have about 535; use fewer, CloudFormation allows a stack 500: a client with rotationDays takes twice as many`,
		},
	},
	{
		name: "clients and tables that make a stack too large",
		patch: `{"clients": {` + repeat(49, `"c%d": {"scopes": ["objects/read"]}`) + `, "partner": null, "reporting": null}, "tables": {` + repeat(50, `"t%d": {"partitionKey": "id"}`) + `},
			"egress": {"enabled": true, "maxAzs": 3, "interfaceEndpoints": [` + repeat(50, `"s-%d"`) + `]}, "secrets": {` + repeat(20, `"s%d": {}`) + `}, "parameters": {` + repeat(20, `"p%d": {"value": "x"}`) + `},
			"health": {"probes": {` + repeat(10, `"p%d": {"entry": "./p"}`) + `}}, "waf": {"enabled": true}}`,
		want: []string{
			`tables: take 101 resources, and the stack "orders-primary" would have about 511; use fewer, CloudFormation allows a stack 500: with alarms.set "essential" each takes fewer`,
		},
	},
	{
		name:  "route that the bundled function does not serve",
		patch: `{"handler": {"routes": [{"method": "GET", "path": "/orders", "scopes": ["objects/read"]}]}}`,
		want: []string{
			`handler.routes[0]: the bundled function does not serve GET /orders; use GET /objects, GET /objects/{key+}, HEAD /objects/{key+}, PUT /objects/{key+}, DELETE /objects/{key+} or POST /uploads/{key+}, or give your own function in handler.entry or in the route's entry`,
		},
	},
	{
		name:  "unknown depth",
		patch: `{"health": {"depth": "dependancies"}}`,
		want: []string{
			`health.depth: unknown value "dependancies"; did you mean "dependencies"? (use static, dependencies or api)`,
		},
	},
	{
		name:  "interval that Route 53 does not know",
		patch: `{"health": {"intervalSeconds": 20}}`,
		want: []string{
			`health.intervalSeconds: 20 is not allowed; use 10 or 30`,
		},
	},
	{
		name:  "threshold of zero",
		patch: `{"health": {"failureThreshold": 0}}`,
		want: []string{
			`health.failureThreshold: 0 is out of range; use 1 to 10 (Route 53's limits)`,
		},
	},
	{
		name:  "threshold too high",
		patch: `{"health": {"failureThreshold": 11}}`,
		want: []string{
			`health.failureThreshold: 11 is out of range; use 1 to 10 (Route 53's limits)`,
		},
	},
	{
		name:  "too few checkers",
		patch: `{"health": {"checkerRegions": ["us-east-1", "us-west-1"]}}`,
		want: []string{
			`health.checkerRegions: has 2 entries; use 3 to 8 (Route 53 wants at least 3)`,
		},
	},
	{
		name:  "checker that does not check",
		patch: `{"health": {"checkerRegions": ["us-east-1", "us-west-1", "eu-central-1"]}}`,
		want: []string{
			`health.checkerRegions[2]: unknown value "eu-central-1"; use us-east-1, us-west-1, us-west-2, eu-west-1, ap-southeast-1, ap-southeast-2, ap-northeast-1 or sa-east-1`,
		},
	},
	{
		name:  "unknown policy",
		patch: `{"routing": {"policy": "latencey"}}`,
		want: []string{
			`routing.policy: unknown value "latencey"; did you mean "latency"? (use failover, latency or weighted)`,
		},
	},
	{
		name:  "weights both zero",
		patch: `{"routing": {"policy": "weighted", "primaryWeight": 0, "secondaryWeight": 0}}`,
		want: []string{
			`routing.primaryWeight: both weights are 0; give each Region its share, such as primaryWeight 50 and secondaryWeight 50`,
		},
	},
	{
		name:  "a weight missing",
		patch: `{"routing": {"policy": "weighted", "primaryWeight": 3}}`,
		want: []string{
			`routing.secondaryWeight: is missing; give each Region its share with policy "weighted", such as primaryWeight 50 and secondaryWeight 50`,
		},
	},
	{
		name:  "weight too high",
		patch: `{"routing": {"policy": "weighted", "primaryWeight": 256, "secondaryWeight": 1}}`,
		want: []string{
			`routing.primaryWeight: 256 is out of range; use 0 to 255 (Route 53's limits)`,
		},
	},
	{
		name:  "a guard where both Regions serve",
		patch: `{"routing": {"policy": "latency"}, "failback": {"mode": "guarded"}}`,
		want: []string{
			`failback.mode: "guarded" has no meaning with routing policy "latency", where both Regions serve; remove it or set routing.policy to "failover"`,
		},
	},
	{
		name:  "minutes without a guard",
		patch: `{"failback": {"mode": "auto", "stableMinutes": 5}}`,
		want:  []string{`failback.stableMinutes: has no meaning with mode "auto": Route 53 does not wait; remove it or set failback.mode to "guarded"`},
	},
	{
		name:  "weights without weighted routing",
		patch: `{"routing": {"primaryWeight": 1, "secondaryWeight": 2}}`,
		want: []string{
			`routing.primaryWeight: has no meaning with policy "failover"; remove it or set routing.policy to "weighted"`,
			`routing.secondaryWeight: has no meaning with policy "failover"; remove it or set routing.policy to "weighted"`,
		},
	},
	{
		name:  "throttling of zero",
		patch: `{"throttling": {"ratePerSecond": 0, "burst": -1}}`,
		want: []string{
			`throttling.ratePerSecond: 0 is out of range; use 1 to 100000`,
			`throttling.burst: -1 is out of range; use 1 to 100000`,
		},
	},
	{
		name:  "retention that CloudWatch does not know",
		patch: `{"logs": {"retentionDays": 100}}`,
		want: []string{
			`logs.retentionDays: 100 is not allowed; use 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653`,
		},
	},
	{
		name:  "unknown removal",
		patch: `{"removal": "delete"}`,
		want: []string{
			`removal: unknown value "delete"; use retain or destroy`,
		},
	},
	{
		name:  "unknown architecture",
		patch: `{"architecture": "arm"}`,
		want: []string{
			`architecture: unknown value "arm"; did you mean "arm64"? (use arm64 or x86_64)`,
		},
	},
	{
		name:  "another name of an architecture",
		patch: `{"architecture": "AMD64"}`,
		want: []string{
			`architecture: unknown value "AMD64"; did you mean "x86_64"? (use arm64 or x86_64)`,
		},
	},
	{
		name:  "a gray failure without a guard",
		patch: `{"health": {"grayFailure": {"enabled": true, "errorPercent": 101}}, "failback": {"mode": "auto"}}`,
		want: []string{
			`health.grayFailure.enabled: needs a guard, and failback.mode is "auto": Route 53 would send the clients back at once; set failback.mode to "guarded" or "manual", or remove health.grayFailure`,
			`health.grayFailure.errorPercent: 101 is out of range; use 1 to 100`,
		},
	},
	{
		name:  "a gray failure where nobody stands by",
		patch: `{"health": {"grayFailure": {"enabled": true}}, "routing": {"policy": "latency"}}`,
		want: []string{
			`health.grayFailure.enabled: has no meaning with routing policy "latency": nobody stands by; remove it or set routing.policy to "failover"`,
		},
	},
	{
		name:  "settings of options that are not switched on",
		patch: `{"egress": {"cidr": "10.1.0.0/16"}, "waf": {"rateLimitPer5Minutes": 100}}`,
		want: []string{
			`egress.enabled: is missing, and without it nothing of egress is made; add true, or false to keep the settings for later`,
			`waf.enabled: is missing, and without it nothing of waf is made; add true, or false to keep the settings for later`,
		},
	},
	{
		name:  "a client's name and its scopes",
		patch: `{"clients": {"Partner": {"scopes": ["objects/raed"]}}}`,
		want: []string{
			`clients.Partner: the name "Partner" is not valid; use a lower-case letter, then up to 62 lower-case letters, digits or hyphens`,
			`clients.Partner.scopes[0]: "objects/raed" is not a configured scope; did you mean "objects/read"? (use objects/read or objects/write)`,
		},
	},
	{
		name:  "unknown TLS policy",
		patch: `{"tlsPolicy": "TLS_1_3"}`,
		want: []string{
			`tlsPolicy: unknown value "TLS_1_3"; did you mean "SecurityPolicy_TLS13_1_3_2025_09"? (use TLS_1_2, SecurityPolicy_TLS13_1_2_2021_06, SecurityPolicy_TLS13_1_2_PQ_2025_09, SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09, SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09, SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09, SecurityPolicy_TLS13_1_3_2025_09 or SecurityPolicy_TLS13_1_3_FIPS_2025_09)`,
		},
	},
	{
		name:  "more NAT gateways than zones",
		patch: `{"egress": {"enabled": true, "maxAzs": 1, "natGateways": 2}}`,
		want: []string{
			`egress.natGateways: 2 are more than one per zone; use at most 1 (egress.maxAzs)`,
		},
	},
	{
		name:  "too many zones",
		patch: `{"egress": {"enabled": true, "maxAzs": 4}}`,
		want: []string{
			`egress.maxAzs: 4 is out of range; use 1 to 3`,
		},
	},
	{
		name:  "CIDR with host bits",
		patch: `{"egress": {"enabled": true, "cidr": "10.0.0.1/16"}}`,
		want: []string{
			`egress.cidr: "10.0.0.1/16" is an address inside a network; use the network itself, "10.0.0.0/16"`,
		},
	},
	{
		name:  "CIDR too small",
		patch: `{"egress": {"enabled": true, "cidr": "10.0.0.0/28"}}`,
		want: []string{
			`egress.cidr: "10.0.0.0/28" is not valid; use an IPv4 network from /16 to /24 such as "10.0.0.0/16"`,
		},
	},
	{
		name:  "CIDR with an octet of 300",
		patch: `{"egress": {"enabled": true, "cidr": "10.300.0.0/16"}}`,
		want: []string{
			`egress.cidr: "10.300.0.0/16" is not a network; use an IPv4 network such as "10.0.0.0/16"`,
		},
	},
	{
		name:  "interface endpoint for S3",
		patch: `{"egress": {"enabled": true, "interfaceEndpoints": ["s3"]}}`,
		want: []string{
			`egress.interfaceEndpoints[0]: "s3" is there already, as a gateway endpoint without charge; remove it`,
		},
	},
	{
		name:  "interface endpoint with its full name",
		patch: `{"egress": {"enabled": true, "interfaceEndpoints": ["Secrets Manager"]}}`,
		want: []string{
			`egress.interfaceEndpoints[0]: "Secrets Manager" is not valid; use the last part of an endpoint service name, such as "secretsmanager"`,
		},
	},
	{
		name:  "allowed network without a length",
		patch: `{"allowedCidrs": ["203.0.113.7", "2001:db8::1"]}`,
		want: []string{
			`allowedCidrs[0]: "203.0.113.7" is not a network; use a network; for this address alone "203.0.113.7/32"`,
			`allowedCidrs[1]: "2001:db8::1" is not a network; use a network; for this address alone "2001:db8::1/128"`,
		},
	},
	{
		name:  "allowed network that is an address",
		patch: `{"health": {"preferredCidrs": ["203.0.113.7/24", "everywhere"]}}`,
		want: []string{
			`health.preferredCidrs[0]: "203.0.113.7/24" is an address inside a network; use the network itself, "203.0.113.0/24"`,
			`health.preferredCidrs[1]: "everywhere" is not a network; use a network such as "203.0.113.0/24"`,
		},
	},
	{
		name:  "preferred networks that prefer everybody",
		patch: `{"allowedCidrs": ["0.0.0.0/0"], "health": {"preferredCidrs": ["0.0.0.0/0", "::/0"]}}`,
		want: []string{
			`health.preferredCidrs[0]: "0.0.0.0/0" has every address, which AWS WAF does not take; use smaller networks, or leave the list out: every network is then answered alike`,
			`health.preferredCidrs[1]: "::/0" has every address, which AWS WAF does not take; use smaller networks, or leave the list out: every network is then answered alike`,
		},
	},
	{
		name:  "probe with the name of a check of ours",
		patch: `{"health": {"probes": {"bucket": {"entry": "./x"}, "front-door": {"entry": "./x"}, "ledger": {"entry": "./x"}}}}`,
		want: []string{
			`health.probes.bucket: is the name of a check that there is already; use another name: those of the health function's own are bucket, key, tokens, issuer, parameters, front-door, request`,
			`health.probes.front-door: is the name of a check that there is already; use another name: those of the health function's own are bucket, key, tokens, issuer, parameters, front-door, request`,
		},
	},
	{
		name:  "parameters that name another one",
		patch: `{"parameters": {"a": {"value": "{{other}}", "secondaryValue": "{\n{{ssm:other}}}"}, "b": {"value": "{ {a} }}", "secondaryValue": "{{"}}}`,
		want: []string{
			`parameters.a.value: has "{{" with a "}}" behind it; write it in another way: Parameter Store takes that for the name of another parameter`,
			`parameters.a.secondaryValue: has "{{" with a "}}" behind it; write it in another way: Parameter Store takes that for the name of another parameter`,
		},
	},
	{
		name: "attributes of an index",
		patch: `{"tables": {"a": {"partitionKey": "id", "indexes": {"one": {"partitionKey": "x", "attributes": ["", "` + strings.Repeat("a", 256) + `"]},
			"two": {"partitionKey": "y", "attributes": [` + repeat(21, `"a%d"`) + `]}}}}}`,
		want: []string{
			`tables.a.indexes.one.attributes[0]: "" has 0 characters; use 1 to 255 (DynamoDB's limits)`,
			`tables.a.indexes.one.attributes[1]: "` + strings.Repeat("a", 80) + `…" has 256 characters; use 1 to 255 (DynamoDB's limits)`,
			`tables.a.indexes.two.attributes: has 21 entries; use at most 20 (DynamoDB's limits)`,
		},
	},
	{
		name:  "attributes of all indexes",
		patch: `{"tables": {"a": {"partitionKey": "id", "indexes": {` + repeat(6, `"by-%d": {"partitionKey": "x", "attributes": [`+strings.ReplaceAll(repeat(17, `"a%d"`), "%", "%%")+`]}`) + `}}}}`,
		want: []string{
			`tables.a.indexes: have 102 attributes together; use at most 100 (DynamoDB's limit; each counts in every index), or leave attributes out: the index then has all`,
		},
	},
	{
		name:  "allowed network that is there twice",
		patch: `{"allowedCidrs": ["203.0.113.0/24", "203.0.113.0/24"]}`,
		want:  []string{`allowedCidrs[1]: "203.0.113.0/24" is listed twice; remove one`},
	},
	{
		name:  "alarm that does not exist",
		patch: `{"alarms": {"tuning": {"latancy": {"threshold": 500}}}}`,
		want: []string{
			`alarms.tuning.latancy: unknown alarm; did you mean "latency"? (known here: server-errors, latency, throttles, denials, authorizer-failures, function-errors, function-throttles, function-concurrency, account-concurrency, replication-latency, replication-backlog, replication-failures, table-replication-latency, table-throttles, single-region-writes, single-region-objects, lost-objects, certificate-expiry, degraded, kept-out, failback-waits, guard-silent, token-failures, token-cache-hits, primary-endpoint, secondary-endpoint, serves, takeover)`,
		},
	},
	{
		name:  "alarm with an unknown field and a threshold of 0",
		patch: `{"alarms": {"tuning": {"latency": {"treshold": 500}, "throttles": {"threshold": 0}}}}`,
		want: []string{
			`alarms.tuning.latency.treshold: unknown field; did you mean "threshold"?`,
			`alarms.tuning.throttles.threshold: 0 is out of range; use 1 to 1000000000`,
		},
	},
	{
		name:  "alarm with datapoints of unknown periods",
		patch: `{"alarms": {"tuning": {"latency": {"datapointsToAlarm": 2}}}}`,
		want: []string{
			`alarms.tuning.latency.datapointsToAlarm: says nothing without evaluationPeriods; give evaluationPeriods too, at least 2`,
		},
	},
	{
		name:  "alarm with more datapoints than periods",
		patch: `{"alarms": {"tuning": {"latency": {"evaluationPeriods": 3, "datapointsToAlarm": 4}}}}`,
		want: []string{
			`alarms.tuning.latency.datapointsToAlarm: 4 exceeds evaluationPeriods (3); use at most 3`,
		},
	},
	{
		name:  "alarm that looks back too far",
		patch: `{"alarms": {"tuning": {"latency": {"periodMinutes": 30, "evaluationPeriods": 49}, "certificate-expiry": {"periodMinutes": 1440, "evaluationPeriods": 8}}}}`,
		want: []string{
			`alarms.tuning.certificate-expiry.evaluationPeriods: looks back 192 hours; use at most 7 (CloudWatch allows a day, or 7 days with periods from an hour)`,
			`alarms.tuning.latency.evaluationPeriods: looks back 24.5 hours; use at most 48 (CloudWatch allows a day, or 7 days with periods from an hour)`,
		},
	},
	{
		name:  "Slack without a channel",
		patch: `{"alarms": {"slack": {"workspaceId": "T0123456789"}}}`,
		want:  []string{`alarms.slack.channelId: is missing; give the id of a channel, or remove workspaceId`},
	},
	{
		name:  "Slack without a workspace",
		patch: `{"alarms": {"slack": {"channelId": "C0123456789"}}}`,
		want:  []string{`alarms.slack.workspaceId: is missing; give the id of the workspace that the channel is in, or remove channelId`},
	},
	{
		name:  "Slack channel by its name",
		patch: `{"alarms": {"slack": {"workspaceId": "T0123456789", "channelId": "#oncall"}}}`,
		want: []string{
			`alarms.slack.channelId: "#oncall" is not valid; use an id such as "C0123456789", not the channel's name`,
		},
	},
	{
		name:  "e-mail without a host",
		patch: `{"alarms": {"email": ["oncall"]}}`,
		want: []string{
			`alarms.email[0]: "oncall" is not valid; use an address such as "oncall@example.com"`,
		},
	},
	{
		name:  "e-mail with two dots",
		patch: `{"alarms": {"email": ["on..call@example.com"]}}`,
		want: []string{
			`alarms.email[0]: "on..call@example.com" is not an e-mail address; use an address such as "oncall@example.com"`,
		},
	},
	{
		name:  "rate limit too low",
		patch: `{"waf": {"enabled": true, "rateLimitPer5Minutes": 9}}`,
		want: []string{
			`waf.rateLimitPer5Minutes: 9 is out of range; use 10 to 2000000000 (AWS WAF's limits)`,
		},
	},
	{
		name:  "truststore by https",
		patch: `{"mutualTls": {"truststoreUri": "https://bucket/ca.pem"}}`,
		want: []string{
			`mutualTls.truststoreUri: "https://bucket/ca.pem" is not valid; use an S3 URI such as "s3://bucket/ca.pem"`,
		},
	},
	{
		name:  "truststore version alone",
		patch: `{"mutualTls": {"truststoreVersion": "v1"}}`,
		want: []string{
			`mutualTls.truststoreUri: is missing; give the object that truststoreVersion is a version of, or remove truststoreVersion`,
		},
	},
	{
		name:  "boundary of another partition and account",
		patch: `{"permissionsBoundary": "arn:aws-cn:iam::210987654321:policy/b"}`,
		want: []string{
			`permissionsBoundary: is a policy of partition aws-cn, but the Regions are in aws; use a policy of the same partition`,
			`permissionsBoundary: is a policy of account 210987654321, but the pair is in 123456789012; use a policy of the same account`,
		},
	},
	{
		name:  "boundary malformed",
		patch: `{"permissionsBoundary": "arn:aws:iam::1:policy/b"}`,
		want: []string{
			`permissionsBoundary: "arn:aws:iam::1:policy/b" is not valid; use the name of a managed policy or an ARN such as "arn:aws:iam::123456789012:policy/boundary"`,
		},
	},
	{
		name:  "tags that AWS refuses",
		patch: `{"tags": {"aws:x": "1", "": "1", "a#b": "1", "c": "é#", "d": "` + strings.Repeat("v", 257) + `", "` + strings.Repeat("k", 129) + `": "1"}}`,
		want: []string{
			`tags[""]: the key has 0 characters; use 1 to 128`,
			`tags["a#b"]: the key has a character that AWS does not allow; use letters, digits, spaces and _ . : / = + - @`,
			`tags["aws:x"]: the key begins with "aws:"; use another key: AWS keeps that prefix for itself`,
			`tags.c: the value "é#" has a character that AWS does not allow; use letters, digits, spaces and _ . : / = + - @`,
			`tags.d: "` + strings.Repeat("v", 80) + `…" has 257 characters; use 1 to 256`,
			`tags["` + strings.Repeat("k", 80) + `…"]: the key has 129 characters; use 1 to 128`,
		},
	},
	{
		name:  "unknown field near a known one",
		patch: `{"primaryRegoin": "eu-west-1", "primaryRegion": null}`,
		want: []string{
			`primaryRegoin: unknown field; did you mean "primaryRegion"?`,
		},
	},
	{
		name:  "unknown field in a group",
		patch: `{"health": {"interval": 10}, "clients": {"partner": {"scope": ["objects/read"]}}}`,
		want: []string{
			`clients.partner.scope: unknown field; did you mean "scopes"?`,
			`health.interval: unknown field; known here: depth, client, path, intervalSeconds, failureThreshold, checkerRegions, measureLatency, preferredCidrs, grayFailure, probes`,
		},
	},
	{
		name:  "unknown field far from any",
		patch: `{"hostedZone": {"vpc": "x"}}`,
		want: []string{
			`hostedZone.vpc: unknown field; known here: id, name`,
		},
	},
	{
		name:  "types",
		patch: `{"name": true, "hostedZone": "example.com", "clients": ["partner"], "handler": {"memoryMiB": "512", "timeoutSeconds": 1.5, "routes": {}}, "health": {"measureLatency": "yes", "checkerRegions": "us-east-1"}, "dualStack": 1, "tags": {"team": 7}, "logs": {"retentionDays": "long"}}`,
		want: []string{
			`name: found true, expected a string; write it in quotes`,
			`hostedZone: found the string "example.com", expected an object; write an object, {…}`,
			`clients: found a list, expected an object; write an object, {…}`,
			`handler.memoryMiB: found the string "512", expected a whole number; write it without quotes`,
			`handler.timeoutSeconds: found the number 1.5, expected a whole number; write a number without fraction`,
			`handler.routes: found an object, expected a list; write a list, […]`,
			`health.checkerRegions: found the string "us-east-1", expected a list; write ["us-east-1"]`,
			`health.measureLatency: found the string "yes", expected true or false; write true or false without quotes`,
			`dualStack: found the number 1, expected true or false; write true or false without quotes`,
			`logs.retentionDays: found the string "long", expected a whole number; write a number without fraction`,
			`tags.team: found the number 7, expected a string; write it in quotes`,
		},
	},
	{
		name:  "problems in the order of the fields",
		patch: `{"tags": {"aws:b": "1", "aws:a": "1"}, "logs": {"retentionDays": 2}, "health": {"failureThreshold": 11, "intervalSeconds": 11}, "name": "X", "zzz": 1, "account": "1"}`,
		want: []string{
			`name: "X" has 1 character; use 2 to 27 (S3 allows 63 characters for the bucket name <name>-objects-<account>-<region>)`,
			`account: "1" is not valid; use the 12 digits of an account id, in quotes`,
			`health.intervalSeconds: 11 is not allowed; use 10 or 30`,
			`health.failureThreshold: 11 is out of range; use 1 to 10 (Route 53's limits)`,
			`logs.retentionDays: 2 is not allowed; use 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653`,
			`tags["aws:a"]: the key begins with "aws:"; use another key: AWS keeps that prefix for itself`,
			`tags["aws:b"]: the key begins with "aws:"; use another key: AWS keeps that prefix for itself`,
			`zzz: unknown field; known here: name, account, primaryRegion, secondaryRegion, swapped, globalRegion, domainName, hostedZone, scopes, resourceServer, clients, handler, secrets, parameters, tokens, posture, health, routing, failback, dualStack, allowedCidrs, throttling, logs, storage, tables, removal, architecture, apiGatewayAccountRole, tracing, tlsPolicy, egress, alarms, dashboard, waf, certificates, mutualTls, permissionsBoundary, tags`,
		},
	},
	{
		name:  "tags too many",
		patch: `{"tags": {` + repeat(10, `"t%d": "x"`) + `}}`,
		want: []string{
			`tags: has 10 entries; use at most 9`,
		},
	},
	{
		name:  "tags of which AWS takes some",
		patch: `{"tags": {"team": "", "Owner": "a", "owner": "b"}}`,
		want: []string{
			`tags.owner: the key differs from "Owner" in upper and lower case only; remove one: IAM takes them for the same`,
			`tags.team: "" has 0 characters; use 1 to 256`,
		},
	},
}

func TestLoadRefuses(t *testing.T) {
	for _, tc := range invalid {
		t.Run(tc.name, func(t *testing.T) {
			_, err := config.Load(exampleContext(t, tc.patch), "dev")
			var problems config.Errors
			require.ErrorAs(t, err, &problems)
			var got []string
			for _, problem := range problems {
				assert.Equal(t, "dev", problem.Environment)
				got = append(got, problem.Error())
			}
			assert.Equal(t, tc.want, got)
		})
	}
}

// repeat joins n lines of JSON that differ in their number.
func repeat(n int, format string) string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(lines, ", ")
}

func TestDecodeNeedsTheEnvironment(t *testing.T) {
	for name, tc := range map[string]struct {
		context string
		env     string
		want    string
	}{
		"no section":              {`null`, "dev", `context.regionpair: is missing in cdk.json; add {"environments": {"dev": {"name": "orders", …}}}`},
		"section of a wrong type": {`"orders"`, "dev", `context.regionpair: found the string "orders", expected an object; write an object, {…}`},
		"no environments":         {`{}`, "dev", `context.regionpair.environments: is missing; add {"environments": {"dev": {"name": "orders", …}}}`},
		"environments misspelt":   {`{"enviroments": {}}`, "dev", `context.regionpair.enviroments: unknown field; did you mean "environments"?`},
		"environments as a list":  {`{"environments": []}`, "dev", `context.regionpair.environments: found a list, expected an object; write an object, {…}`},
		"empty environments":      {`{"environments": {}}`, "dev", `context.regionpair.environments: has no environment; add "dev"`},
		"unknown environment":     {`{"environments": {"dev": {}, "prod": {}}}`, "prd", `context.regionpair.environments: has no environment "prd"; did you mean "prod"? (select one of them with -c env=<name>: dev, prod)`},
		"environment is null":     {`{"environments": {"dev": null}}`, "dev", `context.regionpair.environments.dev: found null, expected an object; write an object, {…}`},
		"environment is a list":   {`{"environments": {"dev": []}}`, "dev", `context.regionpair.environments.dev: found a list, expected an object; write an object, {…}`},
	} {
		t.Run(name, func(t *testing.T) {
			want := fmt.Sprintf("regionpair: 1 problem in environment %q:\n  - %s", tc.env, tc.want)
			_, err := config.Decode(parse(t, tc.context), tc.env)
			require.EqualError(t, err, want)
			_, err = config.Load(parse(t, tc.context), tc.env)
			require.EqualError(t, err, want)
		})
	}
}

func TestDecodeNamesAGoValueByItsType(t *testing.T) {
	_, err := config.Decode(make(chan int), "dev")
	assert.EqualError(t, err, "regionpair: 1 problem in environment \"dev\":\n"+
		"  - context.regionpair: found a Go value of type chan int, expected an object; write an object, {…}")
}

func TestErrorsListEveryProblemOnItsOwnLine(t *testing.T) {
	_, err := config.Load(exampleContext(t, `{"name": "aws", "secondaryRegion": null, "tracing": "on"}`), "dev")
	require.EqualError(t, err, "regionpair: 3 problems in environment \"dev\":\n"+
		"  - name: \"aws\" contains \"aws\"; use another name: Cognito refuses that word in a domain\n"+
		"  - secondaryRegion: is missing; give an AWS Region such as \"eu-central-1\"\n"+
		"  - tracing: found the string \"on\", expected true or false; write true or false without quotes")

	var first config.FieldError
	require.ErrorAs(t, err, &first)
	assert.Equal(t, "name", first.Path)
}

func TestValidateChecksAConfigMadeInGo(t *testing.T) {
	cfg := config.Config{
		Name: "orders", PrimaryRegion: "eu-west-1", SecondaryRegion: "eu-west-1", DomainName: "api.example.com",
		HostedZone: config.HostedZone{ID: "Z1", Name: "example.com"},
		Clients:    map[string]config.Client{"partner": {Scopes: []string{"objects/read", ""}}},
		Health:     config.Health{FailureThreshold: 99},
	}
	assert.EqualError(t, cfg.Validate(), "regionpair: 3 problems:\n"+
		"  - secondaryRegion: \"eu-west-1\" is the primary Region too; use another Region: a pair survives only the loss of one of two\n"+
		"  - clients.partner.scopes[1]: \"\" is not a configured scope; use objects/read or objects/write\n"+
		"  - health.failureThreshold: 99 is out of range; use 1 to 10 (Route 53's limits)")
}

// longScopes makes scopes of 129 characters, all of them for each client.
func longScopes(scopes, clients int) string {
	names, full := map[string]string{"read": "Read", "write": "Write"}, []string{}
	for i := range scopes {
		name := fmt.Sprintf("%s%02d", strings.Repeat("s", 119), i)
		names[name] = "Any"
		full = append(full, "objects/"+name)
	}
	all := map[string]any{"reporting": nil, "partner": map[string]any{"scopes": full}}
	for i := range clients - 1 {
		all[fmt.Sprintf("client%02d", i)] = map[string]any{"scopes": full}
	}
	patch, _ := json.Marshal(map[string]any{"scopes": names, "clients": all})
	return string(patch)
}
