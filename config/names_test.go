package config_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
)

func TestDerivedNames(t *testing.T) {
	cfg, err := config.Load(exampleContext(t, `{}`), "dev")
	require.NoError(t, err)
	for want, got := range map[string]string{
		"orders-primary":                        cfg.StackName(config.Primary),
		"orders-secondary":                      cfg.StackName(config.Secondary),
		"orders-global":                         cfg.GlobalStackName(),
		"eu-west-1":                             cfg.Region(config.Primary),
		"eu-central-1":                          cfg.Region(config.Primary.Peer()),
		"orders-objects-123456789012-eu-west-1": cfg.BucketName("eu-west-1"),
		"orders-123456789012-eu-central-1":      cfg.CognitoDomainPrefix("eu-central-1"),
		"objects/read":                          cfg.ScopeName("read"),
	} {
		assert.Equal(t, want, got)
	}
	assert.Equal(t, config.Primary, config.Secondary.Peer())
}

// The longest name that is allowed must fit every AWS limit in every Region, and one more letter must break one.
func TestNameLengthIsTheLargestThatFits(t *testing.T) {
	const longest = 27
	fits := func(length int) bool {
		cfg := config.Config{Name: strings.Repeat("n", length), Account: "123456789012"}
		for _, region := range config.Regions() {
			if len(cfg.BucketName(region.Name)) > 63 || len(cfg.CognitoDomainPrefix(region.Name)) > 63 {
				return false
			}
		}
		return true
	}
	assert.True(t, fits(longest))
	assert.False(t, fits(longest+1))

	_, err := config.Load(exampleContext(t, `{"name": "`+strings.Repeat("n", longest)+`"}`), "dev")
	require.NoError(t, err)
	_, err = config.Load(exampleContext(t, `{"name": "`+strings.Repeat("n", longest+1)+`"}`), "dev")
	require.Error(t, err)
}

func TestRegions(t *testing.T) {
	region, ok := config.LookupRegion("cn-north-1")
	require.True(t, ok)
	assert.Equal(t, "aws-cn", region.Partition)
	_, ok = config.LookupRegion("eu-west-9")
	assert.False(t, ok)

	config.Regions()[0].Name = "changed"
	assert.NotEqual(t, "changed", config.Regions()[0].Name)
}
