package failover

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

const (
	// ConnectLimit is how long a checker waits for a connection.
	ConnectLimit = 4 * time.Second
	// AnswerLimit is how long it waits for a status of 2xx or 3xx, once it is
	// connected.
	AnswerLimit = 2 * time.Second
	// AliasTTL is how long resolvers keep the answer of an alias record for a
	// regional API. Route 53's FAQ documents 60 s for load balancers; for API
	// Gateway nobody has.
	AliasTTL = 60 * time.Second
	// DefaultAggregation is the time from a checker's conclusion to the answer
	// of the name servers. AWS gives no figure; observers saw 5 to 10 s.
	DefaultAggregation = 5 * time.Second
	// HealthyShare is the share of checkers that more than must agree.
	HealthyShare = 0.18
	// CheckersPerRegion is how many checkers ask from each Region: AWS speaks
	// of about 16 for the default eight.
	CheckersPerRegion = 2
)

// CheckerRegions are the Regions of the checkers when a check names none.
var CheckerRegions = []string{
	"us-east-1", "us-west-1", "us-west-2", "eu-west-1", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "sa-east-1",
}

// Check is a health check.
type Check struct {
	// ID that records and calculated checks name it by.
	ID string
	// Host, Port and Path that checkers ask over HTTPS.
	Host, Path string
	Port       int
	// Interval from the end of a checker's request to its next one.
	Interval time.Duration
	// Threshold is how many answers in a row change a checker's mind.
	Threshold int
	// Inverted swaps healthy and unhealthy.
	Inverted bool
	// Regions of the checkers.
	Regions []string
	// Children make it a calculated check: healthy while at least
	// HealthThreshold of them are.
	Children        []string
	HealthThreshold int
}

// Calculated reports whether the check has children instead of checkers.
func (c Check) Calculated() bool { return len(c.Children) > 0 }

// Checkers returns how many checkers ask.
func (c Check) Checkers() int { return len(c.Regions) * CheckersPerRegion }

// ParseCheck reads the properties of an AWS::Route53::HealthCheck. Errors name
// the property.
func ParseCheck(id string, properties map[string]any) (Check, error) {
	config, ok := properties["HealthCheckConfig"].(map[string]any)
	if !ok {
		return Check{}, fmt.Errorf("health check %s: 'HealthCheckConfig' is missing", id)
	}
	r := reader{values: config}
	c := Check{ID: id, Inverted: r.boolean("Inverted"), Regions: r.texts("Regions")}
	switch kind := r.text("Type"); kind {
	case "CALCULATED":
		c.Children = r.texts("ChildHealthChecks")
		c.HealthThreshold = r.number("HealthThreshold", 0)
	case "HTTPS":
		c.Host, c.Path = r.text("FullyQualifiedDomainName"), r.text("ResourcePath")
		c.Port = r.number("Port", 443)
		c.Interval = time.Duration(r.number("RequestInterval", 30)) * time.Second
		c.Threshold = r.number("FailureThreshold", 3)
		if len(c.Regions) == 0 {
			c.Regions = CheckerRegions
		}
		r.problems = append(r.problems, c.validate()...)
	default:
		r.fail("'Type' %q is not emulated; 'HTTPS' and 'CALCULATED' are", kind)
	}
	if err := errors.Join(r.problems...); err != nil {
		return Check{}, fmt.Errorf("health check %s: %w", id, err)
	}
	return c, nil
}

func (c Check) validate() []error {
	var problems []error
	if c.Host == "" {
		problems = append(problems, errors.New("'FullyQualifiedDomainName' is missing"))
	}
	if c.Interval != 10*time.Second && c.Interval != 30*time.Second {
		problems = append(problems, fmt.Errorf("'RequestInterval' must be 10 or 30, got %v", c.Interval.Seconds()))
	}
	if c.Threshold < 1 || c.Threshold > 10 {
		problems = append(problems, fmt.Errorf("'FailureThreshold' must be 1 to 10, got %d", c.Threshold))
	}
	if len(c.Regions) < 3 {
		problems = append(problems, fmt.Errorf("'Regions' must name at least 3, got %d", len(c.Regions)))
	}
	return problems
}

// reader reads the values of a template, where numbers and booleans may be
// written as text.
type reader struct {
	values   map[string]any
	problems []error
}

func (r *reader) fail(format string, args ...any) {
	r.problems = append(r.problems, fmt.Errorf(format, args...))
}

func (r *reader) text(name string) string {
	switch v := r.values[name].(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	r.fail("'%s' must be a text, got %v", name, r.values[name])
	return ""
}

func (r *reader) number(name string, missing int) int {
	text := r.text(name)
	if text == "" {
		return missing
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		r.fail("'%s' must be a whole number, got %q", name, text)
	}
	return number
}

func (r *reader) boolean(name string) bool { return r.text(name) == "true" }

func (r *reader) texts(name string) []string {
	list, ok := r.values[name].([]any)
	if !ok {
		return nil
	}
	texts := []string{}
	for _, element := range list {
		text, isText := element.(string)
		if !isText {
			r.fail("'%s' must hold texts, got %v", name, element)
		}
		texts = append(texts, text)
	}
	return slices.Clip(texts)
}
