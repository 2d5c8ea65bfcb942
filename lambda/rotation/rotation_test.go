package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

var steps = []string{"createSecret", "setSecret", "testSecret", "finishSecret"}

func run(t *testing.T, r *rotation, step string) error {
	t.Helper()
	return r.handle(t.Context(), events.SecretsManagerSecretRotationEvent{SecretID: secretID, ClientRequestToken: second, Step: step})
}

func newRotation(t *testing.T, s *secret) *rotation {
	t.Helper()
	return &rotation{secrets: s.client(t)}
}

func read(t *testing.T, text string) map[string]any {
	t.Helper()
	var document map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &document))
	return document
}

func TestARotationMakesANewSecretForTheSameClient(t *testing.T) {
	s := newSecret()
	s.values[first] = `{"client_id":"orders.billing","client_secret":"original-secret-abcdefghijklmnopqrstuvwxyz","note":{"owner":"a&b"},"number":12345678901234567890}`
	r := newRotation(t, s)
	for _, step := range steps {
		require.NoError(t, run(t, r, step), step)
	}
	before, after := read(t, s.values[first]), read(t, s.values[second])
	fresh := after["client_secret"].(string)
	require.Len(t, fresh, 43)
	require.Equal(t, fresh, url.QueryEscape(fresh), "it needs no escaping anywhere")
	require.NotEqual(t, before["client_secret"], fresh)
	before["client_secret"] = fresh
	require.Equal(t, before, after, "everything else stays")
	require.Contains(t, s.values[second], "12345678901234567890")
	require.Equal(t, []string{"AWSPREVIOUS"}, s.stages[first])
	require.Contains(t, s.stages[second], stageCurrent)
}

func TestEveryStepCanBeRepeated(t *testing.T) {
	s := newSecret()
	r := newRotation(t, s)
	for _, step := range steps {
		for range 3 {
			require.NoError(t, run(t, r, step), step)
		}
	}
	made := s.values[second]
	puts, moves := 0, 0
	for _, call := range s.calls {
		switch call {
		case "PutSecretValue":
			puts++
		case "UpdateSecretVersionStage":
			moves++
		}
	}
	require.Equal(t, 1, puts)
	require.Equal(t, 1, moves)
	for _, step := range steps {
		require.NoError(t, run(t, r, step), "%s after the end", step)
	}
	require.Equal(t, made, s.values[second])
}

func TestARotationThatBrokeOffGoesOnWithTheSameSecret(t *testing.T) {
	s := newSecret()
	require.NoError(t, run(t, newRotation(t, s), "createSecret"))
	made := s.values[second]
	for _, step := range steps {
		require.NoError(t, run(t, newRotation(t, s), step), step)
	}
	require.Equal(t, made, s.values[second])
	require.Equal(t, original, s.values[first])
}

func TestTwoOfTheSameStepAtOnceAgree(t *testing.T) {
	s := newSecret()
	s.failure["PutSecretValue"] = "ResourceExistsException"
	require.NoError(t, run(t, newRotation(t, s), "createSecret"))
}

func TestRotationsSecretsManagerDidNotBeginAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*secret)
		reason string
	}{
		"not enabled": {func(s *secret) { s.enabled = false }, "rotation is not enabled"},
		"no version":  {func(s *secret) { delete(s.stages, second) }, "it has no version"},
		"not pending": {func(s *secret) { s.stages[second] = []string{"AWSPREVIOUS"} }, "is not AWSPENDING"},
		"no secret":   {func(s *secret) { s.failure["DescribeSecret"] = "ResourceNotFoundException" }, "describe it"},
	} {
		for _, step := range steps {
			t.Run(name+" "+step, func(t *testing.T) {
				s := newSecret()
				test.change(s)
				err := run(t, newRotation(t, s), step)
				require.ErrorContains(t, err, test.reason)
				require.ErrorContains(t, err, step+" of secret \""+secretID+"\"")
				require.Equal(t, []string{"DescribeSecret"}, s.calls)
			})
		}
	}
}

func TestUnknownStepsAreRefused(t *testing.T) {
	for _, step := range []string{"", "CreateSecret", "deleteSecret"} {
		require.ErrorContains(t, run(t, newRotation(t, newSecret()), step), "is unknown: use createSecret, setSecret, testSecret or finishSecret")
	}
}

func TestABadNewVersionNeverBecomesCurrent(t *testing.T) {
	for value, reason := range map[string]string{
		"": "not a JSON object", "null": "not a JSON object", "[]": "not a JSON object", "secret-in-clear-text": "not a JSON object",
		`{}`:                             "'client_id' must be a text",
		`{"client_id":"orders.billing"}`: "'client_secret' must be a text",
		`{"client_id":"orders.billing","client_secret":7}`:                                         "'client_secret' must be a text",
		`{"client_id":"orders.other","client_secret":"another-secret-abcdefghijklmnopqrstuvwxyz"}`: "'client_id' must stay the same",
		`{"client_id":"orders.billing","client_secret":"short"}`:                                   "at least 32 characters, got 5",
	} {
		s := newSecret()
		s.values[second] = value
		err := run(t, newRotation(t, s), "testSecret")
		require.ErrorContains(t, err, reason, value)
		require.NotContains(t, err.Error(), "in-clear-text")
		require.NotContains(t, err.Error(), "abcdefghijklmnopqrstuvwxyz")
	}
}

// With RotateImmediatelyOnUpdate off, Secrets Manager tries a new schedule with
// testSecret alone, on a version that is empty or a copy; a failure would be an
// alarm for nothing.
func TestAScheduleCanBeTriedWithoutANewSecret(t *testing.T) {
	for _, value := range []string{"", original} {
		s := newSecret()
		if value != "" {
			s.values[second] = value
		}
		require.NoError(t, run(t, newRotation(t, s), "testSecret"))
		require.Error(t, run(t, newRotation(t, s), "finishSecret"), "and never becomes current")
		require.Equal(t, []string{stageCurrent}, s.stages[first])
	}
}

// Only the new version may be missing.
func TestAScheduleIsNotTriedOnASecretWithoutACurrentVersion(t *testing.T) {
	s := newSecret()
	delete(s.values, first)
	require.ErrorContains(t, run(t, newRotation(t, s), "testSecret"), "read the AWSCURRENT version")
}

func TestACurrentVersionThatCannotBeUsedIsReported(t *testing.T) {
	s := newSecret()
	s.values[first] = "secret-in-clear-text"
	for _, step := range []string{"createSecret", "testSecret"} {
		err := run(t, newRotation(t, s), step)
		require.ErrorContains(t, err, "the AWSCURRENT version: the secret is not a JSON object")
		require.NotContains(t, err.Error(), "in-clear-text")
	}
}

func TestFailuresOfSecretsManagerEndTheStep(t *testing.T) {
	for step, operations := range map[string][]string{
		"createSecret": {"DescribeSecret", "GetSecretValue", "PutSecretValue"},
		"testSecret":   {"DescribeSecret", "GetSecretValue"},
		"finishSecret": {"DescribeSecret", "GetSecretValue", "UpdateSecretVersionStage"},
	} {
		for _, operation := range operations {
			s := newSecret()
			if step == "finishSecret" {
				require.NoError(t, run(t, newRotation(t, s), "createSecret"))
			}
			s.failure[operation] = "InternalServiceError"
			require.ErrorContains(t, run(t, newRotation(t, s), step), "InternalServiceError", "%s in %s", operation, step)
			require.Equal(t, []string{stageCurrent}, s.stages[first])
		}
	}
}

func TestLogsHoldTheRequestIDAndNoSecret(t *testing.T) {
	var logs bytes.Buffer
	previous := slog.Default()
	slog.SetDefault(logging.New(&logs))
	defer slog.SetDefault(previous)
	s := newSecret()
	r := newRotation(t, s)
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "request-1"})
	for _, step := range append(steps, "unknownStep") {
		_ = r.handle(ctx, events.SecretsManagerSecretRotationEvent{SecretID: secretID, ClientRequestToken: second, Step: step})
	}
	s.stages[first], s.stages[second] = []string{stageCurrent}, []string{stagePending}
	s.values[first] = "secret-in-clear-text"
	require.Error(t, run(t, r, "testSecret"))
	require.Equal(t, 5, strings.Count(logs.String(), `"requestId":"request-1"`))
	for _, secret := range []string{"original-secret", "in-clear-text", read(t, s.values[second])["client_secret"].(string)} {
		require.NotContains(t, logs.String(), secret)
	}
}
