package services_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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

func TestParametersThatParameterStoreRefuses(t *testing.T) {
	client := ssm.NewFromConfig(serve(t, newRegion("eu-west-1").SSM()))
	put := func(value string, kind ssmtypes.ParameterType) error {
		_, err := client.PutParameter(t.Context(), &ssm.PutParameterInput{Name: aws.String("/a"), Value: &value, Type: kind})
		return err
	}
	mustFail(t, put("x", ""), "ValidationException")
	mustFail(t, put("x", "Number"), "ValidationException")
	mustFail(t, put("", ssmtypes.ParameterTypeString), "ValidationException")
	mustFail(t, put(strings.Repeat("x", 4097), ssmtypes.ParameterTypeString), "ValidationException")
	described := func(characters int) error {
		_, err := client.PutParameter(t.Context(), &ssm.PutParameterInput{
			Name: aws.String("/d"), Value: aws.String("x"), Type: ssmtypes.ParameterTypeString, Description: aws.String(strings.Repeat("ü", characters)),
		})
		return err
	}
	mustFail(t, described(1025), "ValidationException")
	require.NoError(t, described(1024))
	_, err := client.GetParameters(t.Context(), &ssm.GetParametersInput{Names: []string{"/a", "/b", "/a"}})
	mustFail(t, err, "ValidationException")
	_, err = client.GetParameters(t.Context(), &ssm.GetParametersInput{Names: make([]string, 11)})
	mustFail(t, err, "ValidationException")
	_, err = client.DeleteParameter(t.Context(), &ssm.DeleteParameterInput{Name: aws.String("/a")})
	mustFail(t, err, "ParameterNotFound")
}

func TestOverwritingCountsVersions(t *testing.T) {
	r := newRegion("eu-west-1")
	client := ssm.NewFromConfig(serve(t, r.SSM()))
	for version := int64(1); version <= 3; version++ {
		output, err := client.PutParameter(t.Context(), &ssm.PutParameterInput{
			Name: aws.String("/a"), Value: aws.String("x"), Type: ssmtypes.ParameterTypeString, Overwrite: aws.Bool(true),
		})
		require.NoError(t, err)
		assert.Equal(t, version, output.Version)
	}
	value, exists := r.Parameter("/a")
	assert.True(t, exists)
	assert.Equal(t, "x", value)
	assert.Equal(t, "arn:aws:ssm:eu-west-1:111122223333:parameter/flat", r.ParameterARN("flat"))
}
