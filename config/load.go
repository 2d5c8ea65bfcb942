package config

// Load reads, completes and checks one environment: [Decode], [Config.WithDefaults], [Config.Validate]. context is the
// value of the context key "regionpair", env the name of the environment. The error is an [Errors] with every problem of
// all three steps; the Config is then the zero one.
func Load(context any, env string) (Config, error) {
	cfg, found, ok := decode(context, env)
	if ok {
		cfg = cfg.WithDefaults()
		cfg.validate(found)
	}
	if err := found.err(env); err != nil {
		return Config{}, err
	}
	return cfg, nil
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
		found := &problems{}
		found.add(at("account"), "is neither configured nor known from credentials",
			"give the 12 digits of an account id, in quotes, or log in to AWS")
		return Config{}, found.err("")
	}
	if err := c.Validate(); err != nil {
		return Config{}, err
	}
	return c, nil
}
