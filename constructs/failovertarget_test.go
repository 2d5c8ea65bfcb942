package regionpair_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func importedDomain(stack awscdk.Stack) awsapigateway.IDomainName {
	return awsapigateway.DomainName_FromDomainNameAttributes(stack, jsii.String("Domain"), &awsapigateway.DomainNameAttributes{
		DomainName: jsii.String("api.example.com"), DomainNameAliasTarget: jsii.String("d-1.execute-api.eu-west-1.amazonaws.com"),
		DomainNameAliasHostedZoneId: jsii.String("Z1"),
	})
}

func TestATargetIsMadeOfAnApiThatExistsAlready(t *testing.T) {
	stack := newStack(t)
	health := newHealth(stack, func(*regionpair.HealthEndpointProps) {})
	target := regionpair.FailoverTargetFromApi(importedDomain(stack), health)
	assert.Equal(t, testRegion, target.Region())
	assert.Equal(t, "d-1.execute-api.eu-west-1.amazonaws.com", target.RegionalDomainName())
	assert.Equal(t, "Z1", target.RegionalHostedZoneId())
	assert.Equal(t, health.CheckerHealthPath(), target.HealthCheckPath())
	assert.Equal(t, health.CheckerSwitchPath(), target.SwitchCheckPath())
	templateOf(health).HasOutput(jsii.String("*"), map[string]any{"Value": "d-1.execute-api.eu-west-1.amazonaws.com"})
}

func TestATargetIsInOneRegion(t *testing.T) {
	app := newApp(t)
	there := newStackIn(app, "There", peerRegion)
	health := newHealth(newStackIn(app, "Here", testRegion), func(*regionpair.HealthEndpointProps) {})
	assert.PanicsWithValue(t, "regionpair: FailoverTargetFromApi needs a domain name and a health endpoint in one Region, got '"+peerRegion+"' and '"+testRegion+"'", func() {
		regionpair.FailoverTargetFromApi(importedDomain(there), health)
	})
	assert.PanicsWithValue(t, "regionpair: FailoverTargetFromApi needs 'domain'\nregionpair: FailoverTargetFromApi needs 'health'", func() {
		regionpair.FailoverTargetFromApi(nil, nil)
	})
}
