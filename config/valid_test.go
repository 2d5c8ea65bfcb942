package config_test

import (
	_ "embed"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/regionpair/regionpair/config"
)

// everything sets every field to something other than its default.
//
//go:embed testdata/everything.json
var everything string

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
		"a health check as a client":             `{"health": {"depth": "api", "client": "partner"}}`,
		"a health check of a public route":       `{"health": {"depth": "api", "path": "/status"}, "handler": {"entry": "./x", "routes": [{"method": "GET", "path": "/status", "public": true}]}}`,
		"keys of a table":                        `{"tables": {"orders": {"partitionKey": "id", "keys": {"primary": "arn:aws:kms:eu-west-1:123456789012:key/1a-b", "secondary": "arn:aws:kms:eu-central-1:123456789012:key/2-b"}}}}`,
		"keys of the index":                      `{"storage": {"durability": "sync", "witnessRegion": "eu-west-3", "indexKeys": {"primary": "arn:aws:kms:eu-west-1:123456789012:key/1a-b", "secondary": "arn:aws:kms:eu-central-1:123456789012:key/2-b"}}}`,
		"no address for alarms":                  `{"alarms": {"email": []}}`,
		"as many routes as there may be":         `{"alarms": {"enabled": false}, "failback": {"mode": "auto"}, "handler": {"entry": "./x", "routes": [` + methodsOf(50) + `]}}`,
		"as many clients as there may be":        `{"clients": {` + repeat(98, `"c%d": {"scopes": ["objects/read"]}`) + `}}`,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.Load(exampleContext(t, patch), "dev")
			assert.NoError(t, err)
		})
	}
}

// methodsOf returns routes with all methods that need a token, of so many paths.
func methodsOf(paths int) string {
	routes := []string{}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "ANY"} {
		routes = append(routes, repeat(paths, `{"method": "`+method+`", "path": "/a%d", "scopes": ["objects/read"]}`))
	}
	return strings.Join(routes, ", ")
}
