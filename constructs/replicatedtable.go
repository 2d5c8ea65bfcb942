package regionpair

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/limits"
)

// ReplicatedTableProps configures a [ReplicatedTable].
type ReplicatedTableProps struct {
	// Primary replica, in the Region of this construct's stack.
	// Required.
	Primary TableReplica
	// Secondary replica, with the same name, keys and consistency.
	// Required.
	Secondary TableReplica
	// GlobalSecondaryIndexes of the table. DynamoDB adds or removes one in each
	// deployment.
	// Default: none.
	GlobalSecondaryIndexes *[]*awsdynamodb.GlobalSecondaryIndexPropsV2
	// TimeToLiveAttribute holds the time, in seconds since 1970, after which
	// DynamoDB deletes an item. Not with TableStrong.
	// Default: items stay until they are deleted.
	TimeToLiveAttribute *string
	// Stream of changes, of which each replica has its own. Only with TableStrong
	// another one than the default: otherwise DynamoDB replicates by it.
	// Default: NEW_AND_OLD_IMAGES.
	Stream awsdynamodb.StreamViewType
	// Billing of the table. Provisioned capacity must scale by itself: after a
	// failover one replica serves the load of both.
	// Default: on demand.
	Billing awsdynamodb.Billing
	// WitnessRegion of a table with TableStrong: it holds what was written, and
	// serves nobody.
	// Default: none. With TableStrong a witness or one of FurtherReplicas is
	// required.
	WitnessRegion *string
	// FurtherReplicas are the ARNs of keys in further Regions, by the Region.
	// With TableStrong there is exactly one, instead of a witness.
	// Default: the two replicas of the pair.
	FurtherReplicas *map[string]*string
	// PointInTimeRecoveryDays is how far back each replica can be restored, 1 to
	// 35. 0 switches it off.
	// Default: 35 days.
	PointInTimeRecoveryDays *float64
	// DeletionProtection keeps every replica from being deleted.
	// Default: true, and false with RemovalPolicy DESTROY.
	DeletionProtection *bool
	// RemovalPolicy of the table.
	// Default: kept, unless the deployment that creates it fails.
	RemovalPolicy awscdk.RemovalPolicy
	// Overrides lays CDK's own props over the defaults of this construct.
	// Default: nothing is overridden.
	Overrides *awsdynamodb.TablePropsV2
}

// ReplicatedTable is a DynamoDB global table with a replica in each Region of a
// pair: encrypted with a key of each Region, restorable to any second, protected
// against deletion. One stack manages all replicas, so it stands in a stack of its
// own in the primary Region, which is deployed after those of both Regions.
type ReplicatedTable interface {
	constructs.Construct
	// Table is the global table. Grant functions by their own Region's
	// [TableReplica] instead.
	Table() awsdynamodb.TableV2
}

type replicatedTable struct {
	constructs.Construct
	table awsdynamodb.TableV2
}

func (t *replicatedTable) Table() awsdynamodb.TableV2 { return t.table }

// NewReplicatedTable defines the global table.
func NewReplicatedTable(scope constructs.Construct, id *string, props *ReplicatedTableProps) ReplicatedTable {
	required("ReplicatedTable", "Primary", props == nil || props.Primary == nil)
	required("ReplicatedTable", "Secondary", props.Secondary == nil)
	props.mustBeReplicas(scope)
	props.mustBePossible()
	t := &replicatedTable{}
	constructs.NewConstruct_Override(t, scope, id)
	t.table = awsdynamodb.NewTableV2(t, jsii.String("Table"), override(props.table(), props.Overrides))
	return t
}

// mustBeReplicas refuses two replicas that cannot be of one table.
func (p *ReplicatedTableProps) mustBeReplicas(scope constructs.Construct) {
	primary, secondary, own := p.Primary.replica(), p.Secondary.replica(), *awscdk.Stack_Of(scope).Region()
	for _, region := range []*string{&own, primary.Region(), secondary.Region()} {
		if *awscdk.Token_IsUnresolved(region) {
			misuse("ReplicatedTable and its replicas need stacks with an explicit Region in 'Env': the table is made of their names")
		}
	}
	if own != *primary.Region() {
		misuse("ReplicatedTable needs a stack in the Region of its 'Primary' replica, '%s', got '%s': CloudFormation calls that replica the table", *primary.Region(), own)
	}
	if own == *secondary.Region() {
		misuse("ReplicatedTable needs two replicas in two Regions, got both in '%s'", own)
	}
	for property, differs := range map[string]bool{
		"TableName":    *primary.TableName() != *secondary.TableName(),
		"Consistency":  primary.Consistency() != secondary.Consistency(),
		"PartitionKey": !sameAttribute(primary.props.PartitionKey, secondary.props.PartitionKey),
		"SortKey":      !sameAttribute(primary.props.SortKey, secondary.props.SortKey),
	} {
		if differs {
			misuse("ReplicatedTable needs two replicas of one table: their '%s' differ", property)
		}
	}
}

func sameAttribute(a, b *awsdynamodb.Attribute) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a.Name == *b.Name && a.Type == b.Type
}

// mustBePossible refuses what DynamoDB would refuse at deployment, or ignore.
func (p *ReplicatedTableProps) mustBePossible() {
	if days := *orNumber(p.PointInTimeRecoveryDays, 35); days < 0 || days > 35 {
		misuse("ReplicatedTable 'PointInTimeRecoveryDays' must be 0 to 35, got %v", days)
	}
	p.mustKeepReplicating()
	if p.Primary.Consistency() == TableStrong {
		p.mustBeStrong()
		return
	}
	if p.WitnessRegion != nil {
		misuse("ReplicatedTable 'WitnessRegion' is for tables with 'Consistency' '%s', got '%s'", TableStrong, *p.WitnessRegion)
	}
	if p.Stream != "" && p.Stream != awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES {
		misuse("ReplicatedTable 'Stream' must be NEW_AND_OLD_IMAGES unless 'Consistency' is '%s', got '%s': DynamoDB replicates by it", TableStrong, p.Stream)
	}
}

func (p *ReplicatedTableProps) mustBeStrong() {
	primary, secondary := *p.Primary.Region(), *p.Secondary.Region()
	if problem := limits.CheckStrongTable(primary, secondary); problem != nil {
		misuse("ReplicatedTable '%s': %s", *p.Primary.TableName(), problem)
	}
	thirds := p.furtherRegions()
	if p.WitnessRegion != nil {
		thirds = append(thirds, *p.WitnessRegion)
	}
	if len(thirds) > 1 {
		misuse("ReplicatedTable '%s' with 'Consistency' '%s' has three Regions: give 'WitnessRegion' or one of 'FurtherReplicas', got %v", *p.Primary.TableName(), TableStrong, thirds)
	}
	third := ""
	if len(thirds) == 1 {
		third = thirds[0]
	}
	if problem := limits.CheckThirdRegion(primary, secondary, third); problem != nil {
		misuse("ReplicatedTable '%s': 'WitnessRegion' %s", *p.Primary.TableName(), problem)
	}
	if p.TimeToLiveAttribute != nil {
		misuse("ReplicatedTable 'TimeToLiveAttribute' is not possible with 'Consistency' '%s': DynamoDB has no TTL there", TableStrong)
	}
}

// mustKeepReplicating refuses what would end replication, or make the accessors
// lie, in the overrides.
func (p *ReplicatedTableProps) mustKeepReplicating() {
	o := p.Overrides
	if o == nil {
		return
	}
	for property, wrong := range map[string]bool{
		"TableName":              o.TableName != nil,
		"PartitionKey":           o.PartitionKey != nil,
		"SortKey":                o.SortKey != nil,
		"Replicas":               o.Replicas != nil,
		"WitnessRegion":          o.WitnessRegion != nil,
		"MultiRegionConsistency": o.MultiRegionConsistency != "",
		"Encryption":             o.Encryption != nil,
		"DynamoStream":           o.DynamoStream != "",
		"TimeToLiveAttribute":    o.TimeToLiveAttribute != nil,
		"LocalSecondaryIndexes":  o.LocalSecondaryIndexes != nil && p.Primary.Consistency() == TableStrong,
	} {
		if wrong {
			misuse("ReplicatedTable 'Overrides.%s' cannot be changed: the replicas, or DynamoDB, rely on it", property)
		}
	}
}

func (p *ReplicatedTableProps) furtherRegions() []string {
	if p.FurtherReplicas == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(*p.FurtherReplicas))
}

func (p *ReplicatedTableProps) table() awsdynamodb.TablePropsV2 {
	of := p.Primary.replica().props
	replicas := []*awsdynamodb.ReplicaTableProps{{Region: p.Secondary.Region()}}
	keys := map[string]*string{*p.Secondary.Region(): p.Secondary.Key().KeyArn()}
	for _, region := range p.furtherRegions() {
		replicas = append(replicas, &awsdynamodb.ReplicaTableProps{Region: &region})
		keys[region] = (*p.FurtherReplicas)[region]
	}
	days := orNumber(p.PointInTimeRecoveryDays, 35)
	props := awsdynamodb.TablePropsV2{
		TableName:                        of.TableName,
		PartitionKey:                     of.PartitionKey,
		SortKey:                          of.SortKey,
		GlobalSecondaryIndexes:           p.GlobalSecondaryIndexes,
		TimeToLiveAttribute:              p.TimeToLiveAttribute,
		DynamoStream:                     p.Stream,
		Billing:                          p.Billing,
		Encryption:                       awsdynamodb.TableEncryptionV2_CustomerManagedKey(p.Primary.Key(), &keys),
		Replicas:                         &replicas,
		WitnessRegion:                    p.WitnessRegion,
		DeletionProtection:               jsii.Bool(keeps(p.RemovalPolicy)),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: jsii.Bool(*days > 0)},
		RemovalPolicy:                    keepByDefault(p.RemovalPolicy),
	}
	if p.DeletionProtection != nil {
		props.DeletionProtection = p.DeletionProtection
	}
	if *days > 0 {
		props.PointInTimeRecoverySpecification.RecoveryPeriodInDays = days
	}
	if p.Primary.Consistency() == TableStrong {
		props.MultiRegionConsistency = awsdynamodb.MultiRegionConsistency_STRONG
	}
	return props
}
