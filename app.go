// Command regionpair is the CDK app: it reads the configuration of one
// environment from cdk.json and defines the three stacks of its pair.
package main

import (
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/stacks"
)

func main() {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	c, err := load(app)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		jsii.Close()
		os.Exit(1)
	}
	stacks.NewPair(app, c)
	app.Synth(nil)
}

func load(app awscdk.App) (config.Config, error) {
	environment := "dev"
	if name, ok := app.Node().TryGetContext(jsii.String("env")).(string); ok {
		environment = name
	}
	c, err := config.Load(app.Node().TryGetContext(jsii.String("regionpair")), environment)
	if err != nil {
		return config.Config{}, err
	}
	if architecture, ok := app.Node().TryGetContext(jsii.String("architecture")).(string); ok {
		c.Architecture = config.Architecture(architecture)
	}
	if c, err = c.WithAccount(os.Getenv("CDK_DEFAULT_ACCOUNT")); err != nil {
		return config.Config{}, err
	}
	return c, c.Validate()
}
