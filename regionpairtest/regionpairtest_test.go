package regionpairtest_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/regionpairtest"
)

// newStack defines a stack with a bucket that a role may read.
func newStack(t *testing.T, bucketName string) awscdk.Stack {
	t.Helper()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(t.TempDir()), Context: regionpairtest.Context(nil)})
	stack := awscdk.NewStack(app, jsii.String("Data"), &awscdk.StackProps{StackName: jsii.String("data")})
	bucket := awss3.NewBucket(stack, jsii.String("Bucket"), &awss3.BucketProps{BucketName: &bucketName})
	role := awsiam.NewRole(stack, jsii.String("Role"), &awsiam.RoleProps{AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil)})
	bucket.GrantRead(role, nil)
	return stack
}

// recorder is a test that notes whether it failed.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(string, ...any) { r.failed = true }

func (r *recorder) Fatalf(string, ...any) { r.failed = true }

func TestStatefulResourcesNameWhatReplacesThem(t *testing.T) {
	list := regionpairtest.StatefulResources(t, newStack(t, "orders-objects"))
	assert.Equal(t, "data AWS::S3::Bucket Bucket83908E77 Retain BucketName=orders-objects\n", list)
}

func TestPermissionsSayWhoMayDoWhat(t *testing.T) {
	list := regionpairtest.Permissions(t, newStack(t, "orders-objects"))
	assert.Contains(t, list, "data Role1ABCC5F0\n  who  {\"Service\":\"lambda.amazonaws.com\"}\n  may  sts:AssumeRole")
	assert.Contains(t, list, "  who  {\"Ref\":\"Role1ABCC5F0\"}\n  may  s3:GetBucket* s3:GetObject* s3:List*\n  on   ")
}

func TestASnapshotHoldsAndFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "snapshots", "data.json")
	t.Setenv("UPDATE_SNAPSHOTS", "1")
	regionpairtest.MatchSnapshot(t, newStack(t, "one"), file)
	t.Setenv("UPDATE_SNAPSHOTS", "")
	regionpairtest.MatchSnapshot(t, newStack(t, "one"), file)

	changed := &recorder{TB: t}
	regionpairtest.MatchSnapshot(changed, newStack(t, "two"), file)
	assert.True(t, changed.failed, "another bucket name is a difference")

	missing := &recorder{TB: t}
	regionpairtest.MatchFile(missing, filepath.Join(t.TempDir(), "none.txt"), "text")
	assert.True(t, missing.failed, "a missing snapshot is a failure")
}

func TestHashesOfAssetsAreNormalised(t *testing.T) {
	file := filepath.Join(t.TempDir(), "data.template.json")
	const template = `{"Resources":{"F":{"Type":"AWS::Lambda::Function","Properties":{"Code":{"S3Key":"5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592.zip"}}}}}`
	require.NoError(t, os.WriteFile(file, []byte(template), 0o600))
	document := regionpairtest.Read(t, file)
	assert.Equal(t, "data", document.Stack)
	assert.Contains(t, document.Text(), `"<asset hash>.zip"`)
}

func TestTheDifferenceIsAsShortAsTheChange(t *testing.T) {
	one, two := regionpairtest.Template(t, newStack(t, "one")), regionpairtest.Template(t, newStack(t, "two"))
	assert.Equal(t, "~ Bucket83908E77 AWS::S3::Bucket\n  Properties.BucketName: \"one\" -> \"two\"\n", regionpairtest.Difference(one, two))
	delete(two.Resources, "Bucket83908E77")
	assert.Equal(t, "- Bucket83908E77 AWS::S3::Bucket\n", regionpairtest.Difference(one, two))
	assert.Contains(t, regionpairtest.Difference(two, one), "+ Bucket83908E77 AWS::S3::Bucket\n")
	assert.Equal(t, "\n", regionpairtest.Difference(one, one))
}

// Permissions come in many places; none may be overlooked.
func TestStatementsOfEveryKindOfPolicy(t *testing.T) {
	statement := func(action string) map[string]any {
		return map[string]any{"Statement": []any{map[string]any{"Effect": "Allow", "Action": action, "Principal": "p", "Resource": "r"}}}
	}
	document := regionpairtest.Document{Stack: "s", Resources: map[string]regionpairtest.Resource{
		"Role": {Type: "AWS::IAM::Role", Properties: map[string]any{
			"AssumeRolePolicyDocument": statement("trust:It"),
			"Policies":                 []any{map[string]any{"PolicyDocument": statement("inline:It")}},
			"ManagedPolicyArns":        []any{"arn:aws:iam::aws:policy/ReadOnlyAccess"},
		}},
		"Policy":     {Type: "AWS::IAM::Policy", Properties: map[string]any{"PolicyDocument": statement("policy:It"), "Roles": []any{"role"}}},
		"Managed":    {Type: "AWS::IAM::ManagedPolicy", Properties: map[string]any{"PolicyDocument": statement("managed:It")}},
		"Key":        {Type: "AWS::KMS::Key", Properties: map[string]any{"KeyPolicy": statement("key:It")}},
		"Bucket":     {Type: "AWS::S3::BucketPolicy", Properties: map[string]any{"PolicyDocument": statement("bucket:It")}},
		"Secret":     {Type: "AWS::SecretsManager::ResourcePolicy", Properties: map[string]any{"ResourcePolicy": statement("secret:It")}},
		"Api":        {Type: "AWS::ApiGateway::RestApi", Properties: map[string]any{"Policy": statement("api:It")}},
		"Single":     {Type: "AWS::SNS::TopicPolicy", Properties: map[string]any{"PolicyDocument": map[string]any{"Statement": map[string]any{"Effect": "Deny", "Action": "single:It"}}}},
		"Permission": {Type: "AWS::Lambda::Permission", Properties: map[string]any{"Action": "invoke:It", "Principal": "apigateway", "SourceArn": "arn"}},
	}}
	found := []string{}
	for _, s := range regionpairtest.Statements(document) {
		found = append(found, s.Actions...)
	}
	assert.ElementsMatch(t, []string{
		"trust:It", "inline:It", "arn:aws:iam::aws:policy/ReadOnlyAccess", "policy:It", "managed:It",
		"key:It", "bucket:It", "secret:It", "api:It", "single:It", "invoke:It",
	}, found)
}
