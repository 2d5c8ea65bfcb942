package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/regionpair/regionpair/internal/localcloud/iam"
)

// caller is a function that calls AWS with the credentials of its role.
type caller struct {
	// name is the logical id, without the hash in it.
	name, stack, region, role string
	credentials               aws.Credentials
	policies                  []rolePolicy
	statements                []iam.Statement
	// stale ones are read again before their next call.
	stale bool
}

type rolePolicy struct {
	name, document string
}

// lambdaFunction is a function as the emulator lists it.
type lambdaFunction struct {
	FunctionName, FunctionArn, Role string
}

// credentials are those that the emulator gives to the function: it derives them
// from the two names.
func (f lambdaFunction) credentials() aws.Credentials {
	hash := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	digest := hash(f.FunctionArn + ":" + f.Role)
	return aws.Credentials{
		AccessKeyID: "ASIA" + strings.ToUpper(digest[:16]), SecretAccessKey: hash("secret:" + digest), SessionToken: hash("token:" + digest),
	}
}

// shortName is the logical id without its hash. CloudFormation names a function
// "<stack>-<logical id>-<suffix>".
func (f lambdaFunction) shortName() string {
	const hash = 8
	parts := strings.Split(f.FunctionName, "-")
	if len(parts) < 3 || len(parts[len(parts)-2]) <= hash {
		return f.FunctionName
	}
	id := parts[len(parts)-2]
	return id[:len(id)-hash]
}

// stack is the name of the function's stack; empty when the name tells none.
func (f lambdaFunction) stack() string {
	const after = 2
	parts := strings.Split(f.FunctionName, "-")
	return strings.Join(parts[:max(0, len(parts)-after)], "-")
}

func (e *emulator) functions(ctx context.Context) ([]lambdaFunction, error) {
	text, err := e.read(ctx, request{service: "lambda", path: "/2015-03-31/functions/"})
	if err != nil {
		return nil, err
	}
	var list struct {
		Functions  []lambdaFunction
		NextMarker string
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("read the functions of %s: %w", e.region, err)
	}
	if list.NextMarker != "" {
		return nil, errPaged
	}
	return list.Functions, nil
}

func (e *emulator) functionNamed(ctx context.Context, shortName string) (lambdaFunction, error) {
	functions, err := e.functions(ctx)
	if err != nil {
		return lambdaFunction{}, err
	}
	for _, function := range functions {
		if function.shortName() == shortName {
			return function, nil
		}
	}
	return lambdaFunction{}, fmt.Errorf("%s has no function %s", e.region, shortName)
}

// caller finds the function with an access key; nil when the Region has none.
func (e *emulator) caller(ctx context.Context, accessKey string) (*caller, error) {
	functions, err := e.functions(ctx)
	if err != nil {
		return nil, err
	}
	for _, function := range functions {
		if function.credentials().AccessKeyID == accessKey {
			return e.callerOf(ctx, function)
		}
	}
	return nil, nil //nolint:nilnil // there is no such function, which is no failure
}

func (e *emulator) callerOf(ctx context.Context, function lambdaFunction) (*caller, error) {
	c := &caller{
		name: function.shortName(), stack: function.stack(), region: e.region, role: function.Role[strings.LastIndex(function.Role, "/")+1:], credentials: function.credentials(),
	}
	var err error
	if c.policies, err = e.rolePolicies(ctx, c.role); err != nil {
		return nil, err
	}
	return c, c.readPolicies()
}

func (c *caller) readPolicies() error {
	for _, policy := range c.policies {
		var document any
		if err := json.Unmarshal([]byte(policy.document), &document); err != nil {
			return fmt.Errorf("read the policy %s of %s: %w", policy.name, c.role, err)
		}
		statements, err := iam.Parse(document)
		if err != nil {
			return fmt.Errorf("the policy %s of %s: %w", policy.name, c.role, err)
		}
		c.statements = append(c.statements, statements...)
	}
	return nil
}

// rolePolicies are the policies of a role. It has no managed ones: a test of the
// stacks holds that.
func (e *emulator) rolePolicies(ctx context.Context, role string) ([]rolePolicy, error) {
	var list struct {
		Names []string `xml:"ListRolePoliciesResult>PolicyNames>member"`
	}
	if err := e.iam(ctx, &list, url.Values{"Action": {"ListRolePolicies"}, "RoleName": {role}}); err != nil {
		return nil, err
	}
	policies := []rolePolicy{}
	for _, name := range list.Names {
		var policy struct {
			Document string `xml:"GetRolePolicyResult>PolicyDocument"`
		}
		if err := e.iam(ctx, &policy, url.Values{"Action": {"GetRolePolicy"}, "RoleName": {role}, "PolicyName": {name}}); err != nil {
			return nil, err
		}
		document, err := url.QueryUnescape(policy.Document)
		if err != nil {
			return nil, fmt.Errorf("read the policy %s of %s: %w", name, role, err)
		}
		policies = append(policies, rolePolicy{name, document})
	}
	return policies, nil
}

func (e *emulator) iam(ctx context.Context, answer any, form url.Values) error {
	text, err := e.read(ctx, request{service: "iam", path: "/", body: form.Encode()})
	if err != nil {
		return fmt.Errorf("%s: %w", form.Get("Action"), err)
	}
	if err := xml.Unmarshal([]byte(text), answer); err != nil {
		return fmt.Errorf("read %s: %w: %s", form.Get("Action"), err, text)
	}
	return nil
}

// carry makes a role with the policies of a caller of another Region and returns
// credentials for it: to AWS, roles are of all Regions.
func (e *emulator) carry(ctx context.Context, c *caller) (aws.Credentials, error) {
	const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":"sts:AssumeRole"}]}`
	status, text, err := e.call(ctx, request{service: "iam", path: "/", body: url.Values{
		"Action": {"CreateRole"}, "RoleName": {c.role}, "AssumeRolePolicyDocument": {trust}}.Encode()})
	if err == nil && status != http.StatusOK && !strings.Contains(text, "EntityAlreadyExists") {
		err = fmt.Errorf("status %d: %s", status, text)
	}
	if err != nil {
		return aws.Credentials{}, fmt.Errorf("carry the role %s to %s: %w", c.role, e.region, err)
	}
	for _, policy := range c.policies {
		if err := e.iam(ctx, &struct{}{}, url.Values{
			"Action": {"PutRolePolicy"}, "RoleName": {c.role}, "PolicyName": {policy.name}, "PolicyDocument": {policy.document}}); err != nil {
			return aws.Credentials{}, err
		}
	}
	text, err = e.read(ctx, request{service: "sts", path: "/", body: url.Values{
		"Action": {"AssumeRole"}, "RoleArn": {"arn:aws:iam::" + account + ":role/" + c.role}, "RoleSessionName": {"carried"}, "Version": {"2011-06-15"}}.Encode()})
	if err != nil {
		return aws.Credentials{}, err
	}
	var session struct {
		AccessKeyID     string `xml:"AssumeRoleResult>Credentials>AccessKeyId"`
		SecretAccessKey string `xml:"AssumeRoleResult>Credentials>SecretAccessKey"`
		SessionToken    string `xml:"AssumeRoleResult>Credentials>SessionToken"`
	}
	if err := xml.Unmarshal([]byte(text), &session); err != nil || session.AccessKeyID == "" {
		return aws.Credentials{}, fmt.Errorf("assume the role %s in %s: %w: %s", c.role, e.region, err, text)
	}
	return aws.Credentials{AccessKeyID: session.AccessKeyID, SecretAccessKey: session.SecretAccessKey, SessionToken: session.SessionToken}, nil
}
