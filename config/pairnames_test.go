package config_test

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
)

// namesWith are the names of the example, with changes; nil takes a field away.
func namesWith(changes map[string]any) map[string]any {
	names := map[string]any{"name": "orders", "primaryRegion": "eu-west-1", "secondaryRegion": "eu-central-1", "domainName": "api.example.com"}
	maps.Copy(names, changes)
	maps.DeleteFunc(names, func(_ string, value any) bool { return value == nil })
	return names
}

func TestDecodePairNames(t *testing.T) {
	names, err := config.DecodePairNames(namesWith(nil))
	require.NoError(t, err)
	assert.Equal(t, config.PairNames{Name: "orders", PrimaryRegion: "eu-west-1", SecondaryRegion: "eu-central-1", DomainName: "api.example.com"}, names)
}

func TestDecodePairNamesSaysEverythingAtOnce(t *testing.T) {
	for name, test := range map[string]struct {
		context any
		want    []string
	}{
		"not an object": {"orders", []string{`context["regionpair:pair"]: `, "an object"}},
		"nothing":       {map[string]any{}, []string{"4 problems", `"].name: is missing`, `"].primaryRegion: is missing`, `"].secondaryRegion: is missing`, `"].domainName: is missing`}},
		"several": {namesWith(map[string]any{"primaryRegion": "eu-wset-1", "domainname": "a.example.com", "domainName": nil, "name": 1}),
			[]string{`did you mean "eu-west-1"?`, `did you mean "domainName"?`, "found the number 1"}},
		"one Region": {namesWith(map[string]any{"secondaryRegion": "eu-west-1"}), []string{`"].secondaryRegion: "eu-west-1" is the primary Region too`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := config.DecodePairNames(test.context)
			require.ErrorAs(t, err, &config.Errors{})
			for _, want := range test.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestNamesInTheContextAreThoseOfTheApp(t *testing.T) {
	c := config.Config{Name: "orders", PrimaryRegion: "eu-west-1", SecondaryRegion: "eu-central-1", DomainName: "api.example.com"}
	assert.NoError(t, c.CheckNames(nil))
	assert.NoError(t, c.CheckNames(namesWith(nil)))
	assert.NoError(t, c.CheckNames(namesWith(map[string]any{"name": "other", "domainName": "b.example.com"})), "another pair of the app")
	err := c.CheckNames(namesWith(map[string]any{"primaryRegion": "eu-central-1", "secondaryRegion": "eu-west-1", "domainName": "b.example.com"}))
	require.ErrorContains(t, err, "3 problems")
	assert.ErrorContains(t, err, `context["regionpair:pair"].domainName: is "b.example.com" in cdk.json, and the app defines "api.example.com"`)
	assert.ErrorContains(t, c.CheckNames(namesWith(map[string]any{"domain": "x"})), "unknown field")
}
