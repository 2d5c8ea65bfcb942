package regionpairtest

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// stateful types hold what a deployment cannot bring back: data, keys, names
// and addresses that others know.
var stateful = []string{
	"AWS::ApiGateway::DomainName", "AWS::CertificateManager::Certificate",
	"AWS::Cognito::UserPool", "AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolDomain",
	"AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table", "AWS::EC2::EIP", "AWS::EC2::VPC",
	"AWS::EFS::FileSystem", "AWS::KMS::Key", "AWS::KMS::ReplicaKey", "AWS::Kinesis::Stream", "AWS::Logs::LogGroup",
	"AWS::RDS::DBCluster", "AWS::RDS::DBInstance", "AWS::Route53::HealthCheck", "AWS::Route53::HostedZone",
	"AWS::S3::Bucket", "AWS::SecretsManager::Secret", "AWS::SQS::Queue",
	"Custom::BucketReplication", "Custom::TrustedIssuer",
}

// StatefulResources lists the resources of the stacks that hold state, a line
// each: stack, type, logical id, what happens when it leaves the template, and
// the properties whose change replaces it. A changed line means that the next
// deployment creates a new, empty resource, or deletes one.
func StatefulResources(t testing.TB, stacks ...awscdk.Stack) string {
	t.Helper()
	return Stateful(Templates(t, stacks...)...)
}

// Stateful is [StatefulResources] for templates.
func Stateful(documents ...Document) string {
	return table(documents, func(resource Resource) bool { return slices.Contains(stateful, resource.Type) })
}

// ResourceTable lists all resources of the templates as [StatefulResources]
// lists those that hold state.
func ResourceTable(documents ...Document) string {
	return table(documents, func(Resource) bool { return true })
}

func table(documents []Document, keep func(Resource) bool) string {
	var lines []string
	for _, document := range documents {
		for _, id := range document.ids() {
			if resource := document.Resources[id]; keep(resource) {
				lines = append(lines, line(document.Stack, id, resource))
			}
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func line(stack, id string, resource Resource) string {
	parts := []string{stack, resource.Type, id}
	if resource.DeletionPolicy != "" {
		parts = append(parts, resource.DeletionPolicy)
	}
	return strings.Join(append(parts, replacing(resource)...), " ")
}
