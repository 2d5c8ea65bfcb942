package stacks

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/regionpair/regionpair/config"
)

// stackProps completes those of the pair.
func stackProps(c config.Config, props *awscdk.StackProps) *awscdk.StackProps {
	props.PermissionsBoundary = permissionsBoundary(c.PermissionsBoundary)
	if len(c.Tags) > 0 {
		props.Tags = pointers(c.Tags)
	}
	return props
}

func permissionsBoundary(policy string) awscdk.PermissionsBoundary {
	switch {
	case policy == "":
		return nil
	case strings.HasPrefix(policy, "arn:"):
		return awscdk.PermissionsBoundary_FromArn(&policy)
	}
	return awscdk.PermissionsBoundary_FromName(&policy)
}

func output(scope constructs.Construct, id, value, description string) {
	awscdk.NewCfnOutput(scope, &id, &awscdk.CfnOutputProps{Value: &value, Description: &description})
}

func architecture(a config.Architecture) awslambda.Architecture {
	if a == config.ArchitectureX8664 {
		return awslambda.Architecture_X86_64()
	}
	return awslambda.Architecture_ARM_64()
}

func removalPolicy(r config.Removal) awscdk.RemovalPolicy {
	if r == config.RemovalDestroy {
		return awscdk.RemovalPolicy_DESTROY
	}
	return awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE
}

func splitS3URI(uri string) (bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	return bucket, key
}

func pointers(values map[string]string) *map[string]*string {
	result := map[string]*string{}
	for key, value := range values {
		result[key] = &value
	}
	return &result
}

// retentionDays are the periods CloudWatch Logs knows.
var retentionDays = map[int]awslogs.RetentionDays{
	1: awslogs.RetentionDays_ONE_DAY, 3: awslogs.RetentionDays_THREE_DAYS, 5: awslogs.RetentionDays_FIVE_DAYS,
	7: awslogs.RetentionDays_ONE_WEEK, 14: awslogs.RetentionDays_TWO_WEEKS, 30: awslogs.RetentionDays_ONE_MONTH,
	60: awslogs.RetentionDays_TWO_MONTHS, 90: awslogs.RetentionDays_THREE_MONTHS, 120: awslogs.RetentionDays_FOUR_MONTHS,
	150: awslogs.RetentionDays_FIVE_MONTHS, 180: awslogs.RetentionDays_SIX_MONTHS, 365: awslogs.RetentionDays_ONE_YEAR,
	400: awslogs.RetentionDays_THIRTEEN_MONTHS, 545: awslogs.RetentionDays_EIGHTEEN_MONTHS, 731: awslogs.RetentionDays_TWO_YEARS,
	1096: awslogs.RetentionDays_THREE_YEARS, 1827: awslogs.RetentionDays_FIVE_YEARS, 2192: awslogs.RetentionDays_SIX_YEARS,
	2557: awslogs.RetentionDays_SEVEN_YEARS, 2922: awslogs.RetentionDays_EIGHT_YEARS, 3288: awslogs.RetentionDays_NINE_YEARS,
	3653: awslogs.RetentionDays_TEN_YEARS,
}
