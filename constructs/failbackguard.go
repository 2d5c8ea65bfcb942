package regionpair

import (
	"cmp"
	"strconv"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsssm"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// FailbackMode says who lets a primary that has failed serve again.
type FailbackMode = contract.FailbackMode

const (
	// FailbackAuto leaves it to Route 53: at once, as often as it turns healthy,
	// and while writes of the standby are still on their way to it.
	FailbackAuto FailbackMode = contract.FailbackAuto
	// FailbackGuarded waits until the primary is fit: healthy for a few minutes,
	// and not behind.
	FailbackGuarded FailbackMode = contract.FailbackGuarded
	// FailbackManual tells when the primary is fit, and leaves it to a person.
	FailbackManual FailbackMode = contract.FailbackManual
)

// FailbackGuardProps configures a [FailbackGuard].
type FailbackGuardProps struct {
	// Health of the standby, in the guard's own stack: its function wakes the guard.
	// The primary needs a [HealthEndpoint] of the same pair.
	// Required.
	Health HealthEndpoint
	// Mode is FailbackGuarded or FailbackManual.
	// Default: FailbackGuarded.
	Mode FailbackMode
	// StableFor is how long the primary must have been healthy when clients
	// return. It doubles with each further failover within a day, up to an hour.
	// Default: 3 minutes. Allowed: whole minutes, from 1 minute to 1 day.
	StableFor awscdk.Duration
	// Bucket of the standby. What it and the primary's bucket have taken must have
	// been replicated when clients return.
	// Default: replication is not checked.
	Bucket ReplicatedBucket
	// MutualTls says that the domain name refuses callers without a certificate.
	// The guard cannot see then where clients are, and goes by what it sees of the
	// primary itself: a primary that only the standby cannot reach is kept out.
	// Default: false.
	MutualTls bool
	// GrayFailure of the primary, which moves clients although every health check
	// passes.
	// Default: traffic moves nobody.
	GrayFailure *GrayFailure
	// LogEncryptionKey encrypts the function's log group, see [GrantLogs].
	// Default: encrypted by CloudWatch Logs with a key it owns.
	LogEncryptionKey awskms.IKey
	// FunctionOverrides lays CDK's own options over those of the function.
	// Default: nothing is overridden.
	FunctionOverrides *awslambda.FunctionOptions
}

// Validate returns everything that is wrong at once.
func (p *FailbackGuardProps) Validate() error {
	p = orNew(p)
	c := checking("FailbackGuard")
	if c.requires("Health", p.Health) {
		c.refuse(p.Health.Pair().DomainName() == "", "needs a Pair with a 'DomainName'")
	}
	oneOf(c, "Mode", p.Mode, FailbackGuarded, FailbackManual)
	c.stability("StableFor", p.StableFor)
	c.grayFailure(p.GrayFailure)
	return c.err()
}

func (c *check) stability(property string, value awscdk.Duration) {
	c.lasts(property, value, 60, 86400, "1 minute to 1 day")
	if value != nil {
		seconds, known := secondsOf(value)
		c.refuse(known && int(seconds)%60 != 0, "'%s' must be whole minutes, got %v seconds", property, seconds)
	}
}

// FailbackGuard keeps a primary Region that has failed out until it is fit. It
// is a small function in the standby that looks at the pair every minute, and
// every 5 s while something happens. The health function of the standby looks at
// the primary every 10 s and wakes the guard when it does not look well, so that no
// outage that moves clients falls between two looks. When clients have been moved,
// the guard turns the switch of the standby on and the hold of the primary, which
// lasts 5 minutes unless it is renewed: a standby that is lost keeps nobody out. It
// never touches what a person has set.
//
// Route 53 decides that the primary has failed, and the guard only keeps that from
// being undone. With a [GrayFailure] the guard decides, too.
type FailbackGuard interface {
	constructs.Construct
	// Function is the guard.
	Function() awslambda.Function
}

type failbackGuard struct {
	constructs.Construct
	function GoFunction
	pair     *Pair
	// parameter holds what the guard remembers.
	parameter string
}

func (g *failbackGuard) Function() awslambda.Function { return g.function.Function() }

// NewFailbackGuard defines the guard, its schedule, and the parameter that holds
// what it remembers.
func NewFailbackGuard(scope constructs.Construct, id *string, props *FailbackGuardProps) FailbackGuard {
	mustBeValid(props.Validate())
	pair := props.Health.Pair()
	c := checking("FailbackGuard")
	c.refuse(stackOf(scope) != stackOf(props.Health), "'Health' must be in the guard's own stack, since its function wakes the guard")
	c.refuse(pair.roleOf("FailbackGuard", scope) != RoleSecondary, "needs a stack in the pair's secondary Region '%s': it has to work while the primary does not", pair.Region(RoleSecondary))
	mustBeValid(c.err())
	g := &failbackGuard{pair: pair, parameter: contract.GuardParameter(pair.Name())}
	newConstruct(g, scope, id)

	awsssm.NewStringParameter(g, jsii.String("State"), &awsssm.StringParameterProps{
		ParameterName: &g.parameter,
		Description:   jsii.String("What the guard of the failback remembers"),
		StringValue:   jsii.String("{}"),
	})
	g.function = supportFunction{
		name: "guard", pair: pair, logKey: props.LogEncryptionKey, environment: props.environment(),
		overrides: override(awslambda.FunctionOptions{
			// It looks until the next invocation is due.
			Timeout:     awscdk.Duration_Seconds(jsii.Number(58)),
			Description: jsii.String("Keeps a primary Region that has failed out until it is fit"),
		}, props.FunctionOverrides),
	}.define(g)
	g.grantParameters()
	if props.Bucket != nil {
		g.grantMarkers(props.Bucket)
	}
	if props.GrayFailure != nil {
		g.grantTraffic()
	}
	g.schedule()
	g.wokenBy(props.Health.Function())
	return g
}

func (p *FailbackGuardProps) environment() map[string]string {
	pair, minutes := p.Health.Pair(), 3.0
	if p.StableFor != nil {
		minutes = *p.StableFor.ToMinutes(nil)
	}
	environment := map[string]string{
		contract.GuardMode:          string(cmp.Or(p.Mode, FailbackGuarded)),
		contract.GuardStableMinutes: strconv.Itoa(int(minutes)),
		contract.GuardPair:          pair.Name(),
		contract.GuardDomainName:    pair.DomainName(),
		contract.GuardPrimaryRegion: pair.Region(RolePrimary),
		contract.GuardHealthURL:     checkerURL(p.Health),
		contract.GuardMutualTLS:     strconv.FormatBool(p.MutualTls),
	}
	if p.GrayFailure != nil {
		p.GrayFailure.tell(environment, pair)
	}
	if p.Bucket != nil {
		environment[contract.GuardBucket] = p.Bucket.BucketName()
		environment[contract.GuardPeerBucket] = p.Bucket.PeerBucketName()
	}
	return environment
}

// inPrimary is an ARN of something in the primary Region.
func (g *failbackGuard) inPrimary(service, resource string) string {
	return "arn:" + partitionOf(g) + ":" + service + ":" + g.pair.Region(RolePrimary) + ":" + g.pair.Account() + ":" + resource
}

// grantParameters: what it remembers and the standby's switch; of the primary
// the hold, and where its health is asked.
func (g *failbackGuard) grantParameters() {
	allow(g.function, []string{"ssm:GetParameter", "ssm:PutParameter"},
		parameterArn(g, g.parameter), parameterArn(g, g.pair.SwitchParameter()), g.inPrimary("ssm", "parameter"+g.pair.HoldParameter()))
	allow(g.function, []string{"ssm:GetParameter"}, g.inPrimary("ssm", "parameter"+contract.HealthParameter(g.pair.Name())))
}

// grantMarkers: one object in each bucket shows how far replication is.
func (g *failbackGuard) grantMarkers(bucket ReplicatedBucket) {
	peerArn := "arn:" + partitionOf(g) + ":s3:::" + bucket.PeerBucketName()
	allow(g.function, []string{"s3:PutObject", "s3:GetObjectVersion"},
		*bucket.Bucket().ArnForObjects(jsii.String(contract.MarkerKey)), peerArn+"/"+contract.MarkerKey)
	actions := []string{"kms:GenerateDataKey", "kms:Decrypt"}
	allow(g.function, actions, *keyArnOf(bucket.Key()))
	// The primary's key has an id that the standby cannot know.
	allowIf(g.function, actions, viaS3(g, replica{region: g.pair.Region(RolePrimary), bucketArn: peerArn}), g.inPrimary("kms", "key/*"))
	suppressOnPolicy(g, suppression{
		rule:   "AwsSolutions-IAM5",
		reason: "The key of the primary's bucket has an id that the standby cannot know; a condition ties the right to that bucket.",
	})
}

// grantTraffic: what clients of the primary meet, and whether it refuses them because
// somebody wants it to. CloudWatch knows no right to single metrics.
func (g *failbackGuard) grantTraffic() {
	allow(g.function, []string{"ssm:GetParameter"}, g.inPrimary("ssm", "parameter"+g.pair.FenceParameter()))
	allowIf(g.function, []string{"cloudwatch:GetMetricData"}, map[string]any{
		"StringEquals": map[string]any{"aws:RequestedRegion": g.pair.Region(RolePrimary)},
	}, "*")
	suppressOnPolicy(g, suppression{
		rule:      "AwsSolutions-IAM5",
		reason:    "CloudWatch knows no right to single metrics; a condition ties it to the primary Region.",
		appliesTo: []string{"Resource::*"},
	})
}

func (g *failbackGuard) schedule() {
	schedule{
		description: jsii.String("Looks at both Regions"), function: g.Function(), every: minutes(g, 1),
		maxAgeSeconds: jsii.Number(60), // a look that is late is none
	}.define(g)
}

// wokenBy lets the health function read what the guard remembers, and invoke the
// guard.
func (g *failbackGuard) wokenBy(health awslambda.Function) {
	health.AddEnvironment(jsii.String(contract.WakeFunction), g.Function().FunctionName(), nil)
	health.AddEnvironment(jsii.String(contract.WakeParameter), &g.parameter, nil)
	grant(health, []string{"ssm:GetParameter"}, nil, parameterArn(g, g.parameter))
	grant(health, []string{"lambda:InvokeFunction"}, nil, *g.Function().FunctionArn())
}
