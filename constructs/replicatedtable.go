package regionpair

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/limits"
)

// ReplicatedTableProps configures a [ReplicatedTable].
type ReplicatedTableProps struct {
	// Primary and Secondary replica, each in its Region of the pair, with the same
	// name, keys, consistency and HasIndexes. The pair's RemovalPolicy is that of the table.
	// Required.
	Primary, Secondary TableReplica
	// GlobalSecondaryIndexes of the table, whose replicas then have HasIndexes.
	// DynamoDB adds or removes one in each deployment.
	// Default: none.
	GlobalSecondaryIndexes []*awsdynamodb.GlobalSecondaryIndexPropsV2
	// TimeToLiveAttribute holds the time, in seconds since 1970, after which
	// DynamoDB deletes an item. Not with TableStrong.
	// Default: items stay until they are deleted.
	TimeToLiveAttribute string
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
	WitnessRegion string
	// FurtherReplicas are the ARNs of keys in further Regions, by the Region.
	// With TableStrong there is exactly one, instead of a witness.
	// Default: the two replicas of the pair.
	FurtherReplicas map[string]string
	// PointInTimeRecoveryDays is how far back each replica can be restored, 1 to
	// 35. 0 switches it off.
	// Default: 35 days.
	PointInTimeRecoveryDays *int
	// DeletionProtection keeps every replica from being deleted.
	// Default: true, and false with RemovalPolicy DESTROY.
	DeletionProtection *bool
	// TableOverrides lays CDK's own props over those of the table, as far as the
	// replicas allow it.
	// Default: nothing is overridden.
	TableOverrides *awsdynamodb.TablePropsV2
}

// Validate returns everything that is wrong at once.
func (p *ReplicatedTableProps) Validate() error {
	p = orNew(p)
	c := checking("ReplicatedTable")
	days := p.recoveryDays()
	c.refuse(days < 0 || days > 35, "'PointInTimeRecoveryDays' must be 0 to 35, got %v", days)
	primary, secondary := c.requires("Primary", p.Primary), c.requires("Secondary", p.Secondary)
	if !primary || !secondary {
		return c.err()
	}
	pair, one, two := p.Primary.Pair(), p.Primary.replica(), p.Secondary.replica()
	c.placed(pair, RolePrimary, p.Primary)
	c.placed(pair, RoleSecondary, p.Secondary)
	c.keyBeside("Primary", p.Primary)
	c.keyBeside("Secondary", p.Secondary)
	for _, difference := range []struct {
		property string
		differs  bool
	}{
		{"TableName", one.TableName() != two.TableName()},
		{"Consistency", one.Consistency() != two.Consistency()},
		{"PartitionKey", !sameAttribute(one.props.PartitionKey, two.props.PartitionKey)},
		{"SortKey", !sameAttribute(one.props.SortKey, two.props.SortKey)},
		{"HasIndexes", one.props.HasIndexes != two.props.HasIndexes},
	} {
		c.refuse(difference.differs, "needs two replicas of one table: their '%s' differ", difference.property)
	}
	c.refuse(p.hasIndexes() && !one.props.HasIndexes, "needs replicas with 'HasIndexes': no function could use the indexes")
	c.refuse(!p.hasIndexes() && one.props.HasIndexes, "has no indexes, and its replicas have 'HasIndexes': functions would have rights on indexes to come")
	c.keepsReplicas(p.TableOverrides, p.Primary.Consistency())
	if p.Primary.Consistency() == TableStrong {
		c.strongTable(p, pair)
		return c.err()
	}
	for _, region := range p.furtherRegions() {
		c.region("FurtherReplicas", region)
		c.refuse(region == pair.Region(RolePrimary) || region == pair.Region(RoleSecondary), "'FurtherReplicas' must be in other Regions than the pair's, got '%s'", region)
	}
	c.refuse(p.WitnessRegion != "", "'WitnessRegion' is for tables with 'Consistency' '%s', got '%s'", TableStrong, p.WitnessRegion)
	c.refuse(p.Stream != "" && p.Stream != awsdynamodb.StreamViewType_NEW_AND_OLD_IMAGES,
		"'Stream' must be NEW_AND_OLD_IMAGES unless 'Consistency' is '%s', got '%s': DynamoDB replicates by it", TableStrong, p.Stream)
	return c.err()
}

// keyBeside refuses the key of a replica that DynamoDB cannot use, where its Region
// and account are known.
func (c *check) keyBeside(property string, replica TableReplica) {
	key := replica.Key().Env()
	for _, place := range []struct{ noun, found, wanted string }{
		{"Region", *key.Region, replica.Region()}, {"account", *key.Account, replica.Pair().Account()},
	} {
		c.refuse(!isToken(place.found) && !isToken(place.wanted) && place.found != place.wanted,
			"'%s' needs a key of its %s '%s', got one of '%s'", property, place.noun, place.wanted, place.found)
	}
}

// strongTable refuses what DynamoDB would refuse at deployment, or ignore.
func (c *check) strongTable(p *ReplicatedTableProps, pair *Pair) {
	primary, secondary := pair.Region(RolePrimary), pair.Region(RoleSecondary)
	if problem := limits.CheckStrongTable(primary, secondary); problem != nil {
		c.refuse(true, "'%s': %s", p.Primary.TableName(), problem)
	}
	thirds := p.furtherRegions()
	if p.WitnessRegion != "" {
		thirds = append(thirds, p.WitnessRegion)
	}
	c.refuse(len(thirds) > 1, "'%s' with 'Consistency' '%s' has three Regions: give 'WitnessRegion' or one of 'FurtherReplicas', got %v", p.Primary.TableName(), TableStrong, thirds)
	third := strings.Join(thirds, "")
	if problem := limits.CheckThirdRegion(primary, secondary, third); problem != nil && len(thirds) < 2 {
		c.refuse(true, "'%s': 'WitnessRegion' %s", p.Primary.TableName(), problem)
	}
	c.refuse(p.TimeToLiveAttribute != "", "'TimeToLiveAttribute' is not possible with 'Consistency' '%s': DynamoDB has no TTL there", TableStrong)
}

// ReplicatedTable is a DynamoDB global table with a replica in each Region of a
// pair: encrypted with a key of each Region, restorable to any second, protected
// against deletion. One stack manages all replicas, so it is in a stack of its
// own in the Region of the [Pair.Owner], which is deployed after those of both Regions.
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
	mustBeValid(props.Validate())
	if pair := props.Primary.Pair(); pair.roleOf("ReplicatedTable", scope) != pair.Owner() {
		misuse("ReplicatedTable needs a stack in the Region of its '%s' replica, '%s', got '%s': CloudFormation calls that replica the table",
			regionPrefix(pair.Owner()), pair.Region(pair.Owner()), pair.Region(pair.Owner().Peer()))
	}
	t := &replicatedTable{}
	newConstruct(t, scope, id)
	t.table = awsdynamodb.NewTableV2(t, jsii.String("Table"), override(props.table(), props.TableOverrides))
	return t
}

func sameAttribute(a, b *awsdynamodb.Attribute) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a.Name == *b.Name && a.Type == b.Type
}

// keepsReplicas refuses what would end replication, or make the accessors lie, in
// the overrides.
func (c *check) keepsReplicas(o *awsdynamodb.TablePropsV2, consistency TableConsistency) {
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
		"LocalSecondaryIndexes":  o.LocalSecondaryIndexes != nil && consistency == TableStrong,
	} {
		c.refuse(wrong, "'TableOverrides.%s' cannot be changed: the replicas, or DynamoDB, rely on it", property)
	}
}

func (p *ReplicatedTableProps) furtherRegions() []string {
	return slices.Sorted(maps.Keys(p.FurtherReplicas))
}

func (p *ReplicatedTableProps) hasIndexes() bool {
	overrides := orNew(p.TableOverrides)
	return len(p.GlobalSecondaryIndexes) > 0 || overrides.GlobalSecondaryIndexes != nil || overrides.LocalSecondaryIndexes != nil
}

func (p *ReplicatedTableProps) recoveryDays() int {
	if p.PointInTimeRecoveryDays == nil {
		return 35
	}
	return *p.PointInTimeRecoveryDays
}

func (p *ReplicatedTableProps) table() awsdynamodb.TablePropsV2 {
	of, removal := p.Primary.replica().props, p.Primary.Pair().props.RemovalPolicy
	own, other := p.Primary, p.Secondary
	if p.Primary.Pair().Owner() == RoleSecondary {
		own, other = other, own
	}
	replicas := []*awsdynamodb.ReplicaTableProps{{Region: new(other.Region())}}
	keys := map[string]*string{other.Region(): keyArnOf(other.Key())}
	for _, region := range p.furtherRegions() {
		replicas = append(replicas, &awsdynamodb.ReplicaTableProps{Region: &region})
		keys[region] = new(p.FurtherReplicas[region])
	}
	days := p.recoveryDays()
	props := awsdynamodb.TablePropsV2{
		TableName:                        &of.TableName,
		PartitionKey:                     of.PartitionKey,
		SortKey:                          of.SortKey,
		TimeToLiveAttribute:              optional(p.TimeToLiveAttribute),
		DynamoStream:                     p.Stream,
		Billing:                          p.Billing,
		Encryption:                       awsdynamodb.TableEncryptionV2_CustomerManagedKey(own.Key(), &keys),
		Replicas:                         &replicas,
		WitnessRegion:                    optional(p.WitnessRegion),
		DeletionProtection:               jsii.Bool(keeps(removal)),
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: jsii.Bool(days > 0)},
		RemovalPolicy:                    keepByDefault(removal),
	}
	if len(p.GlobalSecondaryIndexes) > 0 {
		props.GlobalSecondaryIndexes = &p.GlobalSecondaryIndexes
	}
	if p.DeletionProtection != nil {
		props.DeletionProtection = p.DeletionProtection
	}
	if *props.DeletionProtection {
		props.RemovalPolicy = keepProtected(removal)
	}
	if days > 0 {
		props.PointInTimeRecoverySpecification.RecoveryPeriodInDays = number(days)
	}
	if p.Primary.Consistency() == TableStrong {
		props.MultiRegionConsistency = awsdynamodb.MultiRegionConsistency_STRONG
	}
	return props
}
