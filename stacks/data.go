package stacks

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/config"
	regionpair "github.com/regionpair/regionpair/constructs"
)

// DataStack holds the tables of a pair: one stack manages a table's replicas in
// all Regions. It comes after both Regions, whose keys encrypt the replicas, and
// nothing waits for it.
type DataStack interface {
	awscdk.Stack
	// Table of the configuration, by its name there; nil when there is none.
	Table(name string) regionpair.ReplicatedTable
}

type dataStack struct {
	awscdk.Stack
	tables map[string]regionpair.ReplicatedTable
}

func (s *dataStack) Table(name string) regionpair.ReplicatedTable { return s.tables[name] }

// NewDataStack defines the stack with the tables, in the primary Region.
func NewDataStack(scope constructs.Construct, c config.Config, primary, secondary RegionStack) DataStack {
	s := &dataStack{tables: map[string]regionpair.ReplicatedTable{}}
	pair := primary.Unit().Pair()
	awscdk.NewStack_Override(s, scope, new(pair.DataStackName()), stackProps(c, pair.DataStackProps()))
	for _, region := range []RegionStack{primary, secondary} {
		s.AddStackDependency(region, jsii.String("each replica is encrypted with a key of its Region's stack"))
	}
	for _, table := range slices.Sorted(maps.Keys(c.Tables)) {
		props := tableProps(c.Tables[table])
		props.Primary, props.Secondary = primary.Unit().Table(table), secondary.Unit().Table(table)
		s.tables[table] = regionpair.NewReplicatedTable(s, jsii.String("Table-"+table), props)
	}
	if c.Storage.Durability == config.DurabilitySync {
		regionpair.NewObjectIndex(s, jsii.String("ObjectIndex"), &regionpair.ObjectIndexProps{
			Primary: primary.Unit(), Secondary: secondary.Unit(), WitnessRegion: c.Storage.WitnessRegion,
		})
	}
	return s
}

// replicas are the Region's sides of the tables.
func replicas(scope constructs.Construct, role regionpair.RegionRole, c config.Config) map[string]regionpair.TableReplicaProps {
	props := map[string]regionpair.TableReplicaProps{}
	for name, table := range c.Tables {
		props[name] = regionpair.TableReplicaProps{
			PartitionKey:  attribute(table, table.PartitionKey),
			SortKey:       attribute(table, table.SortKey),
			Consistency:   table.Consistency,
			HasIndexes:    len(table.Indexes) > 0,
			EncryptionKey: ownKey(scope, "TableKey-"+name, role, table.Keys),
		}
	}
	return props
}

// attribute is nil without a name.
func attribute(table config.Table, name string) *awsdynamodb.Attribute {
	if name == "" {
		return nil
	}
	return &awsdynamodb.Attribute{Name: &name, Type: attributeTypes[table.KeyType(name)]}
}

var attributeTypes = map[config.AttributeType]awsdynamodb.AttributeType{
	config.AttributeString: awsdynamodb.AttributeType_STRING,
	config.AttributeNumber: awsdynamodb.AttributeType_NUMBER,
	config.AttributeBinary: awsdynamodb.AttributeType_BINARY,
}

var streamViews = map[config.TableStream]awsdynamodb.StreamViewType{
	config.StreamKeysOnly:   awsdynamodb.StreamViewType_KEYS_ONLY,
	config.StreamNewImage:   awsdynamodb.StreamViewType_NEW_IMAGE,
	config.StreamOldImage:   awsdynamodb.StreamViewType_OLD_IMAGE,
	config.StreamBothImages: awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES,
}

func tableProps(table config.Table) *regionpair.ReplicatedTableProps {
	return &regionpair.ReplicatedTableProps{
		GlobalSecondaryIndexes:  indexes(table),
		Stream:                  streamViews[table.Stream],
		Billing:                 billing(table),
		PointInTimeRecoveryDays: new(table.PointInTimeRecoveryDays),
		TimeToLiveAttribute:     table.TimeToLiveAttribute,
		WitnessRegion:           table.WitnessRegion,
	}
}

func indexes(table config.Table) []*awsdynamodb.GlobalSecondaryIndexPropsV2 {
	list := []*awsdynamodb.GlobalSecondaryIndexPropsV2{}
	for _, name := range slices.Sorted(maps.Keys(table.Indexes)) {
		index := table.Indexes[name]
		props := &awsdynamodb.GlobalSecondaryIndexPropsV2{
			IndexName:      &name,
			PartitionKey:   attribute(table, index.PartitionKey),
			SortKey:        attribute(table, index.SortKey),
			ProjectionType: awsdynamodb.ProjectionType_ALL,
		}
		switch {
		case len(index.Attributes) > 0:
			props.ProjectionType = awsdynamodb.ProjectionType_INCLUDE
			props.NonKeyAttributes = jsii.Strings(index.Attributes...)
		case index.Attributes != nil:
			props.ProjectionType = awsdynamodb.ProjectionType_KEYS_ONLY
		}
		list = append(list, props)
	}
	return list
}

func billing(table config.Table) awsdynamodb.Billing {
	if table.Billing != config.BillingProvisioned {
		return awsdynamodb.Billing_OnDemand(nil)
	}
	scaling := func(low, high int) awsdynamodb.Capacity {
		return awsdynamodb.Capacity_Autoscaled(&awsdynamodb.AutoscaledCapacityOptions{
			MinCapacity: jsii.Number(low), MaxCapacity: jsii.Number(high),
			TargetUtilizationPercent: jsii.Number(table.Capacity.TargetPercent),
		})
	}
	return awsdynamodb.Billing_Provisioned(&awsdynamodb.ThroughputProps{
		ReadCapacity:  scaling(table.Capacity.MinRead, table.Capacity.MaxRead),
		WriteCapacity: scaling(table.Capacity.MinWrite, table.Capacity.MaxWrite),
	})
}
