package config_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestLoadCompletesTheExampleWithEveryDefault(t *testing.T) {
	cfg, err := config.Load(exampleContext(t, `{}`), "dev")
	require.NoError(t, err)
	got, err := json.MarshalIndent(cfg, "", "  ")
	require.NoError(t, err)
	const golden = "testdata/defaults.golden.json"
	if *update {
		require.NoError(t, os.WriteFile(golden, append(got, '\n'), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.JSONEq(t, string(want), string(got))
}

func TestLoadReadsWhatItWrote(t *testing.T) {
	cfg, err := config.Load(exampleContext(t, everything), "dev")
	require.NoError(t, err)
	text, err := json.Marshal(cfg)
	require.NoError(t, err)

	again, err := config.Load(map[string]any{"environments": map[string]any{"dev": parse(t, string(text))}}, "dev")
	require.NoError(t, err)
	assert.Equal(t, cfg, again)
}

func TestLoadAcceptsEveryNumberThatAJSONDecoderMakes(t *testing.T) {
	for name, number := range map[string]any{"float64": 7.0, "int": 7, "json.Number": json.Number("7")} {
		t.Run(name, func(t *testing.T) {
			context := exampleContext(t, `{"logs": {}}`)
			environment := context["environments"].(map[string]any)["dev"].(map[string]any)
			environment["logs"] = map[string]any{"retentionDays": number}
			cfg, err := config.Load(context, "dev")
			require.NoError(t, err)
			assert.Equal(t, 7, cfg.Logs.RetentionDays)
		})
	}
}

func TestLoadTakesNullForNotGiven(t *testing.T) {
	context := exampleContext(t, `{}`)
	environment := context["environments"].(map[string]any)["dev"].(map[string]any)
	environment["tracing"], environment["health"], environment["scopes"] = nil, nil, nil
	cfg, err := config.Load(context, "dev")
	require.NoError(t, err)
	assert.True(t, *cfg.Tracing)
	assert.Equal(t, config.HealthDependencies, cfg.Health.Depth)
	assert.Len(t, cfg.Scopes, 2)
}

func TestWithDefaultsLeavesItsReceiverAlone(t *testing.T) {
	cfg, err := config.Decode(exampleContext(t, `{}`), "dev")
	require.NoError(t, err)
	before, err := json.Marshal(cfg)
	require.NoError(t, err)

	complete := cfg.WithDefaults()

	after, err := json.Marshal(cfg)
	require.NoError(t, err)
	assert.JSONEq(t, string(before), string(after))
	assert.Equal(t, complete, complete.WithDefaults())
}

func TestWithDefaultsKeepsAnExplicitFalse(t *testing.T) {
	cfg, err := config.Load(exampleContext(t, `{"tracing": false, "dashboard": false, "apiGatewayAccountRole": false, "alarms": {"enabled": false}}`), "dev")
	require.NoError(t, err)
	assert.False(t, *cfg.Tracing)
	assert.False(t, *cfg.Dashboard)
	assert.False(t, *cfg.APIGatewayAccountRole)
	assert.False(t, *cfg.Alarms.Enabled)
}

func TestGlobalRegionIsWhereRoute53PublishesItsMetrics(t *testing.T) {
	cfg, err := config.Load(exampleContext(t, `{"primaryRegion": "ap-southeast-1", "secondaryRegion": "ap-southeast-2"}`), "dev")
	require.NoError(t, err)
	assert.Equal(t, "us-east-1", cfg.GlobalRegion)
}

func TestEnvironmentsOfOneAccountNeedTheirOwnNames(t *testing.T) {
	context := exampleContext(t, `{}`)
	environments := context["environments"].(map[string]any)
	environments["prod"] = map[string]any{"name": "orders", "account": "123456789012"}
	_, err := config.Load(context, "dev")
	assert.EqualError(t, err, "regionpair: 1 problem in environment \"dev\":\n"+
		`  - name: environment "prod" has the same name in the same account; use another name: both would have the same stacks`)
	for _, other := range []map[string]any{
		{"name": "orders", "account": "210987654321"}, {"name": "payments", "account": "123456789012"}, {"name": "orders"}, nil,
	} {
		environments["prod"] = other
		_, err := config.Load(context, "dev")
		assert.NoError(t, err)
	}
}

func TestWithAccount(t *testing.T) {
	open, err := config.Load(exampleContext(t, `{"account": null}`), "dev")
	require.NoError(t, err)
	fixed, err := config.Load(exampleContext(t, `{}`), "dev")
	require.NoError(t, err)

	t.Run("fills an account that is not configured", func(t *testing.T) {
		cfg, err := open.WithAccount("210987654321")
		require.NoError(t, err)
		assert.Equal(t, "210987654321", cfg.Account)
	})
	t.Run("keeps the configured one", func(t *testing.T) {
		cfg, err := fixed.WithAccount("210987654321")
		require.NoError(t, err)
		assert.Equal(t, "123456789012", cfg.Account)
	})
	t.Run("fails without any", func(t *testing.T) {
		_, err := open.WithAccount("")
		assert.EqualError(t, err, "regionpair: 1 problem:\n"+
			"  - account: is neither configured nor known from credentials; give the 12 digits of an account id, in quotes, or log in to AWS")
	})
	t.Run("fails with a wrong one", func(t *testing.T) {
		_, err := open.WithAccount("12")
		assert.EqualError(t, err, "regionpair: 1 problem:\n"+
			`  - account: "12" is not valid; use the 12 digits of an account id, in quotes`)
	})
}

func TestFromContextReadsWhatTheContextSelects(t *testing.T) {
	section := exampleContext(t, `{}`)
	from := func(values map[string]any) (config.Config, error) {
		return config.FromContext(func(key string) any { return values[key] }, "210987654321")
	}
	plain, err := from(map[string]any{"regionpair": section})
	require.NoError(t, err)
	assert.Equal(t, config.ArchitectureARM64, plain.Architecture)
	drilled, err := from(map[string]any{"regionpair": section, "env": "dev", "architecture": "x86_64"})
	require.NoError(t, err)
	assert.Equal(t, config.ArchitectureX8664, drilled.Architecture)
	for name, values := range map[string]map[string]any{
		"nothing": {}, "another environment": {"regionpair": section, "env": "prdo"}, "another processor": {"regionpair": section, "architecture": "amd64"},
		"another durability": {"regionpair": section, "durability": "both"},
	} {
		_, err := from(values)
		var all config.Errors
		require.ErrorAs(t, err, &all, name)
	}
}

func TestFromContextReplacesTheDurability(t *testing.T) {
	from := func(fields, durability string) config.Config {
		values := map[string]any{"regionpair": exampleContext(t, fields), "durability": durability}
		c, err := config.FromContext(func(key string) any { return values[key] }, "210987654321")
		require.NoError(t, err)
		return c
	}
	async, sync := from(`{}`, "async"), from(`{}`, "sync")
	assert.Equal(t, config.Storage{Durability: "async", NoncurrentVersionDays: async.Storage.NoncurrentVersionDays}, async.Storage)
	assert.Equal(t, config.PeerDownAccept, sync.Storage.WhenPeerIsDown)
	assert.Equal(t, "eu-west-2", sync.Storage.WitnessRegion, "one that can be it")
	own := `{"storage": {"durability": "sync", "whenPeerIsDown": "refuse", "witnessRegion": "eu-west-3"}}`
	assert.Equal(t, async, from(own, "async"))
	assert.Equal(t, "eu-west-3", from(own, "sync").Storage.WitnessRegion, "what is configured stays")
}

func TestFromContextLooksForTheFunctions(t *testing.T) {
	section := exampleContext(t, `{
		"handler": {"entry": "testdata", "routes": [
			{"method": "GET", "path": "/a", "public": true, "entry": "none"},
			{"method": "GET", "path": "/b", "public": true, "entry": "../app.go"}
		]},
		"health": {"probes": {"queue": {"entry": "./internal/rule"}}}}`)
	_, err := config.FromContext(func(key string) any { return map[string]any{"regionpair": section}[key] }, "210987654321")
	var all config.Errors
	require.ErrorAs(t, err, &all)
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	var lines []string
	for _, one := range all {
		lines = append(lines, one.Error())
	}
	require.Len(t, lines, 4)
	assert.Contains(t, lines[0], `handler.entry: "`+root+`/config/testdata" holds no Go package that builds for Linux; name the folder of a Go main package`)
	assert.Equal(t, `handler.routes[0].entry: there is no folder "`+root+`/config/none"; name the folder of a Go main package, relative to the app's cdk.json`, lines[1])
	assert.Equal(t, `handler.routes[1].entry: "`+root+`/app.go" is a file; name the folder that it is in`, lines[2])
	assert.Equal(t, `health.probes.queue.entry: "`+root+`/internal/rule" is package rule; name the folder of a main package`, lines[3])
}

func TestDefaultsHoldForEveryEnvironment(t *testing.T) {
	context := func(text string) any {
		var value any
		require.NoError(t, json.Unmarshal([]byte(text), &value))
		return value
	}
	section := context(`{
		"defaults": {
			"name": "orders", "account": "111122223333", "primaryRegion": "eu-west-1", "secondaryRegion": "eu-central-1",
			"hostedZone": {"id": "Z0123456789ABCDEFGHIJ", "name": "example.com"}, "domainName": "api.example.com",
			"clients": {"partner": {"scopes": ["objects/read", "objects/write"]}},
			"egress": {"enabled": false, "maxAzs": 3}, "tags": {"team": "orders"}
		},
		"environments": {
			"dev": {"account": "444455556666"},
			"prod": {
				"clients": {"partner": {"scopes": ["objects/read"]}, "backoffice": {"scopes": ["objects/write"]}},
				"egress": {"enabled": true}, "tags": null
			}
		}
	}`)
	dev, err := config.Load(section, "dev")
	require.NoError(t, err)
	assert.Equal(t, "444455556666", dev.Account)
	assert.Equal(t, "orders", dev.Name)
	assert.False(t, dev.Egress.Enabled)
	assert.Equal(t, map[string]string{"team": "orders"}, dev.Tags)

	prod, err := config.Load(section, "prod")
	require.NoError(t, err)
	assert.Equal(t, "111122223333", prod.Account)
	assert.True(t, prod.Egress.Enabled)
	assert.Equal(t, 3, prod.Egress.MaxAZs)
	assert.Equal(t, []string{"objects/read"}, prod.Clients["partner"].Scopes, "lists are replaced as a whole")
	assert.Len(t, prod.Clients, 2)
	assert.Empty(t, prod.Tags, "null takes a default away")

	_, err = config.Load(context(`{"defaults": {"nmae": "orders"}, "environments": {"dev": {}}}`), "dev")
	require.ErrorContains(t, err, `did you mean "name"?`)
	_, err = config.Load(context(`{"defaults": [], "environments": {"dev": {}}}`), "dev")
	require.ErrorContains(t, err, "context.regionpair.defaults")
	same := context(`{"defaults": {"name": "orders", "account": "111122223333"}, "environments": {"dev": {}, "prod": {}}}`)
	_, err = config.Load(same, "dev")
	require.ErrorContains(t, err, `environment "prod" has the same name in the same account`)
}
