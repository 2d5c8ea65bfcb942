package config

import (
	"cmp"

	"github.com/regionpair/regionpair/internal/limits"
	"github.com/regionpair/regionpair/internal/strict"
)

// DefaultEnvironment is read when the context does not select one.
const DefaultEnvironment = "dev"

// FromContext reads what an app deploys from CDK's context: the environment under the key "regionpair" that the key
// "env" selects ([DefaultEnvironment] if none does), for the processor that the key "architecture" may name, with the
// storage.durability that the key "durability" may name (the witness is then any Region that can be it), in the account
// if the configuration names none. It also looks for the folders of your functions. The error is an [Errors].
func FromContext(context func(key string) any, account string) (Config, error) {
	environment, _ := context("env").(string)
	durability, _ := context("durability").(string)
	c, err := load(context("regionpair"), cmp.Or(environment, DefaultEnvironment), ObjectDurability(durability), (*validator).folders)
	if err != nil {
		return Config{}, err
	}
	if architecture, ok := context("architecture").(string); ok {
		c.Architecture = Architecture(architecture)
	}
	if c, err = c.WithAccount(account); err != nil {
		return Config{}, err
	}
	return c, c.Validate()
}

// Load reads, completes and checks one environment: [Decode], [Config.WithDefaults], [Config.Validate]. context is the
// value of the context key "regionpair", env the name of the environment. The error is an [Errors] with every problem of
// all three steps; the Config is then the zero one.
func Load(context any, env string) (Config, error) { return load(context, env, "") }

// load reads an environment and applies further checks to it. A durability that is named replaces the configured one.
func load(context any, env string, durability ObjectDurability, further ...func(*validator)) (Config, error) {
	cfg, found, ok := decode(context, env)
	if ok {
		cfg = cfg.withDurability(durability).WithDefaults()
		cfg.validate(found, further...)
	}
	if err := errorOf(found, env); err != nil {
		return Config{}, err
	}
	return cfg, nil
}

// withDurability returns the configuration with another durability of objects, without what has no meaning with it and with
// what it needs.
func (c Config) withDurability(durability ObjectDurability) Config {
	if durability == "" || durability == cmp.Or(c.Storage.Durability, DurabilityAsync) {
		return c
	}
	c.Storage.Durability = durability
	if durability == DurabilityAsync {
		c.Storage.WhenPeerIsDown, c.Storage.WitnessRegion = "", ""
	} else if thirds := limits.ThirdRegions(c.PrimaryRegion, c.SecondaryRegion); c.Storage.WitnessRegion == "" && len(thirds) > 0 {
		c.Storage.WitnessRegion = thirds[0]
	}
	return c
}

// WithAccount returns the configuration for the account, which is what an empty Account stands for. An account that the
// configuration names itself wins, so that deploying with the wrong credentials fails rather than moves the pair.
// The error is an [Errors] when account is not 12 digits.
func (c Config) WithAccount(account string) (Config, error) {
	if c.Account != "" {
		return c, nil
	}
	c.Account = account
	if account == "" {
		found := newReader()
		found.Add(strict.At("account"), "is neither configured nor known from credentials",
			"give the 12 digits of an account id, in quotes, or log in to AWS")
		return Config{}, errorOf(found, "")
	}
	if err := c.Validate(); err != nil {
		return Config{}, err
	}
	return c, nil
}
