package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
)

// BucketReplicationPairProps configures a [BucketReplicationPair].
type BucketReplicationPairProps struct {
	// Pairing sets the rules.
	// Required.
	Pairing Pairing
	// Primary and Secondary bucket, each in its Region of the pair, and each
	// other's peer.
	// Required.
	Primary, Secondary ReplicatedBucket
	// Prefix of the keys that are replicated.
	// Default: all are replicated.
	Prefix string
}

// Validate returns everything that is wrong at once.
func (p *BucketReplicationPairProps) Validate() error {
	p = orNew(p)
	c := checking("BucketReplicationPair")
	paired, complete := c.requires("Pairing", p.Pairing), true
	for role, bucket := range map[RegionRole]ReplicatedBucket{RolePrimary: p.Primary, RoleSecondary: p.Secondary} {
		given := c.requires(regionPrefix(role), bucket)
		if given && paired {
			c.placed(p.Pairing.Pair(), role, bucket)
		}
		complete = complete && given
	}
	if complete {
		one, two := p.Primary, p.Secondary
		c.refuse(one.PeerBucketName() != two.BucketName() || two.PeerBucketName() != one.BucketName(),
			"needs two buckets that are each other's peer, got '%s' with the peer '%s' and '%s' with the peer '%s'",
			one.BucketName(), one.PeerBucketName(), two.BucketName(), two.PeerBucketName())
	}
	return c.err()
}

// BucketReplicationPair replicates two buckets into each other: the whole
// bucket, delete markers, objects encrypted with KMS, changes made on replicas,
// with replication time control and its metrics; see [ReplicatedBucket].
//
// The rules are set by a custom resource after both buckets exist, because each
// needs the other bucket first and CloudFormation cannot express the circle.
type BucketReplicationPair interface {
	constructs.Construct
	// RuleId of the rule in each bucket, the dimension of S3's metrics.
	RuleId() string
}

type bucketReplicationPair struct {
	constructs.Construct
	pairing *pairing
	prefix  string
}

func (p *bucketReplicationPair) RuleId() string { return contract.ReplicationRule }

// NewBucketReplicationPair defines a role and a rule per direction.
func NewBucketReplicationPair(scope constructs.Construct, id *string, props *BucketReplicationPairProps) BucketReplicationPair {
	mustBeValid(props.Validate())
	p := &bucketReplicationPair{pairing: props.Pairing.pairing(), prefix: props.Prefix}
	newConstruct(p, scope, id)

	forth := replicationDirection{name: "PrimaryToSecondary", source: replicaOf(props.Primary), destination: replicaOf(props.Secondary)}
	back := replicationDirection{name: "SecondaryToPrimary", source: forth.destination, destination: forth.source}
	for _, direction := range []replicationDirection{forth, back} {
		p.connect(direction)
	}
	return p
}

func (p *bucketReplicationPair) connect(direction replicationDirection) {
	role, function := direction.newRole(p), p.pairing.function
	allow(function, []string{"s3:GetReplicationConfiguration", "s3:PutReplicationConfiguration"}, direction.source.bucketArn)
	allow(function, []string{"ssm:GetParameter", "ssm:PutParameter", "ssm:DeleteParameter"},
		direction.source.claimArn)
	// Without a condition on the service: the role trusts S3 only, and AWS does
	// not document that S3 sends one.
	allow(function, []string{"iam:PassRole"}, *role.RoleArn())
	properties := map[string]any{
		"Region":               direction.source.region,
		"Bucket":               direction.source.name,
		"RoleArn":              role.RoleArn(),
		"RuleId":               p.RuleId(),
		"DestinationBucketArn": direction.destination.bucketArn,
		"DestinationKmsKeyArn": direction.destination.keyArn,
	}
	if p.prefix != "" {
		properties["Prefix"] = p.prefix
	}
	resource := p.pairing.wire(p, direction.name, contract.TypeBucketReplication, properties)
	resource.Node().AddDependency(role)
}

// replica is what replication has to know of one bucket. The bucket is spoken
// of by its literal name, so that nothing but the key's ARN crosses stacks.
type replica struct {
	name, region, bucketArn, keyArn string

	// claimArn is the parameter that says whose the rule in the bucket is.
	claimArn string
}

func replicaOf(bucket ReplicatedBucket) replica {
	return replica{
		name:      bucket.BucketName(),
		region:    regionOf(bucket),
		bucketArn: "arn:" + partitionOf(bucket) + ":s3:::" + bucket.BucketName(),
		keyArn:    *keyArnOf(bucket.Key()),
		claimArn:  stackArnOf(bucket, "ssm", "parameter"+contract.ReplicationClaim(bucket.BucketName())),
	}
}

type replicationDirection struct {
	name                string
	source, destination replica
}

// newRole allows exactly what Amazon S3 documents for replicating objects
// encrypted with KMS, see "Replicating encrypted objects" in its user guide.
func (d replicationDirection) newRole(scope constructs.Construct) awsiam.Role {
	role := awsiam.NewRole(scope, jsii.String(d.name+"Role"), &awsiam.RoleProps{
		// AWS documents no condition for this trust: one on a key that S3 does not
		// send would stop replication without an error. iam:PassRole keeps other
		// accounts from using the role.
		AssumedBy:   awsiam.NewServicePrincipal(jsii.String("s3.amazonaws.com"), nil),
		Description: jsii.String("Replicates " + d.source.name + " into " + d.destination.name),
	})
	allowed := func(conditions map[string]any, resource string, actions ...string) {
		grant(role, actions, conditions, resource)
	}
	// No condition on aws:ResourceAccount: AWS does not say that S3 sets it when it
	// replicates, and a key that is not there would end replication without a word.
	allowed(nil, d.source.bucketArn, "s3:GetReplicationConfiguration", "s3:ListBucket")
	allowed(nil, d.source.bucketArn+"/*", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging")
	allowed(nil, d.destination.bucketArn+"/*", "s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags")
	allowed(viaS3(scope, d.source), d.source.keyArn, "kms:Decrypt")
	// With bucket keys S3 also decrypts the destination's bucket key.
	allowed(viaS3(scope, d.destination), d.destination.keyArn, "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")
	suppress(role.Node().FindChild(jsii.String("DefaultPolicy")), suppression{
		rule:   "AwsSolutions-IAM5",
		reason: "The rule covers the whole bucket, so the role covers every object of these two buckets.",
	})
	return role
}

// viaS3 ties the key to S3 in that Region and to that one bucket. The context
// is the bucket's ARN with bucket keys and the object's without.
func viaS3(scope constructs.Construct, of replica) map[string]any {
	return map[string]any{
		"StringEquals": map[string]any{"kms:ViaService": "s3." + of.region + "." + urlSuffixOf(scope)},
		"StringLike": map[string]any{"kms:EncryptionContext:aws:s3:arn": []string{
			of.bucketArn, of.bucketArn + "/*",
		}},
	}
}
