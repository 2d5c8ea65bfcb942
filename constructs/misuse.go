package regionpair

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/limits"
)

// misuse reports wrong props the way CDK does: by failing the synthesis.
func misuse(format string, args ...any) {
	panic(fmt.Sprintf("regionpair: "+format, args...))
}

func required(construct, property string, missing bool) {
	if missing {
		misuse("%s needs '%s'", construct, property)
	}
}

func orString(value *string, fallback string) *string {
	if value == nil {
		return jsii.String(fallback)
	}
	return value
}

func orNumber(value *float64, fallback float64) *float64 {
	if value == nil {
		return jsii.Number(fallback)
	}
	return value
}

func orTrue(value *bool) bool { return value == nil || *value }

func isTrue(value *bool) bool { return value != nil && *value }

// mustBeInZone refuses a name that the zone cannot answer for.
func mustBeInZone(construct string, domain *string, zone awsroute53.IHostedZone) {
	if zone == nil || *awscdk.Token_IsUnresolved(domain) || *awscdk.Token_IsUnresolved(zone.ZoneName()) {
		return
	}
	if !limits.InZone(*domain, *zone.ZoneName()) {
		misuse("%s 'DomainName' must be in the hosted zone '%s', got '%s'", construct, *zone.ZoneName(), *domain)
	}
}

func mustBeRegion(construct, property string, region *string) {
	if *awscdk.Token_IsUnresolved(region) {
		return
	}
	if known, ok := limits.LookupRegion(*region); !ok || known.Partition != limits.Partition {
		misuse("%s '%s' must be an AWS Region of the commercial partition such as 'eu-west-1', got '%s'", construct, property, *region)
	}
}
