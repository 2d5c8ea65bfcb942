package regionpair_test

import (
	"flag"
	"fmt"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	regionpair "github.com/regionpair/regionpair/constructs"
)

// validated is every props type.
type validated interface{ Validate() error }

// drawn is one set of props, right or wrong, and its construct.
type drawn struct {
	props  validated
	define func(awscdk.Stack)
}

// of draws a value that is right, wrong or not given; mostly the first one, so that
// some props are right in everything.
func of[T any](r *rapid.T, name string, values ...T) T {
	if rapid.SampledFrom([]bool{true, true, true, true, false}).Draw(r, name+" as usual") {
		return values[0]
	}
	return rapid.SampledFrom(values).Draw(r, name)
}

func seconds(r *rapid.T, name string, values ...float64) awscdk.Duration {
	chosen := of(r, name, append([]float64{-1}, values...)...)
	if chosen < 0 {
		return nil
	}
	return awscdk.Duration_Seconds(&chosen)
}

func drawClients(r *rapid.T) []regionpair.MachineClient {
	clients := []regionpair.MachineClient{}
	for i := range of(r, "clients", 1, 0, 2) {
		clients = append(clients, regionpair.MachineClient{
			Name:             of(r, fmt.Sprintf("client%d", i), fmt.Sprintf("partner-%d", i), "partner-0", "r2-d2", "Partner", ""),
			Scopes:           of(r, fmt.Sprintf("scopes%d", i), []string{"objects/read"}, []string{"objects/read", "objects/write"}, []string{"objects/admin"}, nil),
			RotationInterval: seconds(r, fmt.Sprintf("rotation%d", i), 30*86400, 3600),
		})
	}
	return clients
}

// drawProps draws props of one type.
var drawProps = map[string]func(*rapid.T) drawn{
	"ReplicatedBucket": func(r *rapid.T) drawn {
		names := of(r, "names", [2]string{}, [2]string{"mine-west", "mine-central"}, [2]string{"mine", ""}, [2]string{"UPPER", "lower-name"}, [2]string{"mine", "mine"})
		props := &regionpair.ReplicatedBucketProps{
			Pair: newPair(), BucketName: names[0], PeerBucketName: names[1], Purpose: of(r, "purpose", "", "reports", "a_b", "x.y"),
			NoncurrentVersionExpiration: seconds(r, "expiration", 86400, 90*86400, 60),
		}
		return drawn{props, func(s awscdk.Stack) { regionpair.NewReplicatedBucket(s, jsii.String("X"), props) }}
	},
	"MachineAuth": func(r *rapid.T) drawn {
		props := &regionpair.MachineAuthProps{
			Pair: newPair(), DomainPrefix: of(r, "prefix", "", "mine", "my-aws", "Mine"), ResourceServer: of(r, "server", "", "objects", "a b", "regionpair-client"),
			TokenValidity: seconds(r, "validity", 300, 3600, 86400, 60), Clients: drawClients(r),
		}
		return drawn{props, func(s awscdk.Stack) { regionpair.NewMachineAuth(s, jsii.String("X"), props) }}
	},
	"ClientSecrets": func(r *rapid.T) drawn {
		props := &regionpair.ClientSecretsProps{Pair: newPair(), Clients: drawClients(r)}
		return drawn{props, func(s awscdk.Stack) { regionpair.NewClientSecrets(s, jsii.String("X"), props) }}
	},
	"StaticEgress": func(r *rapid.T) drawn {
		props := &regionpair.StaticEgressProps{
			MaxAzs: of(r, "azs", 0, 1, 2, 3, 4, -1), NatGateways: of(r, "nats", 0, 1, 2, 3), Cidr: of(r, "cidr", "", "10.1.0.0/20", "10.1.0.1/16", "fd00::/16", "10.0.0.0/8"),
			AvailabilityZones:  of(r, "zones", nil, nil, []string{"eu-west-1a"}, []string{"a", "b", "c", "d"}),
			InterfaceEndpoints: of(r, "endpoints", nil, []string{"secretsmanager", "ssm"}, []string{"s3"}, []string{"ssm", "ssm"}),
		}
		return drawn{props, func(s awscdk.Stack) { regionpair.NewStaticEgress(s, jsii.String("X"), props) }}
	},
	"AlarmTopic": func(r *rapid.T) drawn {
		props := &regionpair.AlarmTopicProps{Pair: newPair(), TopicName: of(r, "name", "", "mine", "not a name"), Emails: of(r, "emails", nil, []string{"a@example.com"}, []string{"nobody"})}
		return drawn{props, func(s awscdk.Stack) { regionpair.NewAlarmTopic(s, jsii.String("X"), props) }}
	},
	"HealthEndpoint": func(r *rapid.T) drawn {
		props := &regionpair.HealthEndpointProps{
			Pair: newPair(), Depth: of(r, "depth", "", regionpair.HealthStatic, regionpair.HealthDependencies, "deep"),
			PreferredNetworks: of(r, "networks", nil, []string{"15.177.0.0/18"}, []string{"10.0.0.0/8"}, []string{"2600:1f00::/24"}), Tracing: of(r, "tracing", true, false),
		}
		return drawn{props, func(s awscdk.Stack) { regionpair.NewHealthEndpoint(s, jsii.String("X"), props) }}
	},
	"FailoverDns": func(r *rapid.T) drawn {
		pair := of(r, "pair", newPair(), atApex(), newPair(func(p *regionpair.PairProps) { p.DomainName = "" }))
		props := &regionpair.FailoverDnsProps{
			Pair: pair, Primary: existing(testRegion), Secondary: existing(of(r, "secondary", peerRegion, testRegion)),
			Posture: of(r, "posture", "", regionpair.PostureFast, "quick"), Routing: of(r, "routing", "", regionpair.RoutingWeighted, regionpair.RoutingLatency, "random"),
			Records: of(r, "records", "", regionpair.RecordsAlias, regionpair.RecordsCname), DualStack: of(r, "dual", true, false),
			PrimaryWeight: of(r, "weight", nil, nil, new(0), new(255), new(256)), FailureThreshold: of(r, "threshold", 0, 1, 10, 11),
			Ttl: seconds(r, "ttl", 1, 300, 301), RequestInterval: seconds(r, "interval", 10, 30, 20),
			CheckerRegions: of(r, "checkers", nil, []string{"us-east-1", "eu-west-1", "sa-east-1"}, []string{"us-east-1"}, []string{"us-east-1", "us-east-1", "sa-east-1"}),
		}
		return drawn{props, func(s awscdk.Stack) {
			props.HostedZone = operatedUnitZone(s)
			regionpair.NewFailoverDns(s, jsii.String("X"), props)
		}}
	},
	"RegionalApi": func(r *rapid.T) drawn {
		routes := of(r, "routes", []regionpair.Route{{Method: "GET", Path: "/status", Public: true, RatePerSecond: 5}}, nil,
			[]regionpair.Route{{Method: "GET", Path: "/a/{x}", Public: true}, {Method: "GET", Path: "/a/{y}", Public: true}},
			[]regionpair.Route{{Method: "get", Path: "/a", Public: true}}, []regionpair.Route{route("GET", "/a", "objects/read")}, []regionpair.Route{{Method: "GET", Path: "/a", Public: true, Burst: 5}})
		props := &regionpair.RegionalApiProps{
			Pair: newPair(), Routes: routes, RatePerSecond: of(r, "rate", 0.0, 100, -1), Burst: of(r, "burst", 0, 10),
			SecurityPolicy: of(r, "policy", "", "TLS_1_2", "SecurityPolicy_TLS13_1_3_2025_09", "TLS_1_3"), DualStack: of(r, "dual", true, false),
			BinaryMediaTypes: of(r, "binary", nil, []string{"image/*"}),
		}
		return drawn{props, func(s awscdk.Stack) {
			props.HostedZone, props.Handler = operatedUnitZone(s), newHandler(s)
			regionpair.NewRegionalApi(s, jsii.String("X"), props)
		}}
	},
	"TableReplica": func(r *rapid.T) drawn {
		props := &regionpair.TableReplicaProps{
			Pair: newPair(), TableName: of(r, "name", "orders-orders", "", "a b"), PartitionKey: stringKey(of(r, "key", "id", "")),
			Consistency: of(r, "consistency", "", regionpair.TableStrong, "serializable"),
		}
		return drawn{props, func(s awscdk.Stack) { regionpair.NewTableReplica(s, jsii.String("X"), props) }}
	},
}

// TestWhatValidateAcceptsSynthesizes holds for each props type that a constructor
// refuses exactly what Validate does, and that what is left makes a template.
func TestWhatValidateAcceptsSynthesizes(t *testing.T) {
	require.NoError(t, flag.Set("rapid.checks", "12"))
	for construct, draw := range drawProps {
		t.Run(construct, func(t *testing.T) {
			accepted := 0
			defer func() { require.Positive(t, accepted, "all were refused") }()
			rapid.Check(t, func(r *rapid.T) {
				d := draw(r)
				stack := newStack(t)
				reason := refusal(func() { d.define(stack) })
				// The constructor has put in what needs a stack.
				if problems := d.props.Validate(); problems != nil {
					require.Contains(r, reason, "regionpair: ", "Validate refuses: %v", problems)
					return
				}
				accepted++
				require.Empty(r, reason, "Validate accepts")
				require.NotPanics(r, func() { templateOf(stack) })
			})
		})
	}
}

// A pair that is accepted has names that AWS accepts.
func TestAPairThatIsAcceptedMakesSoundNames(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		props := &regionpair.PairProps{
			Name:          rapid.StringMatching(`[a-z-][a-z0-9-]{0,30}`).Draw(r, "name"),
			Account:       of(r, "account", testAccount, "12"),
			PrimaryRegion: of(r, "primary", testRegion, "eu-wset-1"), SecondaryRegion: of(r, "secondary", peerRegion, testRegion),
			DomainName: of(r, "domain", "", "api.example.com", "API.example.com"),
		}
		if props.Validate() != nil {
			require.NotEmpty(r, refusal(func() { regionpair.NewPair(props) }))
			return
		}
		pair := regionpair.NewPair(props)
		for _, role := range regionpair.Roles() {
			require.Regexp(r, `^[a-z][a-z0-9-]{1,61}[a-z0-9]$`, pair.BucketName("objects", role))
			require.Regexp(r, `^[a-z][a-z0-9-]{1,61}[a-z0-9]$`, pair.CognitoDomainPrefix(role))
			require.Regexp(r, `^[A-Za-z][A-Za-z0-9-]{0,127}$`, pair.StackName(role))
		}
	})
}
