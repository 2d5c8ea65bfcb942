package regionpair_test

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func newEgress(t *testing.T, change ...func(*regionpair.StaticEgressProps)) regionpair.StaticEgress {
	t.Helper()
	props := &regionpair.StaticEgressProps{}
	for _, f := range change {
		f(props)
	}
	return regionpair.NewStaticEgress(newStack(t), jsii.String("Egress"), props)
}

func propertiesIn(template assertions.Template, resourceType string) map[string]map[string]any {
	found := map[string]map[string]any{}
	for id, resource := range *template.FindResources(&resourceType, nil) {
		found[id], _ = (*resource)["Properties"].(map[string]any)
	}
	return found
}

func TestEgressGivesEveryZoneAPrivateSubnetAndAFixedAddress(t *testing.T) {
	egress := newEgress(t)
	template := templateOf(egress)
	for resourceType, count := range map[string]float64{
		"AWS::EC2::VPC": 1, "AWS::EC2::Subnet": 4, "AWS::EC2::EIP": 2, "AWS::EC2::NatGateway": 2, "AWS::EC2::InternetGateway": 1,
		"AWS::EC2::VPCEndpoint": 1,
	} {
		template.ResourceCountIs(&resourceType, &count)
	}
	require.Len(t, egress.PublicIps(), 2)
	for _, ip := range egress.PublicIps() {
		require.Contains(t, text(t, awscdk.Stack_Of(egress).Resolve(&ip)), "EgressAddress")
	}
	template.HasResource(jsii.String("AWS::EC2::EIP"), map[string]any{
		"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain",
		// AWS asks for the gateway's attachment before the address.
		"DependsOn": []any{assertions.Match_StringLikeRegexp(jsii.String("EgressInternetGatewayAttachment.*"))},
	})
	for id, subnet := range propertiesIn(template, "AWS::EC2::Subnet") {
		require.NotEqual(t, true, subnet["MapPublicIpOnLaunch"], id)
	}
}

// CDK's own FlowLog switches the check for unknown properties off, for every
// resource of every stack of the app.
func TestEgressLeavesStrictValidationOn(t *testing.T) {
	for _, child := range *newEgress(t).Node().FindAll(constructs.ConstructOrder_PREORDER) {
		for _, entry := range *child.Node().Metadata() {
			require.NotEqual(t, "aws:cdk:acknowledged-rules", *entry.Type, *child.Node().Path())
		}
	}
}

// A look-up would need credentials on every synthesis, and so on a laptop
// without an account.
func TestEgressLooksNothingUp(t *testing.T) {
	egress := newEgress(t)
	out := awscdk.App_Of(egress).Synth(nil).Directory()
	manifest, err := os.ReadFile(filepath.Join(*out, "manifest.json"))
	require.NoError(t, err)
	var assembly struct{ Missing []any }
	require.NoError(t, json.Unmarshal(manifest, &assembly))
	require.Empty(t, assembly.Missing)
	zones := map[string]bool{}
	for _, subnet := range propertiesIn(templateOf(egress), "AWS::EC2::Subnet") {
		zones[text(t, subnet["AvailabilityZone"])] = true
	}
	require.Equal(t, map[string]bool{
		`{"Fn::Select":[0,{"Fn::GetAZs":""}]}`: true, `{"Fn::Select":[1,{"Fn::GetAZs":""}]}`: true,
	}, zones)
}

func TestEgressZonesShareNatGatewaysWhenThereAreFewer(t *testing.T) {
	template := templateOf(newEgress(t, func(p *regionpair.StaticEgressProps) { p.MaxAzs, p.NatGateways = 3, 1 }))
	template.ResourceCountIs(jsii.String("AWS::EC2::EIP"), jsii.Number(1))
	nats := map[string]int{}
	for _, route := range propertiesIn(template, "AWS::EC2::Route") {
		if nat, ok := route["NatGatewayId"]; ok {
			require.Equal(t, "0.0.0.0/0", route["DestinationCidrBlock"])
			nats[text(t, nat)]++
		}
	}
	require.Len(t, nats, 1)
	for _, count := range nats {
		require.Equal(t, 3, count)
	}
}

func TestEgressSubnetsNeverOverlapAndStayWhereTheyAre(t *testing.T) {
	for _, cidr := range []string{"10.0.0.0/16", "10.20.0.0/20", "192.168.255.0/24"} {
		blocks := map[int]map[string]string{}
		for _, zones := range []int{1, 2, 3} {
			template := templateOf(newEgress(t, func(p *regionpair.StaticEgressProps) { p.Cidr, p.MaxAzs = cidr, zones }))
			blocks[zones] = map[string]string{}
			prefixes := []netip.Prefix{}
			for id, subnet := range propertiesIn(template, "AWS::EC2::Subnet") {
				block := netip.MustParsePrefix(subnet["CidrBlock"].(string))
				require.True(t, netip.MustParsePrefix(cidr).Contains(block.Addr()), block)
				require.Equal(t, block.Masked(), block)
				for _, other := range prefixes {
					require.False(t, block.Overlaps(other), "%s %s", block, other)
				}
				prefixes = append(prefixes, block)
				blocks[zones][id] = block.String()
			}
			require.Len(t, prefixes, 2*zones)
		}
		for id, block := range blocks[1] {
			require.Equal(t, block, blocks[3][id])
		}
	}
}

func TestEgressLetsFunctionsOutByHttpsOnlyAndNobodyIn(t *testing.T) {
	template := templateOf(newEgress(t))
	groups := propertiesIn(template, "AWS::EC2::SecurityGroup")
	require.Len(t, groups, 1)
	for _, group := range groups {
		require.Equal(t, []any{map[string]any{
			"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 443.0, "ToPort": 443.0, "Description": "HTTPS, by the fixed addresses",
		}}, group["SecurityGroupEgress"])
		require.Nil(t, group["SecurityGroupIngress"])
	}
	template.ResourceCountIs(jsii.String("AWS::EC2::SecurityGroupIngress"), jsii.Number(0))
}

func TestEgressTakesTheRulesOutOfTheDefaultSecurityGroup(t *testing.T) {
	template := templateOf(newEgress(t))
	calls := ""
	for _, resource := range propertiesIn(template, "Custom::ClosedDefaultSecurityGroup") {
		calls += text(t, resource["Create"]) + text(t, resource["Update"])
		// AWS's SDK from npm would need the internet during a deployment.
		require.Equal(t, false, resource["InstallLatestAwsSdk"])
	}
	require.Contains(t, calls, "revokeSecurityGroupIngress")
	require.Contains(t, calls, "revokeSecurityGroupEgress")
	require.Contains(t, calls, "DefaultSecurityGroup")
	for _, policy := range propertiesIn(template, "AWS::IAM::Policy") {
		for _, statement := range policy["PolicyDocument"].(map[string]any)["Statement"].([]any) {
			require.NotEqual(t, "*", statement.(map[string]any)["Resource"])
		}
	}
	template.ResourcePropertiesCountIs(jsii.String("AWS::IAM::Role"), map[string]any{"ManagedPolicyArns": assertions.Match_AnyValue()}, jsii.Number(0))
	none := templateOf(newEgress(t, func(p *regionpair.StaticEgressProps) { p.CloseDefaultSecurityGroup = jsii.Bool(false) }))
	none.ResourceCountIs(jsii.String("Custom::ClosedDefaultSecurityGroup"), jsii.Number(0))
	none.ResourceCountIs(jsii.String("AWS::Lambda::Function"), jsii.Number(0))
}

func TestEveryLogOfTheEgressIsEncryptedAndRunsOut(t *testing.T) {
	template := templateOf(newEgress(t, func(p *regionpair.StaticEgressProps) { p.LogRetention = awslogs.RetentionDays_ONE_YEAR }))
	groups := propertiesIn(template, "AWS::Logs::LogGroup")
	require.Len(t, groups, 2)
	for id, group := range groups {
		require.EqualValues(t, 365, group["RetentionInDays"], id)
		require.Contains(t, text(t, group["KmsKeyId"]), "EgressLogKey", id)
	}
	template.ResourceCountIs(jsii.String("AWS::KMS::Key"), jsii.Number(1))
	template.HasResourceProperties(jsii.String("AWS::EC2::FlowLog"), map[string]any{
		"ResourceType": "VPC", "TrafficType": "ALL", "LogDestinationType": "cloud-watch-logs",
		"LogGroupName": map[string]any{"Ref": assertions.Match_StringLikeRegexp(jsii.String("EgressFlowLogs.*"))},
	})
	template.HasResource(jsii.String("AWS::EC2::FlowLog"), map[string]any{"DependsOn": []any{
		assertions.Match_StringLikeRegexp(jsii.String("EgressFlowLogRoleDefaultPolicy.*")), assertions.Match_StringLikeRegexp(jsii.String("EgressFlowLogRole.*")),
	}})
	// A function without a log group of ours would write to one without retention.
	for id, function := range propertiesIn(template, "AWS::Lambda::Function") {
		require.Contains(t, text(t, function["LoggingConfig"]), "EgressDefaultSecurityGroupLogs", id)
	}
}

func TestEgressReachesS3ByGatewayAndOthersByEndpointOnRequest(t *testing.T) {
	template := templateOf(newEgress(t, func(p *regionpair.StaticEgressProps) { p.InterfaceEndpoints = []string{"secretsmanager", "ssm"} }))
	endpoints := propertiesIn(template, "AWS::EC2::VPCEndpoint")
	require.Len(t, endpoints, 3)
	tables := 0
	for _, endpoint := range endpoints {
		if endpoint["VpcEndpointType"] == "Gateway" {
			tables = len(endpoint["RouteTableIds"].([]any))
			continue
		}
		require.Equal(t, true, endpoint["PrivateDnsEnabled"])
		require.Len(t, endpoint["SubnetIds"], 2)
		require.Contains(t, text(t, endpoint["SecurityGroupIds"]), "EgressEndpoints")
	}
	require.Equal(t, 2, tables, "only the functions' subnets")
	// From the functions, and from nobody else in the VPC.
	template.HasResourceProperties(jsii.String("AWS::EC2::SecurityGroupIngress"), map[string]any{
		"SourceSecurityGroupId": map[string]any{"Fn::GetAtt": []any{assertions.Match_StringLikeRegexp(jsii.String("EgressFunctions.*")), "GroupId"}},
		"FromPort":              443, "ToPort": 443,
	})
	template.ResourceCountIs(jsii.String("AWS::EC2::SecurityGroupIngress"), jsii.Number(1))
	require.NotContains(t, text(t, propertiesIn(template, "AWS::EC2::SecurityGroup")), "SecurityGroupIngress")
}

func TestFunctionsArePlacedWithoutTouchingTheCallersOptions(t *testing.T) {
	egress := newEgress(t)
	options := &awslambda.FunctionOptions{MemorySize: jsii.Number(1024)}
	stack := awscdk.Stack_Of(egress)
	regionpair.NewGoFunction(stack, jsii.String("Mine"), &regionpair.GoFunctionProps{
		Entry: "../lambda/objects", Overrides: egress.Place(options),
	})
	require.Nil(t, options.Vpc)
	template := templateOf(egress)
	template.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{
		"MemorySize": 1024,
		"VpcConfig": map[string]any{
			"SubnetIds": []any{
				map[string]any{"Ref": assertions.Match_StringLikeRegexp(jsii.String("EgressPrivate1.*"))},
				map[string]any{"Ref": assertions.Match_StringLikeRegexp(jsii.String("EgressPrivate2.*"))},
			},
			"SecurityGroupIds": []any{map[string]any{"Fn::GetAtt": []any{assertions.Match_StringLikeRegexp(jsii.String("EgressFunctions.*")), "GroupId"}}},
		},
	})
	require.NotNil(t, egress.Place(nil).Vpc)
}

func TestEgressTakesFurtherPorts(t *testing.T) {
	egress := newEgress(t)
	egress.SecurityGroup().AddEgressRule(awsec2.Peer_Ipv4(jsii.String("203.0.113.7/32")), awsec2.Port_Tcp(jsii.Number(5432)), jsii.String("Database"), nil)
	require.Contains(t, text(t, propertiesIn(templateOf(egress), "AWS::EC2::SecurityGroup")), "203.0.113.7/32")
}

func TestEgressFailsWithANetworkThatCannotBe(t *testing.T) {
	for message, change := range map[string]func(*regionpair.StaticEgressProps){
		"'Cidr' must be an IPv4 network from /16 to /24 such as '10.0.0.0/16', got '10.0.0.1/16'": func(p *regionpair.StaticEgressProps) { p.Cidr = "10.0.0.1/16" },
		"'Cidr' must be an IPv4 network from /16 to /24 such as '10.0.0.0/16', got '10.0.0.0/28'": func(p *regionpair.StaticEgressProps) { p.Cidr = "10.0.0.0/28" },
		"'Cidr' must be an IPv4 network from /16 to /24 such as '10.0.0.0/16', got 'fd00::/16'":   func(p *regionpair.StaticEgressProps) { p.Cidr = "fd00::/16" },
		"'MaxAzs' must be from 1 to 3, got 4":                                                     func(p *regionpair.StaticEgressProps) { p.MaxAzs = 4 },
		"'NatGateways' must be from 1 to the number of zones, 2, got 3":                           func(p *regionpair.StaticEgressProps) { p.NatGateways = 3 },
		"'AvailabilityZones' must name 1 to 3 zones, got 4":                                       func(p *regionpair.StaticEgressProps) { p.AvailabilityZones = []string{"a", "b", "c", "d"} },
		"takes 'MaxAzs' or 'AvailabilityZones', and not both": func(p *regionpair.StaticEgressProps) {
			p.MaxAzs, p.AvailabilityZones = 1, []string{"eu-west-1a"}
		},
		"'InterfaceEndpoints' must not hold 's3': it has a gateway endpoint, which costs nothing": func(p *regionpair.StaticEgressProps) { p.InterfaceEndpoints = []string{"s3"} },
	} {
		require.PanicsWithValue(t, "regionpair: StaticEgress "+message, func() { newEgress(t, change) })
	}
}

func TestEgressTakesZonesByName(t *testing.T) {
	template := templateOf(newEgress(t, func(p *regionpair.StaticEgressProps) { p.AvailabilityZones = []string{"eu-west-1b", "eu-west-1c"} }))
	template.HasResourceProperties(jsii.String("AWS::EC2::Subnet"), map[string]any{"AvailabilityZone": "eu-west-1c"})
}

func TestEgressCanBeUsedAsScopeTaggedAndDependedOn(t *testing.T) {
	mustBehaveLikeAConstruct(t, newEgress(t))
}
