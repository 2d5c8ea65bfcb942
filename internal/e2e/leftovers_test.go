package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/assembly"
)

func TestRetainedIsWhatTheTemplateKeeps(t *testing.T) {
	template := assembly.Template{Resources: map[string]assembly.Resource{
		"Bucket":   {Type: "AWS::S3::Bucket", DeletionPolicy: "RetainExceptOnCreate"},
		"Pool":     {Type: "AWS::Cognito::UserPool", DeletionPolicy: "Retain"},
		"Key":      {Type: "AWS::KMS::Key", DeletionPolicy: "Delete"},
		"Function": {Type: "AWS::Lambda::Function"},
		"Account":  {Type: "AWS::ApiGateway::Account", DeletionPolicy: "Retain"},
	}}

	kept, err := retainedBy(template, map[string]string{"Bucket": "b", "Pool": "p", "Key": "k", "Function": "f", "Account": "a"})

	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"AWS::S3::Bucket b", "AWS::Cognito::UserPool p"}, kept)
}

func TestRetainedMustBeListedAndDeployed(t *testing.T) {
	table := assembly.Template{Resources: map[string]assembly.Resource{"Table": {Type: "AWS::DynamoDB::Table", DeletionPolicy: "Retain"}}}
	_, err := retainedBy(table, map[string]string{"Table": "t"})
	require.ErrorContains(t, err, "nobody lists a AWS::DynamoDB::Table")

	bucket := assembly.Template{Resources: map[string]assembly.Resource{"Bucket": {Type: "AWS::S3::Bucket", DeletionPolicy: "Retain"}}}
	_, err = retainedBy(bucket, nil)
	require.ErrorContains(t, err, "does not exist")
}

func TestDifferenceLooksBothWays(t *testing.T) {
	assert.Empty(t, difference("r", []string{"T a", "T b"}, []string{"T b", "T a"}))

	problems := difference("r", []string{"T a", "T b"}, []string{"T b", "T c"})
	require.Len(t, problems, 2)
	require.EqualError(t, problems[0], "r: T c is left")
	require.EqualError(t, problems[1], "r: T a is gone and was to be retained")
}
