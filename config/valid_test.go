package config_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/regionpair/regionpair/config"
)

// everything sets every field to something other than its default.
const everything = `{
  "scopes": {"read": "Read orders", "admin": "Everything"},
  "resourceServer": "https://api.example.com",
  "clients": {"partner": {"scopes": ["https://api.example.com/read"], "rotationDays": 90}, "reporting": {"scopes": ["https://api.example.com/admin"]}},
  "handler": {
    "entry": "./functions/orders", "memoryMiB": 1024, "timeoutSeconds": 29,
    "routes": [
      {"method": "GET", "path": "/", "scopes": ["https://api.example.com/read"]},
      {"method": "GET", "path": "/orders/{id}", "scopes": ["https://api.example.com/read", "https://api.example.com/admin"]},
      {"method": "PATCH", "path": "/orders/{id}/lines/{rest+}", "scopes": ["https://api.example.com/admin"]}
    ],
    "environment": {"LOG_LEVEL": "debug"}
  },
  "tokens": {"validityMinutes": 15},
  "health": {"depth": "static", "intervalSeconds": 30, "failureThreshold": 10, "checkerRegions": ["us-east-1", "eu-west-1", "sa-east-1"], "measureLatency": true, "preferredCidrs": ["15.177.0.0/18"], "probes": {"table": {"entry": "./functions/table"}}},
  "posture": "economy",
  "routing": {"policy": "weighted", "primaryWeight": 255, "secondaryWeight": 1, "records": "cname", "ttlSeconds": 300},
  "dualStack": true,
  "allowedCidrs": ["203.0.113.0/24", "2001:db8::/32", "0.0.0.0/0"],
  "throttling": {"ratePerSecond": 10, "burst": 20},
  "logs": {"retentionDays": 3653},
  "storage": {"noncurrentVersionDays": 7},
  "removal": "destroy",
  "architecture": "x86_64",
  "apiGatewayAccountRole": false,
  "tracing": false,
  "egress": {"enabled": true, "maxAzs": 3, "natGateways": 1, "cidr": "172.16.0.0/20", "interfaceEndpoints": ["secretsmanager", "ecr.api"]},
  "alarms": {
    "email": ["oncall@example.com"],
    "set": "essential",
    "slack": {"workspaceId": "T0123456789", "channelId": "C0123456789"},
    "tuning": {
      "latency": {"threshold": 500, "periodMinutes": 5, "evaluationPeriods": 3, "datapointsToAlarm": 2},
      "token-cache-hits": {"enabled": false},
      "certificate-expiry": {"periodMinutes": 1440, "evaluationPeriods": 7}
    }
  },
  "dashboard": false,
  "waf": {"enabled": true, "rateLimitPer5Minutes": 100},
  "mutualTls": {"truststoreUri": "s3://trust.example.com/ca/bundle.pem", "truststoreVersion": "v1"},
  "permissionsBoundary": "arn:aws:iam::123456789012:policy/boundary",
  "tags": {"team": "Payments", "cost center": "é-42", "empty": ""}
}`

func TestLoadAccepts(t *testing.T) {
	for name, patch := range map[string]string{
		"the example":                            `{}`,
		"every field":                            everything,
		"the zone's own name as domain":          `{"domainName": "example.com"}`,
		"an opt-in Region":                       `{"secondaryRegion": "eu-south-1"}`,
		"an account that is left to credentials": `{"account": ""}`,
		"a Region of the pair as global one":     `{"primaryRegion": "us-east-1", "globalRegion": "us-east-1"}`,
		"another global Region without alarms":   `{"globalRegion": "eu-west-2", "alarms": {"enabled": false}}`,
		"a weight of zero in one Region":         `{"routing": {"policy": "weighted", "primaryWeight": 0, "secondaryWeight": 1}}`,
		"an enhanced TLS policy":                 `{"tlsPolicy": "SecurityPolicy_TLS13_1_3_2025_09"}`,
		"alias records where CNAMEs could be":    `{"routing": {"records": "alias"}}`,
		"latency routing":                        `{"routing": {"policy": "latency"}}`,
		"bundled routes with own scopes":         `{"scopes": {"read": null, "write": null, "all": "All"}, "clients": {"partner": {"scopes": ["objects/all"]}, "reporting": null}, "handler": {"routes": [{"method": "GET", "path": "/objects", "scopes": ["objects/all"]}]}}`,
		"a boundary by name":                     `{"permissionsBoundary": "team-boundary"}`,
		"a boundary of AWS":                      `{"permissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess"}`,
		"no address for alarms":                  `{"alarms": {"email": []}}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(exampleContext(t, patch), "dev")
			assert.NoError(t, err)
		})
	}
}
