package regionpair

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// ReplicatedBucketProps configures a [ReplicatedBucket].
type ReplicatedBucketProps struct {
	// BucketName is the literal name. It has to be literal so that the stack
	// that wires the pair can compute the peer's name.
	// Required.
	BucketName *string
	// NoncurrentVersionExpiration is how long replaced and deleted versions
	// stay restorable.
	// Default: 30 days.
	NoncurrentVersionExpiration awscdk.Duration
	// RemovalPolicy of the bucket and its key.
	// Default: kept, unless the deployment that creates them fails.
	// With DESTROY the bucket is emptied first.
	RemovalPolicy awscdk.RemovalPolicy
	// Overrides lays CDK's own props over the defaults of this construct.
	// Default: nothing is overridden.
	Overrides *awss3.BucketProps
}

// ReplicatedBucket is one Region's half of a replicated pair of buckets:
// versioned, encrypted with a key of its own, TLS only, not public. The
// replication rules themselves are set by [BucketReplicationPair].
type ReplicatedBucket interface {
	constructs.Construct
	// Bucket is the bucket.
	Bucket() awss3.IBucket
	// Key encrypts the bucket. It is an ordinary key: S3 treats multi-Region
	// keys as single-Region keys, so each Region has its own.
	Key() awskms.IKey
	// BucketName is the literal name given in the props.
	BucketName() *string
}

type replicatedBucket struct {
	constructs.Construct
	bucket awss3.Bucket
	key    awskms.Key
	name   *string
}

func (b *replicatedBucket) Bucket() awss3.IBucket { return b.bucket }

func (b *replicatedBucket) Key() awskms.IKey { return b.key }

func (b *replicatedBucket) BucketName() *string { return b.name }

// NewReplicatedBucket defines the bucket and its key.
func NewReplicatedBucket(scope constructs.Construct, id *string, props *ReplicatedBucketProps) ReplicatedBucket {
	required("ReplicatedBucket", "BucketName", props == nil || props.BucketName == nil)
	if *awscdk.Token_IsUnresolved(props.BucketName) {
		misuse("ReplicatedBucket 'BucketName' must be a literal name, got a token: the peer's stack could not compute it")
	}
	mustKeepReplicating(props.Overrides)
	b := &replicatedBucket{name: props.BucketName}
	constructs.NewConstruct_Override(b, scope, id)

	b.key = awskms.NewKey(b, jsii.String("Key"), &awskms.KeyProps{
		Alias:             jsii.String(*props.BucketName),
		Description:       jsii.String("Encrypts the bucket " + *props.BucketName),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     keepByDefault(props.RemovalPolicy),
	})
	referToWeakly(b.key)
	b.bucket = awss3.NewBucket(b, jsii.String("Bucket"), override(b.defaults(props), props.Overrides))
	suppress(b.bucket, suppression{
		rule:   "AwsSolutions-S1",
		reason: "Objects are reached through the API only, whose access log names client, key and request id; CloudTrail data events cover direct access.",
	})
	return b
}

// mustKeepReplicating refuses what would end replication, or make the accessors
// lie, in the overrides.
func mustKeepReplicating(overrides *awss3.BucketProps) {
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
		if wrong {
			misuse("ReplicatedBucket 'Overrides.%s' cannot be changed: replication and the peer rely on it", property)
		}
	}
}

func (b *replicatedBucket) defaults(props *ReplicatedBucketProps) awss3.BucketProps {
	expiration := props.NoncurrentVersionExpiration
	if expiration == nil {
		expiration = awscdk.Duration_Days(jsii.Number(30))
	}
	defaults := awss3.BucketProps{
		BucketName:        props.BucketName,
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		BucketKeyEnabled:  jsii.Bool(true),
		Encryption:        awss3.BucketEncryption_KMS,
		EncryptionKey:     b.key,
		EnforceSSL:        jsii.Bool(true),
		MinimumTLSVersion: jsii.Number(1.2),
		ObjectOwnership:   awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		RemovalPolicy:     keepByDefault(props.RemovalPolicy),
		Versioned:         jsii.Bool(true),
		LifecycleRules: &[]*awss3.LifecycleRule{{
			Id:                          jsii.String("expire-noncurrent-versions"),
			NoncurrentVersionExpiration: expiration,
			// A marker whose versions have all expired hides nothing any more.
			ExpiredObjectDeleteMarker:           jsii.Bool(true),
			AbortIncompleteMultipartUploadAfter: awscdk.Duration_Days(jsii.Number(7)),
		}},
	}
	if !keeps(props.RemovalPolicy) {
		defaults.AutoDeleteObjects = jsii.Bool(true)
	}
	return defaults
}
