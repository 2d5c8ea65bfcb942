package regionpair

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"

	"github.com/regionpair/regionpair/internal/contract"
)

// FailoverTarget is a Region that one name can be pointed at: its API, and the
// health endpoint that speaks for it. A [RegionUnit] is one; an API that exists
// already becomes one by [FailoverTargetFromApi] or
// [FailoverTargetFromAttributes].
type FailoverTarget interface {
	// Region of the API, such as "eu-west-1".
	Region() string
	// RegionalDomainName is the host that API Gateway serves the API's own name
	// at, such as "d-1a2b3c.execute-api.eu-west-1.amazonaws.com".
	RegionalDomainName() string
	// RegionalHostedZoneId of RegionalDomainName, which alias records need; empty
	// when it is not known.
	RegionalHostedZoneId() string
	// HealthDomainName is the host that Route 53's checkers ask, never the name
	// that fails over.
	HealthDomainName() string
	// HealthCheckPath answers 200 while the Region can serve.
	HealthCheckPath() string
	// SwitchCheckPath answers 200 while this Region is to take over all traffic,
	// and anything else otherwise.
	SwitchCheckPath() string
}

// FailoverTargetAttributes are what a [FailoverTarget] consists of.
type FailoverTargetAttributes struct {
	// Region, RegionalDomainName, HealthDomainName, HealthCheckPath and
	// SwitchCheckPath; see [FailoverTarget].
	// Required.
	Region, RegionalDomainName, HealthDomainName, HealthCheckPath, SwitchCheckPath string
	// RegionalHostedZoneId of RegionalDomainName.
	// Default: none, and then there can be no alias records.
	RegionalHostedZoneId string
}

type failoverTarget struct{ FailoverTargetAttributes }

func (t failoverTarget) Region() string { return t.FailoverTargetAttributes.Region }

func (t failoverTarget) RegionalDomainName() string {
	return t.FailoverTargetAttributes.RegionalDomainName
}

func (t failoverTarget) RegionalHostedZoneId() string {
	return t.FailoverTargetAttributes.RegionalHostedZoneId
}

func (t failoverTarget) HealthDomainName() string {
	return t.FailoverTargetAttributes.HealthDomainName
}

func (t failoverTarget) HealthCheckPath() string { return t.FailoverTargetAttributes.HealthCheckPath }

func (t failoverTarget) SwitchCheckPath() string { return t.FailoverTargetAttributes.SwitchCheckPath }

// Validate returns everything that is wrong at once.
func (a *FailoverTargetAttributes) Validate() error {
	a = orNew(a)
	c := checking("FailoverTarget")
	if c.requires("Region", a.Region) && !isToken(a.Region) {
		c.region("Region", a.Region)
	}
	c.requires("RegionalDomainName", a.RegionalDomainName)
	c.requires("HealthDomainName", a.HealthDomainName)
	for property, path := range map[string]string{"HealthCheckPath": a.HealthCheckPath, "SwitchCheckPath": a.SwitchCheckPath} {
		if c.requires(property, path) && !isToken(path) {
			c.refuse(!strings.HasPrefix(path, "/") || len(path) > 255, "'%s' must start with a slash and have at most 255 characters, got '%s'", property, path)
		}
	}
	return c.err()
}

// FailoverTargetFromAttributes describes a Region that was deployed by other
// means.
func FailoverTargetFromAttributes(attributes *FailoverTargetAttributes) FailoverTarget {
	mustBeValid(attributes.Validate())
	return failoverTarget{*attributes}
}

// FailoverTargetFromApi points at a regional custom domain of API Gateway,
// whatever is behind it, while a [HealthEndpoint] in the same Region says that
// it can serve. It gives the endpoint's stack the output that operators need to
// reach the API in this Region alone.
func FailoverTargetFromApi(domain awsapigateway.IDomainName, health HealthEndpoint) FailoverTarget {
	c := checking("FailoverTargetFromApi")
	given := c.requires("domain", domain)
	if c.requires("health", health) && given {
		here, there := regionOf(domain), regionOf(health)
		c.refuse(here != there, "needs a domain name and a health endpoint in one Region, got '%s' and '%s'", here, there)
	}
	mustBeValid(c.err())
	referToWeaklyIfDefined(domain)
	if health.Node().TryFindChild(new(outputID(contract.OutputRegionalDomainName))) == nil {
		output(health, contract.OutputRegionalDomainName, *domain.DomainNameAliasDomainName(), "The API in this Region, for tests with a Host header")
	}
	return failoverTarget{FailoverTargetAttributes{
		Region:               regionOf(domain),
		RegionalDomainName:   *domain.DomainNameAliasDomainName(),
		RegionalHostedZoneId: *domain.DomainNameAliasHostedZoneId(),
		HealthDomainName:     health.DomainName(),
		HealthCheckPath:      health.CheckerHealthPath(),
		SwitchCheckPath:      health.CheckerSwitchPath(),
	}}
}
