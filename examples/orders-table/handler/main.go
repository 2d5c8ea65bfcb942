// Command handler is an orders API over a DynamoDB table:
//
//	PUT   /orders/{id}        create an order; repeating it changes nothing
//	GET   /orders/{id}        read it
//	GET   /orders?customer=c  list those of a customer
//	PATCH /orders/{id}        change its status, from a version that you have read
//
// Every write has a condition, so that a request that is repeated, in this Region
// or after a failover in the other one, does its work once.
package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/regionpair/regionpair/lambda/fence"
)

func main() {
	config, err := config.LoadDefaultConfig(context.Background(), config.WithRetryer(retryer))
	if err != nil {
		panic(err)
	}
	fence, err := fence.FromEnvironment(context.Background())
	if err != nil {
		panic(err)
	}
	a := &api{store{client: dynamodb.NewFromConfig(config), table: os.Getenv("TABLE_ORDERS")}, fence}
	lambda.Start(a.handle)
}

// retryer also repeats a write that met one of the other Region, which strongly
// consistent tables refuse.
func retryer() aws.Retryer {
	return retry.AddWithErrorCodes(retry.NewStandard(), "ReplicatedWriteConflictException")
}

type (
	request  = events.APIGatewayProxyRequest
	response = events.APIGatewayProxyResponse
)

type api struct {
	store store
	fence *fence.Fence
}

func (a *api) handle(ctx context.Context, r request) (response, error) {
	if r.HTTPMethod != http.MethodGet && a.fence.ClosedForWrites(ctx) {
		// A planned switch moves the clients to the other Region.
		refusal, err := problem(http.StatusServiceUnavailable, "this Region takes no writes at the moment: retry")
		refusal.Headers["Retry-After"] = fence.RetryAfter
		return refusal, err
	}
	switch r.HTTPMethod + " " + r.Resource {
	case "GET /orders":
		return a.list(ctx, r)
	case "GET /orders/{id}":
		return a.read(ctx, r)
	case "PUT /orders/{id}":
		return a.create(ctx, r)
	case "PATCH /orders/{id}":
		return a.change(ctx, r)
	}
	return problem(http.StatusNotFound, "there is no such route")
}

func (a *api) create(ctx context.Context, r request) (response, error) {
	var o order
	if err := decode(r, &o); err != nil || o.Customer == "" || o.Item == "" {
		return problem(http.StatusBadRequest, `the body must be {"customer": "...", "item": "..."}`)
	}
	o.ID, o.Status, o.Version = r.PathParameters["id"], "open", 1
	err := a.store.create(ctx, o)
	if errors.Is(err, errExists) {
		// The first attempt may have come through while its answer did not.
		found, err := a.store.read(ctx, o.ID)
		if err != nil {
			return response{}, err
		}
		if found.Customer == o.Customer && found.Item == o.Item {
			return answer(http.StatusOK, found)
		}
		return problem(http.StatusConflict, "there is another order with this id")
	}
	if err != nil {
		return response{}, err
	}
	return answer(http.StatusCreated, o)
}

func (a *api) read(ctx context.Context, r request) (response, error) {
	o, err := a.store.read(ctx, r.PathParameters["id"])
	if errors.Is(err, errMissing) {
		return problem(http.StatusNotFound, "there is no such order")
	}
	if err != nil {
		return response{}, err
	}
	return answer(http.StatusOK, o)
}

func (a *api) list(ctx context.Context, r request) (response, error) {
	customer := r.QueryStringParameters["customer"]
	if customer == "" {
		return problem(http.StatusBadRequest, "say whose orders: ?customer=...")
	}
	orders, err := a.store.of(ctx, customer)
	if err != nil {
		return response{}, err
	}
	return answer(http.StatusOK, map[string]any{"orders": orders})
}

func (a *api) change(ctx context.Context, r request) (response, error) {
	var change struct {
		Status  string `json:"status"`
		Version int    `json:"version"`
	}
	if err := decode(r, &change); err != nil || change.Status == "" || change.Version < 1 {
		return problem(http.StatusBadRequest, `the body must be {"status": "...", "version": 1}`)
	}
	o, err := a.store.change(ctx, r.PathParameters["id"], change.Status, change.Version)
	if errors.Is(err, errStale) {
		return problem(http.StatusConflict, "the order has changed since you read that version")
	}
	if err != nil {
		return response{}, err
	}
	return answer(http.StatusOK, o)
}

// decode reads a body, which API Gateway passes on in base64.
func decode(r request, into any) error {
	body := []byte(r.Body)
	if r.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(r.Body); err != nil {
			return err
		}
	}
	return json.Unmarshal(body, into)
}

func problem(status int, detail string) (response, error) {
	return answer(status, map[string]string{"detail": detail})
}

func answer(status int, body any) (response, error) {
	text, err := json.Marshal(body)
	return response{StatusCode: status, Body: string(text), Headers: map[string]string{"Content-Type": "application/json"}}, err
}
