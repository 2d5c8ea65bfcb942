package regionpair

import (
	"cmp"
	"math"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/limits"
)

// ReplicatedBucketProps configures a [ReplicatedBucket].
type ReplicatedBucketProps struct {
	// Pair that the bucket belongs to. Its RemovalPolicy is that of the bucket
	// and its key.
	// Required.
	Pair *Pair
	// Purpose of the bucket, a part of its name; see [Pair.BucketName].
	// Default: "objects".
	Purpose string
	// BucketName and PeerBucketName are the literal names of this Region's bucket
	// and of the other Region's.
	// Default: those of [Pair.BucketName]. Give both or neither.
	BucketName, PeerBucketName string
	// NoncurrentVersionExpiration is how long replaced and deleted versions
	// stay restorable.
	// Default: 30 days. Allowed: at least a day, in whole days.
	NoncurrentVersionExpiration awscdk.Duration
	// LogEncryptionKey encrypts the log of the function that empties a bucket
	// which is destroyed, see [GrantLogs].
	// Default: encrypted by CloudWatch Logs with a key it owns.
	LogEncryptionKey awskms.IKey
	// BucketOverrides lays CDK's own props over those of the bucket, as far as
	// replication allows it.
	// Default: nothing is overridden.
	BucketOverrides *awss3.BucketProps
	// Key that exists already in this Region and encrypts the bucket, such as
	// [awskms.Key_FromKeyArn] gives: a central key, or the one that an earlier
	// deployment has kept. Its key policy is its owner's. Exclusive with
	// KeyOverrides.
	// Default: a key of the bucket's own.
	Key awskms.IKey
	// KeyOverrides lays CDK's own props over those of the key.
	// Default: nothing is overridden.
	KeyOverrides *awskms.KeyProps

	// logScope is where the log of the emptying function is defined, when it is
	// not the bucket itself.
	logScope constructs.Construct
}

// Validate returns everything that is wrong at once.
func (p *ReplicatedBucketProps) Validate() error {
	p = orNew(p)
	c := checking("ReplicatedBucket")
	paired := c.requires("Pair", p.Pair)
	c.bucketNames(p.BucketName, p.PeerBucketName)
	c.refuse(p.Purpose != "" && p.BucketName != "", "takes 'Purpose' or 'BucketName', and not both")
	if paired && p.BucketName == "" && p.Purpose != "" {
		for _, role := range Roles() {
			c.refuse(!limits.IsBucketName(p.Pair.BucketName(p.Purpose, role)), "'Purpose' must make a bucket name that Amazon S3 allows, got '%s'", p.Pair.BucketName(p.Purpose, role))
		}
	}
	c.lasts("NoncurrentVersionExpiration", p.NoncurrentVersionExpiration, 86400, math.MaxInt32, "at least a day")
	c.whole("NoncurrentVersionExpiration", p.NoncurrentVersionExpiration, 86400, "days")
	c.refuse(p.Key != nil && p.KeyOverrides != nil, "takes 'Key' or 'KeyOverrides', and not both")
	c.keepsReplicating(p.BucketOverrides)
	return c.err()
}

// bucketNames refuses names that the peer's stack could not compute.
func (c *check) bucketNames(own, peer string) {
	c.refuse((own == "") != (peer == ""), "needs both 'BucketName' and 'PeerBucketName', or neither")
	c.refuse(own != "" && own == peer, "needs two names, got '%s' for both: bucket names are unique in the world", own)
	for property, name := range map[string]string{"BucketName": own, "PeerBucketName": peer} {
		switch {
		case name == "":
		case isToken(name):
			c.refuse(true, "'%s' must be a literal name, got a token: the peer's stack could not compute it", property)
		default:
			c.refuse(!limits.IsBucketName(name), "'%s' must be a bucket name that Amazon S3 allows, got '%s'", property, name)
		}
	}
}

// ReplicatedBucket is one Region's half of a replicated pair of buckets:
// versioned, encrypted with a key of its own, TLS only, not public. The
// replication rules themselves are set by [BucketReplicationPair]. A bucket that
// exists already becomes one by [ReplicatedBucketFromAttributes].
type ReplicatedBucket interface {
	constructs.Construct
	// Pair that the bucket belongs to.
	Pair() *Pair
	// Bucket is CDK's own view, for whatever takes a bucket.
	Bucket() awss3.IBucket
	// Key encrypts the bucket. It is an ordinary key: S3 treats multi-Region
	// keys as single-Region keys, so each Region has its own.
	Key() awskms.IKey
	// BucketName is the literal name.
	BucketName() string
	// PeerBucketName is the literal name of the other Region's bucket.
	PeerBucketName() string
	// GrantRead lets somebody read objects, and decrypt them.
	GrantRead(grantee awsiam.IGrantable) awsiam.Grant
	// GrantWrite lets somebody write and delete objects, and encrypt them.
	GrantWrite(grantee awsiam.IGrantable) awsiam.Grant
	// GrantReadWrite is both.
	GrantReadWrite(grantee awsiam.IGrantable) awsiam.Grant
	// MetricReplicationLatency is how far this Region's bucket is behind the
	// peer's, in seconds: what a failover to this Region would lose.
	// Default: maximum over a minute.
	MetricReplicationLatency(options *awscloudwatch.MetricOptions) awscloudwatch.Metric
	// MetricReplicationPending is the number of operations on their way from the
	// peer's bucket to this one.
	// Default: maximum over a minute.
	MetricReplicationPending(options *awscloudwatch.MetricOptions) awscloudwatch.Metric
	// MetricReplicationFailed is the number of operations on this bucket that S3
	// gave up copying to the peer's.
	// Default: sum over 5 minutes.
	MetricReplicationFailed(options *awscloudwatch.MetricOptions) awscloudwatch.Metric
}

type replicatedBucket struct {
	constructs.Construct
	pair       *Pair
	bucket     awss3.IBucket
	key        awskms.IKey
	name, peer string
}

func (b *replicatedBucket) Pair() *Pair { return b.pair }

func (b *replicatedBucket) Bucket() awss3.IBucket { return b.bucket }

func (b *replicatedBucket) Key() awskms.IKey { return b.key }

func (b *replicatedBucket) BucketName() string { return b.name }

func (b *replicatedBucket) PeerBucketName() string { return b.peer }

func (b *replicatedBucket) GrantRead(grantee awsiam.IGrantable) awsiam.Grant {
	return b.bucket.GrantRead(grantee, nil)
}

func (b *replicatedBucket) GrantWrite(grantee awsiam.IGrantable) awsiam.Grant {
	return b.bucket.GrantWrite(grantee, nil, nil)
}

func (b *replicatedBucket) GrantReadWrite(grantee awsiam.IGrantable) awsiam.Grant {
	return b.bucket.GrantReadWrite(grantee, nil)
}

func (b *replicatedBucket) MetricReplicationLatency(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return replicationLatency(b).with(options, 1)
}

func (b *replicatedBucket) MetricReplicationPending(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return replicationPending(b).with(options, 1)
}

func (b *replicatedBucket) MetricReplicationFailed(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return replicationFailed(b).with(options, 5)
}

// S3 publishes what waits in the destination's Region, and what failed in the
// source's.
func replicationLatency(b ReplicatedBucket) metricOf {
	return replicationMetric("ReplicationLatency", "Maximum", b.PeerBucketName(), b.BucketName())
}

func replicationPending(b ReplicatedBucket) metricOf {
	return replicationMetric("OperationsPendingReplication", "Maximum", b.PeerBucketName(), b.BucketName())
}

func replicationFailed(b ReplicatedBucket) metricOf {
	return replicationMetric("OperationsFailedReplication", "Sum", b.BucketName(), b.PeerBucketName())
}

// NewReplicatedBucket defines the bucket and its key.
func NewReplicatedBucket(scope constructs.Construct, id *string, props *ReplicatedBucketProps) ReplicatedBucket {
	mustBeValid(props.Validate())
	role := props.Pair.roleOf("ReplicatedBucket", scope)
	purpose := cmp.Or(props.Purpose, objectsPurpose)
	b := &replicatedBucket{
		pair: props.Pair,
		name: cmp.Or(props.BucketName, props.Pair.BucketName(purpose, role)),
		peer: cmp.Or(props.PeerBucketName, props.Pair.BucketName(purpose, role.Peer())),
	}
	newConstruct(b, scope, id)

	b.key = b.newKey(props)
	referToWeaklyIfDefined(b.key)
	b.bucket = awss3.NewBucket(b, jsii.String("Bucket"), override(b.defaults(props), props.BucketOverrides))
	suppress(b.bucket, suppression{
		rule:   "AwsSolutions-S1",
		reason: "Objects are reached through the API only, whose access log names client, key and request id; CloudTrail data events cover direct access.",
	})
	b.limitAutoDeleteLog(props)
	return b
}

func (b *replicatedBucket) newKey(props *ReplicatedBucketProps) awskms.IKey {
	if props.Key != nil {
		return props.Key
	}
	return awskms.NewKey(b, jsii.String("Key"), override(awskms.KeyProps{
		// KMS allows no dots.
		Alias:             new(strings.ReplaceAll(b.name, ".", "-")),
		Description:       jsii.String("Encrypts the bucket " + b.name),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     keepByDefault(props.Pair.props.RemovalPolicy),
	}, props.KeyOverrides))
}

// objectsPurpose is the purpose of the bucket behind the object API.
const objectsPurpose = "objects"

// limitAutoDeleteLog gives the function with which CDK empties a bucket that is
// to be destroyed a log group with an end: Lambda would make one by itself, not
// encrypted with our key and kept for ever. A stack has one such function.
func (b *replicatedBucket) limitAutoDeleteLog(props *ReplicatedBucketProps) {
	provider := stackOf(b).Node().TryFindChild(jsii.String("Custom::S3AutoDeleteObjectsCustomResourceProvider"))
	if provider == nil {
		return
	}
	handler := provider.Node().FindChild(jsii.String("Handler")).(awscdk.CfnResource)
	if handler.GetMetadata(limitedLog) != nil {
		return
	}
	scope := constructs.Construct(b)
	if props.logScope != nil {
		scope = props.logScope
	}
	log := b.pair.logs(props.LogEncryptionKey).newGroup(scope, "AutoDeleteLogs", nil)
	handler.AddPropertyOverride(jsii.String("LoggingConfig"), map[string]any{"LogGroup": log.LogGroupName()})
	handler.AddMetadata(limitedLog, true)
}

// limitedLog marks a function that has its log group.
var limitedLog = jsii.String("regionpair:log")

// keepsReplicating refuses what would end replication, or make the accessors
// lie, in the overrides.
func (c *check) keepsReplicating(overrides *awss3.BucketProps) {
	if overrides == nil {
		return
	}
	for property, wrong := range map[string]bool{
		"Versioned":        overrides.Versioned != nil && !*overrides.Versioned,
		"BucketName":       overrides.BucketName != nil,
		"BucketNamePrefix": overrides.BucketNamePrefix != nil,
		"BucketNamespace":  overrides.BucketNamespace != "",
		"Encryption":       overrides.Encryption != "" && overrides.Encryption != awss3.BucketEncryption_KMS,
		"EncryptionKey":    overrides.EncryptionKey != nil,
		"ReplicationRules": overrides.ReplicationRules != nil,
		"ReplicationRole":  overrides.ReplicationRole != nil,
	} {
		c.refuse(wrong, "'BucketOverrides.%s' cannot be changed: replication and the peer rely on it", property)
	}
}

func (b *replicatedBucket) defaults(props *ReplicatedBucketProps) awss3.BucketProps {
	expiration := props.NoncurrentVersionExpiration
	if expiration == nil {
		expiration = awscdk.Duration_Days(jsii.Number(30))
	}
	defaults := awss3.BucketProps{
		BucketName:        &b.name,
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		BucketKeyEnabled:  jsii.Bool(true),
		Encryption:        awss3.BucketEncryption_KMS,
		EncryptionKey:     b.key,
		EnforceSSL:        jsii.Bool(true),
		MinimumTLSVersion: jsii.Number(1.2),
		ObjectOwnership:   awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		RemovalPolicy:     keepByDefault(b.pair.props.RemovalPolicy),
		Versioned:         jsii.Bool(true),
		LifecycleRules: &[]*awss3.LifecycleRule{{
			Id:                          jsii.String("expire-noncurrent-versions"),
			NoncurrentVersionExpiration: expiration,
			// A marker whose versions have all expired hides nothing any more.
			ExpiredObjectDeleteMarker:           jsii.Bool(true),
			AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(7)),
		}},
	}
	if !keeps(b.pair.props.RemovalPolicy) {
		defaults.AutoDeleteObjects = jsii.Bool(true)
	}
	return defaults
}

// ReplicatedBucketAttributes describe a bucket that exists already.
type ReplicatedBucketAttributes struct {
	// Pair that the bucket belongs to; it is in the Region of its stack.
	// Required.
	Pair *Pair
	// BucketName and PeerBucketName are the names of this Region's bucket and of
	// the other Region's. This one must be versioned, and encrypted with Key.
	// Required.
	BucketName, PeerBucketName string
	// Key that encrypts the bucket, such as [awskms.Key_FromKeyArn] gives.
	// Required.
	Key awskms.IKey
}

// Validate returns everything that is wrong at once.
func (a *ReplicatedBucketAttributes) Validate() error {
	a = orNew(a)
	c := checking("ReplicatedBucketFromAttributes")
	c.requires("Pair", a.Pair)
	c.requires("BucketName", a.BucketName)
	c.requires("PeerBucketName", a.PeerBucketName)
	c.requires("Key", a.Key)
	c.bucketNames(a.BucketName, a.PeerBucketName)
	return c.err()
}

// ReplicatedBucketFromAttributes brings a bucket of one's own into a pair. Its
// settings stay its owner's: Amazon S3 refuses to replicate one that is not
// versioned, and what is encrypted with another key is not replicated.
func ReplicatedBucketFromAttributes(scope constructs.Construct, id *string, attributes *ReplicatedBucketAttributes) ReplicatedBucket {
	mustBeValid(attributes.Validate())
	attributes.Pair.roleOf("ReplicatedBucketFromAttributes", scope)
	referToWeaklyIfDefined(attributes.Key)
	b := &replicatedBucket{pair: attributes.Pair, key: attributes.Key, name: attributes.BucketName, peer: attributes.PeerBucketName}
	newConstruct(b, scope, id)
	b.bucket = awss3.Bucket_FromBucketAttributes(b, jsii.String("Bucket"), &awss3.BucketAttributes{
		BucketName: &b.name, EncryptionKey: b.key,
	})
	return b
}
