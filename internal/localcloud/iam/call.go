package iam

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/route"
)

// Service is where a request was sent.
type Service struct {
	// Name as in a host: "s3", "ssm", "lambda".
	Name            string
	Region, Account string
	// BucketKey returns the ARN of the key that encrypts a bucket; empty when
	// there is none, or no such object to decrypt. S3 asks KMS for objects that
	// exist only.
	BucketKey func(bucket, object string) string
}

const maxRead = 8 << 20

// Calls returns what a request asks for; its body can be read again.
// Operations that need no permission are none.
func (s Service) Calls(r *http.Request) []Call {
	switch s.Name {
	case "s3":
		return s.s3(r)
	case "lambda":
		return s.lambda(r)
	}
	_, operation, isJSON := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !isJSON {
		return nil
	}
	input := map[string]any{}
	if body, err := io.ReadAll(io.LimitReader(r.Body, maxRead)); err == nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		_ = json.Unmarshal(body, &input)
	}
	calls := []Call{}
	for _, resource := range s.resources(input) {
		calls = append(calls, Call{Action: s.Name + ":" + operation, Resource: resource, Context: contextOf(input)})
	}
	return calls
}

func (s Service) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + s.Region + ":" + s.Account + ":" + resource
}

// resources are the ARNs that the input of an operation names.
func (s Service) resources(input map[string]any) []string {
	found := []string{}
	add := func(key, service, prefix string) {
		for _, name := range texts(input[key]) {
			if strings.HasPrefix(name, "arn:") {
				found = append(found, name)
				continue
			}
			found = append(found, s.arn(service, prefix+strings.TrimPrefix(name, "/")))
		}
	}
	switch s.Name {
	case "ssm":
		add("Name", "ssm", "parameter/")
		add("Names", "ssm", "parameter/")
	case "secretsmanager":
		add("SecretId", "secretsmanager", "secret:")
		for i, secret := range found {
			found[i] = withSuffix(secret)
		}
	case "kms":
		add("KeyId", "kms", "key/")
	case "cognito-idp":
		add("UserPoolId", "cognito-idp", "userpool/")
	case "dynamodb":
		add("TableName", "dynamodb", "table/")
		if index, _ := input["IndexName"].(string); index != "" && len(found) == 1 {
			found[0] += "/index/" + index
		}
		for _, table := range slices.Sorted(maps.Keys(object(input["RequestItems"]))) {
			found = append(found, s.arn("dynamodb", "table/"+table))
		}
	}
	if len(found) == 0 {
		found = append(found, "*")
	}
	return found
}

// withSuffix adds what Secrets Manager adds to the name of a secret.
func withSuffix(secret string) string {
	const suffix = "-??????"
	if route.Match("*"+suffix, secret) && strings.Count(secret, ":") == 6 && strings.LastIndex(secret, "-") == len(secret)-len(suffix) {
		return secret
	}
	return secret + "-AbCdEf"
}

// contextOf are the condition keys of a call to KMS.
func contextOf(input map[string]any) map[string]string {
	context := map[string]string{}
	for key, value := range object(input["EncryptionContext"]) {
		context[strings.ToLower("kms:EncryptionContext:"+key)], _ = value.(string)
	}
	return context
}

func (s Service) lambda(r *http.Request) []Call {
	_, rest, found := strings.Cut(r.URL.Path, "/functions/")
	name, operation, _ := strings.Cut(rest, "/")
	if !found || operation != "invocations" {
		return nil
	}
	if !strings.HasPrefix(name, "arn:") {
		name = s.arn("lambda", "function:"+name)
	}
	return []Call{{Action: "lambda:InvokeFunction", Resource: name}}
}
