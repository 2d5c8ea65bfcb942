package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"

	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/trust"
)

// renewal keeps the snapshot of the peer's signing keys up to date.
type renewal struct {
	ssm       *ssm.Client
	http      *http.Client
	parameter string
	now       func() time.Time
}

// handle takes a new snapshot when the peer publishes other keys. A peer that
// does not answer is no error: the last snapshot is what it is for.
func (r *renewal) handle(ctx context.Context) error {
	current, exists, err := r.read(ctx)
	if err != nil {
		return err
	}
	if !exists {
		logging.From(ctx).Info("wait until the Regions are wired")
		return nil
	}
	next, err := current.Capture(ctx, r.http, r.now())
	if err != nil {
		logging.From(ctx).Warn("keep the last snapshot of the peer's keys", "issuer", current.Issuer, "capturedAt", current.CapturedAt, "error", err)
		return nil
	}
	if reflect.DeepEqual(next.Keys, current.Keys) {
		return nil
	}
	return r.write(ctx, next)
}

func (r *renewal) read(ctx context.Context) (current trust.Introduction, exists bool, err error) {
	answer, err := r.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: &r.parameter})
	var apiError smithy.APIError
	if errors.As(err, &apiError) && apiError.ErrorCode() == "ParameterNotFound" {
		return current, false, nil
	}
	if err != nil {
		return current, false, fmt.Errorf("read the parameter %s: %w", r.parameter, err)
	}
	if answer.Parameter == nil {
		return current, false, nil
	}
	if err := json.Unmarshal([]byte(aws.ToString(answer.Parameter.Value)), &current); err != nil {
		return current, false, fmt.Errorf("read the parameter %s: %w", r.parameter, err)
	}
	return current, true, nil
}

func (r *renewal) write(ctx context.Context, next trust.Introduction) error {
	text, err := next.Text()
	if err != nil {
		return err
	}
	_, err = r.ssm.PutParameter(ctx, &ssm.PutParameterInput{
		Name: &r.parameter, Value: &text, Type: types.ParameterTypeString, Overwrite: aws.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("write the parameter %s: %w", r.parameter, err)
	}
	logging.From(ctx).Info("took a new snapshot of the peer's keys", "issuer", next.Issuer, "keys", len(next.Keys.Keys))
	return nil
}
