package main

import (
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/regionpair/regionpair/lambda/internal/apigw"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

// BenchmarkCachedToken is the whole function for a token that is kept: event
// in, answer, log line and metric out.
func BenchmarkCachedToken(b *testing.B) {
	w := newWorld(b)
	previous := slog.Default()
	slog.SetDefault(logging.New(io.Discard))
	defer slog.SetDefault(previous)
	w.endpoint.source.metrics = metric.NewCounter(io.Discard, "token-function")
	proxy := apigw.Handler(w.endpoint.routes())
	event := events.APIGatewayProxyRequest{
		HTTPMethod: http.MethodPost, Path: issuePath,
		Body: base64.StdEncoding.EncodeToString([]byte(goodForm)), IsBase64Encoded: true,
		MultiValueHeaders: map[string][]string{
			"Content-Type":  {"application/x-www-form-urlencoded"},
			"Authorization": {basic(billing, billingSecret)},
		},
	}
	b.ReportAllocs()
	for b.Loop() {
		response, err := proxy(b.Context(), event)
		if err != nil || response.StatusCode != http.StatusOK {
			b.Fatal(response.StatusCode, err)
		}
	}
	if asked := len(w.pool.requests()); asked != 1 {
		b.Fatalf("asked Cognito %d times", asked)
	}
}
