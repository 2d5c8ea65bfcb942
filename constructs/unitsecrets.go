package regionpair

import (
	"regexp"
	"unicode/utf8"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsssm"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/limits"
)

// UnitSecretProps configures a secret of [RegionUnit.AddSecret].
type UnitSecretProps struct {
	// Description for people.
	// Default: none.
	Description string
	// GenerateSecretString says how the first value is made. Put a value of
	// your own in after the deployment: it reaches the other Region by itself.
	// Default: a random password of 32 characters.
	GenerateSecretString *awssecretsmanager.SecretStringGenerator
	// GrantToHandler lets the unit's handler read the secret, and the functions
	// that it compiles for single routes.
	// Default: true.
	GrantToHandler *bool
}

// UnitParameterProps configures a parameter of [RegionUnit.AddParameter].
type UnitParameterProps struct {
	// Description for people.
	// Default: none.
	Description string
	// GrantToHandler lets the unit's handler read the parameter, and the functions
	// that it compiles for single routes.
	// Default: true.
	GrantToHandler *bool
}

// AddSecret defines the secret "<pair>/app/<name>", which the handler reads by
// that name in both Regions; functions that the unit compiles find the name in
// SECRET_<NAME>. Call it on both units: that of the [Pair.Owner] defines the secret
// and replicates it, the other one only gets to know it, so neither deployment waits for the other.
func (u *regionUnit) AddSecret(name string, props *UnitSecretProps) awssecretsmanager.ISecret {
	c := appName("AddSecret", name)
	c.refuse(limits.EndsLikeSecretSuffix(name), "name '%s' must not end in a hyphen and six characters: Secrets Manager would take them for the suffix of its ARNs", name)
	props = orNew(props)
	c.readable(u, name, props.GrantToHandler)
	mustBeValid(c.err())
	secret := u.appSecret(name, props)
	u.tell(contract.SecretVariable(name), u.pair.AppSecretName(name))
	if orTrue(props.GrantToHandler) {
		for _, handler := range u.handlers() {
			u.letRead(handler, secret, u.pair.AppSecretName(name))
		}
	}
	return secret
}

// letRead goes by the name for a handler of another stack: this one refers to the
// handler, and CloudFormation deploys no two stacks that refer to each other.
func (u *regionUnit) letRead(handler awslambda.IFunction, secret awssecretsmanager.ISecret, name string) {
	if inOneStack(handler, u) {
		secret.GrantRead(handler, nil)
		return
	}
	grant(handler, []string{"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"}, nil, stackArnOf(u, "secretsmanager", "secret:"+name+"-??????"))
}

func (u *regionUnit) appSecret(name string, props *UnitSecretProps) awssecretsmanager.ISecret {
	id, fullName := jsii.String("Secret-"+name), u.pair.AppSecretName(name)
	if u.role != u.pair.Owner() {
		// The six characters at the end of the replica's ARN are unknown here:
		// by name, grants leave room for them.
		return awssecretsmanager.Secret_FromSecretNameV2(u, id, &fullName)
	}
	secret := awssecretsmanager.NewSecret(u, id, &awssecretsmanager.SecretProps{
		SecretName:           &fullName,
		Description:          optional(props.Description),
		GenerateSecretString: props.GenerateSecretString,
		ReplicaRegions:       &[]*awssecretsmanager.ReplicaRegion{{Region: new(u.pair.Region(u.role.Peer()))}},
		RemovalPolicy:        keepByDefault(u.pair.props.RemovalPolicy),
	})
	suppress(secret, suppression{
		rule:   "AwsSolutions-SMG4",
		reason: "What the secret is for decides how it is rotated; add a schedule with AddRotationSchedule where there is a way.",
	})
	return secret
}

// AddParameter defines the parameter "/<pair>/app/<name>", which the handler
// reads under that path in both Regions; functions that the unit compiles find the
// path in PARAMETER_<NAME>. Call it on both units, with the value that each Region
// is to have: at most 4096 characters.
func (u *regionUnit) AddParameter(name, value string, props *UnitParameterProps) awsssm.IStringParameter {
	c := appName("AddParameter", name)
	c.requires("value", value)
	length := utf8.RuneCountInString(value)
	c.refuse(length > maxStandardParameter && !isToken(value), "value of '%s' must have at most %d characters, got %d", name, maxStandardParameter, length)
	c.refuse(limits.NestsParameter(value), "value must have no '{{' with a '}}' behind it: Parameter Store takes that for another parameter")
	props = orNew(props)
	c.readable(u, name, props.GrantToHandler)
	mustBeValid(c.err())
	path := u.pair.AppParameterName(name)
	parameter := awsssm.NewStringParameter(u, jsii.String("Parameter-"+name), &awsssm.StringParameterProps{
		ParameterName: &path,
		Description:   optional(props.Description),
		StringValue:   &value,
	})
	u.tell(contract.ParameterVariable(name), path)
	if orTrue(props.GrantToHandler) {
		for _, handler := range u.handlers() {
			grant(handler, []string{"ssm:GetParameter", "ssm:GetParameters"}, nil, parameterArn(u, path))
		}
	}
	return parameter
}

// maxStandardParameter is how many characters Parameter Store takes.
const maxStandardParameter = 4096

// readable refuses a grant that CDK would drop without a word.
func (c *check) readable(u *regionUnit, name string, granted *bool) {
	c.refuse(orTrue(granted) && u.handler.Role() == nil,
		"cannot let the handler read '%s': its role is not known here; set 'GrantToHandler' to false and grant it where the function is defined", name)
}

// appNames fit Secrets Manager as well as Parameter Store.
var appNames = regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$`)

func appName(method, name string) *check {
	c := checking(method)
	c.refuse(!appNames.MatchString(name), "name must be a literal of letters, digits, '_', '.', '-', with '/' between parts, got '%s'", name)
	return c
}
