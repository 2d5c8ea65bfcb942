// Command handler answers GET /quotes/{author}. API Gateway calls it only with
// a token that was granted the scope quotes/read.
package main

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

var quotes = map[string]string{
	"vogels": "Everything fails all the time.",
}

func main() { lambda.Start(handle) }

func handle(_ context.Context, event events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	quote, known := quotes[event.PathParameters["author"]]
	if !known {
		return answer(http.StatusNotFound, map[string]string{"error": "nothing is known from this author"})
	}
	return answer(http.StatusOK, map[string]string{"quote": quote})
}

func answer(status int, body any) (events.APIGatewayProxyResponse, error) {
	text, err := json.Marshal(body)
	return events.APIGatewayProxyResponse{
		StatusCode: status, Body: string(text), Headers: map[string]string{"Content-Type": "application/json"},
	}, err
}
