package regionpair

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/url"
	"reflect"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"

	"github.com/regionpair/regionpair/internal/limits"
)

// misuse reports wrong props the way CDK does: by failing the synthesis.
func misuse(format string, args ...any) {
	panic(fmt.Sprintf("regionpair: "+format, args...))
}

// mustBeValid fails with everything that is wrong, one line each.
func mustBeValid(problems error) {
	if problems != nil {
		misuse("%s", strings.ReplaceAll(problems.Error(), "\n", "\nregionpair: "))
	}
}

// check collects everything that is wrong with the props of one construct.
type check struct {
	construct string
	problems  []error
}

func checking(construct string) *check { return &check{construct: construct} }

func (c *check) err() error { return errors.Join(c.problems...) }

// refuse notes a problem when there is one.
func (c *check) refuse(wrong bool, format string, args ...any) {
	if wrong {
		c.problems = append(c.problems, fmt.Errorf(c.construct+" "+format, args...))
	}
}

// requires notes that a property is missing. A typed nil inside an interface
// is missing, too.
func (c *check) requires(property string, value any) bool {
	missing := isMissing(value)
	c.refuse(missing, "needs '%s'", property)
	return !missing
}

func isMissing(value any) bool {
	v := reflect.ValueOf(value)
	if !v.IsValid() || v.IsZero() {
		return true
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		return v.Len() == 0
	}
	return false
}

// add takes over the problems that another part has found in itself.
func (c *check) add(problems error) {
	if problems != nil {
		c.problems = append(c.problems, problems)
	}
}

// oneOf refuses a value that is not among those allowed; "" stands for the default.
func oneOf[T ~string](c *check, property string, value T, allowed ...T) {
	if value == "" {
		return
	}
	names := make([]string, 0, len(allowed))
	for _, one := range allowed {
		if one == value {
			return
		}
		names = append(names, "'"+string(one)+"'")
	}
	c.refuse(true, "'%s' must be %s, got '%s'", property, alternatives(names), value)
}

func alternatives(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// within refuses a number outside a range; 0 stands for the default.
func within[T cmp.Ordered](c *check, property string, value, low, high T, unit string) {
	var zero T
	c.refuse(value != zero && (value < low || value > high), "'%s' must be from %v to %v%s, got %v", property, low, high, unit, value)
}

// lasts refuses a duration outside a range in seconds.
func (c *check) lasts(property string, value awscdk.Duration, low, high float64, allowed string) {
	if value == nil {
		return
	}
	if seconds, known := secondsOf(value); known {
		c.refuse(seconds < low || seconds > high, "'%s' must be %s, got %v", property, allowed, inWords(seconds))
	}
}

// whole refuses a duration that its service has no number for.
func (c *check) whole(property string, value awscdk.Duration, unit float64, name string) {
	if value == nil {
		return
	}
	seconds, known := secondsOf(value)
	c.refuse(known && math.Mod(seconds, unit) != 0, "'%s' must be whole %s, got %s", property, name, inWords(seconds))
}

// secondsOf is false for a duration that is known at deployment only.
func secondsOf(duration awscdk.Duration) (float64, bool) {
	if *once(duration, "isUnresolved", duration.IsUnresolved) {
		return 0, false
	}
	return *once(duration, "milliseconds", func() *float64 { return duration.ToMilliseconds(nil) }) / 1000, true
}

func inWords(seconds float64) string {
	for _, unit := range []struct {
		length float64
		name   string
	}{{86400, "days"}, {3600, "hours"}, {60, "minutes"}} {
		if count := seconds / unit.length; seconds > 0 && count == float64(int(count)) {
			return fmt.Sprintf("%v %s", count, unit.name)
		}
	}
	return fmt.Sprintf("%v seconds", seconds)
}

// inZone refuses a name that the zone cannot answer for.
func (c *check) inZone(domain string, zone awsroute53.IHostedZone) {
	if zone == nil || domain == "" {
		return
	}
	name, known := zoneNameOf(zone)
	c.refuse(!known, "needs a 'HostedZone' with its name, such as HostedZone_FromHostedZoneAttributes gives, got one by its id alone")
	c.refuse(known && !isToken(domain) && !isToken(name) && !limits.InZone(domain, name), "needs a domain name in its hosted zone '%s', got '%s'", name, domain)
}

func (c *check) region(property, region string) {
	known, ok := limits.LookupRegion(region)
	c.refuse(region != "" && (!ok || known.Partition != limits.Partition),
		"'%s' must be an AWS Region of the commercial partition such as 'eu-west-1', got '%s'", property, region)
}

// networks refuses what is no network from which somebody reaches a public API.
func (c *check) networks(property string, networks []string, example string) {
	for _, network := range networks {
		for _, problem := range []*limits.Problem{limits.CheckNetwork(network, "a network such as '"+example+"'"), limits.CheckPublic(network)} {
			if problem != nil {
				c.refuse(true, "'%s' %s", property, problem)
			}
		}
	}
}

// url refuses what no function could ask over HTTPS.
func (c *check) url(property, address string) {
	if address == "" || isToken(address) {
		return
	}
	parsed, err := url.Parse(address)
	c.refuse(err != nil || parsed.Scheme != "https" || parsed.Host == "", "'%s' must start with 'https://', got '%s'", property, address)
}

// isToken says that a value is known at deployment only. CDK is asked about what
// looks like one.
func isToken(value string) bool {
	return strings.Contains(value, "${Token[") && *awscdk.Token_IsUnresolved(value)
}
