package localcloud

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/services"
)

// MissingServices lists the functions that requests need and that, by their roles and
// their environment, call AWS services which are not here. Whether a request does
// that, and what else the functions call, only their calls tell.
func MissingServices(a *assembly.Assembly) []string {
	functions := map[string][]string{} // by what they call
	for _, stack := range a.Stacks {
		t := callingTemplate{resources: stack.Template.Resources, served: servedServices()}
		for id := range neededFunctions(stack.Template) {
			if calls := t.missing(id); calls != "" {
				functions[calls] = append(functions[calls], stack.Name+"/"+id)
			}
		}
	}
	lines := []string{}
	for _, calls := range slices.Sorted(maps.Keys(functions)) {
		slices.Sort(functions[calls])
		lines = append(lines, strings.Join(functions[calls], ", ")+": "+calls)
	}
	return lines
}

// servedServices are the services with an endpoint here, as policies call them.
func servedServices() map[string]bool {
	served := map[string]bool{"s3": true, "dynamodb": true, "lambda": true, "apigateway": true, "route53": true, "execute-api": true}
	for host := range services.NewRegion("", "", time.Now).Handlers() {
		served[actionsOf(serviceOf(host))] = true
	}
	return served
}

// actionsOf a service is what its actions in policies begin with.
func actionsOf(service string) string {
	return cmp.Or(map[string]string{"monitoring": "cloudwatch"}[service], service)
}

// byLambda is what Lambda does in the name of a function, as prefixes of actions in
// lower case: its logs, its traces, and its network interfaces.
var byLambda = []string{
	"logs:", "xray:", "ec2:createnetworkinterface", "ec2:describenetworkinterfaces", "ec2:describesubnets", "ec2:deletenetworkinterface",
	"ec2:assignprivateipaddresses", "ec2:unassignprivateipaddresses",
}

// calledBy are services that a function calls when it knows a resource of theirs, by
// the middle of the resource's type.
var calledBy = map[string]string{
	"SQS": "sqs", "SNS": "sns", "StepFunctions": "states", "Kinesis": "kinesis", "KinesisFirehose": "firehose", "SES": "ses", "Scheduler": "scheduler",
	"OpenSearchService": "es", "OpenSearchServerless": "aoss", "RDS": "rds", "DocDB": "docdb", "Neptune": "neptune", "ElastiCache": "elasticache", "MemoryDB": "memorydb",
	"AppSync": "appsync", "Timestream": "timestream", "MSK": "kafka",
}

// callingTemplate is a template in which functions call services.
type callingTemplate struct {
	resources map[string]assembly.Resource
	served    map[string]bool
}

// missing says which services a function calls that are not here, and how that is
// known; empty when there are none.
func (t callingTemplate) missing(function string) string {
	signs := map[string][]string{}
	for service, actions := range t.allowed(function) {
		signs[service] = append(signs[service], "its role allows "+strings.Join(slices.Compact(slices.Sorted(slices.Values(actions))), ", "))
	}
	variables := object(object(t.resources[function].Properties["Environment"])["Variables"])
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		for _, id := range cloudformation.References(variables[name]) {
			if service := t.calledWith(id); service != "" {
				signs[service] = append(signs[service], "its "+name+" names the "+t.resources[id].Type+" "+id)
			}
		}
	}
	parts := []string{}
	for _, service := range slices.Sorted(maps.Keys(signs)) {
		parts = append(parts, fmt.Sprintf("%s (%s)", service, strings.Join(slices.Compact(signs[service]), "; ")))
	}
	return strings.Join(parts, ", ")
}

// calledWith is the service that is called by whoever knows a resource; empty when it
// is here, or when nobody needs to call it.
func (t callingTemplate) calledWith(id string) string {
	parts := strings.Split(t.resources[id].Type, "::")
	if len(parts) != 3 || t.served[calledBy[parts[1]]] {
		return ""
	}
	if t.resources[id].Type == "AWS::Events::EventBus" {
		return "events"
	}
	return calledBy[parts[1]]
}

// allowed are the actions on services that are not here which the role of a function
// has, by service, without those that Lambda does for it.
func (t callingTemplate) allowed(function string) map[string][]string {
	actions, targets := map[string][]string{}, t.destinations(function)
	for _, statement := range t.statements(refersTo(t.resources[function].Properties["Role"])) {
		resources := cloudformation.References(statement["Resource"])
		isDelivery := len(resources) > 0 && !slices.ContainsFunc(resources, func(id string) bool { return !targets[id] })
		if textOf(statement["Effect"]) != "Allow" || isDelivery {
			continue
		}
		for _, action := range oneOrMore(statement["Action"]) {
			known := strings.ToLower(action)
			service, _, named := strings.Cut(known, ":")
			isForLambda := slices.ContainsFunc(byLambda, func(prefix string) bool { return strings.HasPrefix(known, prefix) })
			if named && !t.served[service] && !isForLambda {
				actions[service] = append(actions[service], action)
			}
		}
	}
	return actions
}

// destinations are where Lambda delivers what became of a function's invocations.
func (t callingTemplate) destinations(function string) map[string]bool {
	targets := map[string]bool{}
	add := func(value any) {
		for _, id := range cloudformation.References(value) {
			targets[id] = true
		}
	}
	add(t.resources[function].Properties["DeadLetterConfig"])
	for _, resource := range t.resources {
		if resource.Type == "AWS::Lambda::EventInvokeConfig" && refersTo(resource.Properties["FunctionName"]) == function {
			add(resource.Properties["DestinationConfig"])
		}
	}
	return targets
}

// statements of the policies of a role that the template defines.
func (t callingTemplate) statements(role string) []map[string]any {
	documents := []any{}
	for _, inline := range list(t.resources[role].Properties["Policies"]) {
		documents = append(documents, object(inline)["PolicyDocument"])
	}
	for _, policy := range t.resources {
		isPolicy := policy.Type == "AWS::IAM::Policy" || policy.Type == "AWS::IAM::ManagedPolicy"
		if isPolicy && role != "" && slices.ContainsFunc(list(policy.Properties["Roles"]), func(one any) bool { return refersTo(one) == role }) {
			documents = append(documents, policy.Properties["PolicyDocument"])
		}
	}
	statements := []map[string]any{}
	for _, document := range documents {
		entries := object(document)["Statement"]
		if one := object(entries); one != nil {
			entries = []any{one}
		}
		for _, statement := range list(entries) {
			statements = append(statements, object(statement))
		}
	}
	return statements
}

func oneOrMore(value any) []string {
	if one, isText := value.(string); isText {
		return []string{one}
	}
	return texts(value)
}
