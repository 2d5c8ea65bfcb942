package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"github.com/regionpair/regionpair/internal/route"
	"github.com/regionpair/regionpair/lambda/internal/issuers"
)

const invoke = "execute-api:Invoke"

// policyFor says whether the token may call the route. API Gateway keeps the
// answer for the token on this route alone; it still names the route, so
// that it opens no other one should it ever be applied to it.
func policyFor(token issuers.Token, access route.Access, stage string) events.APIGatewayCustomAuthorizerPolicy {
	policy := events.APIGatewayCustomAuthorizerPolicy{Version: "2012-10-17"}
	if slices.ContainsFunc(access.Scopes, func(scopes []string) bool { return !token.Has(scopes...) }) {
		policy.Statement = []events.IAMPolicyStatement{statement("Deny", stage+"*")}
		return policy
	}
	policy.Statement = []events.IAMPolicyStatement{statement("Allow", stage+access.Allow)}
	if len(access.Deny) > 0 {
		guards := make([]string, 0, len(access.Deny))
		for _, pattern := range access.Deny {
			guards = append(guards, stage+pattern)
		}
		policy.Statement = append(policy.Statement, statement("Deny", guards...))
	}
	return policy
}

func statement(effect string, resources ...string) events.IAMPolicyStatement {
	return events.IAMPolicyStatement{Action: []string{invoke}, Effect: effect, Resource: resources}
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
