package regionpair_test

import (
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/require"

	regionpair "github.com/regionpair/regionpair/constructs"
)

func newBucket(t *testing.T, change func(*regionpair.ReplicatedBucketProps)) regionpair.ReplicatedBucket {
	t.Helper()
	props := &regionpair.ReplicatedBucketProps{Pair: newPair()}
	if change != nil {
		change(props)
	}
	return regionpair.NewReplicatedBucket(newStack(t), jsii.String("Objects"), props)
}

func TestBucketIsVersionedEncryptedWithItsOwnKeyAndPrivate(t *testing.T) {
	template := templateOf(newBucket(t, nil))
	template.HasResourceProperties(jsii.String("AWS::S3::Bucket"), map[string]any{
		"BucketName":              "orders-objects-111122223333-eu-west-1",
		"VersioningConfiguration": map[string]any{"Status": "Enabled"},
		"BucketEncryption": map[string]any{"ServerSideEncryptionConfiguration": []any{map[string]any{
			"BucketKeyEnabled": true,
			"ServerSideEncryptionByDefault": map[string]any{
				"SSEAlgorithm":   "aws:kms",
				"KMSMasterKeyID": map[string]any{"Fn::GetAtt": []any{assertions.Match_StringLikeRegexp(jsii.String("ObjectsKey.*")), "Arn"}},
			},
		}}},
		"PublicAccessBlockConfiguration": map[string]any{
			"BlockPublicAcls": true, "BlockPublicPolicy": true, "IgnorePublicAcls": true, "RestrictPublicBuckets": true,
		},
	})
	template.HasResourceProperties(jsii.String("AWS::KMS::Key"), map[string]any{
		"EnableKeyRotation": true,
		"MultiRegion":       assertions.Match_Absent(),
	})
	template.HasResourceProperties(jsii.String("AWS::S3::BucketPolicy"), map[string]any{
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{
			assertions.Match_ObjectLike(&map[string]any{
				"Effect": "Deny", "Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
			}),
			assertions.Match_ObjectLike(&map[string]any{
				"Effect": "Deny", "Condition": map[string]any{"NumericLessThan": map[string]any{"s3:TlsVersion": 1.2}},
			}),
		})},
	})
}

func TestBucketAndKeySurviveTheirStackButNotAFailedFirstDeployment(t *testing.T) {
	template := templateOf(newBucket(t, nil))
	for _, resourceType := range []string{"AWS::S3::Bucket", "AWS::KMS::Key"} {
		template.HasResource(&resourceType, map[string]any{
			"DeletionPolicy":      "RetainExceptOnCreate",
			"UpdateReplacePolicy": "Retain",
		})
	}
}

func TestBucketIsEmptiedAndDestroyedOnRequest(t *testing.T) {
	template := templateOf(newBucket(t, func(p *regionpair.ReplicatedBucketProps) {
		p.Pair = newPair(func(p *regionpair.PairProps) { p.RemovalPolicy = awscdk.RemovalPolicy_DESTROY })
	}))
	template.HasResource(jsii.String("AWS::S3::Bucket"), map[string]any{"DeletionPolicy": "Delete"})
	template.ResourceCountIs(jsii.String("Custom::S3AutoDeleteObjects"), jsii.Number(1))
}

func TestBucketDefaultsCanBeOverriddenWithoutTouchingTheCallersProps(t *testing.T) {
	overrides := &awss3.BucketProps{TransferAcceleration: jsii.Bool(true)}
	template := templateOf(newBucket(t, func(p *regionpair.ReplicatedBucketProps) { p.BucketOverrides = overrides }))
	template.HasResourceProperties(jsii.String("AWS::S3::Bucket"), map[string]any{
		"AccelerateConfiguration": map[string]any{"AccelerationStatus": "Enabled"},
		"VersioningConfiguration": map[string]any{"Status": "Enabled"},
	})
	require.Nil(t, overrides.BucketName)
}

func TestFailsWithoutALiteralBucketName(t *testing.T) {
	require.PanicsWithValue(t, "regionpair: ReplicatedBucket needs 'Pair'", func() {
		newBucket(t, func(p *regionpair.ReplicatedBucketProps) { p.Pair = nil })
	})
	require.PanicsWithValue(t, "regionpair: ReplicatedBucket 'BucketName' must be a literal name, got a token: the peer's stack could not compute it", func() {
		newBucket(t, func(p *regionpair.ReplicatedBucketProps) {
			p.BucketName, p.PeerBucketName = *awscdk.Aws_STACK_NAME(), "peer-objects"
		})
	})
}

func TestTheKeyOfABucketWithADomainNameHasAnAlias(t *testing.T) {
	template := templateOf(newBucket(t, func(p *regionpair.ReplicatedBucketProps) {
		p.BucketName, p.PeerBucketName = "data.example.com", "peer.example.com"
	}))
	template.HasResourceProperties(jsii.String("AWS::S3::Bucket"), map[string]any{"BucketName": "data.example.com"})
	template.HasResourceProperties(jsii.String("AWS::KMS::Alias"), map[string]any{"AliasName": "alias/data-example-com"})
}

func TestFailsWithABucketNameThatS3Refuses(t *testing.T) {
	for _, name := range []string{"192.168.5.4", "a..b", "a.-b", "a-.b"} {
		require.PanicsWithValue(t, "regionpair: ReplicatedBucket 'BucketName' must be a bucket name that Amazon S3 allows, got '"+name+"'", func() {
			newBucket(t, func(p *regionpair.ReplicatedBucketProps) { p.BucketName, p.PeerBucketName = name, "mine" })
		})
	}
}

func TestBucketCanBeUsedAsScopeTaggedAndDependedOn(t *testing.T) {
	bucket := newBucket(t, nil)
	mustBehaveLikeAConstruct(t, bucket)
}

func TestAKeyThatExistsEncryptsTheBucket(t *testing.T) {
	const arn = "arn:aws:kms:eu-west-1:999999999999:key/1"
	stack := newStack(t)
	unit := operatedUnit(t, stack, func(p *regionpair.RegionUnitProps) {
		p.BucketKey = awskms.Key_FromKeyArn(stack, jsii.String("Own"), jsii.String(arn))
	})
	template := templateOf(unit)
	template.HasResourceProperties(jsii.String("AWS::S3::Bucket"), map[string]any{
		"BucketEncryption": map[string]any{"ServerSideEncryptionConfiguration": []any{map[string]any{
			"BucketKeyEnabled": true, "ServerSideEncryptionByDefault": map[string]any{"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn},
		}}},
	})
	template.ResourceCountIs(jsii.String("AWS::KMS::Key"), jsii.Number(1)) // of the logs
	template.HasResourceProperties(jsii.String("AWS::Lambda::Function"), map[string]any{
		"Environment": map[string]any{"Variables": assertions.Match_ObjectLike(&map[string]any{"KMS_KEY_ARN": arn})},
	})
	template.HasResourceProperties(jsii.String("AWS::IAM::Policy"), map[string]any{
		"PolicyDocument": map[string]any{"Statement": assertions.Match_ArrayWith(&[]any{
			assertions.Match_ObjectLike(&map[string]any{"Action": []any{"kms:Decrypt", "kms:GenerateDataKey"}, "Resource": arn}),
		})},
	})
}
