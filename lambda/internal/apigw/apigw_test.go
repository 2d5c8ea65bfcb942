package apigw_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/lambda/internal/apigw"
	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// aws-lambda-go leaves the decoding to whatever has this method.
var _ lambda.Handler = apigw.Proxy(nil)

func call(t testing.TB, h http.HandlerFunc, event events.APIGatewayProxyRequest) events.APIGatewayProxyResponse {
	t.Helper()
	answer, err := apigw.Handler(h)(context.Background(), event)
	require.NoError(t, err)
	return answer
}

func TestRequestReachesTheHandlerAsItWasSent(t *testing.T) {
	binary := []byte{0, 1, 0xff, '%'}
	call(t, func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, binary, body)
		require.Equal(t, "/objects/50% off//ü", r.URL.Path)
		require.Equal(t, "/objects/50%25%20off%2F/%C3%BC", r.URL.EscapedPath())
		require.Equal(t, []string{"a", "b c"}, r.URL.Query()["prefix"])
		require.Equal(t, []string{"1", "2"}, r.Header.Values("X-Twice"))
		require.Equal(t, "api.example.com", r.Host)
		require.Equal(t, int64(4), r.ContentLength)
		context, ok := apigw.RequestContext(r.Context())
		require.True(t, ok)
		require.Equal(t, "request-1", context.RequestID)
	}, events.APIGatewayProxyRequest{
		HTTPMethod:                      http.MethodPut,
		Path:                            "/objects/50%25%20off%2F/%C3%BC",
		Body:                            base64.StdEncoding.EncodeToString(binary),
		IsBase64Encoded:                 true,
		MultiValueHeaders:               map[string][]string{"x-twice": {"1", "2"}, "Host": {"api.example.com"}},
		MultiValueQueryStringParameters: map[string][]string{"prefix": {"a", "b c"}},
		RequestContext:                  events.APIGatewayProxyRequestContext{RequestID: "request-1"},
	})
}

// Whatever aws-lambda-go would read or write, Invoke reads and writes, too: a
// stricter decoder would turn requests into 502s.
func TestInvokeReadsAndWritesAsLambdasOwnDecoder(t *testing.T) {
	proxy := apigw.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		context, _ := apigw.RequestContext(r.Context())
		w.Header()["X-Seen"] = []string{r.Method, r.URL.String(), r.Header.Get("A"), context.RequestID, fmt.Sprint(context.Authorizer), "<&>\xff\u2028"}
		w.Header().Set("Content-Type", r.Header.Get("Accept"))
		_, _ = w.Write(body)
	}))
	reference := lambda.NewHandler(func(ctx context.Context, event events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		return proxy(ctx, event)
	})
	for name, payload := range map[string]string{
		"binary":     `{"httpMethod":"PUT","path":"/a%20b","body":"AAH/","isBase64Encoded":true,"multiValueHeaders":{"a":["1"]}}`,
		"text":       `{"httpMethod":"PUT","path":"/","body":"\"\\\u00e9\ud83d\ude00\n<","headers":{"a":"1","accept":"text/plain"}}`,
		"nulls":      `{"httpMethod":"GET","path":"/","body":null,"headers":null,"multiValueHeaders":null,"queryStringParameters":null,"pathParameters":null}`,
		"duplicates": `{"httpMethod":"GET","path":"/x","path":"/y","headers":{"a":"1","a":"2"}}`,
		"not utf-8":  "{\"httpMethod\":\"GET\",\"path\":\"/\",\"body\":\"\xff\",\"headers\":{\"a\":\"\xff\",\"accept\":\"text/plain\"}}",
		"surrogate":  `{"httpMethod":"GET","path":"/","headers":{"a":"\ud800"}}`,
		"unknown":    `{"version":"1.0","httpMethod":"GET","path":"/","new":{"field":[1,2]}}`,
		"context":    `{"httpMethod":"GET","path":"/","requestContext":{"requestId":"r","authorizer":{"scope":"a b","n":1.5},"requestTimeEpoch":1428582896000,"identity":{"sourceIp":"::1"}}}`,
	} {
		want, err := reference.Invoke(t.Context(), []byte(payload))
		require.NoError(t, err, name)
		got, err := proxy.Invoke(t.Context(), []byte(payload))
		require.NoError(t, err, name)
		require.Equal(t, readAnswer(t, want), readAnswer(t, got), name)
	}
	_, err := proxy.Invoke(t.Context(), []byte(`{"path":`))
	require.ErrorContains(t, err, "read the event")
}

func readAnswer(t *testing.T, payload []byte) events.APIGatewayProxyResponse {
	t.Helper()
	var answer events.APIGatewayProxyResponse
	require.NoError(t, json.Unmarshal(payload, &answer))
	return answer
}

func TestSingleValueHeadersAndQueryAreEnough(t *testing.T) {
	call(t, func(_ http.ResponseWriter, r *http.Request) {
		require.Equal(t, "1", r.Header.Get("X-Once"))
		require.Equal(t, "b", r.URL.Query().Get("a"))
	}, events.APIGatewayProxyRequest{
		HTTPMethod: http.MethodGet, Path: "/",
		Headers:               map[string]string{"x-once": "1"},
		QueryStringParameters: map[string]string{"a": "b"},
	})
}

func TestTextStaysTextAndTheRestIsBase64(t *testing.T) {
	for contentType, isBase64 := range map[string]bool{
		"application/json": false, "application/problem+json": false, "text/plain; charset=utf-8": false,
		"image/png": true, "application/octet-stream": true, "": true, "text/latin\xff": true,
	} {
		answer := call(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = w.Write([]byte("hello"))
		}, events.APIGatewayProxyRequest{HTTPMethod: http.MethodGet, Path: "/"})
		require.Equal(t, isBase64, answer.IsBase64Encoded, contentType)
	}
}

func TestTextThatIsNotUTF8IsNotDamaged(t *testing.T) {
	answer := call(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write([]byte{0xff, 0xfe})
	}, events.APIGatewayProxyRequest{HTTPMethod: http.MethodGet, Path: "/"})
	require.True(t, answer.IsBase64Encoded)
}

func TestLargeTextFitsLambdaHoweverItIsEscaped(t *testing.T) {
	for size, isBase64 := range map[int]bool{900_000: false, 900_001: true, 4_500_000: true} {
		answer := call(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = w.Write(bytes.Repeat([]byte{1}, size))
		}, events.APIGatewayProxyRequest{HTTPMethod: http.MethodGet, Path: "/"})
		require.Equal(t, isBase64, answer.IsBase64Encoded, size)
		payload, err := json.Marshal(answer)
		require.NoError(t, err)
		require.Less(t, len(payload), 6<<20, size)
	}
}

func TestLogsHaveLambdasRequestIDWhenAPIGatewayGivesNone(t *testing.T) {
	var logs bytes.Buffer
	previous := slog.Default()
	slog.SetDefault(logging.New(&logs))
	defer slog.SetDefault(previous)
	ctx := lambdacontext.NewContext(context.Background(), &lambdacontext.LambdaContext{AwsRequestID: "lambda-1"})
	_, err := apigw.Handler(http.NotFoundHandler())(ctx, events.APIGatewayProxyRequest{HTTPMethod: http.MethodGet, Path: "/%zz"})
	require.NoError(t, err)
	require.Contains(t, logs.String(), `"requestId":"lambda-1"`)
}

func TestPanicBecomesAProblemAndALogLineWithTheRequestID(t *testing.T) {
	var logs bytes.Buffer
	previous := slog.Default()
	slog.SetDefault(logging.New(&logs))
	defer slog.SetDefault(previous)
	answer := call(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Half", "written")
		panic("boom")
	}, events.APIGatewayProxyRequest{
		HTTPMethod: http.MethodGet, Path: "/",
		RequestContext: events.APIGatewayProxyRequestContext{RequestID: "request-2"},
	})
	require.Equal(t, http.StatusInternalServerError, answer.StatusCode)
	require.NotContains(t, answer.MultiValueHeaders, "X-Half")
	require.NotContains(t, answer.Body, "boom")
	require.Contains(t, logs.String(), `"requestId":"request-2"`)
	require.Contains(t, logs.String(), "boom")
}

func TestMalformedEventsAreTheCallersFault(t *testing.T) {
	for name, event := range map[string]events.APIGatewayProxyRequest{
		"body":   {HTTPMethod: http.MethodPut, Path: "/", Body: "%%%", IsBase64Encoded: true},
		"method": {HTTPMethod: "G E T", Path: "/"},
		"path":   {HTTPMethod: http.MethodGet, Path: "/%zz"},
	} {
		answer := call(t, func(http.ResponseWriter, *http.Request) { t.Error(name) }, event)
		require.Equal(t, http.StatusBadRequest, answer.StatusCode, name)
	}
}

func FuzzHandler(f *testing.F) {
	f.Add("GET", "/objects/a", "", false, "a=b")
	f.Add("PUT", "//%zz", "AAE=", true, "\x00")
	f.Fuzz(func(t *testing.T, method, path, body string, isBase64 bool, value string) {
		answer := call(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(w, r.Body)
		}, events.APIGatewayProxyRequest{
			HTTPMethod: method, Path: path, Body: body, IsBase64Encoded: isBase64,
			MultiValueHeaders:               map[string][]string{"X-Any": {value}},
			MultiValueQueryStringParameters: map[string][]string{"q": {value}},
		})
		if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusBadRequest {
			t.Errorf("status %d", answer.StatusCode)
		}
	})
}
