// Command regionpair is the CDK app: it defines the three stacks of one environment.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/config"
	regionpair "github.com/regionpair/regionpair/constructs"
	"github.com/regionpair/regionpair/stacks"
)

func main() {
	defer jsii.Close()
	defer explainMisuse()
	buildAhead()
	app := awscdk.NewApp(nil)
	c, err := load(func(key string) any { return app.Node().TryGetContext(&key) })
	if err != nil {
		fail(err)
	}
	stacks.NewPair(app, c)
	app.Synth(nil)
}

func load(context func(key string) any) (config.Config, error) {
	return config.FromContext(context, os.Getenv("CDK_DEFAULT_ACCOUNT"))
}

// buildAhead compiles the functions while jsii starts.
func buildAhead() {
	var context map[string]any
	_ = json.Unmarshal([]byte(os.Getenv("CDK_CONTEXT_JSON")), &context)
	if c, err := load(func(key string) any { return context[key] }); err == nil {
		regionpair.BuildAhead(string(c.Architecture), context)
	}
}

// explainMisuse ends with the message alone when a construct or CDK refuses
// something, or a function does not compile; a mistake of ours keeps its trace.
func explainMisuse() {
	switch reason := recover().(type) {
	case nil:
	case runtime.Error:
		panic(reason)
	default:
		fail(reason)
	}
}

func fail(reason any) {
	fmt.Fprintln(os.Stderr, reason)
	os.Exit(1)
}
