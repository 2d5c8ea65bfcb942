package regionpair_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func existing(region string) regionpair.FailoverTarget {
	return regionpair.FailoverTargetFromAttributes(&regionpair.FailoverTargetAttributes{
		Region:               region,
		RegionalDomainName:   "d-1a2b3c." + region + ".example.net",
		RegionalHostedZoneId: "ZREGIONAL",
		HealthDomainName:     "health." + region + ".example.net",
		HealthCheckPath:      "/v1/health",
		SwitchCheckPath:      "/v1/switch",
	})
}

// newDns stands beside APIs that exist already: no unit is needed.
func newDns(t *testing.T, change func(*regionpair.FailoverDnsProps)) regionpair.FailoverDns {
	stack := awscdk.NewStack(newApp(t), jsii.String("Dns"), nil)
	props := &regionpair.FailoverDnsProps{
		HostedZone: awsroute53.HostedZone_FromHostedZoneAttributes(stack, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{
			HostedZoneId: jsii.String("Z1"), ZoneName: jsii.String("example.com"),
		}),
		Pair:      newPair(),
		Primary:   existing("eu-west-1"),
		Secondary: existing("eu-central-1"),
	}
	change(props)
	return regionpair.NewFailoverDns(stack, jsii.String("Failover"), props)
}

func atApex() *regionpair.Pair {
	return newPair(func(p *regionpair.PairProps) { p.DomainName = "example.com" })
}

func TestFailoverDnsPointsAtAPIsThatExist(t *testing.T) {
	dns := newDns(t, func(*regionpair.FailoverDnsProps) {})
	mustBehaveLikeAConstruct(t, dns)
	template := templateOf(dns)
	for role, want := range map[string]map[string]any{
		"PRIMARY":   {"ResourceRecords": []any{"d-1a2b3c.eu-west-1.example.net"}, "HealthCheckId": assertions.Match_AnyValue()},
		"SECONDARY": {"ResourceRecords": []any{"d-1a2b3c.eu-central-1.example.net"}, "HealthCheckId": assertions.Match_AnyValue()},
	} {
		want["Type"], want["TTL"], want["Failover"], want["AliasTarget"] = "CNAME", "10", role, assertions.Match_Absent()
		template.HasResourceProperties(jsii.String("AWS::Route53::RecordSet"), want)
	}
	template.ResourceCountIs(jsii.String("AWS::Route53::RecordSet"), jsii.Number(4))
	template.HasResourceProperties(jsii.String("AWS::Route53::HealthCheck"), map[string]any{"HealthCheckConfig": assertions.Match_ObjectLike(&map[string]any{
		"FullyQualifiedDomainName": "health.eu-central-1.example.net", "ResourcePath": "/v1/switch", "Inverted": true,
	})})
}

// TestTheSecondaryRecordFollowsConnectionsOnly in every posture: a check that reads
// answers would send callers back to a dead primary in a flood.
func TestTheSecondaryRecordFollowsConnectionsOnly(t *testing.T) {
	all := any(assertions.Match_Absent())
	for posture, regions := range map[regionpair.Posture]any{
		regionpair.PostureStandard: all, regionpair.PostureFast: all, regionpair.PostureEconomy: []any{"us-east-1", "eu-west-1", "ap-southeast-1"},
	} {
		dns := newDns(t, func(p *regionpair.FailoverDnsProps) { p.Posture, p.MeasureLatency = posture, true })
		template := templateOf(dns)
		found := template.FindResources(jsii.String("AWS::Route53::HealthCheck"), map[string]any{"Properties": map[string]any{"HealthCheckConfig": map[string]any{"Type": "TCP"}}})
		assert.Len(t, *found, 1)
		template.HasResourceProperties(jsii.String("AWS::Route53::HealthCheck"), map[string]any{"HealthCheckConfig": map[string]any{
			"Type": "TCP", "FullyQualifiedDomainName": "health.eu-central-1.example.net", "Port": 443, "RequestInterval": 30, "FailureThreshold": 4, "Regions": regions,
		}})
		for id := range *found {
			// The name and the directory of both Regions follow it alike.
			follow := template.FindResources(jsii.String("AWS::Route53::RecordSet"), map[string]any{"Properties": map[string]any{
				"Failover": "SECONDARY", "HealthCheckId": map[string]any{"Fn::GetAtt": []any{id, "HealthCheckId"}},
			}})
			assert.Len(t, *follow, 2)
		}
	}
}

func TestPosturesAreDefaultsAndNoMore(t *testing.T) {
	for posture, want := range map[regionpair.Posture]struct {
		interval, threshold, switchInterval int
		ttl                                 string
		regions                             any
	}{
		"":                         {10, 3, 30, "10", assertions.Match_Absent()},
		regionpair.PostureStandard: {10, 3, 30, "10", assertions.Match_Absent()},
		regionpair.PostureFast:     {10, 2, 10, "5", assertions.Match_Absent()},
		regionpair.PostureEconomy:  {30, 2, 30, "10", []any{"us-east-1", "eu-west-1", "ap-southeast-1"}},
	} {
		template := templateOf(newDns(t, func(p *regionpair.FailoverDnsProps) { p.Posture = posture }))
		for _, check := range []struct {
			host, path          string
			interval, threshold int
			regions             any
		}{
			{"health.eu-west-1.example.net", "/v1/health", want.interval, want.threshold, want.regions},
			// It feeds an alarm, and no record.
			{"health.eu-central-1.example.net", "/v1/health", 30, want.threshold, []any{"us-east-1", "eu-west-1", "ap-southeast-1"}},
			// It is no slower than the first: a switch that is off never answers 200.
			{"health.eu-central-1.example.net", "/v1/switch", want.switchInterval, 1, want.regions},
		} {
			template.ResourcePropertiesCountIs(jsii.String("AWS::Route53::HealthCheck"), map[string]any{"HealthCheckConfig": assertions.Match_ObjectLike(&map[string]any{
				"FullyQualifiedDomainName": check.host, "ResourcePath": check.path, "RequestInterval": check.interval, "FailureThreshold": check.threshold, "Regions": check.regions,
			})}, jsii.Number(1))
		}
		template.AllResourcesProperties(jsii.String("AWS::Route53::RecordSet"), map[string]any{"TTL": want.ttl})
	}
	given := templateOf(newDns(t, func(p *regionpair.FailoverDnsProps) {
		p.Posture = regionpair.PostureEconomy
		p.RequestInterval, p.FailureThreshold = awscdk.Duration_Seconds(jsii.Number(10)), 4
		p.CheckerRegions = []string{"us-west-1", "us-west-2", "sa-east-1"}
		p.Ttl = awscdk.Duration_Minutes(jsii.Number(1))
	}))
	given.HasResourceProperties(jsii.String("AWS::Route53::HealthCheck"), map[string]any{"HealthCheckConfig": assertions.Match_ObjectLike(&map[string]any{
		"RequestInterval": 10, "FailureThreshold": 4, "Regions": []any{"us-west-1", "us-west-2", "sa-east-1"},
	})})
	given.AllResourcesProperties(jsii.String("AWS::Route53::RecordSet"), map[string]any{"TTL": "60"})
}

// Each Region's record has a check of its own, so both are as quick.
func TestActiveActiveAsksBothEndpointsOften(t *testing.T) {
	template := templateOf(newDns(t, func(p *regionpair.FailoverDnsProps) { p.Routing = regionpair.RoutingLatency }))
	template.ResourcePropertiesCountIs(jsii.String("AWS::Route53::HealthCheck"), map[string]any{"HealthCheckConfig": assertions.Match_ObjectLike(&map[string]any{
		"ResourcePath": "/v1/health", "RequestInterval": 10, "FailureThreshold": 3,
	})}, jsii.Number(2))
	template.ResourcePropertiesCountIs(jsii.String("AWS::Route53::HealthCheck"), map[string]any{"HealthCheckConfig": assertions.Match_ObjectLike(&map[string]any{
		"ResourcePath": "/v1/switch", "RequestInterval": 30, "FailureThreshold": 1, "Inverted": true,
	})}, jsii.Number(2))
}

// DNS allows no CNAME where the zone has its own records.
func TestTheZonesOwnNameGetsAliases(t *testing.T) {
	apex := func(p *regionpair.FailoverDnsProps) {
		p.Pair, p.DualStack = atApex(), true
	}
	template := templateOf(newDns(t, apex))
	template.ResourceCountIs(jsii.String("AWS::Route53::RecordSet"), jsii.Number(6))
	for _, recordType := range []string{"A", "AAAA"} {
		template.HasResourceProperties(jsii.String("AWS::Route53::RecordSet"), map[string]any{
			"Type": recordType, "TTL": assertions.Match_Absent(),
			"AliasTarget": map[string]any{"DNSName": "d-1a2b3c.eu-west-1.example.net", "HostedZoneId": "ZREGIONAL", "EvaluateTargetHealth": true},
		})
	}
	cname := templateOf(newDns(t, func(p *regionpair.FailoverDnsProps) { p.DualStack = true }))
	cname.ResourceCountIs(jsii.String("AWS::Route53::RecordSet"), jsii.Number(4))
}

// Clients that repeat requests read from DNS where the Regions are; what they
// read changes when the name does.
func TestTheDirectoryFollowsTheName(t *testing.T) {
	const one, other = "d-1a2b3c.eu-west-1.example.net", "d-1a2b3c.eu-central-1.example.net"
	for _, test := range map[string]struct {
		change     func(*regionpair.FailoverDnsProps)
		name       string
		properties map[string]map[string]any
	}{
		"failover": {func(p *regionpair.FailoverDnsProps) { p.Posture = regionpair.PostureFast }, "_regionpair.api.example.com", map[string]map[string]any{
			"primary":   {"Failover": "PRIMARY", "HealthCheckId": assertions.Match_AnyValue(), "TTL": "5"},
			"secondary": {"Failover": "SECONDARY", "HealthCheckId": assertions.Match_AnyValue(), "TTL": "5"},
		}},
		"aliases": {func(p *regionpair.FailoverDnsProps) { p.Pair = atApex() }, "_regionpair.example.com", map[string]map[string]any{
			"primary":   {"Failover": "PRIMARY", "TTL": "10"},
			"secondary": {"Failover": "SECONDARY", "TTL": "10"},
		}},
		"latency": {func(p *regionpair.FailoverDnsProps) { p.Routing = regionpair.RoutingLatency }, "_regionpair.api.example.com", map[string]map[string]any{
			"primary":   {"Region": "eu-west-1", "HealthCheckId": assertions.Match_AnyValue()},
			"secondary": {"Region": "eu-central-1", "HealthCheckId": assertions.Match_AnyValue()},
		}},
	} {
		template := templateOf(newDns(t, test.change))
		for role, want := range test.properties {
			want["Name"], want["Type"], want["SetIdentifier"] = test.name, "TXT", role
			want["ResourceRecords"] = []any{`"v=regionpair1 serving=` + one + `" " peer=` + other + `"`}
			if role == "secondary" {
				want["ResourceRecords"] = []any{`"v=regionpair1 serving=` + other + `" " peer=` + one + `"`}
			}
			template.HasResourceProperties(jsii.String("AWS::Route53::RecordSet"), want)
		}
	}
}

func TestFailoverDnsRefusesWhatDNSWould(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*regionpair.FailoverDnsProps)
		want   string
	}{
		"one Region twice":        {func(p *regionpair.FailoverDnsProps) { p.Secondary = p.Primary }, "'Secondary' must be in the secondary Region 'eu-central-1', got 'eu-west-1'"},
		"an unknown posture":      {func(p *regionpair.FailoverDnsProps) { p.Posture = "quick" }, "'standard', 'fast' or 'economy', got 'quick'"},
		"an unknown kind":         {func(p *regionpair.FailoverDnsProps) { p.Records = "A" }, "'cname' or 'alias', got 'A'"},
		"no time for resolvers":   {func(p *regionpair.FailoverDnsProps) { p.Ttl = awscdk.Duration_Seconds(jsii.Number(0)) }, "1 second to 5 minutes, got 0 seconds"},
		"a TTL of an hour":        {func(p *regionpair.FailoverDnsProps) { p.Ttl = awscdk.Duration_Hours(jsii.Number(1)) }, "1 second to 5 minutes, got 1 hours"},
		"an interval of a minute": {func(p *regionpair.FailoverDnsProps) { p.RequestInterval = awscdk.Duration_Minutes(jsii.Number(1)) }, "10 or 30 seconds, got 1 minutes"},
		"a CNAME at the zone name": {func(p *regionpair.FailoverDnsProps) {
			p.Pair, p.Records = atApex(), regionpair.RecordsCname
		}, "DNS allows no CNAME there"},
		"a TTL of an alias": {func(p *regionpair.FailoverDnsProps) {
			p.Records, p.Ttl = regionpair.RecordsAlias, awscdk.Duration_Seconds(jsii.Number(10))
		}, "'Ttl' has no meaning for alias records"},
		"an alias to nowhere": {func(p *regionpair.FailoverDnsProps) {
			p.Records = regionpair.RecordsAlias
			p.Primary = regionpair.FailoverTargetFromAttributes(&regionpair.FailoverTargetAttributes{
				Region: "eu-west-1", RegionalDomainName: "d", HealthDomainName: "h",
				HealthCheckPath: "/h", SwitchCheckPath: "/s",
			})
		}, "with alias records needs 'Primary' with a 'RegionalHostedZoneId'"},
		"a target without a switch": {func(p *regionpair.FailoverDnsProps) {
			p.Primary = regionpair.FailoverTargetFromAttributes(&regionpair.FailoverTargetAttributes{
				Region: "eu-west-1", RegionalDomainName: "d", HealthDomainName: "h", HealthCheckPath: "/h",
			})
		}, "FailoverTarget needs 'SwitchCheckPath'"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				reason, _ := recover().(string)
				assert.Contains(t, reason, "regionpair: ")
				assert.Contains(t, reason, test.want)
			}()
			newDns(t, test.change)
			assert.Fail(t, "accepted")
		})
	}
}
