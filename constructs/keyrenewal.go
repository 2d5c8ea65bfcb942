package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// KeyRenewalProps configures a [KeyRenewal].
type KeyRenewalProps struct {
	// Auth of this Region, whose peer's keys are renewed.
	// Required.
	Auth MachineAuth
	// Interval between two snapshots: how long a key that the peer has withdrawn
	// may still be honoured here, beside 5 minutes in the functions.
	// Default: 15 minutes. Allowed: 1 minute to 1 day.
	Interval awscdk.Duration
	// Function configures the Lambda function; Entry and Environment are set
	// by the construct.
	// Default: the defaults of [GoFunction].
	Function *GoFunctionProps
}

// KeyRenewal keeps the snapshot of the peer's signing keys that [TrustedIssuers]
// has made up to date, on a schedule, in this Region: the tokens of a peer that
// has died are honoured, keys that it has withdrawn are not, and no request of a
// client crosses Regions.
type KeyRenewal interface {
	constructs.Construct
	// Function takes the snapshots.
	Function() awslambda.Function
}

type keyRenewal struct {
	constructs.Construct
	function GoFunction
}

func (k *keyRenewal) Function() awslambda.Function { return k.function.Function() }

// NewKeyRenewal defines the function and its schedule.
func NewKeyRenewal(scope constructs.Construct, id *string, props *KeyRenewalProps) KeyRenewal {
	required("KeyRenewal", "Auth", props == nil || props.Auth == nil)
	interval := props.Interval
	if interval == nil {
		interval = awscdk.Duration_Minutes(jsii.Number(15))
	}
	if minutes := *interval.ToMinutes(&awscdk.TimeConversionOptions{Integral: jsii.Bool(false)}); minutes < 1 || minutes > 24*60 {
		misuse("KeyRenewal 'Interval' must be from 1 minute to 1 day, got %v minutes", minutes)
	}
	k := &keyRenewal{}
	constructs.NewConstruct_Override(k, scope, id)

	k.function = newSupportFunction(k, "renewal", props.Function, map[string]*string{
		contract.PeerIssuerParameter: props.Auth.PeerIssuerParameter(),
	})
	allow(k.function, []string{"ssm:GetParameter", "ssm:PutParameter"}, parameterArn(k, *props.Auth.PeerIssuerParameter()))
	awsevents.NewRule(k, jsii.String("Schedule"), &awsevents.RuleProps{
		Description: jsii.String("Takes a snapshot of the peer Region's signing keys"),
		Schedule:    awsevents.Schedule_Rate(interval),
		Targets: &[]awsevents.IRuleTarget{awseventstargets.NewLambdaFunction(k.function.Function(), &awseventstargets.LambdaFunctionProps{
			// The next run is as good as another attempt.
			RetryAttempts: jsii.Number(0),
		})},
	})
	return k
}
