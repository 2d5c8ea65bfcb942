package regionpair

import (
	"cmp"
	"net/netip"
	"regexp"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsec2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// StaticEgressProps configures a [StaticEgress].
type StaticEgressProps struct {
	// Pair with the defaults of LogRetention and RemovalPolicy.
	// Default: none.
	Pair *Pair
	// MaxAzs is the number of Availability Zones.
	// Default: 2. Allowed: 1 to 3. A change leaves the other zones as they are.
	MaxAzs int
	// AvailabilityZones by name.
	// Default: the Region's first ones, which CloudFormation picks.
	AvailabilityZones []string
	// NatGateways, each with an address of its own. With fewer than zones a
	// failed zone can cut off the others.
	// Default: one per zone. Allowed: 1 to the number of zones.
	NatGateways int
	// Cidr is the VPC's address range.
	// Default: 10.0.0.0/16. Allowed: an IPv4 network from /16 to /24.
	Cidr string
	// InterfaceEndpoints are AWS services that are reached without the NAT
	// gateways, by the last part of their service names: "secretsmanager".
	// Each costs per hour and zone. Amazon S3 always has its gateway endpoint.
	// Default: none.
	InterfaceEndpoints []string
	// CloseDefaultSecurityGroup takes the rules out of the VPC's default
	// security group, which nothing here uses, with a custom resource: AWS
	// CloudFormation cannot.
	// Default: true.
	CloseDefaultSecurityGroup *bool
	// LogRetention of the flow logs.
	// Default: the pair's, or 90 days.
	LogRetention awslogs.RetentionDays
	// LogEncryptionKey encrypts the flow logs, see [GrantLogs].
	// Default: a key of its own.
	LogEncryptionKey awskms.IKey
	// RemovalPolicy of the addresses and the flow logs. Others have entered
	// the addresses into their firewalls; kept without a stack, they cost
	// money until they are released.
	// Default: the pair's, or kept, unless the deployment that creates them fails.
	RemovalPolicy awscdk.RemovalPolicy
}

// Validate returns everything that is wrong at once.
func (p *StaticEgressProps) Validate() error {
	p = orNew(p)
	c := checking("StaticEgress")
	within(c, "MaxAzs", p.MaxAzs, 1, maxZones, "")
	c.refuse(len(p.AvailabilityZones) > 0 && p.MaxAzs != 0, "takes 'MaxAzs' or 'AvailabilityZones', and not both")
	c.refuse(len(p.AvailabilityZones) > maxZones, "'AvailabilityZones' must name 1 to %d zones, got %d", maxZones, len(p.AvailabilityZones))
	c.refuse(p.NatGateways < 0 || p.NatGateways > p.zones(), "'NatGateways' must be from 1 to the number of zones, %d, got %v", p.zones(), p.NatGateways)
	network, err := netip.ParsePrefix(p.cidr())
	c.refuse(err != nil || !network.Addr().Is4() || network.Bits() < 16 || network.Bits() > 24 || network != network.Masked(),
		"'Cidr' must be an IPv4 network from /16 to /24 such as '%s', got '%s'", defaultCIDR, p.Cidr)
	for i, service := range p.InterfaceEndpoints {
		c.refuse(service == "s3", "'InterfaceEndpoints' must not hold 's3': it has a gateway endpoint, which costs nothing")
		c.refuse(!serviceName.MatchString(service), "'InterfaceEndpoints' must be the last parts of service names such as 'secretsmanager', got '%s'", service)
		c.refuse(slices.Contains(p.InterfaceEndpoints[:i], service), "'InterfaceEndpoints' must differ, got '%s' twice", service)
	}
	return c.err()
}

var serviceName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*$`)

const defaultCIDR = "10.0.0.0/16"

func (p *StaticEgressProps) cidr() string { return cmp.Or(p.Cidr, defaultCIDR) }

func (p *StaticEgressProps) zones() int { return cmp.Or(len(p.AvailabilityZones), p.MaxAzs, 2) }

// complete fills in the pair's defaults.
func (p *StaticEgressProps) complete() *StaticEgressProps {
	completed := *orNew(p)
	if completed.Pair != nil {
		completed.LogRetention = cmp.Or(completed.LogRetention, completed.Pair.props.LogRetention)
		completed.RemovalPolicy = cmp.Or(completed.RemovalPolicy, completed.Pair.props.RemovalPolicy)
	}
	return &completed
}

// StaticEgress is a VPC from which functions reach the world by fixed IP
// addresses, so that destinations can allow-list them. Both Regions of a pair
// have addresses of their own: a destination has to admit all of them before
// the failover.
type StaticEgress interface {
	constructs.Construct
	// Vpc is the network.
	Vpc() awsec2.IVpc
	// PublicIps are the addresses that destinations see.
	PublicIps() []string
	// SecurityGroup of the functions: nothing in, HTTPS out. Add rules for
	// other ports here.
	SecurityGroup() awsec2.SecurityGroup
	// Place returns the options with the network laid over them, for
	// [GoFunctionProps] or any other function.
	Place(options *awslambda.FunctionOptions) *awslambda.FunctionOptions
}

type staticEgress struct {
	constructs.Construct
	props     *StaticEgressProps
	layout    networkLayout
	network   awsec2.CfnVPC
	vpc       awsec2.IVpc
	private   []awsec2.PrivateSubnet
	addresses []awsec2.CfnEIP
	functions awsec2.SecurityGroup
}

func (e *staticEgress) Vpc() awsec2.IVpc { return e.vpc }

func (e *staticEgress) SecurityGroup() awsec2.SecurityGroup { return e.functions }

func (e *staticEgress) PublicIps() []string {
	ips := []string{}
	for _, address := range e.addresses {
		ips = append(ips, *address.Ref())
	}
	return ips
}

func (e *staticEgress) Place(options *awslambda.FunctionOptions) *awslambda.FunctionOptions {
	defaults := awslambda.FunctionOptions{}
	if options != nil {
		defaults = *options
	}
	return override(defaults, &awslambda.FunctionOptions{
		Vpc:            e.vpc,
		VpcSubnets:     e.privateSubnets(),
		SecurityGroups: &[]awsec2.ISecurityGroup{e.functions},
	})
}

// NewStaticEgress defines the network. It is built of single resources: CDK's
// own Vpc looks up the zones of the account, with credentials, on every
// synthesis.
func NewStaticEgress(scope constructs.Construct, id *string, props *StaticEgressProps) StaticEgress {
	mustBeValid(props.Validate())
	props = props.complete()
	e := &staticEgress{props: props, layout: layoutOf(props)}
	newConstruct(e, scope, id)

	e.network = awsec2.NewCfnVPC(e, jsii.String("Vpc"), &awsec2.CfnVPCProps{
		CidrBlock:          jsii.String(e.layout.network.String()),
		EnableDnsHostnames: jsii.Bool(true),
		EnableDnsSupport:   jsii.Bool(true),
		Tags:               &[]*awscdk.CfnTag{{Key: jsii.String("Name"), Value: e.Node().Path()}},
	})
	e.newSubnets()
	e.vpc = e.handle()
	e.functions = awsec2.NewSecurityGroup(e, jsii.String("Functions"), &awsec2.SecurityGroupProps{
		Vpc:              e.vpc,
		Description:      jsii.String("Functions with static egress: nothing in, HTTPS out"),
		AllowAllOutbound: jsii.Bool(false),
	})
	e.functions.AddEgressRule(awsec2.Peer_AnyIpv4(), awsec2.Port_HTTPS(), jsii.String("HTTPS, by the fixed addresses"), nil)
	e.newEndpoints()
	e.newFlowLog()
	if orTrue(props.CloseDefaultSecurityGroup) {
		e.closeDefaultSecurityGroup()
	}
	return e
}

// newSubnets gives each zone a private subnet for functions, and as many zones
// a public one as there are NAT gateways.
func (e *staticEgress) newSubnets() {
	gateway := awsec2.NewCfnInternetGateway(e, jsii.String("InternetGateway"), &awsec2.CfnInternetGatewayProps{})
	attachment := awsec2.NewCfnVPCGatewayAttachment(e, jsii.String("InternetGatewayAttachment"), &awsec2.CfnVPCGatewayAttachmentProps{
		VpcId: e.network.Ref(), InternetGatewayId: gateway.Ref(),
	})
	nats := []awsec2.CfnNatGateway{}
	for i := range e.layout.nats {
		publicProps := &awsec2.PublicSubnetProps{}
		copyFields(e.subnetProps(i, e.layout.public(i)), publicProps)
		public := awsec2.NewPublicSubnet(e, e.layout.id("Public", i), publicProps)
		public.AddDefaultInternetRoute(gateway.Ref(), attachment)
		address := awsec2.NewCfnEIP(e, e.layout.id("Address", i), &awsec2.CfnEIPProps{
			Domain: jsii.String("vpc"),
			Tags:   &[]*awscdk.CfnTag{{Key: jsii.String("Name"), Value: jsii.String(*e.Node().Path() + "/" + *e.layout.id("Address", i))}},
		})
		address.ApplyRemovalPolicy(keepByDefault(e.props.RemovalPolicy), nil)
		address.Node().AddDependency(attachment)
		e.addresses = append(e.addresses, address)
		nats = append(nats, newNatGateway(public, address))
	}
	for i := range len(e.layout.zones) {
		privateProps := &awsec2.PrivateSubnetProps{}
		copyFields(e.subnetProps(i, e.layout.private(i)), privateProps)
		private := awsec2.NewPrivateSubnet(e, e.layout.id("Private", i), privateProps)
		private.AddDefaultNatRoute(nats[i%len(nats)].Ref())
		e.private = append(e.private, private)
	}
}

// newNatGateway is PublicSubnet.AddNatGateway, whose signature differs between
// the lowest and the newest version of awscdk that this module supports.
func newNatGateway(subnet awsec2.PublicSubnet, address awsec2.CfnEIP) awsec2.CfnNatGateway {
	gateway := awsec2.NewCfnNatGateway(subnet, jsii.String("NATGateway"), &awsec2.CfnNatGatewayProps{
		SubnetId:     subnet.SubnetId(),
		AllocationId: address.AttrAllocationId(),
	})
	gateway.Node().AddDependency(subnet.InternetConnectivityEstablished())
	return gateway
}

func (e *staticEgress) subnetProps(zone int, block netip.Prefix) *awsec2.SubnetProps {
	return &awsec2.SubnetProps{
		VpcId:            e.network.Ref(),
		AvailabilityZone: e.layout.zones[zone],
		CidrBlock:        jsii.String(block.String()),
		// Only NAT gateways live in the public subnets, and bring their own.
		MapPublicIpOnLaunch: jsii.Bool(false),
	}
}

// handle is the network in the form that other constructs take.
func (e *staticEgress) handle() awsec2.IVpc {
	subnets, tables := []*string{}, []*string{}
	for _, subnet := range e.private {
		subnets = append(subnets, subnet.SubnetId())
		tables = append(tables, subnet.RouteTable().RouteTableId())
	}
	return awsec2.Vpc_FromVpcAttributes(e, jsii.String("Network"), &awsec2.VpcAttributes{
		VpcId:                      e.network.Ref(),
		VpcCidrBlock:               jsii.String(e.layout.network.String()),
		AvailabilityZones:          &e.layout.zones,
		PrivateSubnetIds:           &subnets,
		PrivateSubnetRouteTableIds: &tables,
	})
}

func (e *staticEgress) privateSubnets() *awsec2.SubnetSelection {
	subnets := []awsec2.ISubnet{}
	for _, subnet := range e.private {
		subnets = append(subnets, subnet)
	}
	return &awsec2.SubnetSelection{Subnets: &subnets}
}

func (e *staticEgress) newEndpoints() {
	awsec2.NewGatewayVpcEndpoint(e, jsii.String("S3"), &awsec2.GatewayVpcEndpointProps{
		Vpc: e.vpc, Service: awsec2.GatewayVpcEndpointAwsService_S3(),
	})
	if len(e.props.InterfaceEndpoints) == 0 {
		return
	}
	group := awsec2.NewSecurityGroup(e, jsii.String("Endpoints"), &awsec2.SecurityGroupProps{
		Vpc:              e.vpc,
		Description:      jsii.String("Interface endpoints: HTTPS from the functions"),
		AllowAllOutbound: jsii.Bool(false),
	})
	group.AddIngressRule(e.functions, awsec2.Port_HTTPS(), jsii.String("HTTPS from the functions"), nil)
	for _, service := range e.props.InterfaceEndpoints {
		awsec2.NewInterfaceVpcEndpoint(e, jsii.String("Endpoint-"+service), &awsec2.InterfaceVpcEndpointProps{
			Vpc:            e.vpc,
			Service:        awsec2.NewInterfaceVpcEndpointAwsService(&service, nil, nil, nil),
			Subnets:        e.privateSubnets(),
			SecurityGroups: &[]awsec2.ISecurityGroup{group},
			// Otherwise the endpoint would admit the whole VPC.
			Open: jsii.Bool(false),
		})
	}
}

// newFlowLog does without CDK's FlowLog, which switches the check for unknown
// properties off, and does so for every resource of the app.
func (e *staticEgress) newFlowLog() {
	logs := e.newLogGroup("FlowLogs")
	role := awsiam.NewRole(e, jsii.String("FlowLogRole"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("vpc-flow-logs.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": new(accountOf(e))}},
		}),
		Description: jsii.String("Writes the flow log of " + *e.Node().Path()),
	})
	logs.Grant(role, jsii.String("logs:CreateLogStream"), jsii.String("logs:PutLogEvents"), jsii.String("logs:DescribeLogStreams"))
	flowLog := awsec2.NewCfnFlowLog(e, jsii.String("FlowLog"), &awsec2.CfnFlowLogProps{
		ResourceId:               e.network.Ref(),
		ResourceType:             jsii.String("VPC"),
		TrafficType:              jsii.String("ALL"),
		LogDestinationType:       jsii.String("cloud-watch-logs"),
		LogGroupName:             logs.LogGroupName(),
		DeliverLogsPermissionArn: role.RoleArn(),
	})
	// With its policy, which comes after the role.
	flowLog.Node().AddDependency(role)
}

func (e *staticEgress) newLogGroup(id string) awslogs.LogGroup {
	return logKeeping{e.props.LogRetention, e.logKey(), e.props.RemovalPolicy}.newGroup(e, id, nil)
}

func (e *staticEgress) logKey() awskms.IKey {
	if e.props.LogEncryptionKey != nil {
		return e.props.LogEncryptionKey
	}
	if existing, ok := e.Node().TryFindChild(jsii.String("LogKey")).(awskms.IKey); ok {
		return existing
	}
	key := awskms.NewKey(e, jsii.String("LogKey"), &awskms.KeyProps{
		Description:       jsii.String("Encrypts the flow logs of " + *e.Node().Path()),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     keepByDefault(e.props.RemovalPolicy),
	})
	GrantLogs(key)
	return key
}
