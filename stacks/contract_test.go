package stacks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	regionpair "github.com/regionpair/regionpair/constructs"
	"github.com/regionpair/regionpair/regionpairtest"
)

// TestLogicalIDsOfStatefulResources holds a contract with everyone who has
// deployed: a changed logical id or physical name makes CloudFormation create a
// new, empty resource.
func TestLogicalIDsOfStatefulResources(t *testing.T) {
	regionpairtest.MatchFile(t, "testdata/stateful.txt", regionpairtest.Stateful(documents(t, environments...)...))
}

func TestDataIsKeptByDefault(t *testing.T) {
	for name, template := range synthOnce(t, "minimal").all() {
		for id, resource := range template.Resources {
			switch resource.Type {
			case "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Cognito::UserPool", "AWS::SecretsManager::Secret", "AWS::Logs::LogGroup":
				if strings.HasPrefix(id, "UnitAuthCredentials") {
					// Made of references to the app clients, and of no use without
					// them.
					continue
				}
				assert.Contains(t, []string{"Retain", "RetainExceptOnCreate"}, resource.DeletionPolicy, "%s %s", name, id)
			}
			if resource.Type == "AWS::Cognito::UserPool" {
				assert.Equal(t, "ACTIVE", resource.Properties["DeletionProtection"])
			}
		}
	}
}

// CloudFormation is never to delete what AWS protects: it is refused, and a first
// deployment that fails could not be rolled back.
func TestWhatIsProtectedIsNeverDeleted(t *testing.T) {
	for _, environment := range environments {
		for _, d := range documents(t, environment) {
			for id, resource := range d.Resources {
				text := resource.Text()
				if strings.Contains(text, `"DeletionProtectionEnabled":true`) || strings.Contains(text, `"DeletionProtection":"ACTIVE"`) {
					assert.Equal(t, "Retain", resource.DeletionPolicy, "%s %s %s", environment, d.Stack, id)
				}
			}
		}
	}
}

// TestPositionsAreNotPutBack freezes each property of the parameters in which people
// and the guard leave something. Whenever one but a tag differs, CloudFormation
// overwrites the value with the template's: an update while a switch, hold or fence is
// on would turn it off without a word.
func TestPositionsAreNotPutBack(t *testing.T) {
	lines := []string{}
	for _, d := range documents(t, "minimal") {
		for id, parameter := range d.OfType("AWS::SSM::Parameter") {
			properties := maps.Clone(parameter.Properties)
			delete(properties, "Tags")
			text, err := json.Marshal(properties)
			require.NoError(t, err)
			if initial := properties["Value"]; initial == "off" || initial == "{}" {
				lines = append(lines, fmt.Sprintf("%s %s %s\n", d.Stack, id, text))
			}
		}
	}
	slices.Sort(lines)
	regionpairtest.MatchFile(t, "testdata/positions.txt", strings.Join(lines, ""))
}

func TestDataCanBeDestroyedInDevelopment(t *testing.T) {
	for name, template := range synthOnce(t, "full").all() {
		for id, resource := range template.Resources {
			if resource.Type == "AWS::ApiGateway::Account" || strings.Contains(id, "CloudWatchRole") {
				// Belongs to the account, not to the pair.
				continue
			}
			assert.NotContains(t, resource.DeletionPolicy, "Retain", "%s %s", name, id)
		}
	}
}

// The configuration and the constructs cannot share the rule for names, and
// must refuse the same ones.
func TestConfigurationAndConstructsRefuseTheSameNames(t *testing.T) {
	valid := load(t, "minimal")
	construct := func(name string) (reason string) {
		defer func() { reason, _ = recover().(string) }()
		regionpair.NewPair(&regionpair.PairProps{
			Name: name, Account: valid.Account, PrimaryRegion: valid.PrimaryRegion, SecondaryRegion: valid.SecondaryRegion, DomainName: valid.DomainName,
		})
		return ""
	}
	for name, allowed := range map[string]bool{
		"orders": true, "o1": true, "a-b": true, strings.Repeat("n", 27): true,
		"o": false, "": false, "Orders": false, "1orders": false, "orders-": false, "or_ders": false, strings.Repeat("n", 28): false,
		"my-aws-pair": false, "amazon1": false, "xcognito": false, "ssm-orders": false, "xn--orders": false, "sthree-x": false, "amzn-s3-demo-x": false,
	} {
		c := valid
		c.Name = name
		configured := c.Validate()
		if allowed {
			require.NoError(t, configured, name)
			assert.Empty(t, construct(name), name)
			continue
		}
		var problems config.Errors
		require.ErrorAs(t, configured, &problems, name)
		assert.Equal(t, "name", problems[0].Path, name)
		assert.Contains(t, construct(name), "'Name'", name)
	}
}

// A stack that is too large is refused before anything is made, so the configuration
// has to know at least how many resources there will be, and hardly more.
func TestAStackHasAboutAsManyResourcesAsTheConfigurationSays(t *testing.T) {
	holds := func(name string, c config.Config, p pair) {
		for role, regional := range map[config.RegionRole]template{config.Primary: p.primary, config.Secondary: p.secondary} {
			// Apps have CDK's metadata, too.
			there := len(regional.Resources) + 1
			assert.GreaterOrEqual(t, c.Resources(role), there, "%s %s", name, role)
			assert.LessOrEqual(t, c.Resources(role), there*11/10, "%s %s", name, role)
		}
	}
	for _, environment := range []string{"minimal", "tables", "full"} {
		holds(environment, load(t, environment), synthOnce(t, environment))
	}
	holds("synchronous", load(t, "minimal", synchronously), synchronousOnce(t))
	for name, change := range map[string]func(*config.Config){"routes": manyRoutes, "clients": manyClients, "everything": muchOfEverything} {
		c := load(t, "minimal", change)
		assert.Greater(t, max(c.Resources(config.Primary), c.Resources(config.Secondary)), 470, name)
		holds(name, c, synth(t, c))
	}
}

func manyRoutes(c *config.Config) {
	c.Handler.Entry, c.Handler.Routes = "testdata/handler", []config.Route{{Method: "GET", Path: "/", Scopes: []string{"objects/read"}}}
	for i := range 179 {
		c.Handler.Routes = append(c.Handler.Routes, config.Route{Method: "GET", Path: fmt.Sprint("/a", i), Scopes: []string{"objects/read"}})
	}
	c.Handler.Routes = append(c.Handler.Routes, config.Route{Method: "GET", Path: "/some/{where}/deep", Scopes: []string{"objects/write"}, Entry: "testdata/reports"})
}

func manyClients(c *config.Config) {
	// The secrets and the guard are then in one stack.
	c.Swapped = true
	for i := range 85 {
		c.Clients[fmt.Sprint("c", i)] = config.Client{Scopes: []string{"objects/read"}, RotationDays: 30}
	}
}

func muchOfEverything(c *config.Config) {
	c.Removal, c.WAF.Enabled, c.Health.PreferredCIDRs = config.RemovalDestroy, true, []string{"15.177.0.0/18", "2600:1f00::/24"}
	c.Egress = config.Egress{Enabled: true, MaxAZs: 3, NatGateways: 2, CIDR: "10.0.0.0/16", InterfaceEndpoints: []string{"ssm", "kms", "logs"}}
	c.Alarms.Email = []string{"oncall@example.com", "manager@example.com"}
	c.Secrets, c.Parameters, c.Health.Probes, c.Tables = map[string]config.Secret{}, map[string]config.Parameter{}, map[string]config.Probe{}, map[string]config.Table{}
	for i := range 10 {
		name := fmt.Sprint("n", i)
		c.Secrets[name], c.Parameters[name], c.Health.Probes[name] = config.Secret{}, config.Parameter{Value: "x"}, config.Probe{Entry: "testdata/probe"}
	}
	for i := range 50 {
		c.Tables[fmt.Sprint("t", i)] = config.Table{PartitionKey: "id"}
	}
	for i := range 60 {
		c.Clients[fmt.Sprint("c", i)] = config.Client{Scopes: []string{"objects/read"}}
	}
}

// Callers of NewPair in an app of their own get what the configuration of this
// one gets: defaults, and every mistake at once.
func TestAPairCompletesAndChecksItsConfiguration(t *testing.T) {
	minimal := config.Config{
		Name: "orders", Account: "111122223333", PrimaryRegion: "eu-west-1", SecondaryRegion: "eu-central-1", DomainName: "api.example.com",
		HostedZone: config.HostedZone{ID: "Z0123456789ABCDEFGHIJ", Name: "example.com"},
		Clients:    map[string]config.Client{"partner": {Scopes: []string{"objects/read"}}},
	}
	require.NoError(t, minimal.Validate())
	assert.NotEmpty(t, synth(t, minimal).primary.Resources)

	wrong := minimal
	wrong.PrimaryRegion, wrong.DomainName = "eu-wset-1", "api.example.org"
	defer func() {
		problems, ok := recover().(config.Errors)
		require.True(t, ok)
		assert.Len(t, problems, 2)
	}()
	synth(t, wrong)
	assert.Fail(t, "accepted")
}
