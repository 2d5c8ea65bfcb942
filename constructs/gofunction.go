package regionpair

import (
	"cmp"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/entry"
)

// GoFunctionProps configures a [GoFunction].
type GoFunctionProps struct {
	// Entry is the folder of the Go main package, absolute or relative to the app's
	// cdk.json: the nearest at or above the working folder, so that tests find it,
	// too. It may lie in any Go module.
	// Required.
	Entry string
	// Pair with the defaults of Architecture, LogRetention and RemovalPolicy; it
	// also says whether the function is traced.
	// Default: none.
	Pair *Pair
	// Architecture the function is compiled for and runs on.
	// Default: the pair's, or arm64, which costs about a fifth less than x86_64. CDK's
	// context key "regionpair:buildFor", which `regionpair drill` sets, goes before it.
	Architecture awslambda.Architecture
	// Environment variables. Never put a secret here: they are readable by
	// everyone who may describe the function.
	// Default: none.
	Environment map[string]string
	// LogRetention of the function's own log group.
	// Default: the pair's, or 90 days.
	LogRetention awslogs.RetentionDays
	// LogEncryptionKey encrypts the log group. Its policy has to admit
	// CloudWatch Logs, see [GrantLogs].
	// Default: encrypted by CloudWatch Logs with a key it owns.
	LogEncryptionKey awskms.IKey
	// RemovalPolicy of the log group.
	// Default: the pair's, or kept, unless the deployment that creates it fails.
	RemovalPolicy awscdk.RemovalPolicy
	// Overrides lays CDK's own options over the defaults of this construct.
	// Default: nothing is overridden.
	Overrides *awslambda.FunctionOptions

	// files beside the binary, by name.
	files map[string][]byte
}

// Validate returns everything that is wrong at once.
func (p *GoFunctionProps) Validate() error {
	p = orNew(p)
	c := checking("GoFunction")
	if c.requires("Entry", p.Entry) {
		if problem := entry.Check(p.Entry); problem != nil {
			c.refuse(true, "'Entry' must be the folder of a Go main package, got '%s': %s", p.Entry, problem)
		}
	}
	return c.err()
}

// complete fills in the defaults.
func (p *GoFunctionProps) complete() *GoFunctionProps {
	completed := *p
	if p.Pair != nil {
		completed.LogRetention = cmp.Or(p.LogRetention, p.Pair.props.LogRetention)
		completed.RemovalPolicy = cmp.Or(p.RemovalPolicy, p.Pair.props.RemovalPolicy)
		if completed.Architecture == nil {
			completed.Architecture = p.Pair.props.Architecture
		}
	}
	return &completed
}

func tracing(on bool) awslambda.Tracing {
	if on {
		return awslambda.Tracing_ACTIVE
	}
	return awslambda.Tracing_DISABLED
}

// GoFunction is a Lambda function compiled from a Go package with the local Go
// tool: provided.al2023, reproducible, with a log group and a role of its own
// that may do nothing but write to it.
type GoFunction interface {
	constructs.Construct
	// Function is the Lambda function.
	Function() awslambda.Function
	// LogGroup is where the function writes its logs.
	LogGroup() awslogs.ILogGroup
}

type goFunction struct {
	constructs.Construct
	function awslambda.Function
	logGroup awslogs.ILogGroup
}

func (f *goFunction) Function() awslambda.Function { return f.function }

func (f *goFunction) LogGroup() awslogs.ILogGroup { return f.logGroup }

// NewGoFunction compiles the package and defines the function.
func NewGoFunction(scope constructs.Construct, id *string, props *GoFunctionProps) GoFunction {
	mustBeValid(props.Validate())
	f := &goFunction{}
	newConstruct(f, scope, id)

	props = props.complete()
	f.logGroup = f.newLogGroup(props)
	environment := pointers(props.Environment)
	options := override(awslambda.FunctionOptions{
		Architecture:  props.Architecture,
		Environment:   environment,
		LogGroup:      f.logGroup,
		LoggingFormat: awslambda.LoggingFormat_JSON,
		MemorySize:    jsii.Number(256),
		Timeout:       seconds(f, 10),
		Tracing:       tracing(props.Pair == nil || props.Pair.traces()),
	}, props.Overrides)
	if props.Overrides != nil {
		options.Environment = mergeEnvironment(environment, props.Overrides.Environment)
	}
	f.mustFit(options.Environment)
	on := f.platform(options.Architecture)
	options.Architecture = once(stackOf(f), on.processor, on.architecture)
	ownRole := options.Role == nil
	if ownRole {
		options.Role = f.newRole(options.Vpc != nil)
	}
	f.function = awslambda.NewFunction(f, jsii.String("Function"), f.functionProps(options, f.code(props, on)))
	once(f.function, "role", func() awsiam.IRole { return options.Role })
	once(f.function, "scope", func() constructs.IConstruct { return f })
	if options.Tracing != awslambda.Tracing_DISABLED {
		f.suppressTracingWildcard(ownRole)
	}
	return f
}

// maxEnvironmentBytes is what Lambda allows the names and values of a function's
// environment variables, together.
const maxEnvironmentBytes = 4096

// mustFit refuses an environment that Lambda would refuse in a deployment. What
// CloudFormation fills in is not counted: nobody knows its length.
func (f *goFunction) mustFit(environment *map[string]*string) {
	size := 0
	for name, value := range *orNew(environment) {
		size += len(name) + len(token.ReplaceAllString(*value, ""))
	}
	if size > maxEnvironmentBytes {
		misuse("the environment variables of %s have %d bytes, and Lambda allows %d: use fewer or shorter values", pathOf(f), size, maxEnvironmentBytes)
	}
}

// token is a value that CDK fills in later, as a string.
var token = regexp.MustCompile(`\$\{Token\[[^]]*\]\}`)

// platform is the function's own, or that of the machine which is to run it
// instead of AWS.
func (f *goFunction) platform(architecture awslambda.Architecture) platform {
	stack := stackOf(f)
	buildFor := once(stack, contract.BuildForContext, func() any { return nodeOf(stack).TryGetContext(jsii.String(contract.BuildForContext)) })
	if host, asked := hostPlatform(buildFor); asked {
		return host
	}
	name := defaultArchitecture
	if architecture != nil {
		name = *once(architecture, "name", architecture.Name)
	}
	on, _ := lambdaPlatform(name)
	return on
}

// newLogGroup returns the caller's own log group when there is one, so that none
// is defined that nobody writes to.
func (f *goFunction) newLogGroup(props *GoFunctionProps) awslogs.ILogGroup {
	if props.Overrides != nil && props.Overrides.LogGroup != nil {
		return awslogs.LogGroup_FromLogGroupName(f, jsii.String("Logs"), props.Overrides.LogGroup.LogGroupRef().LogGroupName)
	}
	return logKeeping{props.LogRetention, props.LogEncryptionKey, props.RemovalPolicy}.newGroup(f, "Logs", nil)
}

func (f *goFunction) functionProps(options *awslambda.FunctionOptions, code awslambda.Code) *awslambda.FunctionProps {
	props := &awslambda.FunctionProps{
		Code:    code,
		Handler: jsii.String("bootstrap"),
		Runtime: once(stackOf(f), "runtime", awslambda.Runtime_PROVIDED_AL2023),
	}
	copyFields(options, props)
	return props
}

func (f *goFunction) code(props *GoFunctionProps, on platform) awslambda.Code {
	folder := entry.Folder(props.Entry)
	bundle := &goBundle{goBuild{folder, on}, props.files}
	stack := stackOf(f)
	options := &awss3assets.AssetOptions{
		AssetHashType: awscdk.AssetHashType_OUTPUT,
		Bundling: &awscdk.BundlingOptions{
			// CDK asks for an image even though the local build always answers.
			Image: once(stack, "image", func() awscdk.DockerImage { return awscdk.DockerImage_FromRegistry(jsii.String("scratch")) }),
			Local: bundle,
		},
	}
	if *once(stack, "bundlingRequired", stack.BundlingRequired) {
		hash, err := bundle.hash()
		if err != nil {
			misuse("%v", err)
		}
		options.AssetHashType, options.AssetHash = awscdk.AssetHashType_CUSTOM, &hash
	}
	return awslambda.Code_FromAsset(&folder, options)
}

// newRole replaces CDK's default role, whose managed policy allows writing to
// every log group of the account.
func (f *goFunction) newRole(inVpc bool) awsiam.Role {
	role := awsiam.NewRole(f, jsii.String("Role"), &awsiam.RoleProps{
		AssumedBy:   once(stackOf(f), "principal", lambdaPrincipal),
		Description: jsii.String("Runs " + pathOf(f)),
	})
	f.logGroup.GrantWrite(role)
	if inVpc {
		grantNetworkInterfaces(role)
	}
	return role
}

// grantNetworkInterfaces allows what Lambda documents for functions in a VPC;
// these EC2 actions support no resource-level permissions that Lambda could use.
func grantNetworkInterfaces(role awsiam.Role) {
	role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface",
			"ec2:DescribeSubnets", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"),
		Resources: jsii.Strings("*"),
	}))
}

func (f *goFunction) suppressTracingWildcard(ownRole bool) {
	wildcard := suppression{
		rule:      "AwsSolutions-IAM5",
		reason:    "X-Ray's PutTraceSegments and PutTelemetryRecords, and the network interface actions of a function in a VPC, support no resource-level permissions.",
		appliesTo: []string{"Resource::*"},
	}
	if ownRole {
		suppress(defaultPolicyOf(f), wildcard)
		return
	}
	if role, ok := roleOf(f.function).(awsiam.Role); ok {
		if policy := nodeOf(role).TryFindChild(jsii.String("DefaultPolicy")); policy != nil {
			suppressMore(policy, wildcard)
		}
	}
}

func lambdaPrincipal() awsiam.ServicePrincipal {
	return awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil)
}
