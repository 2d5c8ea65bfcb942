package regionpair

import (
	"fmt"

	"github.com/aws/jsii-runtime-go"
)

// misuse reports wrong props the way CDK does: by failing the synthesis.
func misuse(format string, args ...any) {
	panic(fmt.Sprintf("regionpair: "+format, args...))
}

func required(construct, property string, missing bool) {
	if missing {
		misuse("%s needs '%s'", construct, property)
	}
}

func orString(value *string, fallback string) *string {
	if value == nil {
		return jsii.String(fallback)
	}
	return value
}

func orNumber(value *float64, fallback float64) *float64 {
	if value == nil {
		return jsii.Number(fallback)
	}
	return value
}

func orTrue(value *bool) bool { return value == nil || *value }

func isTrue(value *bool) bool { return value != nil && *value }
