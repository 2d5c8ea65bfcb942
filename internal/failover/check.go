package failover

import (
	"errors"
	"fmt"
	"time"

	"github.com/regionpair/regionpair/internal/property"
)

const (
	// ConnectLimit is how long a checker waits for a connection.
	ConnectLimit = 4 * time.Second
	// AnswerLimit is how long it waits for a status of 2xx or 3xx, once it is
	// connected.
	AnswerLimit = 2 * time.Second
	// BareConnectLimit is how long it waits for a connection when that is all it
	// wants.
	BareConnectLimit = 10 * time.Second
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
	// ConnectOnly makes a check of type TCP: a connection is good, whatever would
	// be answered. It has no Path.
	ConnectOnly bool
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

// ParseCheck reads an AWS::Route53::HealthCheck. Errors name the property.
func ParseCheck(id string, p *property.Reader) (Check, error) {
	if !p.Has("HealthCheckConfig") {
		return Check{}, fmt.Errorf("health check %s: 'HealthCheckConfig' is missing", id)
	}
	config := p.Object("HealthCheckConfig")
	c := Check{ID: id, Inverted: config.Flag("Inverted"), Regions: config.Texts("Regions")}
	var problems []error
	switch kind := config.Text("Type"); kind {
	case "CALCULATED":
		c.Children = config.Texts("ChildHealthChecks")
		c.HealthThreshold = config.Count("HealthThreshold", 0)
	case "HTTPS":
		c.Path, c.Port = config.Text("ResourcePath"), config.Count("Port", 443)
		problems = c.readEndpoint(config)
	case "TCP":
		c.ConnectOnly, c.Port = true, config.Count("Port", 0)
		if c.Port == 0 {
			config.Fail("Port", "is missing: Route 53 refuses a TCP check without it")
		}
		if config.Has("ResourcePath") {
			config.Fail("ResourcePath", "must be missing: Route 53 refuses a TCP check with one")
		}
		problems = c.readEndpoint(config)
	default:
		config.Fail("Type", "%q is not emulated; 'HTTPS', 'TCP' and 'CALCULATED' are", kind)
	}
	config.Leave("the metric of it is nobody's input", "MeasureLatency")
	config.Leave("checkers here always name the host", "EnableSNI")
	p.Leave("names for people", "HealthCheckTags")
	if err := errors.Join(append(problems, p.Problems())...); err != nil {
		return Check{}, fmt.Errorf("health check %s: %w", id, err)
	}
	return c, nil
}

// readEndpoint reads what all checks with checkers have in common, and returns what
// is wrong with it.
func (c *Check) readEndpoint(config *property.Reader) []error {
	c.Host = config.Text("FullyQualifiedDomainName")
	c.Interval = time.Duration(config.Count("RequestInterval", 30)) * time.Second
	c.Threshold = config.Count("FailureThreshold", 3)
	if len(c.Regions) == 0 {
		c.Regions = CheckerRegions
	}
	return c.validate()
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
