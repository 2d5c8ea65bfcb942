// Command regionpair is the CDK app: it reads the configuration of one
// environment from cdk.json and defines the three stacks of its pair.
package main

import (
	"cmp"
	"fmt"
	"os"
	"runtime"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/stacks"
)

func main() {
	defer jsii.Close()
	defer explainMisuse()
	app := awscdk.NewApp(nil)
	stacks.NewPair(app, load(app))
	app.Synth(nil)
}

func load(app awscdk.App) config.Config {
	context := func(key string) any { return app.Node().TryGetContext(&key) }
	environment, _ := context("env").(string)
	c, err := config.Load(context("regionpair"), cmp.Or(environment, "dev"))
	if architecture, ok := context("architecture").(string); ok {
		c.Architecture = config.Architecture(architecture)
	}
	if err == nil {
		c, err = c.WithAccount(os.Getenv("CDK_DEFAULT_ACCOUNT"))
	}
	if err = cmp.Or(err, c.Validate()); err != nil {
		fail(err)
	}
	return c
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
