package services_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

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

func TestParameters(t *testing.T) {
	r := newRegion("eu-west-1")
	client := ssm.NewFromConfig(serve(t, r.SSM()))
	require.NoError(t, r.PutParameter("/a", "1", "String"))
	_, err := client.PutParameter(t.Context(), &ssm.PutParameterInput{Name: aws.String("/b"), Value: aws.String("2"), Type: ssmtypes.ParameterTypeString})
	require.NoError(t, err)
	_, err = client.PutParameter(t.Context(), &ssm.PutParameterInput{Name: aws.String("/b"), Value: aws.String("3")})
	mustFail(t, err, "ParameterAlreadyExists")
	got, err := client.GetParameters(t.Context(), &ssm.GetParametersInput{Names: []string{"/a", "/b", "/c"}})
	require.NoError(t, err)
	require.Len(t, got.Parameters, 2)
	assert.Equal(t, []string{"/c"}, got.InvalidParameters)
	one, err := client.GetParameter(t.Context(), &ssm.GetParameterInput{Name: aws.String("/b")})
	require.NoError(t, err)
	assert.Equal(t, "2", *one.Parameter.Value)
	assert.Equal(t, "arn:aws:ssm:eu-west-1:111122223333:parameter/b", *one.Parameter.ARN)
	_, err = client.DeleteParameter(t.Context(), &ssm.DeleteParameterInput{Name: aws.String("/b")})
	require.NoError(t, err)
	_, err = client.GetParameter(t.Context(), &ssm.GetParameterInput{Name: aws.String("/b")})
	mustFail(t, err, "ParameterNotFound")
	require.ErrorContains(t, r.PutParameter("/d", strings.Repeat("x", 4097), "String"), "4096 bytes")
	_, exists := r.Parameter("/d")
	assert.False(t, exists)
}

func TestSecretsAreReplicatedWithTheirVersions(t *testing.T) {
	primary, secondary := newRegion("eu-west-1"), newRegion("eu-central-1")
	arn := primary.CreateSecret("orders/clients/partner", "one")
	primary.ReplicateSecret("orders/clients/partner", secondary)
	writer, reader := secretsmanager.NewFromConfig(serve(t, primary.SecretsManager())), secretsmanager.NewFromConfig(serve(t, secondary.SecretsManager()))

	pending, err := writer.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: &arn, SecretString: aws.String("two"),
		ClientRequestToken: aws.String("00000000-0000-0000-0000-000000000002"), VersionStages: []string{"AWSPENDING"}})
	require.NoError(t, err)
	value := func(stage string) (string, error) {
		output, err := reader.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("orders/clients/partner"), VersionStage: &stage})
		if err != nil {
			return "", err
		}
		return *output.SecretString, nil
	}
	current, err := value("AWSCURRENT")
	require.NoError(t, err)
	assert.Equal(t, "one", current)

	described, err := writer.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: &arn})
	require.NoError(t, err)
	var before string
	for version, stages := range described.VersionIdsToStages {
		if stages[0] == "AWSCURRENT" {
			before = version
		}
	}
	_, err = writer.UpdateSecretVersionStage(t.Context(), &secretsmanager.UpdateSecretVersionStageInput{SecretId: &arn,
		VersionStage: aws.String("AWSCURRENT"), MoveToVersionId: pending.VersionId})
	mustFail(t, err, "InvalidParameterException")
	_, err = writer.UpdateSecretVersionStage(t.Context(), &secretsmanager.UpdateSecretVersionStageInput{SecretId: &arn,
		VersionStage: aws.String("AWSCURRENT"), MoveToVersionId: pending.VersionId, RemoveFromVersionId: &before})
	require.NoError(t, err)
	for stage, want := range map[string]string{"AWSCURRENT": "two", "AWSPREVIOUS": "one"} {
		got, err := value(stage)
		require.NoError(t, err)
		assert.Equal(t, want, got, stage)
	}
	_, err = value("AWSNONE")
	mustFail(t, err, "ResourceNotFoundException")
	replica, err := reader.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String(strings.Replace(arn, "eu-west-1", "eu-central-1", 1))})
	require.NoError(t, err)
	assert.Contains(t, *replica.ARN, ":eu-central-1:")
	password, err := writer.GetRandomPassword(t.Context(), &secretsmanager.GetRandomPasswordInput{PasswordLength: aws.Int64(43)})
	require.NoError(t, err)
	assert.Len(t, *password.RandomPassword, 43)
}

func TestKeysOfAnotherRegionAreUnknown(t *testing.T) {
	r := newRegion("eu-west-1")
	_, arn := r.CreateKey()
	client := kms.NewFromConfig(serve(t, r.KMS()))
	generate := func(arn string) error {
		_, err := client.GenerateDataKeyWithoutPlaintext(t.Context(), &kms.GenerateDataKeyWithoutPlaintextInput{KeyId: &arn, KeySpec: kmstypes.DataKeySpecAes256})
		return err
	}
	require.NoError(t, generate(arn))
	mustFail(t, generate(strings.Replace(arn, "eu-west-1", "eu-central-1", 1)), "NotFoundException")
	_, err := client.ListKeys(t.Context(), &kms.ListKeysInput{})
	mustFail(t, err, "UnknownOperationException")
}

func TestCallerIdentity(t *testing.T) {
	identity, err := sts.NewFromConfig(serve(t, newRegion("eu-west-1").STS())).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	require.NoError(t, err)
	assert.Equal(t, account, *identity.Account)
}

func TestAnUnmodifiedClientGetsATokenThatTheKeysVerify(t *testing.T) {
	r := newRegion("eu-west-1")
	id, err := r.CreateUserPool()
	require.NoError(t, err)
	require.NoError(t, r.CreateResourceServer(id, "objects", []string{"read", "write"}))
	_, _, err = r.CreateClient(id, []string{"objects/admin"}, time.Hour)
	require.ErrorContains(t, err, "resource server")
	client, secret, err := r.CreateClient(id, []string{"objects/read", "objects/write"}, time.Hour)
	require.NoError(t, err)
	require.NoError(t, r.CreateDomain(id, "orders"))
	require.ErrorContains(t, r.CreateDomain(id, "orders"), "taken")
	server := httptest.NewTLSServer(r.CognitoDomains())
	t.Cleanup(server.Close)

	get := func(secret string, scopes ...string) (*oauth2.Token, error) {
		transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // a test server's certificate
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
			}}
		ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: transport})
		config := clientcredentials.Config{ClientID: client, ClientSecret: secret, Scopes: scopes,
			TokenURL: "https://orders.auth.eu-west-1.amazoncognito.com/oauth2/token", AuthStyle: oauth2.AuthStyleInHeader}
		return config.Token(ctx)
	}
	_, err = get("wrong")
	require.ErrorContains(t, err, "invalid_client")
	_, err = get(secret, "objects/other")
	require.ErrorContains(t, err, "invalid_scope")
	token, err := get(secret, "objects/read")
	require.NoError(t, err)

	recorder := httptest.NewRecorder()
	r.CognitoIDP().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+id+"/.well-known/jwks.json", nil))
	var keys struct{ Keys []map[string]string }
	require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &keys))
	claims := jwt.MapClaims{}
	parsed, _, err := jwt.NewParser().ParseUnverified(token.AccessToken, claims)
	require.NoError(t, err)
	assert.Equal(t, keys.Keys[0]["kid"], parsed.Header["kid"])
	assert.Equal(t, "https://cognito-idp.eu-west-1.amazonaws.com/"+id, claims["iss"])
	assert.Equal(t, "access", claims["token_use"])
	assert.Equal(t, "objects/read", claims["scope"])
}
