package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

const (
	stageCurrent = "AWSCURRENT"
	stagePending = "AWSPENDING"
)

type rotation struct {
	secrets *secretsmanager.Client
}

// version is the version of a secret that a rotation makes.
type version struct {
	secretID string
	// id is also the request token, which makes repetitions harmless.
	id string
	// current is the id of the version that is AWSCURRENT now.
	current string
}

// handle does one of the four steps. Secrets Manager may call each of them
// more than once; a step that has been done does nothing.
func (r *rotation) handle(ctx context.Context, event events.SecretsManagerSecretRotationEvent) error {
	ctx = withRequestID(ctx)
	ctx = logging.With(ctx, "secretId", event.SecretID, "step", event.Step, "versionId", event.ClientRequestToken)
	err := r.step(ctx, event)
	if err != nil {
		logging.From(ctx).Error("rotation failed", "error", err)
		return fmt.Errorf("%s of secret %q: %w", event.Step, event.SecretID, err)
	}
	logging.From(ctx).Info("rotation step done")
	return nil
}

func (r *rotation) step(ctx context.Context, event events.SecretsManagerSecretRotationEvent) error {
	v, err := r.version(ctx, event)
	if err != nil || v.current == v.id {
		return err
	}
	switch event.Step {
	case "createSecret":
		return r.create(ctx, v)
	case "setSecret":
		// The token endpoint reads the secret itself: nobody has to be told.
		return nil
	case "testSecret":
		return r.test(ctx, v)
	case "finishSecret":
		return r.finish(ctx, v)
	}
	return fmt.Errorf("step %q is unknown: use createSecret, setSecret, testSecret or finishSecret", event.Step)
}

// version makes sure that this rotation is one that Secrets Manager has begun.
func (r *rotation) version(ctx context.Context, event events.SecretsManagerSecretRotationEvent) (version, error) {
	v := version{secretID: event.SecretID, id: event.ClientRequestToken}
	secret, err := r.secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &v.secretID})
	if err != nil {
		return v, fmt.Errorf("describe it: %w", err)
	}
	if !aws.ToBool(secret.RotationEnabled) {
		return v, errors.New("rotation is not enabled: enable it for the secret first")
	}
	stages, exists := secret.VersionIdsToStages[v.id]
	if !exists {
		return v, fmt.Errorf("it has no version %q: start the rotation in Secrets Manager", v.id)
	}
	for id, stages := range secret.VersionIdsToStages {
		if slices.Contains(stages, stageCurrent) {
			v.current = id
		}
	}
	if v.current != v.id && !slices.Contains(stages, stagePending) {
		return v, fmt.Errorf("version %q is not %s: start the rotation in Secrets Manager", v.id, stagePending)
	}
	return v, nil
}

func (r *rotation) create(ctx context.Context, v version) error {
	if _, err := r.pending(ctx, v); !errors.Is(err, errNoPending) {
		return err
	}
	current, err := r.read(ctx, v.secretID, stageCurrent, nil)
	if err != nil {
		return err
	}
	next, err := current.withNewSecret()
	if err != nil {
		return err
	}
	_, err = r.secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
		SecretId: &v.secretID, ClientRequestToken: &v.id, SecretString: &next, VersionStages: []string{stagePending},
	})
	// The same step at the same time has been faster; its secret is as good.
	var exists *types.ResourceExistsException
	if err != nil && !errors.As(err, &exists) {
		return fmt.Errorf("write the new version: %w", err)
	}
	return nil
}

// test looks at the new secret. When a schedule is set, Secrets Manager calls
// this step alone, with a version that no createSecret has filled.
func (r *rotation) test(ctx context.Context, v version) error {
	current, next, err := r.both(ctx, v)
	if errors.Is(err, errNoPending) {
		logging.From(ctx).Info("there is no new secret yet: the schedule is being tried")
		return nil
	}
	if err != nil {
		return err
	}
	return current.checkSuccessor(next)
}

// both reads the current and the new version.
func (r *rotation) both(ctx context.Context, v version) (current, next document, err error) {
	if current, err = r.read(ctx, v.secretID, stageCurrent, nil); err != nil {
		return nil, nil, err
	}
	next, err = r.pending(ctx, v)
	return current, next, err
}

func (r *rotation) finish(ctx context.Context, v version) error {
	current, next, err := r.both(ctx, v)
	if err != nil {
		return err
	}
	if next.text("client_secret") == current.text("client_secret") {
		return errors.New("the new version has the secret of the current one: rotate again")
	}
	input := &secretsmanager.UpdateSecretVersionStageInput{
		SecretId: &v.secretID, VersionStage: aws.String(stageCurrent), MoveToVersionId: &v.id,
	}
	if v.current != "" {
		input.RemoveFromVersionId = &v.current
	}
	if _, err := r.secrets.UpdateSecretVersionStage(ctx, input); err != nil {
		return fmt.Errorf("make the new version current: %w", err)
	}
	return nil
}

// errNoPending says that the version of the rotation holds nothing yet.
var errNoPending = errors.New("the new version is empty")

func (r *rotation) pending(ctx context.Context, v version) (document, error) {
	d, err := r.read(ctx, v.secretID, stagePending, &v.id)
	var none *types.ResourceNotFoundException
	if errors.As(err, &none) {
		err = fmt.Errorf("%w: %w", errNoPending, err)
	}
	return d, err
}

func (r *rotation) read(ctx context.Context, secretID, stage string, versionID *string) (document, error) {
	value, err := r.secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
		SecretId: &secretID, VersionStage: &stage, VersionId: versionID,
	})
	if err != nil {
		return nil, fmt.Errorf("read the %s version: %w", stage, err)
	}
	d, err := parseDocument(aws.ToString(value.SecretString))
	if err != nil {
		return nil, fmt.Errorf("the %s version: %w", stage, err)
	}
	return d, nil
}

func withRequestID(ctx context.Context) context.Context {
	if lambdaContext, ok := lambdacontext.FromContext(ctx); ok {
		return logging.With(ctx, "requestId", lambdaContext.AwsRequestID)
	}
	return ctx
}
