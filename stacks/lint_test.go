package stacks_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
)

// lintFolder is where TestTemplatesForLinters writes to; without it there is
// nothing to do.
const lintFolder = "REGIONPAIR_TEMPLATES"

// TestTemplatesForLinters writes the templates of eight configurations, which
// have between them every kind of resource that a pair can have. `make cfn-lint`
// checks them.
func TestTemplatesForLinters(t *testing.T) {
	folder := os.Getenv(lintFolder)
	if folder == "" {
		t.Skip("run by `make cfn-lint`, which sets " + lintFolder)
	}
	for name, change := range map[string]func(*config.Config){
		"minimal": func(*config.Config) {},
		"opt-in-region": func(c *config.Config) {
			c.PrimaryRegion, c.SecondaryRegion = "eu-south-1", "eu-central-1"
		},
		"apex": func(c *config.Config) {
			c.DomainName, c.Routing.Records, c.Routing.TTLSeconds = c.HostedZone.Name, "alias", 0
		},
		"latency": func(c *config.Config) {
			c.Routing.Policy, c.Failback, c.DualStack = "latency", config.Failback{Mode: config.FailbackAuto}, true
		},
		"economy": func(c *config.Config) {
			c.Health.IntervalSeconds, c.Health.CheckerRegions, c.Alarms.Set = 30, []string{"us-east-1", "eu-west-1", "sa-east-1"}, "essential"
			c.WAF.Enabled, c.AllowedCIDRs = true, []string{"203.0.113.0/24"}
		},
		"tls-1.3": func(c *config.Config) { c.TLSPolicy = "SecurityPolicy_TLS13_1_3_2025_09" },
		"egress": func(c *config.Config) {
			c.Egress = config.Egress{Enabled: true, MaxAZs: 2, NatGateways: 2, CIDR: "10.1.0.0/16", InterfaceEndpoints: []string{"ssm", "kms"}}
		},
	} {
		writeTemplates(t, filepath.Join(folder, name), load(t, "minimal", change))
	}
	writeTemplates(t, filepath.Join(folder, "full"), load(t, "full"))
}

func writeTemplates(t *testing.T, folder string, c config.Config) {
	t.Helper()
	require.NoError(t, os.MkdirAll(folder, 0o750))
	for name, template := range synth(t, c).all() {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name+".template.json"), []byte(template.Text()), 0o600))
	}
}
