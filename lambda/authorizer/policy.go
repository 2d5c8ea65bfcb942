package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/regionpair/regionpair/lambda/internal/issuers"
)

const invoke = "execute-api:Invoke"

// policyFor says which routes the token may call. API Gateway keeps the policy
// for all requests with the same token, so it has to name every route and not
// just the one that is called now.
func policyFor(token issuers.Token, routes []route, stage string) events.APIGatewayCustomAuthorizerPolicy {
	var allowed, refused []route
	for _, r := range routes {
		if token.Has(r.Scopes...) {
			allowed = append(allowed, r)
		} else {
			refused = append(refused, r)
		}
	}
	policy := events.APIGatewayCustomAuthorizerPolicy{Version: "2012-10-17"}
	if len(allowed) == 0 {
		policy.Statement = []events.IAMPolicyStatement{statement("Deny", []string{stage + "*"})}
		return policy
	}
	policy.Statement = append(policy.Statement, statement("Allow", resources(stage, allowed)))
	if exceptions := coveredBy(allowed, refused); len(exceptions) > 0 {
		policy.Statement = append(policy.Statement, statement("Deny", resources(stage, exceptions)))
	}
	return policy
}

// coveredBy returns the refused routes that a wildcard of an allowed route
// would open: in a policy "/a/*" also means "/a/1/admin". A refused route with
// the very pattern of an allowed one cannot be told apart by a policy and
// stays closed, too.
func coveredBy(allowed, refused []route) []route {
	var exceptions []route
	for _, r := range refused {
		if slices.ContainsFunc(allowed, func(a route) bool { return a.covers(r) }) {
			exceptions = append(exceptions, r)
		}
	}
	return exceptions
}

func statement(effect string, resources []string) events.IAMPolicyStatement {
	return events.IAMPolicyStatement{Action: []string{invoke}, Effect: effect, Resource: resources}
}

func resources(stage string, routes []route) []string {
	list := make([]string, 0, len(routes))
	for _, r := range routes {
		list = append(list, stage+r.pattern())
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// stageOf returns the part of a method's ARN that all methods of its stage
// have in common: "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/live/".
func stageOf(methodARN string) (string, error) {
	parts := strings.SplitN(methodARN, "/", 3)
	if len(parts) < 3 || !strings.HasPrefix(methodARN, "arn:") || parts[1] == "" {
		return "", fmt.Errorf("'methodArn' must be arn:…:<api>/<stage>/<method>/<path>, got %q", methodARN)
	}
	return parts[0] + "/" + parts[1] + "/", nil
}
