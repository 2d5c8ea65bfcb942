// Package restapi is the data plane of API Gateway REST APIs: it takes the
// AWS::ApiGateway resources of a deployed template and answers HTTP requests as
// the service would, with Lambda functions behind it.
//
// Paths: event.path, event.pathParameters and the method ARN carry the path as
// the client sent it, percent-encoding included; only the query string arrives
// decoded. This is what REST APIs do, unlike HTTP APIs. Recorded on AWS:
// localstack/localstack tests/aws/services/apigateway/test_apigateway_lambda.snapshot.json
// ("invocation-payload-with-path-encoded-email", 2024-07-10, "test%2Balias" in
// both fields) and hotsock/voker vokerhttp/paths_test.go (July 2026: "the
// encoded path is preserved by REST"). A function therefore has to unescape the
// path exactly once to get the key "a b" of "/objects/a%20b".
//
// Throttling: "per-API, per-stage throttling limits are applied at the API
// method level" (API Gateway developer guide, request throttling): the limit
// that a stage sets for all methods is a bucket of its own for each method.
package restapi
