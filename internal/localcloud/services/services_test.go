package services_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/services"
)

const account = "111122223333"

func newRegion(name string) *services.Region { return services.NewRegion(name, account, time.Now) }

// serve returns the configuration of an AWS SDK that talks to a handler.
func serve(t *testing.T, h http.Handler) aws.Config {
	t.Helper()
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: &server.URL, HTTPClient: server.Client(), RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}
}

func mustFail(t *testing.T, err error, code string) {
	t.Helper()
	var failure smithy.APIError
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, code, failure.ErrorCode())
}

func TestCallerIdentity(t *testing.T) {
	identity, err := sts.NewFromConfig(serve(t, newRegion("eu-west-1").STS())).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	assert.Equal(t, account, *identity.Account)
}

func TestWhatIsNotEmulatedSaysSo(t *testing.T) {
	r := newRegion("eu-west-1")
	_, err := sts.NewFromConfig(serve(t, r.STS())).GetSessionToken(t.Context(), &sts.GetSessionTokenInput{})
	mustFail(t, err, "InvalidAction")
	require.ErrorContains(t, err, "GetSessionToken")
}

func TestRequestsThatAreNotJSONAreRefused(t *testing.T) {
	r := newRegion("eu-west-1")
	for name, test := range map[string]struct {
		body   string
		status int
		code   string
	}{
		"not JSON":   {"{", http.StatusBadRequest, "SerializationException"},
		"wrong type": {`{"Name":1}`, http.StatusBadRequest, "SerializationException"},
		"too large":  {strings.Repeat(" ", 1<<20+1), http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException"},
	} {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(test.body))
			request.Header.Set("X-Amz-Target", "AmazonSSM.GetParameter")
			recorder := httptest.NewRecorder()
			r.SSM().ServeHTTP(recorder, request)
			assert.Equal(t, test.status, recorder.Code)
			assert.Equal(t, test.code, recorder.Header().Get("X-Amzn-ErrorType"))
			assert.NotEmpty(t, recorder.Header().Get("X-Amzn-RequestId"))
		})
	}
}

func TestEveryServiceHasItsHostName(t *testing.T) {
	r := newRegion("eu-west-1")
	hosts := r.Handlers()
	for _, host := range []string{"ssm", "secretsmanager", "kms", "sts", "cognito-idp"} {
		assert.Contains(t, hosts, host+".eu-west-1.amazonaws.com")
	}
	assert.Contains(t, hosts, "*.auth.eu-west-1.amazoncognito.com")
	assert.Equal(t, "eu-west-1", r.Name())
}
