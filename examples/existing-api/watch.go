package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	regionpair "github.com/regionpair/regionpair/constructs"
)

// watched names what alarms and the dashboard look at: there is no unit that knows.
func (r region) watched(pair *regionpair.Pair, role regionpair.RegionRole) *regionpair.Watched {
	return &regionpair.Watched{
		Pair: pair, Role: role,
		RestApi: r.shop.api, Stage: "prod", Functions: map[string]awslambda.IFunction{"shop": r.shop.handler},
		Health: r.health, Bucket: r.bucket,
	}
}

// watch calls people when one of the Regions is not well, and shows both.
func watch(global awscdk.Stack, pair *regionpair.Pair, dns regionpair.FailoverDns, primary, secondary region) {
	for role, region := range map[regionpair.RegionRole]region{regionpair.RolePrimary: primary, regionpair.RoleSecondary: secondary} {
		topic := regionpair.NewAlarmTopic(region.shop, jsii.String("AlarmTopic"), &regionpair.AlarmTopicProps{Pair: pair, Emails: []string{"oncall@example.com"}})
		regionpair.NewRegionalAlarms(region.shop, jsii.String("Alarms"), &regionpair.RegionalAlarmsProps{Watched: region.watched(pair, role), Topic: topic.Topic()})
	}
	regionpair.NewPairDashboard(global, jsii.String("Dashboard"), &regionpair.PairDashboardProps{
		Primary: primary.watched(pair, regionpair.RolePrimary), Secondary: secondary.watched(pair, regionpair.RoleSecondary), Dns: dns,
	})
}
