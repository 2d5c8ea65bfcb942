package zztmp

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func build(app awscdk.App, primary, secondary string) {
	units := map[string]regionpair.RegionUnit{}
	topics := []regionpair.AlarmTopic{}
	for _, role := range []regionpair.RegionRole{"primary", "secondary"} {
		region, peer := primary, secondary
		if role == "secondary" {
			region, peer = secondary, primary
		}
		stack := awscdk.NewStack(app, jsii.String(string(role)), &awscdk.StackProps{Env: &awscdk.Environment{Account: jsii.String("111122223333"), Region: &region}})
		egress := regionpair.NewStaticEgress(stack, jsii.String("Egress"), &regionpair.StaticEgressProps{InterfaceEndpoints: jsii.Strings("secretsmanager", "ssm")})
		unit := regionpair.NewRegionUnit(stack, jsii.String("Unit"), &regionpair.RegionUnitProps{
			PairName: jsii.String("orders"), Role: role, PeerRegion: &peer, DomainName: jsii.String("api.example.com"),
			HostedZone: awsroute53.HostedZone_FromHostedZoneAttributes(stack, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{HostedZoneId: jsii.String("Z0123456789ABCDEFGHIJ"), ZoneName: jsii.String("example.com")}),
			Clients:        &[]*regionpair.MachineClient{{Name: jsii.String("partner"), Scopes: jsii.Strings("objects/read"), RotationInterval: awscdk.Duration_Days(jsii.Number(30))}},
			HandlerOptions: egress.Place(&awslambda.FunctionOptions{ReservedConcurrentExecutions: jsii.Number(40)}),
		})
		units[string(role)] = unit
		topic := regionpair.NewAlarmTopic(stack, jsii.String("Alerts"), &regionpair.AlarmTopicProps{PairName: jsii.String("orders"), Emails: jsii.Strings("oncall@example.com")})
		topics = append(topics, topic)
		regionpair.NewRegionalAlarms(stack, jsii.String("Alarms"), &regionpair.RegionalAlarmsProps{PairName: jsii.String("orders"), Unit: unit, Topic: topic.Topic(), PeerBucketName: jsii.String("orders-objects-111122223333-" + peer)})
		regionpair.NewLogQueries(stack, jsii.String("Queries"), &regionpair.LogQueriesProps{PairName: jsii.String("orders"), Unit: unit})
		regionpair.NewWebAcl(stack, jsii.String("Waf"), &regionpair.WebAclProps{PairName: jsii.String("orders"), Api: unit.Api(), LogEncryptionKey: unit.LogKey()})
		unit.AddSecret(jsii.String("billing"), nil)
		unit.AddParameter(jsii.String("limits"), jsii.String("10"), nil)
	}
	global := awscdk.NewStack(app, jsii.String("global"), &awscdk.StackProps{Env: &awscdk.Environment{Account: jsii.String("111122223333"), Region: jsii.String("us-east-1")}})
	dns := regionpair.NewFailoverDns(global, jsii.String("Dns"), &regionpair.FailoverDnsProps{
		HostedZone: awsroute53.HostedZone_FromHostedZoneAttributes(global, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{HostedZoneId: jsii.String("Z0123456789ABCDEFGHIJ"), ZoneName: jsii.String("example.com")}),
		DomainName: jsii.String("api.example.com"), Primary: units["primary"], Secondary: units["secondary"],
	})
	topic := regionpair.NewAlarmTopic(global, jsii.String("Alerts"), &regionpair.AlarmTopicProps{PairName: jsii.String("orders"), TopicName: jsii.String("orders-global-alarms")})
	alarms := regionpair.NewPairAlarms(global, jsii.String("Alarms"), &regionpair.PairAlarmsProps{PairName: jsii.String("orders"), Dns: dns, Topic: topic.Topic()})
	regionpair.NewPairDashboard(global, jsii.String("Dashboard"), &regionpair.PairDashboardProps{PairName: jsii.String("orders"), Primary: units["primary"], Secondary: units["secondary"], Dns: dns, Alarms: alarms.Alarms()})
	regionpair.NewAlarmChat(global, jsii.String("Chat"), &regionpair.AlarmChatProps{PairName: jsii.String("orders"), SlackWorkspaceId: jsii.String("T0123456789"), SlackChannelId: jsii.String("C0123456789"), Topics: append(topics, topic)})
}

func context(t *testing.T) map[string]any {
	text, _ := os.ReadFile("../../cdk.json")
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	delete(file.Context, "regionpair")
	file.Context["aws:cdk:bundling-stacks"] = []string{}
	return file.Context
}

func TestValid(t *testing.T) {
	for _, regions := range []string{"us-east-1/us-west-2", "eu-west-1/eu-central-1", "ap-southeast-1/ap-southeast-2", "sa-east-1/us-east-1", "eu-central-1/eu-south-1"} {
		t.Run(regions, func(t *testing.T) {
			p, s, _ := strings.Cut(regions, "/")
			c, out := context(t), t.TempDir()
			app := awscdk.NewApp(&awscdk.AppProps{Outdir: &out, Context: &c})
			build(app, p, s)
			if os.Getenv("TYPO") != "" { awscdk.NewCfnResource(app.Node().FindChild(jsii.String("global")).(awscdk.Stack), jsii.String("Typo"), &awscdk.CfnResourceProps{Type: jsii.String("AWS::S3::Bucket"), Properties: &map[string]any{"BucketNme": "x"}}) }
			app.Synth(nil)
			r, _ := os.ReadFile(filepath.Join(out, "validation-report.json"))
			fmt.Println(len(r))
			os.WriteFile("/tmp/rp/report-"+p+".json", r, 0o644)
			for _, f := range []string{"primary", "secondary", "global"} {
				x, _ := os.ReadFile(filepath.Join(out, f+".template.json"))
				os.WriteFile("/tmp/rp/zz-"+f+".json", x, 0o644)
			}
		})
	}
}

func TestNag(t *testing.T) {
	for name, pack := range map[string]func(*cdknag.NagPackProps) awscdk.IAspect{
		"sol":  func(p *cdknag.NagPackProps) awscdk.IAspect { return cdknag.NewAwsSolutionsChecks(p) },
		"nist": func(p *cdknag.NagPackProps) awscdk.IAspect { return cdknag.NewNIST80053R5Checks(p) },
	} {
		c, out := context(t), t.TempDir()
		app := awscdk.NewApp(&awscdk.AppProps{Outdir: &out, Context: &c})
		build(app, "eu-west-1", "eu-central-1")
		awscdk.Aspects_Of(app).Add(pack(&cdknag.NagPackProps{Reports: jsii.Bool(true), ReportFormats: &[]cdknag.NagReportFormat{cdknag.NagReportFormat_JSON}}), nil)
		func() {
			defer func() { _ = recover() }()
			app.Synth(nil)
		}()
		files, _ := filepath.Glob(filepath.Join(out, "*-NagReport.json"))
		for _, f := range files {
			text, _ := os.ReadFile(f)
			fmt.Println("FILE", name, f, len(text))
			var d struct{ Lines []map[string]string }
			_ = json.Unmarshal(text, &d)
			for _, l := range d.Lines {
				if l["compliance"] == "Non-Compliant" && l["exceptionReason"] == "N/A" {
					fmt.Println(name, l["ruleId"], l["resourceId"], l["ruleInfo"])
				}
			}
		}
	}
	jsii.Close()
}
