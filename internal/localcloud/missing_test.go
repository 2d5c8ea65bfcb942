package localcloud

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/egress"
	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
	"github.com/regionpair/regionpair/internal/localcloud/tablestore"
)

func ref(id string) map[string]any { return map[string]any{"Ref": id} }

func att(id, name string) map[string]any { return map[string]any{"Fn::GetAtt": []any{id, name}} }

func resource(kind string, properties map[string]any) map[string]any {
	return map[string]any{"Type": kind, "Properties": properties}
}

func allow(target any, actions ...any) map[string]any {
	return map[string]any{"Effect": "Allow", "Action": actions, "Resource": target}
}

func policy(role string, statements ...any) map[string]any {
	return resource("AWS::IAM::Policy", map[string]any{"Roles": []any{ref(role)}, "PolicyDocument": map[string]any{"Statement": statements}})
}

func withRole(role string, more map[string]any) map[string]any {
	properties := map[string]any{"Role": att(role, "Arn")}
	for name, value := range more {
		properties[name] = value
	}
	return function("provided.al2023", "go", properties)
}

func environment(variables map[string]any) map[string]any {
	return map[string]any{"Environment": map[string]any{"Variables": variables}}
}

func TestServicesThatAreNotHereAreKnownFromTheTemplates(t *testing.T) {
	queue, role := resource("AWS::SQS::Queue", nil), resource("AWS::IAM::Role", nil)
	deny := allow("*", "sns:Publish")
	deny["Effect"] = "Deny"
	inline := resource("AWS::IAM::Role", map[string]any{"Policies": []any{map[string]any{"PolicyDocument": map[string]any{"Statement": map[string]any{"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*"}}}}})
	for name, test := range map[string]struct {
		resources map[string]any
		want      []string
	}{
		"a grant": {map[string]any{
			"F": withRole("Role", nil), "Role": role, "Policy": policy("Role", allow(att("Queue", "Arn"), "sqs:SendMessage", "sqs:GetQueueUrl"), allow("*", "s3:GetObject")), "Queue": queue,
		}, []string{"stack/F: sqs (its role allows sqs:GetQueueUrl, sqs:SendMessage)"}},
		"a grant in the role": {map[string]any{"F": withRole("Role", nil), "Role": inline}, []string{"stack/F: events (its role allows events:PutEvents)"}},
		"a grant and a name": {map[string]any{
			"F": withRole("Role", environment(map[string]any{"QUEUE_URL": ref("Queue"), "TABLE": ref("Table")})), "Role": role, "Policy": policy("Role", allow("*", "sqs:SendMessage")),
			"Queue": queue, "Table": resource("AWS::DynamoDB::Table", nil),
		}, []string{"stack/F: sqs (its role allows sqs:SendMessage; its QUEUE_URL names the AWS::SQS::Queue Queue)"}},
		"a name within a text": {map[string]any{
			"F": withRole("Role", environment(map[string]any{"DSN": map[string]any{"Fn::Sub": "postgres://${Base.Endpoint.Address}/orders"}})), "Role": role, "Base": resource("AWS::RDS::DBCluster", nil),
		}, []string{"stack/F: rds (its DSN names the AWS::RDS::DBCluster Base)"}},
		"a bus": {map[string]any{
			"F": withRole("Role", environment(map[string]any{"BUS": ref("Bus")})), "Role": role, "Bus": resource("AWS::Events::EventBus", nil),
		}, []string{"stack/F: events (its BUS names the AWS::Events::EventBus Bus)"}},
		"the same in two functions, one of them behind the other": {map[string]any{
			"F": withRole("Role", environment(map[string]any{"WORKER": ref("G")})), "G": withRole("Role", nil), "Role": role, "Policy": policy("Role", allow("*", "sqs:SendMessage")),
		}, []string{"stack/F, stack/G: sqs (its role allows sqs:SendMessage)"}},
		"what is here": {map[string]any{
			"F": withRole("Role", nil), "Role": role,
			"Policy": policy("Role", allow("*", "s3:PutObject", "dynamodb:PutItem", "kms:Decrypt", "ssm:GetParameter", "secretsmanager:GetSecretValue", "lambda:InvokeFunction", "S3:GetObject", "sts:GetCallerIdentity", "cloudwatch:GetMetricData", "execute-api:Invoke")),
		}, []string{}},
		"what Lambda does": {map[string]any{
			"F":    withRole("Role", map[string]any{"DeadLetterConfig": map[string]any{"TargetArn": att("Queue", "Arn")}}),
			"Role": role, "Policy": policy("Role", allow("*", "xray:PutTraceSegments", "logs:PutLogEvents", "ec2:CreateNetworkInterface"), allow(att("Queue", "Arn"), "sqs:SendMessage"), allow(ref("Topic"), "sns:Publish")),
			"Queue": queue, "Topic": resource("AWS::SNS::Topic", nil),
			"Outcome": resource("AWS::Lambda::EventInvokeConfig", map[string]any{"FunctionName": ref("F"), "DestinationConfig": map[string]any{"OnFailure": map[string]any{"Destination": ref("Topic")}}}),
		}, []string{}},
		"a denial, and everything": {map[string]any{"F": withRole("Role", nil), "Role": role, "Policy": policy("Role", deny, allow("*", "*"))}, []string{}},
		"a function that no request needs": {map[string]any{
			"F": withRole("", nil), "Cron": withRole("Role", nil), "Role": role, "Policy": policy("Role", allow("*", "sqs:SendMessage")),
		}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			test.resources["Get"] = method(att("F", "Arn"))
			assert.Equal(t, test.want, MissingServices(fakeAssembly(t, test.resources, nil)))
		})
	}
}

// A service that is added to the local cloud must be taken off the list of those that
// are missing.
func TestServedServicesAreThoseOnTheNetwork(t *testing.T) {
	network, err := egress.New(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(network.Close)
	c := &Cloud{network: network, regions: map[string]*region{}, world: objectstore.NewWorld(objectstore.ByCreation), tables: tablestore.New(tablestore.Options{})}
	require.NoError(t, c.addRegion("eu-west-1", "111122223333"))
	require.NoError(t, c.serveZone())
	served := servedServices()
	for _, host := range network.Hosts() {
		if service, suffix, _ := strings.Cut(host, "."); strings.HasSuffix(suffix, "amazonaws.com") && service != "*" && !strings.Contains(service, "cloudformation") {
			assert.True(t, served[actionsOf(service)], host)
			delete(served, actionsOf(service))
		}
	}
	delete(served, "execute-api") // served with the APIs
	delete(served, actionsOf("cognito-oauth"))
	assert.Empty(t, served)
}
