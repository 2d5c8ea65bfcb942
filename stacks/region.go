package stacks

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
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

// NewRegionStack defines the stack of the Region that plays the role in a pair
// that [PairOf] the configuration gives.
func NewRegionStack(scope constructs.Construct, pair *regionpair.Pair, role regionpair.RegionRole, c config.Config) RegionStack {
	s := &regionStack{}
	name := pair.StackName(role)
	awscdk.NewStack_Override(s, scope, &name, stackProps(c, pair.StackProps(role)))
	props := unitProps(s, pair, c)
	props.Certificate, props.Tables = certificate(s, role, c), replicas(s, role, c)
	props.BucketKey, props.IndexKey = ownKey(s, "BucketKey", role, c.Storage.Keys), ownKey(s, "IndexKey", role, c.Storage.IndexKeys)
	place := func(options *awslambda.FunctionOptions) *awslambda.FunctionOptions { return options }
	if c.Egress.Enabled {
		place = s.newEgress(pair, c).Place
	}
	props.HandlerOverrides = place(props.HandlerOverrides)
	s.unit = regionpair.NewRegionUnit(s, jsii.String("Unit"), props)
	s.addNames(role, c)
	s.addProbes(c, place)
	s.addOperations(c)
	return s
}

// addNames defines the secrets and parameters of the user's own.
func (s *regionStack) addNames(role regionpair.RegionRole, c config.Config) {
	for _, name := range slices.Sorted(maps.Keys(c.Secrets)) {
		s.unit.AddSecret(name, &regionpair.UnitSecretProps{Description: c.Secrets[name].Description})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Parameters)) {
		parameter := c.Parameters[name]
		value := parameter.Value
		if role == regionpair.RoleSecondary {
			value = cmp.Or(parameter.SecondaryValue, value)
		}
		s.unit.AddParameter(name, value, &regionpair.UnitParameterProps{Description: parameter.Description})
	}
}

// addProbes defines the user's own probes, where the handler runs and with its
// environment.
func (s *regionStack) addProbes(c config.Config, place func(*awslambda.FunctionOptions) *awslambda.FunctionOptions) {
	for _, name := range slices.Sorted(maps.Keys(c.Health.Probes)) {
		options := &awslambda.FunctionOptions{Timeout: awscdk.Duration_Seconds(jsii.Number(2))}
		if len(c.Handler.Environment) > 0 {
			options.Environment = pointers(c.Handler.Environment)
		}
		probe := regionpair.NewGoFunction(s, jsii.String("Probe-"+name), &regionpair.GoFunctionProps{
			Pair:             s.unit.Pair(),
			Entry:            c.Health.Probes[name].Entry,
			LogEncryptionKey: s.unit.LogKey(),
			Overrides:        place(options),
		})
		s.unit.Health().AddProbe(name, probe.Function())
	}
}

// newEgress gives the function fixed addresses; others allow-list them.
func (s *regionStack) newEgress(pair *regionpair.Pair, c config.Config) regionpair.StaticEgress {
	egress := regionpair.NewStaticEgress(s, jsii.String("Egress"), &regionpair.StaticEgressProps{
		Pair:               pair,
		MaxAzs:             c.Egress.MaxAZs,
		NatGateways:        c.Egress.NatGateways,
		Cidr:               c.Egress.CIDR,
		InterfaceEndpoints: c.Egress.InterfaceEndpoints,
	})
	output(s, "EgressIps", strings.Join(egress.PublicIps(), ", "), "The addresses that the function's calls come from")
	return egress
}

// addOperations adds what watches and guards the Region.
func (s *regionStack) addOperations(c config.Config) {
	regionpair.NewLogQueries(s, jsii.String("Queries"), &regionpair.LogQueriesProps{Watched: s.unit.Watched()})
	if *c.Alarms.Enabled {
		s.topic = regionpair.NewAlarmTopic(s, jsii.String("AlarmTopic"), &regionpair.AlarmTopicProps{
			Pair: s.unit.Pair(), Emails: c.Alarms.Email, EncryptionKey: s.unit.LogKey(),
		})
		regionpair.NewRegionalAlarms(s, jsii.String("Alarms"), &regionpair.RegionalAlarmsProps{
			Watched: s.unit.Watched(), Topic: s.topic.Topic(), EssentialOnly: c.Alarms.Set == config.AlarmsEssential, Tuning: tuning(c, regionpair.RegionalAlarmKinds()),
		})
	}
	if c.WAF.Enabled {
		regionpair.NewWebAcl(s, jsii.String("Waf"), &regionpair.WebAclProps{
			Pair:             s.unit.Pair(),
			Stage:            s.unit.Api().RestApi().DeploymentStage(),
			RateLimit:        c.WAF.RateLimitPer5Minutes,
			OpaqueContent:    jsii.Bool(c.Handler.Entry == ""),
			LogEncryptionKey: s.unit.LogKey(),
		})
	}
}

func unitProps(scope constructs.Construct, pair *regionpair.Pair, c config.Config) *regionpair.RegionUnitProps {
	props := &regionpair.RegionUnitProps{
		Pair:                        pair,
		HostedZone:                  hostedZone(scope, c),
		NoncurrentVersionExpiration: awscdk.Duration_Days(jsii.Number(c.Storage.NoncurrentVersionDays)),
		Durability:                  c.Storage.Durability,
		WhenPeerIsDown:              c.Storage.WhenPeerIsDown,
		ResourceServer:              c.ResourceServer,
		Scopes:                      c.Scopes,
		Clients:                     clients(c),
		TokenValidity:               awscdk.Duration_Minutes(jsii.Number(c.Tokens.ValidityMinutes)),
		HealthDepth:                 c.Health.Depth,
		HealthPath:                  c.Health.Path,
		HealthClient:                c.Health.Client,
		Failback:                    c.Failback.Mode,
		RatePerSecond:               float64(c.Throttling.RatePerSecond),
		Burst:                       c.Throttling.Burst,
		SecurityPolicy:              c.TLSPolicy,
		DualStack:                   c.DualStack,
		MutualTls:                   mutualTLS(scope, c.MutualTLS),
		ApiPolicy:                   networkPolicy(c.AllowedCIDRs),
		HealthPreferredNetworks:     c.Health.PreferredCIDRs,
		AccountRole:                 c.APIGatewayAccountRole,
	}
	if c.Failback.StableMinutes != 0 {
		props.FailbackStableFor = awscdk.Duration_Minutes(jsii.Number(c.Failback.StableMinutes))
	}
	props.GrayFailure = grayFailure(c.Health.GrayFailure)
	applyHandler(props, c.Handler)
	return props
}

func grayFailure(g config.GrayFailure) *regionpair.GrayFailure {
	if !g.Enabled {
		return nil
	}
	gray := &regionpair.GrayFailure{ErrorPercent: g.ErrorPercent, MinRequests: g.MinRequests}
	if g.P99Milliseconds != 0 {
		gray.P99 = awscdk.Duration_Millis(jsii.Number(g.P99Milliseconds))
	}
	return gray
}

func applyHandler(props *regionpair.RegionUnitProps, handler config.Handler) {
	props.HandlerOverrides = &awslambda.FunctionOptions{
		MemorySize: jsii.Number(handler.MemoryMiB),
		Timeout:    awscdk.Duration_Seconds(jsii.Number(handler.TimeoutSeconds)),
	}
	if len(handler.Environment) > 0 {
		props.HandlerOverrides.Environment = pointers(handler.Environment)
	}
	props.HandlerEntry = handler.Entry
	for _, route := range handler.Routes {
		props.Routes = append(props.Routes, regionpair.Route{
			Method: route.Method, Path: route.Path, Scopes: route.Scopes, Public: route.Public,
			HandlerEntry: route.Entry, RatePerSecond: float64(route.RatePerSecond), Burst: route.Burst,
		})
	}
}

func clients(c config.Config) []regionpair.MachineClient {
	list := []regionpair.MachineClient{}
	for _, name := range slices.Sorted(maps.Keys(c.Clients)) {
		client := regionpair.MachineClient{Name: name, Scopes: c.Clients[name].Scopes}
		if days := c.Clients[name].RotationDays; days > 0 {
			client.RotationInterval = awscdk.Duration_Days(jsii.Number(days))
		}
		list = append(list, client)
	}
	return list
}

func networkPolicy(networks []string) awsiam.PolicyDocument {
	if len(networks) == 0 {
		return nil
	}
	return regionpair.NetworkPolicy(networks)
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

// ofRole is what the configuration says of one of the two Regions.
func ofRole(role regionpair.RegionRole, primary, secondary string) string {
	if role == regionpair.RoleSecondary {
		return secondary
	}
	return primary
}

// ownKey is the key of the Region that exists already; nil without one.
func ownKey(scope constructs.Construct, id string, role regionpair.RegionRole, keys config.RegionKeys) awskms.IKey {
	arn := ofRole(role, keys.Primary, keys.Secondary)
	if arn == "" {
		return nil
	}
	return awskms.Key_FromKeyArn(scope, &id, &arn)
}

func certificate(scope constructs.Construct, role regionpair.RegionRole, c config.Config) awscertificatemanager.ICertificate {
	arn := ofRole(role, c.Certificates.Primary, c.Certificates.Secondary)
	if arn == "" {
		return nil
	}
	return awscertificatemanager.Certificate_FromCertificateArn(scope, jsii.String("Certificate"), &arn)
}

func hostedZone(scope constructs.Construct, c config.Config) awsroute53.IHostedZone {
	return awsroute53.HostedZone_FromHostedZoneAttributes(scope, jsii.String("Zone"), &awsroute53.HostedZoneAttributes{
		HostedZoneId: &c.HostedZone.ID,
		ZoneName:     &c.HostedZone.Name,
	})
}
