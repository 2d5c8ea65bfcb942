package config

import (
	"reflect"

	"github.com/regionpair/regionpair/internal/strict"
)

// Validate checks the configuration, completed with its defaults, against every rule of AWS and of the pair, all at
// once. The error is an [Errors] in the order of the fields.
func (c Config) Validate() error {
	found := newReader()
	c.WithDefaults().validate(found)
	return errorOf(found, "")
}

// validate adds what is wrong with a complete configuration to found. A rule that relies on a field that is already
// known to be wrong is left out, because its message would mislead.
func (c Config) validate(found *strict.Reader, further ...func(*validator)) {
	v := &validator{Reader: found, cfg: c}
	v.Structure(nil, reflect.ValueOf(c))
	v.name()
	v.regions()
	v.domain()
	v.certificates()
	v.resourceServer()
	v.clients()
	v.handler()
	v.routes()
	v.routing()
	v.failback()
	v.grayFailure()
	v.allowedNetworks()
	v.health()
	v.probes()
	v.tables()
	v.storage()
	v.bucketKeys()
	v.egress()
	v.alarms()
	v.mutualTLS()
	v.permissionsBoundary()
	v.tags()
	v.stackResources()
	for _, check := range further {
		check(v)
	}
}

// validator checks one complete configuration.
type validator struct {
	*strict.Reader
	cfg Config
}
