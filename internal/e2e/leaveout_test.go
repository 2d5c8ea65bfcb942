package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWhatRefersToALeftOutResourceIsLeftOutToo(t *testing.T) {
	resources := parse(t, `{
		"Check":    {"Type": "AWS::Route53::HealthCheck"},
		"Math":     {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": []}},
		"ByRef":    {"Type": "T", "Properties": {"P": {"Ref": "Check"}}},
		"ByList":   {"Type": "T", "Properties": {"P": {"Fn::GetAtt": ["ByRef", "Arn"]}}},
		"ByText":   {"Type": "T", "Properties": {"P": [{"Fn::GetAtt": "ByList.Arn"}]}},
		"BySub":    {"Type": "T", "Properties": {"P": {"Fn::Sub": "x${ByText.Arn}"}}},
		"Plain":    {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Check"}},
		"ALookAlike": {"Type": "T", "Properties": {"P": {"Ref": "CheckOther"}}}
	}`).(map[string]any)

	gone := leaveOut(resources)

	assert.Equal(t, map[string]string{
		"Check":  unknownType,
		"Math":   metricMath,
		"ByRef":  "refers to Check, which is left out",
		"ByList": "refers to ByRef, which is left out",
		"ByText": "refers to ByList, which is left out",
		"BySub":  "refers to ByText, which is left out",
	}, gone)
	assert.Len(t, resources, 2)
	assert.Contains(t, resources, "Plain")
	assert.Contains(t, resources, "ALookAlike")
}

func TestAnOrderIsForgottenAndTheResourceStays(t *testing.T) {
	resources := parse(t, `{
		"Check": {"Type": "AWS::Route53::HealthCheck"},
		"Text":  {"Type": "T", "DependsOn": "Check"},
		"List":  {"Type": "T", "DependsOn": ["Other", "Check"]},
		"Other": {"Type": "T", "DependsOn": "Text"}
	}`).(map[string]any)

	assert.Equal(t, map[string]string{"Check": unknownType}, leaveOut(resources))

	assert.Equal(t, parse(t, `{
		"Text":  {"Type": "T"},
		"List":  {"Type": "T", "DependsOn": ["Other"]},
		"Other": {"Type": "T", "DependsOn": "Text"}
	}`), any(resources))
}

func TestEveryReasonHasTheEmulatorsWords(t *testing.T) {
	for _, reason := range []string{unknownType, metricMath} {
		assert.NotEmpty(t, refusals[reason], reason)
	}
}
