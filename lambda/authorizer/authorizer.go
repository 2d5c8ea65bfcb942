package main

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"

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
	routes   []route
}

// handle answers with a policy for the token. Without a valid token the error
// is "Unauthorized"; when the keys cannot be had it is another one, because a
// policy would be kept and refuse a token that may be good.
func (a *authorizer) handle(ctx context.Context, request events.APIGatewayCustomAuthorizerRequest) (events.APIGatewayCustomAuthorizerResponse, error) {
	ctx = withRequestID(ctx)
	var none events.APIGatewayCustomAuthorizerResponse
	stage, err := stageOf(request.MethodArn)
	if err != nil {
		logging.From(ctx).Error("refuse a malformed event", "error", err)
		return none, errUndecided
	}
	token, err := a.verify(ctx, request.AuthorizationToken)
	switch {
	case errors.Is(err, issuers.ErrInvalid):
		logging.From(ctx).Info("refuse a token", "reason", err.Error())
		return none, errUnauthorized
	case err != nil:
		logging.From(ctx).Error("leave a token undecided", "error", err)
		return none, errUndecided
	}
	return events.APIGatewayCustomAuthorizerResponse{
		PrincipalID:    token.ClientID,
		PolicyDocument: policyFor(token, a.routes, stage),
		Context:        map[string]any{"clientId": token.ClientID, "scope": strings.Join(token.Scopes, " ")},
	}, nil
}

func (a *authorizer) verify(ctx context.Context, header string) (issuers.Token, error) {
	scheme, text, found := strings.Cut(header, " ")
	if !found || !strings.EqualFold(scheme, "Bearer") {
		return issuers.Token{}, issuers.ErrInvalid
	}
	return a.verifier.Verify(ctx, text)
}

func withRequestID(ctx context.Context) context.Context {
	if lambdaContext, ok := lambdacontext.FromContext(ctx); ok {
		return logging.With(ctx, "requestId", lambdaContext.AwsRequestID)
	}
	return ctx
}
