package config

import (
	"maps"
	"reflect"
	"strconv"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/limits"
)

// WithDefaults returns the configuration with a value in every field that was not given. It changes nothing that was
// given, and applying it again changes nothing.
func (c Config) WithDefaults() Config {
	c.applyPosture()
	fill(reflect.ValueOf(&c).Elem())
	c.applyFailback()
	c.applyGrayFailure()
	if c.Storage.Durability == DurabilitySync {
		setDefaultTo(&c.Storage.WhenPeerIsDown, PeerDownAccept)
	}
	c.Tables = maps.Clone(c.Tables)
	for name, table := range c.Tables {
		c.Tables[name] = table.withDefaults()
	}
	if c.Scopes == nil {
		c.Scopes = contract.DefaultScopes()
	}
	if c.Handler.Entry == "" && c.Handler.Routes == nil {
		c.Handler.Routes = c.bundledRoutes()
	}
	if c.Egress.NatGateways == 0 {
		// Bounded, so that a wrong maxAzs is reported once and not for a value nobody wrote.
		c.Egress.NatGateways = max(1, min(c.Egress.MaxAZs, 3))
	}
	return c
}

// withDefaults returns a complete table.
func (t Table) withDefaults() Table {
	fill(reflect.ValueOf(&t).Elem())
	return t
}

// applyPosture fills what the posture has a default of its own for. An unknown one is reported by [Config.Validate].
func (c *Config) applyPosture() {
	if c.Routing.Records == "" {
		c.Routing.Records = RecordsCNAME
		if c.DomainName == c.HostedZone.Name {
			c.Routing.Records = RecordsAlias
		}
	}
	if c.Posture == "" {
		c.Posture = PostureStandard
	}
	posture, known := limits.Posture(c.Posture)
	if !known {
		return
	}
	setDefaultTo(&c.Health.IntervalSeconds, posture.Interval)
	setDefaultTo(&c.Health.FailureThreshold, posture.Threshold)
	if c.Health.CheckerRegions == nil {
		c.Health.CheckerRegions = posture.CheckerRegions
	}
	if posture.EssentialAlarms {
		setDefaultTo(&c.Alarms.Set, AlarmsEssential)
	}
	if c.Routing.Records == RecordsCNAME {
		setDefaultTo(&c.Routing.TTLSeconds, posture.TTL)
	}
}

// applyFailback guards the failback where there is one.
func (c *Config) applyFailback() {
	mode := FailbackAuto
	if c.Routing.Policy == RoutingFailover {
		mode = FailbackGuarded
	}
	setDefaultTo(&c.Failback.Mode, mode)
	if c.Failback.Mode != FailbackAuto {
		setDefaultTo(&c.Failback.StableMinutes, 3)
	}
}

func (c *Config) applyGrayFailure() {
	if g := &c.Health.GrayFailure; g.Enabled {
		setDefaultTo(&g.ErrorPercent, limits.GrayErrorPercent)
		setDefaultTo(&g.MinRequests, limits.GrayMinRequests)
	}
}

func setDefaultTo[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// bundledRoutes are the routes that the bundled objects function serves.
func (c Config) bundledRoutes() []Route {
	read, write := c.ScopeName("read"), c.ScopeName("write")
	return []Route{
		{Method: "GET", Path: "/objects", Scopes: []string{read}},
		{Method: "GET", Path: "/objects/{key+}", Scopes: []string{read}},
		{Method: "HEAD", Path: "/objects/{key+}", Scopes: []string{read}},
		{Method: "PUT", Path: "/objects/{key+}", Scopes: []string{write}},
		{Method: "DELETE", Path: "/objects/{key+}", Scopes: []string{write}},
		{Method: "POST", Path: "/uploads/{key+}", Scopes: []string{write}},
	}
}

// fill sets the zero fields of a struct, and of the structs in it, to the defaults of their tags.
func fill(v reflect.Value) {
	for i := range v.NumField() {
		field := v.Field(i)
		if field.Kind() == reflect.Struct {
			fill(field)
			continue
		}
		if text := v.Type().Field(i).Tag.Get("default"); text != "" && field.IsZero() {
			setDefault(field, text)
		}
	}
}

// setDefault panics on a default that does not fit its field: a mistake in the type, which every test would meet.
func setDefault(field reflect.Value, text string) {
	switch field.Kind() {
	case reflect.String:
		field.SetString(text)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			panic(err)
		}
		field.SetInt(int64(n))
	case reflect.Pointer:
		b, err := strconv.ParseBool(text)
		if err != nil {
			panic(err)
		}
		field.Set(reflect.ValueOf(&b))
	default:
		panic("config: no default for a field of kind " + field.Kind().String())
	}
}
