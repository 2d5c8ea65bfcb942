package services_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smtypes "github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/localcloud/services"
)

const clientSecret = "orders/clients/partner"

// replicated is a secret with the value "one" in two Regions.
type replicated struct {
	primary, secondary *services.Region
	arn                string
	writer, reader     *secretsmanager.Client
}

func newReplicated(t *testing.T) *replicated {
	t.Helper()
	r := &replicated{primary: newRegion("eu-west-1"), secondary: newRegion("eu-central-1")}
	r.arn = r.primary.CreateSecret(clientSecret, "one")
	r.primary.ReplicateSecret(clientSecret, r.secondary)
	r.writer = secretsmanager.NewFromConfig(serve(t, r.primary.SecretsManager()))
	r.reader = secretsmanager.NewFromConfig(serve(t, r.secondary.SecretsManager()))
	return r
}

func versionID(n int) *string { return aws.String(fmt.Sprintf("00000000-0000-0000-0000-%012d", n)) }

func put(t *testing.T, c *secretsmanager.Client, id *string, value string, stages ...string) (*secretsmanager.PutSecretValueOutput, error) {
	t.Helper()
	return c.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{
		SecretId: aws.String(clientSecret), ClientRequestToken: id, SecretString: &value, VersionStages: stages,
	})
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

func TestAReplicaIsChangedThroughItsPrimaryUntilItIsPromoted(t *testing.T) {
	r := newReplicated(t)
	_, err := put(t, r.reader, nil, "two")
	mustFail(t, err, "InvalidParameterException")
	require.ErrorContains(t, err, "replica secret")
	described, err := r.reader.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String(clientSecret)})
	require.NoError(t, err)
	assert.Equal(t, "eu-west-1", *described.PrimaryRegion)
	described, err = r.writer.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String(clientSecret)})
	require.NoError(t, err)
	require.Len(t, described.ReplicationStatus, 1)
	assert.Equal(t, smtypes.StatusTypeInSync, described.ReplicationStatus[0].Status)

	promote := &secretsmanager.StopReplicationToReplicaInput{SecretId: aws.String(clientSecret)}
	_, err = r.writer.StopReplicationToReplica(t.Context(), promote)
	mustFail(t, err, "InvalidParameterException")
	_, err = r.reader.StopReplicationToReplica(t.Context(), promote)
	require.NoError(t, err)
	_, err = put(t, r.reader, nil, "two")
	require.NoError(t, err)
	_, err = put(t, r.writer, nil, "three")
	require.NoError(t, err)
	value, _ := r.secondary.SecretValue(clientSecret)
	assert.Equal(t, "two", value, "a promoted copy goes its own way")
	described, err = r.writer.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String(clientSecret)})
	require.NoError(t, err)
	assert.Empty(t, described.ReplicationStatus)
}

// replicate calls ReplicateSecretToRegions and returns the state of the only copy.
func (r *replicated) replicate(t *testing.T, overwrite bool, region string) (smtypes.ReplicationStatusType, error) {
	t.Helper()
	answer, err := r.writer.ReplicateSecretToRegions(t.Context(), &secretsmanager.ReplicateSecretToRegionsInput{
		SecretId: aws.String(clientSecret), AddReplicaRegions: []smtypes.ReplicaRegionType{{Region: &region}}, ForceOverwriteReplicaSecret: overwrite,
	})
	if err != nil {
		return smtypes.ReplicationStatusType{}, err
	}
	require.Len(t, answer.ReplicationStatus, 1)
	return answer.ReplicationStatus[0], nil
}

func TestReplicatingOverASecretOfTheSameName(t *testing.T) {
	r := newReplicated(t)
	r.primary.Reach(func(name string) *services.Region {
		return map[string]*services.Region{"eu-west-1": r.primary, "eu-central-1": r.secondary}[name]
	})
	_, err := r.reader.StopReplicationToReplica(t.Context(), &secretsmanager.StopReplicationToReplicaInput{SecretId: aws.String(clientSecret)})
	require.NoError(t, err)
	_, err = put(t, r.writer, nil, "two")
	require.NoError(t, err)

	for range 2 {
		state, err := r.replicate(t, false, "eu-central-1")
		require.NoError(t, err)
		assert.Equal(t, smtypes.StatusTypeFailed, state.Status)
		assert.Contains(t, *state.StatusMessage, "already exists in region eu-central-1")
	}
	_, err = put(t, r.writer, nil, "three")
	require.NoError(t, err)
	value, _ := r.secondary.SecretValue(clientSecret)
	assert.Equal(t, "one", value, "the name is taken")

	state, err := r.replicate(t, true, "eu-central-1")
	require.NoError(t, err)
	assert.Equal(t, smtypes.StatusTypeInSync, state.Status)
	value, _ = r.secondary.SecretValue(clientSecret)
	assert.Equal(t, "three", value)
	_, err = put(t, r.writer, nil, "four")
	require.NoError(t, err)
	value, _ = r.secondary.SecretValue(clientSecret)
	assert.Equal(t, "four", value, "the copy follows again")
	_, err = put(t, r.reader, nil, "five")
	mustFail(t, err, "InvalidParameterException")
}

func TestReplicationThatCannotBegin(t *testing.T) {
	r := newReplicated(t)
	r.primary.Reach(func(name string) *services.Region { return map[string]*services.Region{"eu-west-1": r.primary}[name] })
	for _, region := range []string{"eu-west-1", "eu-nowhere-1"} {
		_, err := r.replicate(t, true, region)
		mustFail(t, err, "InvalidParameterException")
	}
	r.secondary.Reach(func(string) *services.Region { return r.primary })
	r.writer = r.reader
	_, err := r.replicate(t, true, "eu-west-1")
	mustFail(t, err, "InvalidParameterException")
	require.ErrorContains(t, err, "replica secret")
}

func TestPuttingAVersionTwice(t *testing.T) {
	r := newReplicated(t)
	for range 2 {
		_, err := put(t, r.writer, versionID(2), "two", "AWSPENDING")
		require.NoError(t, err)
	}
	_, err := put(t, r.writer, versionID(2), "other", "AWSPENDING")
	mustFail(t, err, "ResourceExistsException")
	_, err = put(t, r.writer, aws.String("short"), "x")
	mustFail(t, err, "InvalidParameterException")
	value, _ := r.primary.SecretValue(clientSecret)
	assert.Equal(t, "one", value)
}

func TestStagesThatCannotBeMoved(t *testing.T) {
	r := newReplicated(t)
	move := func(stage string, to, from *string) error {
		_, err := r.writer.UpdateSecretVersionStage(t.Context(), &secretsmanager.UpdateSecretVersionStageInput{
			SecretId: aws.String(clientSecret), VersionStage: &stage, MoveToVersionId: to, RemoveFromVersionId: from,
		})
		return err
	}
	_, err := put(t, r.writer, versionID(2), "two", "AWSPENDING")
	require.NoError(t, err)
	mustFail(t, move("AWSCURRENT", versionID(9), nil), "ResourceNotFoundException")
	mustFail(t, move("AWSCURRENT", versionID(2), nil), "InvalidParameterException")
	mustFail(t, move("AWSCURRENT", nil, versionID(2)), "InvalidParameterException")
	mustFail(t, move("AWSPENDING", nil, nil), "InvalidParameterException")
	require.NoError(t, move("AWSPENDING", nil, versionID(2)))
	_, err = r.writer.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String(clientSecret), VersionStage: aws.String("AWSPENDING")})
	mustFail(t, err, "ResourceNotFoundException")
}

func TestUnknownSecrets(t *testing.T) {
	r := newReplicated(t)
	none := aws.String("none")
	_, err := r.writer.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: none})
	mustFail(t, err, "ResourceNotFoundException")
	_, err = r.writer.StopReplicationToReplica(t.Context(), &secretsmanager.StopReplicationToReplicaInput{SecretId: none})
	mustFail(t, err, "ResourceNotFoundException")
	_, err = r.writer.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: none, SecretString: aws.String("x")})
	mustFail(t, err, "ResourceNotFoundException")
	_, exists := r.primary.SecretValue("none")
	assert.False(t, exists)
}

func TestConcurrentChangesEndEqualInBothRegions(t *testing.T) {
	r := newReplicated(t)
	var group sync.WaitGroup
	for writer := range 8 {
		group.Go(func() {
			for i := range 10 {
				_, err := put(t, r.writer, versionID(1000*writer+i), fmt.Sprintf("%d/%d", writer, i))
				assert.NoError(t, err)
			}
		})
	}
	group.Wait()
	want, _ := r.primary.SecretValue(clientSecret)
	got, _ := r.secondary.SecretValue(clientSecret)
	assert.Equal(t, want, got)
}

func TestRandomPasswordsKeepTheirRules(t *testing.T) {
	client := secretsmanager.NewFromConfig(serve(t, newRegion("eu-west-1").SecretsManager()))
	const letters, digits = "abcdefghijklmnopqrstuvwxyz", "0123456789"
	for name, test := range map[string]struct {
		rules     secretsmanager.GetRandomPasswordInput
		length    int
		has, lack string
	}{
		"defaults":       {secretsmanager.GetRandomPasswordInput{}, 32, letters, " "},
		"no punctuation": {secretsmanager.GetRandomPasswordInput{ExcludePunctuation: aws.Bool(true), PasswordLength: aws.Int64(200)}, 200, digits, "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ "},
		"digits only": {secretsmanager.GetRandomPasswordInput{ExcludePunctuation: aws.Bool(true), ExcludeLowercase: aws.Bool(true), ExcludeUppercase: aws.Bool(true),
			ExcludeCharacters: aws.String("01"), PasswordLength: aws.Int64(100)}, 100, "23456789", letters + strings.ToUpper(letters) + "01"},
		"one of each": {secretsmanager.GetRandomPasswordInput{PasswordLength: aws.Int64(5), IncludeSpace: aws.Bool(true)}, 5, " ", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				output, err := client.GetRandomPassword(t.Context(), &test.rules)
				require.NoError(t, err)
				assert.Len(t, *output.RandomPassword, test.length)
				assert.True(t, strings.ContainsAny(*output.RandomPassword, test.has), *output.RandomPassword)
				assert.False(t, strings.ContainsAny(*output.RandomPassword, test.lack), *output.RandomPassword)
			}
		})
	}
	for name, rules := range map[string]secretsmanager.GetRandomPasswordInput{
		"too long":     {PasswordLength: aws.Int64(4097)},
		"too short":    {PasswordLength: aws.Int64(3)},
		"nothing left": {ExcludePunctuation: aws.Bool(true), ExcludeLowercase: aws.Bool(true), ExcludeUppercase: aws.Bool(true), ExcludeNumbers: aws.Bool(true)},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := client.GetRandomPassword(t.Context(), &rules)
			mustFail(t, err, "InvalidParameterException")
		})
	}
}
