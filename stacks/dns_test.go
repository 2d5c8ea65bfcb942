package stacks_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
)

type healthCheck struct {
	Type              string
	Inverted          bool
	ResourcePath      any
	RequestInterval   int
	FailureThreshold  int
	HealthThreshold   int
	EnableSNI         bool
	ChildHealthChecks []map[string][]string
}

func healthChecks(t *testing.T, global template) map[string]healthCheck {
	t.Helper()
	found := map[string]healthCheck{}
	for id, r := range global.of("AWS::Route53::HealthCheck") {
		text, err := json.Marshal(r.Properties["HealthCheckConfig"])
		require.NoError(t, err)
		var check healthCheck
		require.NoError(t, json.Unmarshal(text, &check))
		found[id] = check
	}
	return found
}

func recordOf(t *testing.T, global template, setIdentifier, recordType string) map[string]any {
	t.Helper()
	for _, r := range global.of("AWS::Route53::RecordSet") {
		if r.Properties["SetIdentifier"] == setIdentifier && r.Properties["Type"] == recordType {
			return r.Properties
		}
	}
	require.Fail(t, "no record", "%s %s", setIdentifier, recordType)
	return nil
}

func checkOf(t *testing.T, record map[string]any) string {
	t.Helper()
	reference, ok := record["HealthCheckId"].(map[string]any)
	if !ok {
		return ""
	}
	return reference["Fn::GetAtt"].([]any)[0].(string)
}

// checkerPath has a part that nobody can guess: the id of the health API's root.
func checkerPath(region, stack, name string) any {
	return map[string]any{"Fn::Join": []any{"", []any{"/live/", map[string]any{"Fn::GetStackOutput": map[string]any{
		"StackName": stack, "Region": region, "OutputName": "PublishOutputFnGetAttUnitHealthApiE7429AAARootResourceIdB5A426D5",
	}}, name}}}
}

func TestPrimaryServesWhileItIsHealthyAndNobodyAskedTheStandby(t *testing.T) {
	global := synthOnce(t, "minimal").global
	checks := healthChecks(t, global)
	primary := recordOf(t, global, "primary", "CNAME")
	assert.Equal(t, "PRIMARY", primary["Failover"])

	calculated := checks[checkOf(t, primary)]
	assert.Equal(t, "CALCULATED", calculated.Type)
	assert.Equal(t, 2, calculated.HealthThreshold)
	require.Len(t, calculated.ChildHealthChecks, 2)
	endpoint := checks[calculated.ChildHealthChecks[0]["Fn::GetAtt"][0]]
	assert.Equal(t, healthCheck{
		Type: "HTTPS", ResourcePath: checkerPath("eu-west-1", "orders-primary", "/health"), RequestInterval: 10, FailureThreshold: 3, EnableSNI: true,
	}, endpoint)
	standby := checks[calculated.ChildHealthChecks[1]["Fn::GetAtt"][0]]
	assert.Equal(t, healthCheck{
		Type: "HTTPS", ResourcePath: checkerPath("eu-central-1", "orders-secondary", "/switch"), RequestInterval: 30, FailureThreshold: 1, EnableSNI: true, Inverted: true,
	}, standby)
	standbyID := calculated.ChildHealthChecks[1]["Fn::GetAtt"][0]
	assert.Contains(t, global.Resources[standbyID].Text(), "orders-secondary", "the switch is in the standby")
}

func TestSecondaryIsThereWhileItAcceptsConnections(t *testing.T) {
	global := synthOnce(t, "minimal").global
	secondary := recordOf(t, global, "secondary", "CNAME")
	assert.Equal(t, "SECONDARY", secondary["Failover"])
	assert.Equal(t, healthCheck{Type: "TCP", RequestInterval: 30, FailureThreshold: 4}, healthChecks(t, global)[checkOf(t, secondary)],
		"answers that are red would send callers back to the dead primary")
	assert.Contains(t, global.Resources[checkOf(t, secondary)].Text(), "orders-secondary")
	assert.Equal(t, checkOf(t, secondary), checkOf(t, recordOf(t, global, "secondary", "TXT")), "the directory follows the name")
}

func TestActiveActiveHasACheckOnEachRecord(t *testing.T) {
	for policy, property := range map[config.RoutingPolicy]string{"latency": "Region", "weighted": "Weight"} {
		t.Run(string(policy), func(t *testing.T) {
			global := synth(t, load(t, "minimal", func(c *config.Config) {
				c.Routing.Policy, c.Failback = policy, config.Failback{}
				if policy == "weighted" {
					c.Routing.PrimaryWeight, c.Routing.SecondaryWeight = new(3), new(1)
				}
			})).global
			for _, role := range []string{"primary", "secondary"} {
				record := recordOf(t, global, role, "CNAME")
				assert.NotContains(t, record, "Failover")
				assert.Contains(t, record, property)
				assert.Equal(t, "CALCULATED", healthChecks(t, global)[checkOf(t, record)].Type, role)
				assert.NotContains(t, global.Text(), `"TCP"`, "there is no order between the Regions")
			}
		})
	}
}

func TestDualStackAddsIPv6Everywhere(t *testing.T) {
	p := synthOnce(t, "full")
	for _, role := range []string{"primary", "secondary"} {
		recordOf(t, p.global, role, "A")
		recordOf(t, p.global, role, "AAAA")
	}
	for _, regional := range []template{p.primary, p.secondary} {
		assert.Contains(t, regional.only(t, "AWS::ApiGateway::DomainName").Text(), `"IpAddressType":"dualstack"`)
		apis := 0
		for _, api := range regional.of("AWS::ApiGateway::RestApi") {
			apis += strings.Count(api.Text(), `"IpAddressType":"dualstack"`)
		}
		assert.Equal(t, 1, apis, "the health API stays on IPv4: health checkers need nothing else")
	}
}
