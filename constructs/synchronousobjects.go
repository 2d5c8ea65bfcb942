package regionpair

import (
	"maps"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/limits"
)

// ObjectDurability says when the bundled object API acknowledges a write.
type ObjectDurability = contract.ObjectDurability

const (
	// DurabilityAsync acknowledges a write that its own Region has; Amazon S3
	// replicates it within seconds to minutes.
	DurabilityAsync ObjectDurability = contract.DurabilityAsync
	// DurabilitySync acknowledges a write that both Regions have. The unit's index,
	// a strongly consistent table, is made of two units by [NewObjectIndex].
	DurabilitySync ObjectDurability = contract.DurabilitySync
)

// PeerDownMode says what happens to a write of DurabilitySync while the peer's
// bucket does not answer.
type PeerDownMode = contract.PeerDownMode

const (
	// PeerDownAccept acknowledges it with "Durability: regions=1" and copies the
	// content later.
	PeerDownAccept PeerDownMode = contract.PeerDownAccept
	// PeerDownRefuse answers 503.
	PeerDownRefuse PeerDownMode = contract.PeerDownRefuse
)

// GuardPrefix is the prefix of what the [FailbackGuard] writes into both buckets:
// all that needs replication with DurabilitySync, whose contents the object API
// stores in both Regions itself; see [BucketReplicationPairProps].
const GuardPrefix = contract.MarkerKey

func (c *check) synchronous(p *RegionUnitProps) {
	oneOf(c, "Durability", p.Durability, DurabilityAsync, DurabilitySync)
	oneOf(c, "WhenPeerIsDown", p.WhenPeerIsDown, PeerDownAccept, PeerDownRefuse)
	if p.Durability != DurabilitySync {
		c.refuse(p.WhenPeerIsDown != "", "'WhenPeerIsDown' is for 'Durability' '%s', got '%s'", DurabilitySync, p.WhenPeerIsDown)
		c.refuse(p.IndexKey != nil, "'IndexKey' is for 'Durability' '%s'", DurabilitySync)
		return
	}
	c.refuse(p.ownHandler(), "'Durability' '%s' is for the bundled object API: a handler of your own can use 'Tables' with 'Consistency' '%s'", DurabilitySync, TableStrong)
	_, taken := p.Tables[contract.IndexTable]
	c.refuse(taken, "'Tables' cannot have '%s' with 'Durability' '%s': it is the index", contract.IndexTable, DurabilitySync)
	if p.Pair == nil {
		return
	}
	if problem := limits.CheckStrongTable(p.Pair.Region(RolePrimary), p.Pair.Region(RoleSecondary)); problem != nil {
		c.refuse(true, "'Durability' '%s' is not possible: %s", DurabilitySync, problem.Found)
	}
}

// allTables are the tables in the props, and the index of synchronous objects.
func (p *RegionUnitProps) allTables() map[string]TableReplicaProps {
	if p.Durability != DurabilitySync {
		return p.Tables
	}
	all := map[string]TableReplicaProps{contract.IndexTable: {
		PartitionKey: textAttribute(contract.IndexPartition), SortKey: textAttribute(contract.IndexKey), Consistency: TableStrong,
		HasIndexes: true, EncryptionKey: p.IndexKey,
	}}
	maps.Copy(all, p.Tables)
	return all
}

func textAttribute(name string) *awsdynamodb.Attribute {
	return &awsdynamodb.Attribute{Name: &name, Type: awsdynamodb.AttributeType_STRING}
}

// ObjectIndexProps configures the table of [NewObjectIndex].
type ObjectIndexProps struct {
	// Primary and Secondary unit, both with DurabilitySync.
	// Required.
	Primary, Secondary RegionUnit
	// WitnessRegion of the table; see [ReplicatedTableProps].
	// Required.
	WitnessRegion string
}

// Validate returns everything that is wrong at once.
func (p *ObjectIndexProps) Validate() error {
	p = orNew(p)
	c := checking("ObjectIndex")
	complete := true
	for role, unit := range map[RegionRole]RegionUnit{RolePrimary: p.Primary, RoleSecondary: p.Secondary} {
		given := c.requires(regionPrefix(role), unit)
		if given && unit.unit().index() == nil {
			c.refuse(true, "'%s' needs 'Durability' '%s'", regionPrefix(role), DurabilitySync)
			given = false
		}
		complete = complete && given
	}
	if complete {
		c.add(p.table().Validate())
	}
	return c.err()
}

func (p *ObjectIndexProps) table() *ReplicatedTableProps {
	return &ReplicatedTableProps{
		Primary: p.Primary.unit().index(), Secondary: p.Secondary.unit().index(), WitnessRegion: p.WitnessRegion,
		GlobalSecondaryIndexes: []*awsdynamodb.GlobalSecondaryIndexPropsV2{{
			IndexName: jsii.String(contract.IndexMissing), PartitionKey: textAttribute(contract.IndexMissing),
			ProjectionType: awsdynamodb.ProjectionType_KEYS_ONLY,
		}},
	}
}

// NewObjectIndex defines the table in which the object APIs of two units agree on
// what each key holds; see [DurabilitySync]. It belongs in a stack in the primary
// Region that is deployed after those of both units.
func NewObjectIndex(scope constructs.Construct, id *string, props *ObjectIndexProps) ReplicatedTable {
	mustBeValid(props.Validate())
	return NewReplicatedTable(scope, id, props.table())
}

// index is this Region's side of the index; nil for asynchronous objects.
func (u *regionUnit) index() TableReplica {
	if u.props.Durability != DurabilitySync {
		return nil
	}
	return u.tables[contract.IndexTable]
}

func (u *regionUnit) indexEnvironment() map[string]string {
	return map[string]string{
		contract.IndexVariable:      u.index().TableName(),
		contract.PeerBucketVariable: u.bucket.PeerBucketName(),
		contract.PeerRegionVariable: u.pair.Region(u.role.Peer()),
		contract.PairVariable:       u.pair.Name(),
	}
}

// keepObjects defines the functions that repair and collect.
func (u *regionUnit) keepObjects() {
	if u.index() == nil {
		return
	}
	environment := u.indexEnvironment()
	environment["BUCKET_NAME"] = u.bucket.BucketName()
	u.repair = u.newKeeper("Repair", "repair", environment, awslambda.FunctionOptions{
		// It fetches until the next run is due.
		Timeout: awscdk.Duration_Seconds(jsii.Number(58)), MemorySize: jsii.Number(512),
		Description: jsii.String("Fetches the contents of objects that this Region does not have yet"),
	}, awscdk.Duration_Minutes(jsii.Number(1)))
	u.collector = u.newKeeper("Collector", "collector", environment, awslambda.FunctionOptions{
		// It keeps the names of an eighth of all objects in memory.
		Timeout: awscdk.Duration_Minutes(jsii.Number(15)), MemorySize: jsii.Number(1024),
		Description: jsii.String("Deletes contents that no object has any more, and finds what is missing"),
	}, awscdk.Duration_Hours(jsii.Number(1)))
	u.grantRepair()
	u.grantCollector()
}

func (u *regionUnit) newKeeper(id, name string, environment map[string]string, options awslambda.FunctionOptions, every awscdk.Duration) GoFunction {
	scope := newScope(u, id)
	function := supportFunction{name: name, pair: u.pair, logKey: u.logKey, environment: environment, overrides: &options}.define(scope)
	schedule{description: options.Description, function: function.Function(), every: every}.define(scope)
	return function
}

// peerBucketArn is that of a bucket which the peer's stack owns.
func (u *regionUnit) peerBucketArn() string {
	return "arn:" + partitionOf(u) + ":s3:::" + u.bucket.PeerBucketName()
}

const (
	ofBlobs     = "/" + contract.BlobPrefix + "*"
	whyPeersKey = "The key of the peer's bucket has an id that this Region cannot know; a condition ties the right to that bucket. The names of blobs are random."
)

// grantSynchronousObjects allows what the object API does with DurabilitySync: it
// stores and reads blobs in both Regions, and neither overwrites nor deletes them.
func (u *regionUnit) grantSynchronousObjects(handler GoFunction) {
	bucket := *u.bucket.Bucket().BucketArn()
	// Without it S3 answers 403 for a blob that is not there.
	allow(handler, []string{"s3:ListBucket"}, bucket, u.peerBucketArn())
	allow(handler, []string{"s3:GetObject", "s3:PutObject"}, bucket+ofBlobs, u.peerBucketArn()+ofBlobs)
	allow(handler, []string{"kms:Decrypt", "kms:GenerateDataKey"}, *keyArnOf(u.bucket.Key()))
	u.allowPeersKey(handler, "kms:Decrypt", "kms:GenerateDataKey")
	u.allowIndex(handler, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query")
}

func (u *regionUnit) grantRepair() {
	bucket := *u.bucket.Bucket().BucketArn()
	allow(u.repair, []string{"s3:ListBucket"}, u.peerBucketArn())
	allow(u.repair, []string{"s3:GetObject"}, u.peerBucketArn()+ofBlobs)
	allow(u.repair, []string{"s3:PutObject"}, bucket+ofBlobs)
	allow(u.repair, []string{"kms:Decrypt", "kms:GenerateDataKey"}, *keyArnOf(u.bucket.Key()))
	u.allowPeersKey(u.repair, "kms:Decrypt")
	allow(u.repair, []string{"dynamodb:Query"}, u.index().TableArn()+"/index/"+contract.IndexMissing)
	u.allowIndex(u.repair, "dynamodb:GetItem", "dynamodb:PutItem")
}

// grantCollector allows nothing in the peer: each Region deletes its own blobs.
func (u *regionUnit) grantCollector() {
	bucket := *u.bucket.Bucket().BucketArn()
	allow(u.collector, []string{"s3:ListBucket"}, bucket)
	allow(u.collector, []string{"s3:DeleteObject"}, bucket+ofBlobs)
	u.allowIndex(u.collector, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query")
}

func (u *regionUnit) allowPeersKey(function GoFunction, actions ...string) {
	peer := u.pair.Region(u.role.Peer())
	key := "arn:" + partitionOf(u) + ":kms:" + peer + ":" + u.pair.Account() + ":key/*"
	allowIf(function, actions, viaS3(u, replica{region: peer, bucketArn: u.peerBucketArn()}), key)
}

func (u *regionUnit) allowIndex(function GoFunction, actions ...string) {
	allow(function, actions, u.index().TableArn())
	allowIf(function, []string{"kms:Decrypt", "kms:DescribeKey"}, u.index().replica().viaDynamoDB(), *keyArnOf(u.index().Key()))
	suppressOnPolicy(function, suppression{rule: "AwsSolutions-IAM5", reason: whyPeersKey})
}

func (r *regionalAlarms) synchronousAlarms() []alarmSpec {
	if r.repair == nil {
		return nil
	}
	return []alarmSpec{{
		id: "SingleRegionWrites", name: r.name(AlarmSingleRegionWrites), kind: AlarmSingleRegionWrites, essential: true,
		description: "Writes of objects are acknowledged with one Region, because the peer's bucket does not take them. They are lost if this Region is lost now. Look at S3 and its key in the peer.",
		metric:      pairMetric(r.Pair, contract.MetricSingleRegionWrites, "Sum").over,
		threshold:   1,
		// Writes that both Regions have are not counted.
		missing: awscloudwatch.TreatMissingData_NOT_BREACHING,
	}, {
		id: "SingleRegionObjects", name: r.name(AlarmSingleRegionObjects), kind: AlarmSingleRegionObjects, essential: true,
		description: "Objects have their content in one Region only and are not repaired, or the repair function is silent. Look at its log in both Regions.",
		metric:      singleRegionObjects(r.Pair).over,
		threshold:   1,
		missing:     awscloudwatch.TreatMissingData_BREACHING,
	}, {
		id: "LostObjects", name: r.name(AlarmLostObjects), kind: AlarmLostObjects, essential: true,
		description: "Objects have their content in no Region. The collector's log says in which partition; versions in both buckets may still have it.",
		metric:      pairMetric(r.Pair, contract.MetricLostObjects, "Maximum").over,
		threshold:   1,
		missing:     awscloudwatch.TreatMissingData_IGNORE,
	}}
}

// singleRegionObjects is the lowest count of a period: what is repaired within it
// is no reason to call anybody.
func singleRegionObjects(pair *Pair) metricOf {
	return pairMetric(pair, contract.MetricSingleRegionObjects, "Minimum")
}

// synchronousObjects shows what one Region has alone.
func (d *pairDashboard) synchronousObjects() {
	if d.props.Primary.repair == nil {
		return
	}
	d.dashboard.AddWidgets(
		d.graph("Objects in one Region only", 12, d.byRegion(func(w *Watched) metricOf { return singleRegionObjects(w.Pair) })),
		d.graph("Writes acknowledged with one Region", 12, d.byRegion(func(w *Watched) metricOf {
			return pairMetric(w.Pair, contract.MetricSingleRegionWrites, "Sum")
		})),
	)
}
