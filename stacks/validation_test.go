package stacks_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/limits"
)

var regionPairs = []string{
	"us-east-1/us-west-2",
	"eu-west-1/eu-central-1",
	"ap-southeast-1/ap-southeast-2",
	"sa-east-1/us-east-1",
	// An opt-in Region.
	"eu-central-1/eu-south-1",
}

const validating = "REGIONPAIR_TEST_VALIDATING"

// TestStrictValidation runs the tests below in a process of their own: CDK
// decides whether it validates when it is loaded.
func TestStrictValidation(t *testing.T) {
	if testing.Short() {
		t.Skip("the engine of the rules takes seconds to start")
	}
	t.Setenv("CDK_VALIDATION", "true")
	t.Setenv(validating, "yes")
	self, err := os.Executable()
	require.NoError(t, err)
	output, err := exec.CommandContext(t.Context(), self, "-test.run=^TestValidated", "-test.v").CombinedOutput()
	require.NoError(t, err, string(output))
	for _, regions := range regionPairs {
		require.Contains(t, string(output), "--- PASS: TestValidatedPairs/"+regions)
	}
	require.Contains(t, string(output), "--- PASS: TestValidatedSynchronousObjects")
	require.Contains(t, string(output), "--- PASS: TestValidatedMistake")
}

// TestValidatedPairs validates the largest configuration the way `cdk synth`
// does, in Regions that lack different things.
func TestValidatedPairs(t *testing.T) {
	onlyWhenValidating(t)
	for _, regions := range regionPairs {
		t.Run(regions, func(t *testing.T) {
			primary, secondary, _ := strings.Cut(regions, "/")
			synth(t, load(t, "full", func(c *config.Config) {
				c.PrimaryRegion, c.SecondaryRegion, c.Certificates = primary, secondary, config.Certificates{}
				balances := c.Tables["balances"]
				if thirds := limits.ThirdRegions(primary, secondary); len(thirds) > 0 {
					balances.WitnessRegion = thirds[0]
					balances.Keys = config.RegionKeys{
						Primary:   strings.Replace(balances.Keys.Primary, "us-east-1", primary, 1),
						Secondary: strings.Replace(balances.Keys.Secondary, "us-west-2", secondary, 1),
					}
					c.Tables["balances"] = balances
				} else {
					delete(c.Tables, "balances")
				}
				if primary == "eu-west-1" {
					// API Gateway takes one or the other.
					c.MutualTLS, c.TLSPolicy = config.MutualTLS{}, "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
				}
			}))
		})
	}
}

// TestValidatedSynchronousObjects does so for what the largest configuration, which
// has a handler of its own, cannot have.
func TestValidatedSynchronousObjects(t *testing.T) {
	onlyWhenValidating(t)
	synth(t, load(t, "minimal", synchronously))
}

// TestValidatedMistake proves that the validation is on.
func TestValidatedMistake(t *testing.T) {
	onlyWhenValidating(t)
	context, out := appContext(t), t.TempDir()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &out, Context: &context})
	stack := awscdk.NewStack(app, jsii.String("Mistake"), nil)
	bucket := awss3.NewCfnBucket(stack, jsii.String("Bucket"), nil)
	bucket.AddPropertyOverride(jsii.String("BucketNme"), "typo")
	assert.Panics(t, func() { app.Synth(nil) })
}

func onlyWhenValidating(t *testing.T) {
	t.Helper()
	if os.Getenv(validating) == "" {
		t.Skip("run by TestStrictValidation")
	}
}
