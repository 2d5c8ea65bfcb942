package regionpair

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"

	"github.com/regionpair/regionpair/internal/contract"
)

// attributeTypes are DynamoDB's own letters for the types of keys.
var attributeTypes = map[awsdynamodb.AttributeType]string{
	awsdynamodb.AttributeType_STRING: "S", awsdynamodb.AttributeType_NUMBER: "N", awsdynamodb.AttributeType_BINARY: "B",
}

// healthTables tells the health function what to read of each table.
func healthTables(tables map[string]TableReplica) []byte {
	described := map[string]contract.HealthTable{}
	for name, table := range tables {
		props := table.replica().props
		key := map[string]string{*props.PartitionKey.Name: attributeTypes[props.PartitionKey.Type]}
		if props.SortKey != nil {
			key[*props.SortKey.Name] = attributeTypes[props.SortKey.Type]
		}
		described[name] = contract.HealthTable{Table: table.TableName(), Key: key}
	}
	text, err := json.Marshal(described)
	if err != nil {
		misuse("cannot write the tables of the health function: %v", err)
	}
	return text
}

// grantHealthTables lets the health function read the one key that it asks for.
func grantHealthTables(function GoFunction, tables map[string]TableReplica) {
	keys := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		table := tables[name]
		var conditions map[string]any
		if table.replica().props.PartitionKey.Type == awsdynamodb.AttributeType_STRING {
			conditions = map[string]any{"ForAllValues:StringEquals": map[string]any{"dynamodb:LeadingKeys": []string{contract.HealthItem}}}
		}
		allowIf(function, []string{"dynamodb:GetItem"}, conditions, table.TableArn())
		if arn := *keyArnOf(table.Key()); !keys[arn] {
			keys[arn] = true
			allowIf(function, []string{"kms:Decrypt", "kms:DescribeKey"}, table.replica().viaDynamoDB(), arn)
		}
	}
}
