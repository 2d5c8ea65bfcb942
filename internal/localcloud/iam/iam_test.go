package iam_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/iam"
)

const (
	role = "arn:aws:iam::111122223333:role/handler"
	key  = "arn:aws:kms:eu-west-1:111122223333:key/k"
)

func policy(t *testing.T, text string) []iam.Statement {
	t.Helper()
	var document any
	require.NoError(t, json.Unmarshal([]byte(text), &document))
	statements, err := iam.Parse(document)
	require.NoError(t, err)
	return statements
}

func TestWhatNobodyAllowsIsDenied(t *testing.T) {
	statements := policy(t, `{"Statement": [
		{"Effect": "Allow", "Action": ["s3:GetObject", "s3:Put*"], "Resource": "arn:aws:s3:::bucket/*"},
		{"Effect": "Deny", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::bucket/locked/*"},
		{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:eu-west-1:1:secret:a-??????"},
		{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": {"StringEquals": {"kms:EncryptionContext:regionpair": ["health", "other"]}}},
		{"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*", "Condition": {"StringLike": {"kms:ViaService": "s3.*"}}},
		{"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*", "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["health"]}}}
	]}`)
	health := map[string]string{"kms:encryptioncontext:regionpair": "health"}
	for _, test := range []struct {
		call iam.Call
		want bool
	}{
		{iam.Call{Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/a/b"}, true},
		{iam.Call{Action: "S3:getobject", Resource: "arn:aws:s3:::bucket/a"}, true},
		{iam.Call{Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket"}, false},
		{iam.Call{Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket2/a"}, false},
		{iam.Call{Action: "s3:GetObjectVersion", Resource: "arn:aws:s3:::bucket/a"}, false},
		{iam.Call{Action: "s3:PutObject", Resource: "arn:aws:s3:::bucket/free/a"}, true},
		{iam.Call{Action: "s3:PutObject", Resource: "arn:aws:s3:::bucket/locked/a"}, false},
		{iam.Call{Action: "secretsmanager:GetSecretValue", Resource: "arn:aws:secretsmanager:eu-west-1:1:secret:a-AbCdEf"}, true},
		{iam.Call{Action: "secretsmanager:GetSecretValue", Resource: "arn:aws:secretsmanager:eu-west-1:1:secret:a-b-AbCdEf"}, false},
		{iam.Call{Action: "kms:Decrypt", Resource: key, Context: health}, true},
		{iam.Call{Action: "kms:Decrypt", Resource: key}, false},
		{iam.Call{Action: "kms:Encrypt", Resource: key, Context: map[string]string{"kms:viaservice": "s3.eu-west-1.amazonaws.com"}}, true},
		{iam.Call{Action: "kms:Encrypt", Resource: key, Context: map[string]string{"kms:viaservice": "ssm.eu-west-1.amazonaws.com"}}, false},
		{iam.Call{Action: "dynamodb:GetItem", Resource: "*", Context: map[string]string{"dynamodb:leadingkeys": "health"}}, true},
		{iam.Call{Action: "dynamodb:GetItem", Resource: "*", Context: map[string]string{"dynamodb:leadingkeys": "other"}}, false},
		{iam.Call{Action: "dynamodb:GetItem", Resource: "*"}, true},
	} {
		allowed := iam.Allows(statements, test.call)
		assert.Equal(t, test.want, allowed, "%v", test.call)
	}
}

func TestWhatCannotBeEvaluatedIsNoPolicy(t *testing.T) {
	for text, want := range map[string]string{
		`{"Statement": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}}`:                                                          "NotAction is not evaluated",
		`{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"DateLessThan": {"aws:CurrentTime": "2030"}}}}`: "the condition operator DateLessThan is not evaluated",
	} {
		var document any
		require.NoError(t, json.Unmarshal([]byte(text), &document))
		_, err := iam.Parse(document)
		require.ErrorContains(t, err, want)
	}
}

func refuse(w http.ResponseWriter, _, message string) { http.Error(w, message, http.StatusForbidden) }

// ask sends a request to a service behind a gate whose role may do nothing, and
// returns what it would have needed.
func ask(t *testing.T, service, method, target, operation, body string) []string {
	t.Helper()
	gate := iam.NewGate(refuse)
	reached := ""
	handler := gate.Handler(iam.Service{
		Name: service, Region: "eu-west-1",
		ARN: func(service, resource string) string {
			return "arn:aws:" + service + ":eu-west-1:111122223333:" + resource
		},
		SecretARN: func(id string) string {
			if strings.HasPrefix(id, "arn:") {
				return id
			}
			return "arn:aws:secretsmanager:eu-west-1:111122223333:secret:" + id + "-AbCdEf"
		},
		BucketKey: func(_, object string) string { return map[bool]string{true: key}[object != "missing"] },
		TableKey:  func(table string) string { return map[bool]string{true: key}[strings.HasSuffix(table, ":table/t")] },
	}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		reached = string(text)
	}))
	needed := []string{}
	for {
		r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+iam.AccessKeyID(role)+"/20260101/eu-west-1/"+service+"/aws4_request, SignedHeaders=host, Signature=00")
		r.Header.Set("X-Amz-Date", "20260101T000000Z")
		if operation != "" {
			r.Header.Set("X-Amz-Target", operation)
		}
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		if recorder.Code == http.StatusOK {
			assert.Equal(t, body, reached, "the service can read the body")
			return needed
		}
		denied := gate.Denied()
		require.Len(t, denied, len(needed)+1)
		for _, d := range denied {
			call := d.Action + " " + d.Resource
			if !strings.Contains(strings.Join(needed, "\n")+"\n", call+"\n") {
				needed = append(needed, call)
				gate.Allow(role, []iam.Statement{{Actions: []string{d.Action}, Resources: []string{d.Resource}}})
				assert.Contains(t, recorder.Body.String(), "is not authorized to perform: "+d.Action)
			}
		}
	}
}

func TestEveryRequestNeedsItsPermissions(t *testing.T) {
	const arn = "arn:aws:"
	for name, test := range map[string]struct {
		service, method, target, operation, body string
		want                                     []string
	}{
		"read":            {"s3", "GET", "https://b.s3.eu-west-1.amazonaws.com/a/k", "", "", []string{"s3:GetObject arn:aws:s3:::b/a/k", "kms:Decrypt " + key}},
		"read nothing":    {"s3", "GET", "https://s3.eu-west-1.amazonaws.com/b/missing", "", "", []string{"s3:GetObject arn:aws:s3:::b/missing"}},
		"read a version":  {"s3", "GET", "https://b.s3.eu-west-1.amazonaws.com/missing?versionId=1", "", "", []string{"s3:GetObjectVersion arn:aws:s3:::b/missing"}},
		"write":           {"s3", "PUT", "https://b.s3.eu-west-1.amazonaws.com/k", "", "x", []string{"s3:PutObject arn:aws:s3:::b/k", "kms:GenerateDataKey " + key}},
		"delete":          {"s3", "DELETE", "https://b.s3.eu-west-1.amazonaws.com/k", "", "", []string{"s3:DeleteObject arn:aws:s3:::b/k"}},
		"list":            {"s3", "GET", "https://b.s3.eu-west-1.amazonaws.com/?list-type=2", "", "", []string{"s3:ListBucket arn:aws:s3:::b"}},
		"rules":           {"s3", "PUT", "https://b.s3.eu-west-1.amazonaws.com/?replication", "", "<ReplicationConfiguration><Role>arn:aws:iam::1:role/r</Role></ReplicationConfiguration>", []string{"s3:PutReplicationConfiguration arn:aws:s3:::b", "iam:PassRole arn:aws:iam::1:role/r"}},
		"two parameters":  {"ssm", "POST", "https://ssm/", "AmazonSSM.GetParameters", `{"Names":["/a/b","c"]}`, []string{"ssm:GetParameters " + arn + "ssm:eu-west-1:111122223333:parameter/a/b", "ssm:GetParameters " + arn + "ssm:eu-west-1:111122223333:parameter/c"}},
		"a secret":        {"secretsmanager", "POST", "https://sm/", "secretsmanager.GetSecretValue", `{"SecretId":"a/b"}`, []string{"secretsmanager:GetSecretValue " + arn + "secretsmanager:eu-west-1:111122223333:secret:a/b-AbCdEf"}},
		"a secret's ARN":  {"secretsmanager", "POST", "https://sm/", "secretsmanager.GetSecretValue", `{"SecretId":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:a-XyZ123"}`, []string{"secretsmanager:GetSecretValue " + arn + "secretsmanager:eu-west-1:111122223333:secret:a-XyZ123"}},
		"a table's index": {"dynamodb", "POST", "https://d/", "DynamoDB_20120810.Query", `{"TableName":"t","IndexName":"i"}`, []string{"dynamodb:Query " + arn + "dynamodb:eu-west-1:111122223333:table/t/index/i", "kms:Decrypt " + key}},
		"an item":         {"dynamodb", "POST", "https://d/", "DynamoDB_20120810.PutItem", `{"TableName":"t"}`, []string{"dynamodb:PutItem " + arn + "dynamodb:eu-west-1:111122223333:table/t", "kms:Decrypt " + key}},
		"another table":   {"dynamodb", "POST", "https://d/", "DynamoDB_20120810.PutItem", `{"TableName":"u"}`, []string{"dynamodb:PutItem " + arn + "dynamodb:eu-west-1:111122223333:table/u"}},
		"a description":   {"dynamodb", "POST", "https://d/", "DynamoDB_20120810.DescribeTable", `{"TableName":"t"}`, []string{"dynamodb:DescribeTable " + arn + "dynamodb:eu-west-1:111122223333:table/t"}},
		"a function":      {"lambda", "POST", "https://lambda/2015-03-31/functions/f/invocations", "", "{}", []string{"lambda:InvokeFunction " + arn + "lambda:eu-west-1:111122223333:function:f"}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, ask(t, test.service, test.method, test.target, test.operation, test.body))
		})
	}
}

func TestTheRegionOfACallIsACondition(t *testing.T) {
	service := iam.Service{Name: "monitoring", Region: "eu-west-1"}
	calls, err := service.Calls(httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://monitoring/service/x/operation/GetMetricData", strings.NewReader("")))
	require.NoError(t, err)
	require.Len(t, calls, 1)
	for region, allowed := range map[string]bool{"eu-west-1": true, "eu-central-1": false} {
		statements := policy(t, `{"Statement": {"Effect": "Allow", "Action": "cloudwatch:GetMetricData", "Resource": "*",
			"Condition": {"StringEquals": {"aws:RequestedRegion": "`+region+`"}}}}`)
		assert.Equal(t, allowed, iam.Allows(statements, calls[0]), region)
	}
}

func TestThePartitionKeyOfAnItemIsACondition(t *testing.T) {
	service := iam.Service{
		Name: "dynamodb", ARN: func(service, resource string) string { return service + ":" + resource },
		PartitionKey: func(table string) string { return map[string]string{"orders": "id"}[table] },
		TableKey:     func(string) string { return "" },
	}
	for body, want := range map[string]map[string]string{
		`{"TableName":"orders","Key":{"at":{"N":"0"},"id":{"S":"health"}}}`: {"dynamodb:leadingkeys": "health"},
		`{"TableName":"other","Key":{"id":{"S":"health"}}}`:                 {},
		`{"TableName":"orders"}`:                                            {},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://dynamodb/", strings.NewReader(body))
		r.Header.Set("X-Amz-Target", "DynamoDB_20120810.GetItem")
		calls, err := service.Calls(r)
		require.NoError(t, err)
		require.Len(t, calls, 1)
		assert.Equal(t, want, calls[0].Context, body)
	}
}

// A function that is stopped in the middle of a request has asked for nothing that its
// role does not allow.
func TestARequestThatBreaksOffIsNotDenied(t *testing.T) {
	gate, served := iam.NewGate(refuse), false
	services := map[string]struct{ target, operation string }{
		"ssm": {"https://ssm/", "AmazonSSM.GetParameter"}, "s3": {"https://b.s3.eu-west-1.amazonaws.com/?replication", ""},
	}
	for name, test := range services {
		handler := gate.Handler(iam.Service{Name: name, Region: "eu-west-1"}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served = true }))
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPut, test.target, iotest.ErrReader(io.ErrUnexpectedEOF))
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+iam.AccessKeyID(role)+"/20260101/eu-west-1/"+name+"/aws4_request, SignedHeaders=host, Signature=00")
		r.Header.Set("X-Amz-Date", "20260101T000000Z")
		if test.operation != "" {
			r.Header.Set("X-Amz-Target", test.operation)
		}
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		assert.Equal(t, http.StatusBadRequest, recorder.Code, name)
		assert.Empty(t, gate.Denied(), name)
	}
	assert.False(t, served)
}

func TestTheOwnerIsNotAsked(t *testing.T) {
	gate := iam.NewGate(refuse)
	handler := gate.Handler(iam.Service{Name: "ssm"}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://ssm/", nil))
	assert.Equal(t, http.StatusNoContent, recorder.Code, "signatures are the services' business")
	assert.Empty(t, gate.Denied())
}

// from is a call to a method of an API from an address.
func from(address string) iam.Call {
	return iam.Call{Action: "execute-api:Invoke", Resource: "arn:aws:execute-api:eu-west-1:111122223333:api/live/GET/a", Context: iam.FromSource(netip.MustParseAddr(address))}
}

func resourcePolicy(t *testing.T, text string) ([]iam.Statement, error) {
	t.Helper()
	var document any
	require.NoError(t, json.Unmarshal([]byte(text), &document))
	return iam.ParseResource(document)
}

func TestAResourcePolicyAdmitsNetworks(t *testing.T) {
	const everything = `"Principal": "*", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*"`
	allowAll := `{"Effect": "Allow", ` + everything + `}`
	for text, verdicts := range map[string]map[string]iam.Verdict{
		allowAll: {"192.0.2.7": iam.Allowed, "2001:db8::7": iam.Allowed},
		allowAll + `, {"Effect": "Deny", ` + everything + `, "Condition": {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "2001:db8::/32"]}}}`: {
			"192.0.2.7": iam.Allowed, "192.0.3.7": iam.Denied, "2001:db8::7": iam.Allowed, "2001:db9::7": iam.Denied, "::ffff:192.0.2.7": iam.Allowed,
		},
		allowAll + `, {"Effect": "Deny", ` + everything + `, "Condition": {"IpAddress": {"AWS:sourceIP": "192.0.2.7"}}}`: {
			"192.0.2.7": iam.Denied, "192.0.2.8": iam.Allowed,
		},
		`{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "execute-api:*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}`: {
			"192.0.2.7": iam.Allowed, "192.0.3.7": iam.Neither,
		},
		`{"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*/POST/*"}`: {"192.0.2.7": iam.Neither},
	} {
		statements, err := resourcePolicy(t, `{"Statement": [`+text+`]}`)
		require.NoError(t, err, text)
		for address, want := range verdicts {
			assert.Equal(t, want, iam.Evaluate(statements, from(address)), "%s from %s", text, address)
		}
	}
}

func TestAResourcePolicyThatCannotBeEvaluatedIsNone(t *testing.T) {
	const start = `{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "a", "Resource": "*"}, {"Effect": "Deny", "Principal": "*", "Action": "a", "Resource": "*"`
	for text, want := range map[string]string{
		`{}`: "Statement: must be a statement or a list of them",
		`{"Statement": {"Effect": "Permit", "Principal": "*"}}`:                               "Statement[0].Effect: must be Allow or Deny, got Permit",
		`{"Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:root"}}}`:     `Statement[0].Principal: must be "*"`,
		`{"Statement": {"Effect": "Allow"}}`:                                                  `Statement[0].Principal: must be "*"`,
		start + `, "NotResource": "b"}]}`:                                                     "Statement[1].NotResource: is not evaluated",
		start + `, "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}]}`:              "Statement[1].Condition.StringEquals: is not evaluated; those that are: IpAddress, NotIpAddress",
		start + `, "Condition": {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}}]}`:          "Statement[1].Condition.IpAddress.aws:VpcSourceIp: is not evaluated; the key that is: aws:SourceIp",
		start + `, "Condition": {"NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "x"]}}}]}`: `Statement[1].Condition.NotIpAddress.aws:SourceIp: must be addresses and networks, got "x"`,
	} {
		_, err := resourcePolicy(t, text)
		require.ErrorContains(t, err, want, text)
	}
	var document any
	require.NoError(t, json.Unmarshal([]byte(`{"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Condition": {"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}}`), &document))
	_, err := iam.Parse(document)
	require.ErrorContains(t, err, "the condition operator NotIpAddress is not evaluated", "the calls of functions have no address here")
}
