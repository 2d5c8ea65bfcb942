package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
)

// FailoverTarget is a Region that one name can be pointed at: its API, and the
// health endpoint that speaks for it. A [RegionUnit] is one; an API that exists
// already becomes one by [FailoverTargetFromApi] or
// [FailoverTargetFromAttributes].
type FailoverTarget interface {
	// Region of the API, such as "eu-west-1".
	Region() *string
	// RegionalDomainName is the host that API Gateway serves the API's own name
	// at, such as "d-1a2b3c.execute-api.eu-west-1.amazonaws.com".
	RegionalDomainName() *string
	// RegionalHostedZoneId of RegionalDomainName, which alias records need; nil
	// when it is not known.
	RegionalHostedZoneId() *string
	// HealthDomainName is the host that Route 53's checkers ask, never the name
	// that fails over.
	HealthDomainName() *string
	// HealthCheckPath answers 200 while the Region can serve.
	HealthCheckPath() *string
	// SwitchCheckPath answers 200 while this Region is to take over all traffic,
	// and anything else otherwise.
	SwitchCheckPath() *string
}

// FailoverTargetAttributes are what a [FailoverTarget] consists of.
type FailoverTargetAttributes struct {
	// Region, RegionalDomainName, HealthDomainName, HealthCheckPath and
	// SwitchCheckPath; see [FailoverTarget].
	// Required.
	Region, RegionalDomainName, HealthDomainName, HealthCheckPath, SwitchCheckPath *string
	// RegionalHostedZoneId of RegionalDomainName.
	// Default: none, and then there can be no alias records.
	RegionalHostedZoneId *string
}

type failoverTarget struct{ FailoverTargetAttributes }

func (t failoverTarget) Region() *string { return t.FailoverTargetAttributes.Region }

func (t failoverTarget) RegionalDomainName() *string {
	return t.FailoverTargetAttributes.RegionalDomainName
}

func (t failoverTarget) RegionalHostedZoneId() *string {
	return t.FailoverTargetAttributes.RegionalHostedZoneId
}

func (t failoverTarget) HealthDomainName() *string {
	return t.FailoverTargetAttributes.HealthDomainName
}

func (t failoverTarget) HealthCheckPath() *string { return t.FailoverTargetAttributes.HealthCheckPath }

func (t failoverTarget) SwitchCheckPath() *string { return t.FailoverTargetAttributes.SwitchCheckPath }

// FailoverTargetFromAttributes describes a Region that was deployed by other
// means.
func FailoverTargetFromAttributes(attributes *FailoverTargetAttributes) FailoverTarget {
	const what = "FailoverTarget"
	required(what, "Region", attributes == nil || attributes.Region == nil)
	required(what, "RegionalDomainName", attributes.RegionalDomainName == nil)
	required(what, "HealthDomainName", attributes.HealthDomainName == nil)
	required(what, "HealthCheckPath", attributes.HealthCheckPath == nil)
	required(what, "SwitchCheckPath", attributes.SwitchCheckPath == nil)
	return failoverTarget{*attributes}
}

// FailoverTargetFromApi points at a regional custom domain of API Gateway,
// whatever is behind it, while a [HealthEndpoint] in the same Region says that
// it can serve.
func FailoverTargetFromApi(domain awsapigateway.IDomainName, health HealthEndpoint) FailoverTarget {
	required("FailoverTarget", "Domain", domain == nil)
	required("FailoverTarget", "Health", health == nil)
	return failoverTarget{FailoverTargetAttributes{
		Region:               awscdk.Stack_Of(domain).Region(),
		RegionalDomainName:   domain.DomainNameAliasDomainName(),
		RegionalHostedZoneId: domain.DomainNameAliasHostedZoneId(),
		HealthDomainName:     health.DomainName(),
		HealthCheckPath:      health.CheckerHealthPath(),
		SwitchCheckPath:      health.CheckerSwitchPath(),
	}}
}
