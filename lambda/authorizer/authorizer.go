package main

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/route"
	"github.com/regionpair/regionpair/lambda/internal/issuers"
	"github.com/regionpair/regionpair/lambda/internal/logging"
)

var (
	// errUnauthorized has the text that makes API Gateway answer 401; any
	// other text becomes a 500.
	errUnauthorized = errors.New("Unauthorized")
	errUndecided    = errors.New("the token cannot be checked now")
)

type authorizer struct {
	verifier *issuers.Verifier
	table    *route.Table
}

// handle answers with a policy for the token on the route that API Gateway has
// chosen. Without a valid token the error is "Unauthorized"; when the keys
// cannot be had it is another one, because a policy would be kept and refuse a
// token that may be good.
func (a *authorizer) handle(ctx context.Context, request events.APIGatewayCustomAuthorizerRequestTypeRequest) (events.APIGatewayCustomAuthorizerResponse, error) {
	ctx = withRequestID(ctx)
	var none events.APIGatewayCustomAuthorizerResponse
	stage, err := stageOf(request.MethodArn)
	if err != nil {
		logging.From(ctx).Error("refuse a malformed event", "error", err)
		return none, errUndecided
	}
	access, known := a.table.Find(request.HTTPMethod, request.Resource, request.Path)
	if !known {
		// The API is ahead of this function, or another one uses it: an answer
		// would be kept.
		logging.From(ctx).Error("leave a route undecided", "method", request.HTTPMethod, "resource", request.Resource)
		return none, errUndecided
	}
	token, err := a.verify(ctx, authorizationOf(request.MultiValueHeaders))
	switch {
	case errors.Is(err, issuers.ErrInvalid):
		logging.From(ctx).Info("refuse a token", "reason", err.Error())
		return none, errUnauthorized
	case err != nil:
		logging.From(ctx).Error("leave a token undecided", "error", err)
		return none, errUndecided
	}
	clientID, scopes := identify(token)
	return events.APIGatewayCustomAuthorizerResponse{
		PrincipalID:    clientID,
		PolicyDocument: policyFor(token, access, stage),
		Context:        map[string]any{"clientId": clientID, "scope": strings.Join(scopes, " ")},
	}, nil
}

// identify returns the stable client id, the same in both Regions, and the scopes
// without the one that names it. A token that was not got from the token endpoint
// has no such scope and is known by its app client.
func identify(token issuers.Token) (clientID string, scopes []string) {
	clientID = token.ClientID
	for _, scope := range token.Scopes {
		if id, found := strings.CutPrefix(scope, contract.ClientScope("")); found {
			clientID = id
			continue
		}
		scopes = append(scopes, scope)
	}
	return clientID, scopes
}

// authorizationOf returns the Authorization header, and nothing when there are
// several: which of them API Gateway has kept the decision for is not certain.
// It keeps the case that the caller wrote names in.
func authorizationOf(headers map[string][]string) string {
	var found []string
	for name, values := range headers {
		if strings.EqualFold(name, "Authorization") {
			found = append(found, values...)
		}
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// verify takes the header apart by RFC 9110: the scheme in any case, then one
// space or more.
func (a *authorizer) verify(ctx context.Context, header string) (issuers.Token, error) {
	scheme, text, found := strings.Cut(header, " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return issuers.Token{}, issuers.ErrInvalid
	}
	return a.verifier.Verify(ctx, strings.TrimLeft(text, " "))
}

func withRequestID(ctx context.Context) context.Context {
	if lambdaContext, ok := lambdacontext.FromContext(ctx); ok {
		return logging.With(ctx, "requestId", lambdaContext.AwsRequestID)
	}
	return ctx
}
