package iam

import (
	"encoding/json"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

// Service is where a request was sent.
type Service struct {
	// Name as in a host: "s3", "ssm", "lambda".
	Name   string
	Region string
	// ARN of a resource of another service in the Region and the account.
	ARN func(service, resource string) string
	// SecretARN is the ARN of a secret by its name; another text stays as it is.
	SecretARN func(id string) string
	// BucketKey returns the ARN of the key that encrypts a bucket; empty when
	// there is none, or no such object to decrypt. S3 asks KMS for objects that
	// exist only.
	BucketKey func(bucket, object string) string
	// PartitionKey returns the name of a table's partition key; empty when there
	// is no such table.
	PartitionKey func(table string) string
	// TableKey returns the ARN of the key that encrypts a table, by the table's ARN;
	// empty when there is none.
	TableKey func(tableARN string) string
}

// Calls returns what a request asks for; its body can be read again. It fails when the
// body does not arrive: nobody knows what was asked for.
func (s Service) Calls(r *http.Request) ([]Call, error) {
	calls, err := s.callsOf(r)
	for i := range calls {
		if s.Region == "" {
			break
		}
		if calls[i].Context == nil {
			calls[i].Context = map[string]string{}
		}
		calls[i].Context["aws:requestedregion"] = s.Region
	}
	return calls, err
}

func (s Service) callsOf(r *http.Request) ([]Call, error) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch s.Name {
	case "s3":
		return s.s3(r)
	case "lambda":
		return s.lambda(r.Method, parts), nil
	case "apigateway":
		return one("apigateway:"+r.Method, "arn:aws:apigateway:"+s.Region+"::"+r.URL.Path), nil
	case "monitoring":
		return one("cloudwatch:"+path.Base(r.URL.Path), "*"), nil
	case "route53":
		if parts[1] == "healthcheck" {
			return one("route53:GetHealthCheck", "arn:aws:route53:::healthcheck/"+parts[2]), nil
		}
		return one("route53:ListResourceRecordSets", "arn:aws:route53:::hostedzone/"+parts[2]), nil
	}
	return s.operation(r)
}

func one(action, resource string) []Call { return []Call{{Action: action, Resource: resource}} }

func (s Service) lambda(method string, parts []string) []Call {
	switch {
	case len(parts) < 3 || parts[1] != "functions":
		return one("lambda:GetAccountSettings", "*")
	case parts[len(parts)-1] == "invocations":
		return one("lambda:InvokeFunction", s.named("lambda", "function:", parts[2]))
	case parts[len(parts)-1] == "concurrency":
		action := map[string]string{http.MethodGet: "Get", http.MethodPut: "Put", http.MethodDelete: "Delete"}[method]
		return one("lambda:"+action+"FunctionConcurrency", s.named("lambda", "function:", parts[2]))
	}
	return one("lambda:GetFunctionConfiguration", s.named("lambda", "function:", parts[2]))
}

// operation reads the operation in the header and the resources in the body.
// What names no operation, such as the keys of an issuer, needs no permission.
func (s Service) operation(r *http.Request) ([]Call, error) {
	_, operation, named := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !named {
		return nil, nil
	}
	body, err := signature.Peek(r)
	if err != nil {
		return nil, err
	}
	input := map[string]any{}
	_ = json.Unmarshal(body, &input)
	calls := []Call{}
	for _, resource := range s.resources(input) {
		calls = append(calls, Call{Action: s.Name + ":" + operation, Resource: resource, Context: s.contextOf(input)})
		calls = append(calls, s.tableKeyCalls(operation, resource)...)
	}
	return calls, nil
}

// tableKeyCalls are what DynamoDB asks KMS in the caller's name: whoever reads or
// writes items needs the key of the table.
func (s Service) tableKeyCalls(operation, resource string) []Call {
	if s.Name != "dynamodb" || strings.HasPrefix(operation, "Describe") || strings.HasPrefix(operation, "List") {
		return nil
	}
	table, _, _ := strings.Cut(resource, "/index/")
	key := s.TableKey(table)
	if key == "" {
		return nil
	}
	return []Call{{Action: "kms:Decrypt", Resource: key, Context: map[string]string{"kms:viaservice": "dynamodb." + s.Region + ".amazonaws.com"}}}
}

// named is the ARN of a resource by its name, or the ARN that is given for it.
func (s Service) named(service, prefix, name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return s.ARN(service, prefix+strings.TrimPrefix(name, "/"))
}

// resourceFields are the fields of an input that name resources, by service, with
// what precedes the name in its ARN.
var resourceFields = map[string]struct {
	fields []string
	prefix string
}{
	"ssm":         {[]string{"Name", "Names"}, "parameter/"},
	"kms":         {[]string{"KeyId"}, "key/"},
	"acm":         {[]string{"CertificateArn"}, "certificate/"},
	"cognito-idp": {[]string{"UserPoolId"}, "userpool/"},
	"dynamodb":    {[]string{"TableName"}, "table/"},
}

// resources are the ARNs that the input of an operation names.
func (s Service) resources(input map[string]any) []string {
	found := []string{}
	known := resourceFields[s.Name]
	for _, field := range known.fields {
		for _, name := range texts(input[field]) {
			found = append(found, s.named(s.Name, known.prefix, name))
		}
	}
	switch index, _ := input["IndexName"].(string); {
	case s.Name == "secretsmanager":
		for _, id := range texts(input["SecretId"]) {
			found = append(found, s.SecretARN(id))
		}
	case s.Name == "dynamodb" && index != "" && len(found) == 1:
		found[0] += "/index/" + index
	case s.Name == "dynamodb":
		for _, table := range slices.Sorted(maps.Keys(object(input["RequestItems"]))) {
			found = append(found, s.named(s.Name, known.prefix, table))
		}
	}
	if len(found) == 0 {
		found = append(found, "*")
	}
	return found
}

// contextOf are the condition keys of a call.
func (s Service) contextOf(input map[string]any) map[string]string {
	context := map[string]string{}
	for key, value := range object(input["EncryptionContext"]) {
		context[strings.ToLower("kms:EncryptionContext:"+key)], _ = value.(string)
	}
	if item := object(input["Key"]); s.Name == "dynamodb" && item != nil {
		table, _ := input["TableName"].(string)
		for _, value := range object(item[s.PartitionKey(table)]) {
			context["dynamodb:leadingkeys"], _ = value.(string)
		}
	}
	return context
}
