package regionpair_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

const healthFunction = "../lambda/health"

func TestGoFunctionDefaults(t *testing.T) {
	function := regionpair.NewGoFunction(newStack(t), jsii.String("F"), &regionpair.GoFunctionProps{
		Entry: healthFunction, Environment: map[string]string{"COLOUR": "red"},
	})
	mustBehaveLikeAConstruct(t, function)
	template := templateOf(function)
	template.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{
		"Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures": []any{"arm64"},
		"Environment":   map[string]any{"Variables": map[string]any{"COLOUR": "red"}},
		"LoggingConfig": map[string]any{"LogFormat": "JSON", "LogGroup": assertions.Match_AnyValue()},
	})
	template.HasResourceProperties(jsii.String("AWS::Logs::LogGroup"), map[string]any{"RetentionInDays": 90})
	template.ResourcePropertiesCountIs(jsii.String("AWS::IAM::Role"), map[string]any{"ManagedPolicyArns": assertions.Match_AnyValue()}, jsii.Number(0))
}

func TestGoFunctionTakesCDKsOwnOptions(t *testing.T) {
	function := regionpair.NewGoFunction(newStack(t), jsii.String("F"), &regionpair.GoFunctionProps{
		Entry: healthFunction, Architecture: awslambda.Architecture_X86_64(), LogRetention: awslogs.RetentionDays_ONE_DAY,
		Environment: map[string]string{"COLOUR": "red", "SIZE": "1"},
		Overrides: &awslambda.FunctionOptions{
			MemorySize: jsii.Number(1024), Timeout: awscdk.Duration_Seconds(jsii.Number(3)), Environment: &map[string]*string{"SIZE": jsii.String("2")},
			ReservedConcurrentExecutions: jsii.Number(5),
		},
	})
	templateOf(function).HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{
		"MemorySize": 1024, "Timeout": 3, "Architectures": []any{"x86_64"}, "ReservedConcurrentExecutions": 5,
		"Environment": map[string]any{"Variables": map[string]any{"COLOUR": "red", "SIZE": "2"}},
	})
}

func TestGoFunctionRefusesAnEnvironmentThatLambdaWould(t *testing.T) {
	stack, text := newStack(t), strings.Repeat("x", 4000)
	define := func(id string, environment map[string]string, more map[string]*string) func() {
		return func() {
			regionpair.NewGoFunction(stack, &id, &regionpair.GoFunctionProps{
				Entry: healthFunction, Environment: environment, Overrides: &awslambda.FunctionOptions{Environment: &more},
			})
		}
	}
	assert.NotPanics(t, define("Full", map[string]string{"A": text + strings.Repeat("x", 95)}, nil))
	assert.NotPanics(t, define("Tokens", map[string]string{"A": text, "B": strings.Repeat(*stack.StackId(), 50)}, nil))
	const want = "regionpair: the environment variables of Test/More have 4101 bytes, and Lambda allows 4096: use fewer or shorter values"
	assert.PanicsWithValue(t, want, define("More", map[string]string{"A": text}, map[string]*string{"MORE": jsii.String(strings.Repeat("x", 96))}))
}

// One context key has a whole app run on this machine, whatever it asks for.
func TestGoFunctionIsBuiltForTheMachineThatContextNames(t *testing.T) {
	for _, test := range []struct{ asked, want string }{{"linux/amd64", "x86_64"}, {"darwin/arm64", "arm64"}} {
		app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(t.TempDir()), Context: &map[string]any{"regionpair:buildFor": test.asked}})
		folder := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(folder, "go.mod"), []byte("module program\n\ngo 1.26\n"), 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "main.go"), []byte("package main\n\nfunc main() {}\n"), 0o600))
		function := regionpair.NewGoFunction(newStackIn(app, "Test", testRegion), jsii.String("F"), &regionpair.GoFunctionProps{
			Entry: folder, Architecture: awslambda.Architecture_ARM_64(),
			Overrides: &awslambda.FunctionOptions{Architecture: awslambda.Architecture_ARM_64()},
		})
		templateOf(function).HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{"Architectures": []any{test.want}})
		binaries, err := filepath.Glob(filepath.Join(*app.Outdir(), "asset.*", "bootstrap"))
		require.NoError(t, err)
		require.Len(t, binaries, 1)
		binary, err := os.ReadFile(binaries[0])
		require.NoError(t, err)
		magic := map[string]string{"linux/amd64": "\x7fELF", "darwin/arm64": "\xcf\xfa\xed\xfe"}[test.asked]
		assert.Equal(t, magic, string(binary[:4]))
	}
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(t.TempDir()), Context: &map[string]any{"regionpair:buildFor": "sparc"}})
	assert.PanicsWithValue(t, "regionpair: context 'regionpair:buildFor' must be an operating system and a processor, such as 'linux/amd64' or 'darwin/arm64', got 'sparc'", func() {
		regionpair.NewGoFunction(newStackIn(app, "Test", testRegion), jsii.String("F"), &regionpair.GoFunctionProps{Entry: healthFunction})
	})
}

func TestGoFunctionNeedsAnEntry(t *testing.T) {
	assert.PanicsWithValue(t, "regionpair: GoFunction needs 'Entry'", func() {
		regionpair.NewGoFunction(newStack(t), jsii.String("F"), &regionpair.GoFunctionProps{})
	})
}

// A build error is shown as the compiler wrote it, and Docker is not tried.
func TestGoFunctionShowsWhatTheCompilerSays(t *testing.T) {
	broken := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(broken, "go.mod"), []byte("module broken\n\ngo 1.26\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(broken, "main.go"), []byte("package main\n\nfunc main() { undefinedName() }\n"), 0o600))
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(t.TempDir())})
	defer func() {
		reason, _ := recover().(string)
		assert.Contains(t, reason, "undefined: undefinedName")
		assert.Contains(t, reason, broken)
	}()
	regionpair.NewGoFunction(newStackIn(app, "Test", testRegion), jsii.String("F"), &regionpair.GoFunctionProps{Entry: broken})
	assert.Fail(t, "a package that does not compile was accepted")
}
