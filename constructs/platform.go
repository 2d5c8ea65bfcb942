package regionpair

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"

	"github.com/regionpair/regionpair/internal/contract"
)

// platform is what a function is compiled for, in Go's spelling.
type platform struct{ os, processor string }

func (p platform) String() string { return p.os + "/" + p.processor }

// defaultArchitecture costs about a fifth less than x86_64.
const defaultArchitecture = "arm64"

// architecture is the platform's processor in Lambda's spelling.
func (p platform) architecture() awslambda.Architecture {
	if p.processor == "amd64" {
		return awslambda.Architecture_X86_64()
	}
	return awslambda.Architecture_ARM_64()
}

// lambdaPlatform is where Lambda runs functions of an architecture.
func lambdaPlatform(architecture string) (platform, bool) {
	processor, known := map[string]string{"arm64": "arm64", "x86_64": "amd64"}[architecture]
	return platform{"linux", processor}, known
}

// hostPlatform reads the context key that asks for functions which run on this
// machine, so that no app needs code for it.
func hostPlatform(asked any) (platform, bool) {
	text, isText := asked.(string)
	if !isText {
		return platform{}, false
	}
	os, processor, _ := strings.Cut(text, "/")
	if os == "" || processor != "arm64" && processor != "amd64" {
		misuse("context '%s' must be an operating system and a processor, such as 'linux/amd64' or 'darwin/arm64', got '%s'", contract.BuildForContext, text)
	}
	return platform{os, processor}, true
}
