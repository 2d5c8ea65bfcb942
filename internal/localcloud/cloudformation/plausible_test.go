package cloudformation

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A function gets the name that it would get in AWS, also of what is not here.
func TestRefOfWhatIsNotCreatedIsItsOwnName(t *testing.T) {
	for _, test := range []struct {
		resourceType string
		properties   map[string]any
		want         string
	}{
		{"AWS::DynamoDB::GlobalTable", map[string]any{"TableName": "orders-by-day"}, "orders-by-day"},
		{"AWS::DynamoDB::Table", map[string]any{"TableName": "orders"}, "orders"},
		{"AWS::SQS::Queue", map[string]any{"QueueName": "work"}, "work"},
		{"AWS::WAFv2::WebACL", map[string]any{"Name": "acl"}, "acl"},
		{"AWS::Events::Rule", map[string]any{"EventBusName": "bus"}, "Logical"},
		{"AWS::SNS::Topic", nil, "Logical"},
	} {
		assert.Equal(t, test.want, plausibleRef("Logical", test.resourceType, test.properties), test.resourceType)
	}
}
