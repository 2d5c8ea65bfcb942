package cost_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/cost"
	"github.com/regionpair/regionpair/regionpairtest"
)

// snapshots are the templates of a pair with the defaults and one client, which
// another test keeps.
func snapshots(t *testing.T) []assembly.Stack {
	t.Helper()
	stacks := []assembly.Stack{}
	for _, name := range []string{"primary", "secondary", "global"} {
		file, err := os.ReadFile(filepath.Join("..", "..", "stacks", "testdata", "snapshots", "minimal-"+name+".json"))
		require.NoError(t, err)
		stack := assembly.Stack{Name: name}
		require.NoError(t, json.Unmarshal(file, &stack.Template))
		stacks = append(stacks, stack)
	}
	return stacks
}

// economy changes what the posture economy changes in templates: checker Regions
// and interval. Its fewer alarms are left out here, so the figure is too high.
func economy(stacks []assembly.Stack) []assembly.Stack {
	for _, resource := range stacks[2].Template.Resources {
		if config, isCheck := resource.Properties["HealthCheckConfig"].(map[string]any); isCheck && config["Type"] == "HTTPS" {
			config["RequestInterval"], config["Regions"] = 30.0, []any{"us-east-1", "eu-west-1", "ap-southeast-1"}
		}
	}
	return stacks
}

func TestAnIdlePairStaysBelowItsLimits(t *testing.T) {
	assert.LessOrEqual(t, cost.Of(snapshots(t)).Monthly, 50.0)
	assert.LessOrEqual(t, cost.Of(economy(snapshots(t))).Monthly, 30.0)
}

// The table in the documentation is the one that the templates give.
func TestTheDocumentedTableIsComputed(t *testing.T) {
	report := cost.Of(snapshots(t))
	var b strings.Builder
	b.WriteString("| | |\n|---|---|\n")
	for _, item := range report.Items {
		fmt.Fprintf(&b, "| %s | $%.2f |\n", item.Name, item.Monthly)
	}
	fmt.Fprintf(&b, "| **Together** | **$%.2f** |\n", report.Monthly)
	fmt.Fprintf(&b, "| With `posture: economy`, at most | $%.2f |\n", cost.Of(economy(snapshots(t))).Monthly)
	fmt.Fprintf(&b, "| After two yearly rotations of each key | $%.2f |\n", report.AfterTwoRotations)
	regionpairtest.MatchFile(t, "testdata/idle.md", b.String())
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "explanation", "costs.md"))
	require.NoError(t, err)
	assert.Contains(t, string(page), b.String(), "copy internal/cost/testdata/idle.md into docs/explanation/costs.md")
	assert.Contains(t, string(page), report.PricesOf)
}

func TestRequestsThroughTheAPICost(t *testing.T) {
	of := func(depth string) float64 {
		return cost.Of(resources(assembly.Resource{Type: "AWS::Lambda::Function", Properties: map[string]any{
			"Environment": map[string]any{"Variables": map[string]any{"HEALTH_DEPTH": depth}},
		}})).Monthly
	}
	assert.Zero(t, of("static"))
	assert.Greater(t, of("dependencies"), 0.1)
	assert.InDelta(t, 4, of("api")-of("dependencies"), 0.3, "a million requests a month in a Region")
}

func resources(list ...assembly.Resource) []assembly.Stack {
	template := assembly.Template{Resources: map[string]assembly.Resource{}}
	for i, resource := range list {
		template.Resources[fmt.Sprint(i)] = resource
	}
	return []assembly.Stack{{Template: template}}
}

func TestEachKindIsBilled(t *testing.T) {
	check := func(config map[string]any) assembly.Resource {
		return assembly.Resource{Type: "AWS::Route53::HealthCheck", Properties: map[string]any{"HealthCheckConfig": config}}
	}
	of := func(kind string, properties map[string]any) assembly.Resource {
		return assembly.Resource{Type: kind, Properties: properties}
	}
	for name, test := range map[string]struct {
		resource assembly.Resource
		want     float64
	}{
		"calculated check":      {check(map[string]any{"Type": "CALCULATED"}), 0.5},
		"elsewhere, slow, HTTP": {check(map[string]any{"Type": "HTTP", "RequestInterval": 30.0, "FullyQualifiedDomainName": "example.net"}), 0.5},
		"all options":           {check(map[string]any{"Type": "HTTPS_STR_MATCH", "RequestInterval": 10.0, "MeasureLatency": true}), 4.5},
		"connects only":         {check(map[string]any{"Type": "TCP", "RequestInterval": 30.0, "FullyQualifiedDomainName": "a.execute-api.eu-west-1.amazonaws.com"}), 0.5},
		"connects often":        {check(map[string]any{"Type": "TCP", "RequestInterval": 10.0}), 1.5},
		// 16 checkers, 2,628,000 seconds, every 30 s: 1.4016 million requests.
		"answered by API Gateway": {check(map[string]any{"Type": "HTTP", "FullyQualifiedDomainName": "a.execute-api.eu-west-1.amazonaws.com"}), 0.5 + 1.4016*3.7},
		"key":                     {of("AWS::KMS::Key", nil), 1},
		"secret with a replica":   {of("AWS::SecretsManager::Secret", map[string]any{"ReplicaRegions": []any{"x"}}), 0.8},
		"alarm":                   {of("AWS::CloudWatch::Alarm", nil), 0.1},
		"alarm that calculates": {of("AWS::CloudWatch::Alarm", map[string]any{"Metrics": []any{
			map[string]any{"Expression": "a+b"}, map[string]any{"MetricStat": map[string]any{}}, map[string]any{"MetricStat": map[string]any{}},
		}}), 0.2},
		"composite alarm":    {of("AWS::CloudWatch::CompositeAlarm", nil), 0.5},
		"dashboard":          {of("AWS::CloudWatch::Dashboard", nil), 3},
		"web ACL":            {of("AWS::WAFv2::WebACL", map[string]any{"Rules": []any{1, 2}}), 7},
		"NAT gateway":        {of("AWS::EC2::NatGateway", nil), 32.85},
		"address":            {of("AWS::EC2::EIP", nil), 3.65},
		"interface endpoint": {of("AWS::EC2::VPCEndpoint", map[string]any{"VpcEndpointType": "Interface", "SubnetIds": []any{1, 2}}), 14.6},
		"gateway endpoint":   {of("AWS::EC2::VPCEndpoint", map[string]any{"VpcEndpointType": "Gateway"}), 0},
		"probing function": {of("AWS::Lambda::Function", map[string]any{"Environment": map[string]any{"Variables": map[string]any{"HEALTH_DEPTH": "dependencies"}}}),
			525_600*0.0004/1000 + 175_200*0.03/10_000},
		"guard that watches errors": {of("AWS::Lambda::Function", map[string]any{"Environment": map[string]any{"Variables": map[string]any{"PRIMARY_API": "a", "GRAY_P99_MILLISECONDS": "0"}}}),
			2 * 43_800 * 0.01 / 1000},
		"guard that watches latency, too": {of("AWS::Lambda::Function", map[string]any{"Environment": map[string]any{"Variables": map[string]any{"PRIMARY_API": "a", "GRAY_P99_MILLISECONDS": "500"}}}),
			3 * 43_800 * 0.01 / 1000},
		"nothing that is billed": {of("AWS::IAM::Role", nil), 0},
	} {
		assert.InDelta(t, test.want, cost.Of(resources(test.resource)).Monthly, 0.006, name)
	}
	rotated := cost.Of(resources(of("AWS::KMS::Key", map[string]any{"EnableKeyRotation": true})))
	assert.InDelta(t, 3, rotated.AfterTwoRotations, 0)
}
