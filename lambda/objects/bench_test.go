package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

var kibibyte = bytes.Repeat([]byte("x"), 1024)

// instantly is S3 without a network, so that only our own time is measured.
var instantly = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"abc"`)
	w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
	if r.Method == http.MethodGet {
		_, _ = w.Write(kibibyte)
	}
})

func benchmarkEvent(b *testing.B, event events.APIGatewayProxyRequest, want int) {
	serve := newAPIInMemory(instantly).proxy()
	b.ReportAllocs()
	for b.Loop() {
		answer, err := serve(context.Background(), event)
		if err != nil || answer.StatusCode != want {
			b.Fatal(answer.StatusCode, err)
		}
	}
}

func BenchmarkPut1KiB(b *testing.B) {
	benchmarkEvent(b, events.APIGatewayProxyRequest{
		HTTPMethod: "PUT", Path: "/objects/a%20b", Body: base64.StdEncoding.EncodeToString(kibibyte), IsBase64Encoded: true,
		Headers: map[string]string{"Content-Type": "image/png", "X-Amz-Meta-Owner": "ops"},
	}, http.StatusNoContent)
}

// BenchmarkPut1MiBEvent is the whole way of an event: from the bytes that
// Lambda hands over to those that it gets back.
func BenchmarkPut1MiBEvent(b *testing.B) {
	event, err := json.Marshal(events.APIGatewayProxyRequest{
		HTTPMethod: "PUT", Path: "/objects/a%20b", IsBase64Encoded: true,
		Body:    base64.StdEncoding.EncodeToString(bytes.Repeat(kibibyte, 1024)),
		Headers: map[string]string{"Content-Type": "image/png", "X-Amz-Meta-Owner": "ops"},
	})
	if err != nil {
		b.Fatal(err)
	}
	handler := lambda.NewHandler(newAPIInMemory(instantly).proxy())
	b.ReportAllocs()
	for b.Loop() {
		answer, err := handler.Invoke(context.Background(), event)
		if err != nil || !bytes.Contains(answer, []byte(`"statusCode":204`)) {
			b.Fatal(string(answer), err)
		}
	}
}

func BenchmarkGet1KiB(b *testing.B) {
	benchmarkEvent(b, events.APIGatewayProxyRequest{HTTPMethod: "GET", Path: "/objects/a%20b"}, http.StatusOK)
}

// BenchmarkBarePut1KiB is the SDK's share of BenchmarkPut1KiB.
func BenchmarkBarePut1KiB(b *testing.B) {
	a := newAPIInMemory(instantly)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.client.PutObject(context.Background(), &s3.PutObjectInput{
			Bucket: &a.bucket, Key: aws.String("a b"), Body: bytes.NewReader(kibibyte),
			ContentType: aws.String("image/png"), Metadata: map[string]string{"owner": "ops"},
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBareGet1KiB is the SDK's share of BenchmarkGet1KiB.
func BenchmarkBareGet1KiB(b *testing.B) {
	a := newAPIInMemory(instantly)
	b.ReportAllocs()
	for b.Loop() {
		output, err := a.client.GetObject(context.Background(), &s3.GetObjectInput{Bucket: &a.bucket, Key: aws.String("a b")})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadAll(output.Body); err != nil {
			b.Fatal(err)
		}
		_ = output.Body.Close()
	}
}
