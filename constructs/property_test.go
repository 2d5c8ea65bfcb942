package regionpair_test

import (
	"flag"
	"fmt"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
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
	define func(*testing.T, awscdk.Stack)
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

// existingKey is nil without an ARN.
func existingKey(scope awscdk.Stack, arn string) awskms.IKey {
	if arn == "" {
		return nil
	}
	return awskms.Key_FromKeyArn(scope, jsii.String("Existing"), &arn)
}

func drawClients(r *rapid.T) []regionpair.MachineClient {
	clients := []regionpair.MachineClient{}
	for i := range of(r, "clients", 1, 0, 2) {
		clients = append(clients, regionpair.MachineClient{
			Name:             of(r, fmt.Sprintf("client%d", i), fmt.Sprintf("partner-%d", i), "partner-0", "r2-d2", "Partner", ""),
			Scopes:           of(r, fmt.Sprintf("scopes%d", i), []string{"objects/read"}, []string{"objects/read", "objects/write"}, []string{"objects/admin"}, nil),
			RotationInterval: seconds(r, fmt.Sprintf("rotation%d", i), 30*86400, 3600, 90000, 86490),
		})
	}
	return clients
}

// drawProps draws props of one type.
var drawProps = map[string]func(*rapid.T) drawn{
	"ReplicatedBucket": func(r *rapid.T) drawn {
		names := of(r, "names", [2]string{}, [2]string{"mine-west", "mine-central"}, [2]string{"mine", ""}, [2]string{"UPPER", "lower-name"}, [2]string{"mine", "mine"}, [2]string{"data.example.com", "peer.example.com"}, [2]string{"192.168.5.4", "mine"}, [2]string{"a.-b", "mine"})
		props := &regionpair.ReplicatedBucketProps{
			Pair: newPair(), BucketName: names[0], PeerBucketName: names[1], Purpose: of(r, "purpose", "", "reports", "a_b", "x.y"),
			NoncurrentVersionExpiration: seconds(r, "expiration", 86400, 90*86400, 60, 129600),
		}
		own, changed := of(r, "own key", false, true), of(r, "changed key", false, true)
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
			if own {
				props.Key = awskms.Key_FromKeyArn(s, jsii.String("Own"), jsii.String("arn:aws:kms:eu-west-1:111122223333:key/1"))
			}
			if changed {
				props.KeyOverrides = &awskms.KeyProps{EnableKeyRotation: new(false)}
			}
			regionpair.NewReplicatedBucket(s, jsii.String("X"), props)
		}}
	},
	"MachineAuth": func(r *rapid.T) drawn {
		props := &regionpair.MachineAuthProps{
			Pair: newPair(), DomainPrefix: of(r, "prefix", "", "mine", "my-aws", "Mine"), ResourceServer: of(r, "server", "", "objects", "a b", "regionpair-client"),
			TokenValidity: seconds(r, "validity", 300, 3600, 86400, 60, 330), Clients: drawClients(r),
		}
		return drawn{props, func(_ *testing.T, s awscdk.Stack) { regionpair.NewMachineAuth(s, jsii.String("X"), props) }}
	},
	"ClientSecrets": func(r *rapid.T) drawn {
		props := &regionpair.ClientSecretsProps{Pair: newPair(), Clients: drawClients(r)}
		return drawn{props, func(_ *testing.T, s awscdk.Stack) { regionpair.NewClientSecrets(s, jsii.String("X"), props) }}
	},
	"StaticEgress": func(r *rapid.T) drawn {
		props := &regionpair.StaticEgressProps{
			MaxAzs: of(r, "azs", 0, 1, 2, 3, 4, -1), NatGateways: of(r, "nats", 0, 1, 2, 3), Cidr: of(r, "cidr", "", "10.1.0.0/20", "10.1.0.1/16", "fd00::/16", "10.0.0.0/8"),
			AvailabilityZones:  of(r, "zones", nil, nil, []string{"eu-west-1a"}, []string{"a", "b", "c", "d"}),
			InterfaceEndpoints: of(r, "endpoints", nil, []string{"secretsmanager", "ssm"}, []string{"s3"}, []string{"ssm", "ssm"}),
		}
		return drawn{props, func(_ *testing.T, s awscdk.Stack) { regionpair.NewStaticEgress(s, jsii.String("X"), props) }}
	},
	"AlarmTopic": func(r *rapid.T) drawn {
		props := &regionpair.AlarmTopicProps{Pair: newPair(), TopicName: of(r, "name", "", "mine", "not a name"), Emails: of(r, "emails", nil, []string{"a@example.com"}, []string{"nobody"})}
		return drawn{props, func(_ *testing.T, s awscdk.Stack) { regionpair.NewAlarmTopic(s, jsii.String("X"), props) }}
	},
	"HealthEndpoint": func(r *rapid.T) drawn {
		props := &regionpair.HealthEndpointProps{
			Pair: newPair(), Depth: of(r, "depth", "", regionpair.HealthStatic, regionpair.HealthDependencies, regionpair.HealthApi, "deep"),
			Request:           of(r, "request", nil, nil, &regionpair.HealthRequest{Path: "orders", Client: "A"}),
			PreferredNetworks: of(r, "networks", nil, []string{"15.177.0.0/18"}, []string{"10.0.0.0/8"}, []string{"2600:1f00::/24"}), Tracing: of(r, "tracing", true, false),
		}
		return drawn{props, func(_ *testing.T, s awscdk.Stack) { regionpair.NewHealthEndpoint(s, jsii.String("X"), props) }}
	},
	"FailoverDns": func(r *rapid.T) drawn {
		pair := of(r, "pair", newPair(), atApex(), newPair(func(p *regionpair.PairProps) { p.DomainName = "" }))
		props := &regionpair.FailoverDnsProps{
			Pair: pair, Primary: existing(testRegion), Secondary: existing(of(r, "secondary", peerRegion, testRegion)),
			Posture: of(r, "posture", "", regionpair.PostureFast, "quick"), Routing: of(r, "routing", "", regionpair.RoutingWeighted, regionpair.RoutingLatency, "random"),
			Records: of(r, "records", "", regionpair.RecordsAlias, regionpair.RecordsCname), DualStack: of(r, "dual", true, false),
			PrimaryWeight: of(r, "weight", nil, nil, new(0), new(255), new(256)), FailureThreshold: of(r, "threshold", 0, 1, 10, 11),
			Ttl: seconds(r, "ttl", 1, 300, 301, 1.5), RequestInterval: seconds(r, "interval", 10, 30, 20),
			CheckerRegions: of(r, "checkers", nil, []string{"us-east-1", "eu-west-1", "sa-east-1"}, []string{"us-east-1"}, []string{"us-east-1", "us-east-1", "sa-east-1"}),
		}
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
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
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
			props.HostedZone, props.Handler = operatedUnitZone(s), newHandler(s)
			regionpair.NewRegionalApi(s, jsii.String("X"), props)
		}}
	},
	"TableReplica": func(r *rapid.T) drawn {
		props := &regionpair.TableReplicaProps{
			Pair: newPair(), TableName: of(r, "name", "orders-orders", "", "a b"), PartitionKey: stringKey(of(r, "key", "id", "")),
			Consistency: of(r, "consistency", "", regionpair.TableStrong, "serializable"), HasIndexes: of(r, "indexes", false, true),
		}
		key := of(r, "own key", "", ownTableKey)
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
			props.EncryptionKey = existingKey(s, key)
			regionpair.NewTableReplica(s, jsii.String("X"), props)
		}}
	},
	"AlarmChat": func(r *rapid.T) drawn {
		props := &regionpair.AlarmChatProps{
			Pair: of(r, "pair", newPair(), nil), SlackWorkspaceId: of(r, "workspace", "T0123456789", ""), SlackChannelId: of(r, "channel", "C0123456789", ""),
		}
		given := of(r, "topics", true, false)
		return drawn{props, func(t *testing.T, s awscdk.Stack) {
			if given {
				props.Topics = []awssns.ITopic{newTopic(t, s, nil).Topic()}
			}
			regionpair.NewAlarmChat(s, jsii.String("X"), props)
		}}
	},
	"GoFunction": func(r *rapid.T) drawn {
		props := &regionpair.GoFunctionProps{
			Entry: of(r, "entry", "../lambda/objects", "", "../constructs", "nowhere"), Pair: of(r, "pair", newPair(), nil),
			Environment: of(r, "environment", nil, map[string]string{"TABLE": "orders"}), LogRetention: of(r, "retention", "", awslogs.RetentionDays_ONE_YEAR),
		}
		return drawn{props, func(_ *testing.T, s awscdk.Stack) { regionpair.NewGoFunction(s, jsii.String("X"), props) }}
	},
	"Pairing": func(r *rapid.T) drawn {
		props := &regionpair.PairingProps{Pair: of(r, "pair", newPair(), nil)}
		return drawn{props, func(_ *testing.T, s awscdk.Stack) { regionpair.NewPairing(s, jsii.String("X"), props) }}
	},
	"FailbackGuard": func(r *rapid.T) drawn {
		props := &regionpair.FailbackGuardProps{
			Mode: of(r, "mode", "", regionpair.FailbackManual, regionpair.FailbackGuarded, regionpair.FailbackAuto, "later"), MutualTls: of(r, "mTLS", false, true),
			StableFor:   seconds(r, "stable", 180, 60, 3600, 90, 0),
			GrayFailure: of(r, "gray", nil, &regionpair.GrayFailure{}, &regionpair.GrayFailure{ErrorPercent: 1, MinRequests: 1}, &regionpair.GrayFailure{ErrorPercent: -1}, &regionpair.GrayFailure{MinRequests: 2_000_000}),
		}
		given := of(r, "health", true, false)
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
			standby := newStackIn(awscdk.App_Of(s), "Standby", peerRegion)
			if given {
				props.Health = newHealth(standby, func(*regionpair.HealthEndpointProps) {})
			}
			regionpair.NewFailbackGuard(standby, jsii.String("X"), props)
		}}
	},
	"KeyRenewal": func(r *rapid.T) drawn {
		props := &regionpair.KeyRenewalProps{Interval: seconds(r, "interval", 300, 60, 86400, 30, 90, 86460)}
		given := of(r, "issuer", true, false)
		return drawn{props, func(t *testing.T, s awscdk.Stack) {
			if given {
				props.Issuer = newAuthIn(s)
			}
			regionpair.NewKeyRenewal(s, jsii.String("X"), props)
		}}
	},
	"TokenAuthorizer": func(r *rapid.T) drawn {
		props := &regionpair.TokenAuthorizerProps{
			Routes: of(r, "routes", []regionpair.Route{route("GET", "/a", "objects/read")}, nil, []regionpair.Route{route("GET", "a")}, []regionpair.Route{route("GET", "/a/{x+}/b", "objects/read")},
				[]regionpair.Route{route("GET", "/a/{x}", "objects/read"), route("GET", "/a/{y}", "objects/write")}),
			ResultsCacheTtl: seconds(r, "cache", 0, 300, 3600, 3601, 1.5),
		}
		given := of(r, "issuer", true, false)
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
			if given {
				props.Issuer = newAuthIn(s)
			}
			authorizer := regionpair.NewTokenAuthorizer(s, jsii.String("X"), props)
			api := awsapigateway.NewRestApi(s, jsii.String("Api"), nil)
			for i, one := range []awsapigateway.IAuthorizer{authorizer.Authorizer(), authorizer.PathAuthorizer()} {
				if one != nil {
					api.Root().AddResource(jsii.String(fmt.Sprint("r", i)), nil).AddMethod(jsii.String("GET"), awsapigateway.NewMockIntegration(nil), &awsapigateway.MethodOptions{Authorizer: one})
				}
			}
		}}
	},
	"TokenEndpoint": func(r *rapid.T) drawn {
		props := &regionpair.TokenEndpointProps{RatePerSecond: of(r, "rate", 0.0, 10, -1)}
		given := of(r, "auth", true, false)
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
			if given {
				props.Auth = newAuthIn(s)
			}
			regionpair.NewTokenEndpoint(s, jsii.String("X"), props)
		}}
	},
	"WebAcl": func(r *rapid.T) drawn {
		rule := func(name string, priority float64) *awswafv2.CfnWebACL_RuleProperty {
			return &awswafv2.CfnWebACL_RuleProperty{
				Name: &name, Priority: &priority, Action: map[string]any{"block": map[string]any{}},
				Statement:        map[string]any{"geoMatchStatement": map[string]any{"countryCodes": []string{"AQ"}}},
				VisibilityConfig: map[string]any{"cloudWatchMetricsEnabled": true, "metricName": name, "sampledRequestsEnabled": true},
			}
		}
		props := &regionpair.WebAclProps{
			Pair: of(r, "pair", newPair(), nil), RateLimit: of(r, "limit", 0, 10, 2_000_000_000, 9, -1), OpaqueContent: of(r, "opaque", nil, new(true), new(false)),
			LogName:    of(r, "log", "", "aws-waf-logs-mine", "with a space"),
			ExtraRules: of(r, "rules", nil, []*awswafv2.CfnWebACL_RuleProperty{rule("polar", 100)}, []*awswafv2.CfnWebACL_RuleProperty{rule("polar", 99)}, []*awswafv2.CfnWebACL_RuleProperty{rule("a", 100), rule("b", 100)}, []*awswafv2.CfnWebACL_RuleProperty{nil}),
		}
		given := of(r, "stage", true, false)
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
			if given {
				props.Stage = ownRegion(s, regionpair.RolePrimary).RestApi.DeploymentStage()
			}
			regionpair.NewWebAcl(s, jsii.String("X"), props)
		}}
	},
	"LogQueries": func(r *rapid.T) drawn {
		props := &regionpair.LogQueriesProps{SlowMilliseconds: of(r, "slow", 0, 500, -1)}
		given, logged := of(r, "watched", true, false), of(r, "access log", true, false)
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
			if given {
				props.Watched = ownRegion(s, regionpair.RolePrimary)
				if logged {
					props.Watched.AccessLog = awslogs.NewLogGroup(s, jsii.String("Access"), nil)
				}
			}
			regionpair.NewLogQueries(s, jsii.String("X"), props)
		}}
	},
	"RegionalAlarms": func(r *rapid.T) drawn {
		props := &regionpair.RegionalAlarmsProps{
			MinimumRequests: of(r, "minimum", 0, 1, -1), EssentialOnly: of(r, "essential", false, true), Tuning: drawTuning(r, regionpair.AlarmLatency, regionpair.AlarmTakeover),
		}
		given, whole := of(r, "watched", true, false), of(r, "unit", false, true)
		return drawn{props, func(t *testing.T, s awscdk.Stack) {
			props.Topic = newTopic(t, s, nil).Topic()
			switch {
			case given && whole:
				props.Watched = operatedUnit(t, s).Watched()
			case given:
				props.Watched = ownRegion(s, regionpair.RolePrimary)
			}
			regionpair.NewRegionalAlarms(s, jsii.String("X"), props)
		}}
	},
	"PairAlarms": func(r *rapid.T) drawn {
		props := &regionpair.PairAlarmsProps{Tuning: drawTuning(r, regionpair.AlarmTakeover, regionpair.AlarmLatency)}
		given, routing := of(r, "dns", true, false), of(r, "routing", regionpair.RoutingFailover, regionpair.RoutingLatency, regionpair.RoutingWeighted)
		return drawn{props, func(t *testing.T, s awscdk.Stack) {
			global := newStackIn(awscdk.App_Of(s), "Global", "us-east-1")
			props.Topic = newTopic(t, global, nil).Topic()
			if given {
				props.Dns = dnsOfExisting(global, routing)
			}
			regionpair.NewPairAlarms(global, jsii.String("X"), props)
		}}
	},
	"PairDashboard": func(r *rapid.T) drawn {
		props := &regionpair.PairDashboardProps{DashboardName: of(r, "name", "", "orders", "a b")}
		given := of(r, "dns", true, false)
		secondary := of(r, "role", regionpair.RoleSecondary, regionpair.RolePrimary, "")
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
			global := newStackIn(awscdk.App_Of(s), "Global", "us-east-1")
			if given {
				props.Dns = dnsOfExisting(global, regionpair.RoutingFailover)
			}
			props.Primary = ownRegion(s, regionpair.RolePrimary)
			if secondary != "" {
				props.Secondary = ownRegion(newStackIn(awscdk.App_Of(s), "Secondary", peerRegion), secondary)
			}
			regionpair.NewPairDashboard(global, jsii.String("X"), props)
		}}
	},
	"BucketReplicationPair": func(r *rapid.T) drawn {
		props := &regionpair.BucketReplicationPairProps{Prefix: of(r, "prefix", "", "reports/")}
		given, purpose, role := of(r, "pairing", true, false), of(r, "purpose", "reports", "others"), of(r, "role", peerRegion, testRegion, "")
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
			if given {
				props.Pairing = regionpair.NewPairing(s, jsii.String("Pairing"), &regionpair.PairingProps{Pair: newPair()})
			}
			props.Primary = regionpair.NewReplicatedBucket(s, jsii.String("Bucket"), &regionpair.ReplicatedBucketProps{Pair: newPair(), Purpose: "reports"})
			if role != "" {
				stack := newStackIn(awscdk.App_Of(s), "Secondary", role)
				props.Secondary = regionpair.NewReplicatedBucket(stack, jsii.String("Bucket"), &regionpair.ReplicatedBucketProps{Pair: newPair(), Purpose: purpose})
			}
			regionpair.NewBucketReplicationPair(s, jsii.String("X"), props)
		}}
	},
	"TrustedIssuers": func(r *rapid.T) drawn {
		props := &regionpair.TrustedIssuersProps{}
		given, role := of(r, "pairing", true, false), of(r, "role", peerRegion, testRegion, "")
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
			if given {
				props.Pairing = regionpair.NewPairing(s, jsii.String("Pairing"), &regionpair.PairingProps{Pair: newPair()})
			}
			props.Primary = newAuthIn(s)
			if role != "" {
				props.Secondary = newAuthIn(newStackIn(awscdk.App_Of(s), "Secondary", role))
			}
			regionpair.NewTrustedIssuers(s, jsii.String("X"), props)
		}}
	},
	"SecretReplicas": func(r *rapid.T) drawn {
		props := &regionpair.SecretReplicasProps{AppSecrets: of(r, "secrets", nil, []string{"stripe"}, []string{"clients/partner"}, []string{""})}
		given, region := of(r, "pairing", true, false), of(r, "region", testRegion, peerRegion, "")
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
			if given {
				props.Pairing = regionpair.NewPairing(s, jsii.String("Pairing"), &regionpair.PairingProps{Pair: newPair()})
			}
			if region != "" {
				props.Secrets = regionpair.NewClientSecrets(newStackIn(awscdk.App_Of(s), "Owner", region), jsii.String("Secrets"),
					&regionpair.ClientSecretsProps{Pair: newPair(), Clients: []regionpair.MachineClient{{Name: "partner", Scopes: []string{"objects/read"}}}})
			}
			regionpair.NewSecretReplicas(s, jsii.String("X"), props)
		}}
	},
	"ReplicatedTable": func(r *rapid.T) drawn {
		props := &regionpair.ReplicatedTableProps{
			TimeToLiveAttribute: of(r, "ttl", "", "expires"), Stream: of(r, "stream", "", awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES, awsdynamodb.StreamViewType_KEYS_ONLY),
			PointInTimeRecoveryDays: of(r, "recovery", nil, new(0), new(35), new(36), new(-1)), DeletionProtection: of(r, "protection", nil, new(false)),
			WitnessRegion: of(r, "witness", "", "eu-west-2", "us-east-1"),
		}
		consistency, tables := of(r, "consistency", regionpair.TableEventual, regionpair.TableStrong), of(r, "tables", "orders-orders", "orders-others")
		indexed := of(r, "indexed", false, true)
		if of(r, "indexes", false, true) {
			props.GlobalSecondaryIndexes = []*awsdynamodb.GlobalSecondaryIndexPropsV2{{IndexName: jsii.String("by-day"), PartitionKey: stringKey("day")}}
		}
		key := of(r, "own key", "", ownTableKey, peerTableKey, "arn:aws:kms:eu-west-1:999999999999:key/own")
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
			replica := func(stack awscdk.Stack, name, key string) regionpair.TableReplica {
				return regionpair.NewTableReplica(stack, jsii.String("Replica"), &regionpair.TableReplicaProps{
					Pair: newPair(), TableName: name, PartitionKey: stringKey("id"), Consistency: consistency, HasIndexes: indexed, EncryptionKey: existingKey(stack, key),
				})
			}
			props.Primary = replica(newStackIn(awscdk.App_Of(s), "Primary", testRegion), "orders-orders", key)
			props.Secondary = replica(newStackIn(awscdk.App_Of(s), "Secondary", peerRegion), tables, "")
			regionpair.NewReplicatedTable(s, jsii.String("X"), props)
		}}
	},
	"ObjectIndex": func(r *rapid.T) drawn {
		props := &regionpair.ObjectIndexProps{WitnessRegion: of(r, "witness", "eu-west-2", "", "us-east-1")}
		durability := of(r, "durability", regionpair.DurabilitySync, "")
		return drawn{props, func(t *testing.T, s awscdk.Stack) {
			app := awscdk.App_Of(s)
			props.Primary = operatedUnit(t, newStackIn(app, "Primary", testRegion), synchronous)
			props.Secondary = operatedUnit(t, newStackIn(app, "Secondary", peerRegion), func(p *regionpair.RegionUnitProps) { p.Durability = durability })
			regionpair.NewObjectIndex(s, jsii.String("X"), props)
		}}
	},
	"RegionUnit": func(r *rapid.T) drawn {
		props := &regionpair.RegionUnitProps{
			Pair: of(r, "pair", newPair(), newPair(func(p *regionpair.PairProps) { p.DomainName = "" })),
			Routes: of(r, "routes", nil, []regionpair.Route{route("GET", "/a", "objects/read")}, []regionpair.Route{{Method: "GET", Path: "/oauth2/token", Public: true}},
				[]regionpair.Route{route("GET", "/a")}),
			Durability: of(r, "durability", "", regionpair.DurabilitySync, "eventually"), WhenPeerIsDown: of(r, "peer", "", regionpair.PeerDownRefuse, "wait"),
			Clients: drawClients(r), CognitoDomainPrefix: of(r, "prefix", "", "my-aws"), TokenValidity: seconds(r, "validity", 300, 60),
			AuthorizerResultsCacheTtl: seconds(r, "cache", 60, 3601), HealthDepth: of(r, "depth", "", regionpair.HealthDependencies, "deep"),
			Failback: of(r, "failback", "", regionpair.FailbackGuarded, regionpair.FailbackManual, "never"), FailbackStableFor: seconds(r, "stable", 300, 90),
			RatePerSecond: of(r, "rate", 0.0, 100, -1), Burst: of(r, "burst", 0, 10), DualStack: of(r, "dual", false, true),
			SecurityPolicy: of(r, "policy", "", "TLS_1_2", "TLS_1_3"), BucketName: of(r, "bucket", "", "mine-west", "UPPER"),
			HealthPreferredNetworks: of(r, "networks", nil, []string{"10.0.0.0/8"}), AccountRole: of(r, "account", nil, new(false)),
			BinaryMediaTypes: of(r, "binary", nil, []string{"image/*"}), ResourceServer: of(r, "server", "", "objects", "a b"),
		}
		if props.BucketName == "mine-west" {
			props.PeerBucketName = "mine-central"
		}
		indexKey := of(r, "index key", "", ownTableKey)
		return drawn{props, func(_ *testing.T, s awscdk.Stack) {
			props.HostedZone, props.IndexKey = operatedUnitZone(s), existingKey(s, indexKey)
			regionpair.NewRegionUnit(s, jsii.String("X"), props)
		}}
	},
}

// drawTuning tunes one alarm of those that the construct has, or one that it has not.
func drawTuning(r *rapid.T, own, others regionpair.AlarmKind) map[regionpair.AlarmKind]regionpair.AlarmTuning {
	kind := of(r, "tuned", "", own, others)
	if kind == "" {
		return nil
	}
	return map[regionpair.AlarmKind]regionpair.AlarmTuning{kind: {
		Threshold: of(r, "threshold", nil, new(5.0)), Period: seconds(r, "period", 60, 30, 45), EvaluationPeriods: of(r, "periods", 0, 3, -1),
		DatapointsToAlarm: of(r, "datapoints", 0, 2, 4), Disabled: of(r, "disabled", false, true),
	}}
}

// newAuthIn is a Region's issuer of tokens.
func newAuthIn(stack awscdk.Stack) regionpair.MachineAuth {
	return regionpair.NewMachineAuth(stack, jsii.String("Auth"), &regionpair.MachineAuthProps{
		Pair: newPair(), Clients: []regionpair.MachineClient{{Name: "partner", Scopes: []string{"objects/read"}}},
	})
}

// dnsOfExisting leads to two APIs that no unit made.
func dnsOfExisting(global awscdk.Stack, routing regionpair.RoutingPolicy) regionpair.FailoverDns {
	return regionpair.NewFailoverDns(global, jsii.String("Dns"), &regionpair.FailoverDnsProps{
		Pair: newPair(), HostedZone: operatedUnitZone(global), Primary: existing(testRegion), Secondary: existing(peerRegion), Routing: routing,
	})
}

// checksOf is few where each draw makes one or two whole Regions.
func checksOf(construct string) string {
	if slices.Contains([]string{"BucketReplicationPair", "ObjectIndex", "PairAlarms", "PairDashboard", "RegionalAlarms", "ReplicatedTable", "SecretReplicas", "TrustedIssuers"}, construct) {
		return "5"
	}
	return "12"
}

// TestEveryPropsTypeIsDrawn fails when a construct is added whose props nobody draws.
func TestEveryPropsTypeIsDrawn(t *testing.T) {
	for _, documented := range documentedPackage(t, token.NewFileSet()).Types {
		construct, isProps := strings.CutSuffix(documented.Name, "Props")
		// A Pair is no construct, the others are arguments of a method of RegionUnit.
		if !isProps || slices.Contains([]string{"Pair", "UnitSecret", "UnitParameter"}, construct) {
			continue
		}
		require.Contains(t, drawProps, construct)
	}
}

// TestWhatValidateAcceptsSynthesizes holds for each props type that a constructor
// refuses exactly what Validate does, and that what is left makes a template.
func TestWhatValidateAcceptsSynthesizes(t *testing.T) {
	for construct, draw := range drawProps {
		t.Run(construct, func(t *testing.T) {
			require.NoError(t, flag.Set("rapid.checks", checksOf(construct)))
			accepted := 0
			check := func(r *rapid.T) {
				d := draw(r)
				stack := newStack(t)
				reason := refusal(func() { d.define(t, stack) })
				// The constructor has put in what needs a stack.
				if problems := d.props.Validate(); problems != nil {
					require.Contains(r, reason, "regionpair: ", "Validate refuses: %v", problems)
					return
				}
				accepted++
				require.Empty(r, reason, "Validate accepts")
				require.NotPanics(r, func() { templateOf(stack) })
			}
			// Few draws may all be refused: by chance once, and not always.
			for round := 0; accepted == 0 && round < 20; round++ {
				rapid.Check(t, check)
			}
			require.Positive(t, accepted, "all were refused")
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
