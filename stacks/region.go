package stacks

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/config"
	regionpair "github.com/regionpair/regionpair/constructs"
)

// RegionStack is one Region of the pair. Both Regions' stacks can be deployed
// in any order, also while the other Region is down.
type RegionStack interface {
	awscdk.Stack
	// Unit is what the stack holds.
	Unit() regionpair.RegionUnit
	// AlarmTopic is what the Region's alarms tell; nil when there are none.
	AlarmTopic() regionpair.AlarmTopic
}

type regionStack struct {
	awscdk.Stack
	unit  regionpair.RegionUnit
	topic regionpair.AlarmTopic
}

func (s *regionStack) Unit() regionpair.RegionUnit { return s.unit }

func (s *regionStack) AlarmTopic() regionpair.AlarmTopic { return s.topic }

// NewRegionStack defines the stack of the Region that plays the role.
func NewRegionStack(scope constructs.Construct, role config.RegionRole, c config.Config) RegionStack {
	s := &regionStack{}
	name := c.StackName(role)
	awscdk.NewStack_Override(s, scope, &name, stackProps(c, name, c.Region(role),
		"The "+string(role)+" Region of the pair "+c.Name))
	props := unitProps(s, role, c)
	place := func(options *awslambda.FunctionOptions) *awslambda.FunctionOptions { return options }
	if c.Egress.Enabled {
		place = s.newEgress(c).Place
	}
	props.HandlerOptions = place(props.HandlerOptions)
	s.unit = regionpair.NewRegionUnit(s, jsii.String("Unit"), props)
	s.addProbes(c, place)
	s.addOperations(role, c)
	output(s, "HealthUrl", "https://"+*s.unit.Health().DomainName()+*s.unit.Health().HealthPath(), "What Route 53 asks")
	output(s, "SwitchParameter", *s.unit.Health().SwitchParameter(), "Set it to 'on' to take over all traffic")
	output(s, "BucketName", *s.unit.Bucket().BucketName(), "The Region's objects")
	output(s, "RegionalDomainName", *s.unit.Api().RegionalDomainName(), "The API in this Region, for tests with a Host header")
	return s
}

// addProbes defines the user's own probes, where the handler runs and with its
// environment.
func (s *regionStack) addProbes(c config.Config, place func(*awslambda.FunctionOptions) *awslambda.FunctionOptions) {
	for _, name := range slices.Sorted(maps.Keys(c.Health.Probes)) {
		options := &awslambda.FunctionOptions{Timeout: awscdk.Duration_Seconds(jsii.Number(2))}
		if c.Tracing != nil && !*c.Tracing {
			options.Tracing = awslambda.Tracing_DISABLED
		}
		if len(c.Handler.Environment) > 0 {
			options.Environment = pointers(c.Handler.Environment)
		}
		probe := regionpair.NewGoFunction(s, jsii.String("Probe-"+name), &regionpair.GoFunctionProps{
			Entry:            jsii.String(c.Health.Probes[name].Entry),
			Architecture:     architecture(c.Architecture),
			LogRetention:     retentionDays[c.Logs.RetentionDays],
			LogEncryptionKey: s.unit.LogKey(),
			RemovalPolicy:    removalPolicy(c.Removal),
			Overrides:        place(options),
		})
		s.unit.Health().AddProbe(&name, probe.Function())
	}
}

// newEgress gives the function fixed addresses; others allow-list them.
func (s *regionStack) newEgress(c config.Config) regionpair.StaticEgress {
	egress := regionpair.NewStaticEgress(s, jsii.String("Egress"), &regionpair.StaticEgressProps{
		MaxAzs:             jsii.Number(c.Egress.MaxAZs),
		NatGateways:        jsii.Number(c.Egress.NatGateways),
		Cidr:               &c.Egress.CIDR,
		InterfaceEndpoints: jsii.Strings(c.Egress.InterfaceEndpoints...),
		LogRetention:       retentionDays[c.Logs.RetentionDays],
		RemovalPolicy:      removalPolicy(c.Removal),
	})
	output(s, "EgressIps", *awscdk.Fn_Join(jsii.String(", "), egress.PublicIps()), "The addresses that the function's calls come from")
	return egress
}

// addOperations adds what watches and guards the Region.
func (s *regionStack) addOperations(role config.RegionRole, c config.Config) {
	regionpair.NewLogQueries(s, jsii.String("Queries"), &regionpair.LogQueriesProps{PairName: &c.Name, Unit: s.unit})
	if *c.Alarms.Enabled {
		s.topic = regionpair.NewAlarmTopic(s, jsii.String("AlarmTopic"), alarmTopicProps(c))
		regionpair.NewRegionalAlarms(s, jsii.String("Alarms"), regionalAlarmsProps(c, role, s.unit, s.topic))
	}
	if c.WAF.Enabled {
		regionpair.NewWebAcl(s, jsii.String("Waf"), &regionpair.WebAclProps{
			PairName:         &c.Name,
			Api:              s.unit.Api(),
			RateLimit:        jsii.Number(c.WAF.RateLimitPer5Minutes),
			OpaqueContent:    jsii.Bool(c.Handler.Entry == ""),
			LogEncryptionKey: s.unit.LogKey(),
			LogRetention:     retentionDays[c.Logs.RetentionDays],
			RemovalPolicy:    removalPolicy(c.Removal),
		})
	}
}

func unitProps(scope constructs.Construct, role config.RegionRole, c config.Config) *regionpair.RegionUnitProps {
	region := c.Region(role)
	props := &regionpair.RegionUnitProps{
		PairName:                    &c.Name,
		Role:                        regionpair.RegionRole(role),
		PeerRegion:                  jsii.String(c.Region(role.Peer())),
		DomainName:                  &c.DomainName,
		HostedZone:                  hostedZone(scope, c),
		BucketName:                  jsii.String(c.BucketName(region)),
		NoncurrentVersionExpiration: awscdk.Duration_Days(jsii.Number(c.Storage.NoncurrentVersionDays)),
		ResourceServer:              &c.ResourceServer,
		Scopes:                      pointers(c.Scopes),
		Clients:                     clients(c),
		CognitoDomainPrefix:         jsii.String(c.CognitoDomainPrefix(region)),
		TokenValidity:               awscdk.Duration_Minutes(jsii.Number(c.Tokens.ValidityMinutes)),
		HealthDepth:                 regionpair.HealthDepth(c.Health.Depth),
		Architecture:                architecture(c.Architecture),
		RatePerSecond:               jsii.Number(c.Throttling.RatePerSecond),
		Burst:                       jsii.Number(c.Throttling.Burst),
		SecurityPolicy:              &c.TLSPolicy,
		DualStack:                   &c.DualStack,
		MutualTls:                   mutualTLS(scope, c.MutualTLS),
		ApiPolicy:                   networkPolicy(c.AllowedCIDRs),
		HealthPreferredNetworks:     preferredNetworks(c.Health.PreferredCIDRs),
		AccountRole:                 c.APIGatewayAccountRole,
		Tracing:                     c.Tracing,
		LogRetention:                retentionDays[c.Logs.RetentionDays],
		RemovalPolicy:               removalPolicy(c.Removal),
	}
	if len(c.Tables) > 0 {
		props.Tables = replicas(c)
	}
	applyHandler(props, c.Handler)
	return props
}

func applyHandler(props *regionpair.RegionUnitProps, handler config.Handler) {
	props.HandlerOptions = &awslambda.FunctionOptions{
		MemorySize: jsii.Number(handler.MemoryMiB),
		Timeout:    awscdk.Duration_Seconds(jsii.Number(handler.TimeoutSeconds)),
	}
	if len(handler.Environment) > 0 {
		props.HandlerOptions.Environment = pointers(handler.Environment)
	}
	if handler.Entry != "" {
		props.HandlerEntry = jsii.String(handler.Entry)
	}
	for _, route := range handler.Routes {
		props.Routes = append(props.Routes, &regionpair.Route{
			Method: jsii.String(route.Method),
			Path:   jsii.String(route.Path),
			Scopes: jsii.Strings(route.Scopes...),
		})
	}
}

func clients(c config.Config) *[]*regionpair.MachineClient {
	list := []*regionpair.MachineClient{}
	for _, name := range slices.Sorted(maps.Keys(c.Clients)) {
		client := &regionpair.MachineClient{Name: jsii.String(name), Scopes: jsii.Strings(c.Clients[name].Scopes...)}
		if days := c.Clients[name].RotationDays; days > 0 {
			client.RotationInterval = awscdk.Duration_Days(jsii.Number(days))
		}
		list = append(list, client)
	}
	return &list
}

func networkPolicy(networks []string) awsiam.PolicyDocument {
	if len(networks) == 0 {
		return nil
	}
	return regionpair.NetworkPolicy(jsii.Strings(networks...))
}

func mutualTLS(scope constructs.Construct, m config.MutualTLS) *awsapigateway.MTLSConfig {
	if m.TruststoreURI == "" {
		return nil
	}
	bucket, key := splitS3URI(m.TruststoreURI)
	mtls := &awsapigateway.MTLSConfig{
		Bucket: awss3.Bucket_FromBucketName(scope, jsii.String("Truststore"), &bucket),
		Key:    &key,
	}
	if m.TruststoreVersion != "" {
		mtls.Version = &m.TruststoreVersion
	}
	return mtls
}

func hostedZone(scope constructs.Construct, c config.Config) awsroute53.IHostedZone {
	return awsroute53.HostedZone_FromHostedZoneAttributes(scope, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{
		HostedZoneId: &c.HostedZone.ID,
		ZoneName:     &c.HostedZone.Name,
	})
}

// preferredNetworks is nil when every network is answered alike.
func preferredNetworks(networks []string) *[]*string {
	if len(networks) == 0 {
		return nil
	}
	return jsii.Strings(networks...)
}
