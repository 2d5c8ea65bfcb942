package config

import (
	"fmt"
	"reflect"

	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
)

// NamesContext is the key of CDK's context with the [PairNames] of a pair that an app defines in Go. The commands for
// operators read it from cdk.json, where the section "regionpair" is missing.
const NamesContext = "regionpair:pair"

// PairNames are what commands must know of a deployed pair. The fields are those of a [Config].
type PairNames struct {
	// Name of the pair.
	Name string `json:"name"`
	// PrimaryRegion serves while it is healthy.
	PrimaryRegion string `json:"primaryRegion"`
	// SecondaryRegion is the standby.
	SecondaryRegion string `json:"secondaryRegion"`
	// DomainName is the host name of the API.
	DomainName string `json:"domainName"`
}

// CheckNames holds the value of the context key "regionpair:pair" against the configuration, so that commands ask the pair
// that the app defines. The names of another pair are none of its business. The error is an [Errors].
func (c Config) CheckNames(context any) error {
	if context == nil {
		return nil
	}
	names, err := DecodePairNames(context)
	if err != nil || names.Name != c.Name {
		return err
	}
	var differing Errors
	for _, field := range []struct{ name, context, app string }{
		{"primaryRegion", names.PrimaryRegion, c.PrimaryRegion},
		{"secondaryRegion", names.SecondaryRegion, c.SecondaryRegion},
		{"domainName", names.DomainName, c.DomainName},
	} {
		if field.context != field.app {
			differing = append(differing, FieldError{
				Path:    strict.At("context", NamesContext, field.name).String(),
				Problem: fmt.Sprintf("is %q in cdk.json, and the app defines %q", field.context, field.app),
				Fix:     "write the same: regionpair's commands read it there",
			})
		}
	}
	if differing == nil {
		return nil
	}
	return differing
}

// DecodePairNames reads the value of the context key "regionpair:pair". It is as strict as [Decode], and each name must be
// given. The error is an [Errors] with every problem.
func DecodePairNames(context any) (PairNames, error) {
	names := PairNames{}
	reader := &strict.Reader{RuleOf: func(field reflect.StructField) rule.Rule {
		same, _ := reflect.TypeFor[Config]().FieldByName(field.Name)
		return ruleOf(same)
	}}
	here := strict.At("context", NamesContext)
	if object, ok := reader.Object(here, context); ok {
		reader.Fields(here, reflect.ValueOf(&names).Elem(), object)
		reader.Structure(here, reflect.ValueOf(names))
	}
	if secondary := here.To("secondaryRegion"); names.PrimaryRegion != "" && names.PrimaryRegion == names.SecondaryRegion && reader.Sound(secondary) {
		reader.Add(secondary, fmt.Sprintf("%q is the primary Region too", names.SecondaryRegion), "name the other Region of the pair")
	}
	return names, errorOf(reader, "")
}
