package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
)

// document is what the guard remembers, in one parameter of the standby.
type document struct {
	guard.Memory
	// Markers of this latch that are on their way.
	ToPrimary marker `json:"toPrimary,omitzero"`
	ToStandby marker `json:"toStandby,omitzero"`

	// version of the parameter that this was read from.
	version int64
}

// remember a state. Markers end with their latch: what they showed is no news in the
// next one, and by then their versions may have expired.
func (d *document) remember(s guard.State) {
	d.State = s
	if s.Phase != guard.Latched {
		d.ToPrimary, d.ToStandby = marker{}, marker{}
	}
}

func (f *function) read(ctx context.Context) (document, error) {
	var d document
	text, err := f.standby.parameter(ctx, contract.GuardParameter(f.pair))
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal([]byte(text.value), &d); err != nil {
		return d, fmt.Errorf("read the parameter %s: %w", contract.GuardParameter(f.pair), err)
	}
	d.version = text.version
	return d, nil
}

// replaced reports whether another look has ended since the document was read. What
// cannot be read now is not known to have changed.
func (f *function) replaced(ctx context.Context, d document) bool {
	text, err := f.standby.parameter(ctx, contract.GuardParameter(f.pair))
	return err == nil && text.version != d.version
}

func (f *function) write(ctx context.Context, d document) error {
	text, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("encode what the guard remembers: %w", err)
	}
	return f.standby.put(ctx, contract.GuardParameter(f.pair), string(text))
}

type parameter struct {
	value    string
	modified time.Time
	version  int64
}

var errEmpty = errors.New("the parameter is empty")

func (r region) parameter(ctx context.Context, name string) (parameter, error) {
	answer, err := r.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if err == nil && answer.Parameter == nil {
		err = errEmpty
	}
	if err != nil {
		return parameter{}, fmt.Errorf("read the parameter %s: %w", name, err)
	}
	return parameter{aws.ToString(answer.Parameter.Value), aws.ToTime(answer.Parameter.LastModifiedDate), answer.Parameter.Version}, nil
}

func (r region) put(ctx context.Context, name, value string) error {
	ctx, cancel := context.WithTimeout(ctx, writeBudget)
	defer cancel()
	input := &ssm.PutParameterInput{Name: &name, Value: &value, Type: types.ParameterTypeString, Overwrite: aws.Bool(true)}
	if !strings.HasPrefix(value, "{") {
		// A new version without the pattern would have none.
		input.AllowedPattern = aws.String(contract.PositionPattern)
	}
	_, err := r.ssm.PutParameter(ctx, input)
	if err != nil {
		return fmt.Errorf("write the parameter %s: %w", name, err)
	}
	return nil
}
