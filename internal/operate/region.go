package operate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/regionpair/regionpair/internal/contract"
	failback "github.com/regionpair/regionpair/internal/guard"
)

// World is what the commands reach outside of their process.
type World struct {
	// AWS holds credentials and the HTTP client; its Region is not used.
	AWS aws.Config
	// HTTP asks the API and the health endpoints, with a connection of its own
	// for each request, as a new client would.
	HTTP *http.Client
	// DNS answers where the name leads.
	DNS Resolver
	// Now is the time.
	Now func() time.Time
}

// region is what can be asked of one Region.
type region struct {
	name       string
	pair       Pair
	http       *http.Client
	ssm        *ssm.Client
	cloudwatch *cloudwatch.Client
	acm        *acm.Client
}

// region connects to nothing yet. One retry is enough where the next look is a
// second away.
func (w World) region(p Pair, name string) *region {
	config := w.AWS.Copy()
	config.Region = name
	config.RetryMaxAttempts = 2
	return &region{
		name: name, pair: p, http: w.HTTP, ssm: ssm.NewFromConfig(config),
		cloudwatch: cloudwatch.NewFromConfig(config), acm: acm.NewFromConfig(config),
	}
}

// parameters of the Region that the tool reads, in one call.
type parameters struct {
	facts    contract.Facts
	hasFacts bool
	switched parameter
	fence    parameter
	hold     parameter
	journal  string
	memory   failback.Memory
}

// parameter is a value and when it was set.
type parameter struct {
	value   string
	version int64
	changed time.Time
}

func (r *region) parameters(ctx context.Context) (parameters, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	pair := r.pair.Name
	names := []string{
		contract.SwitchParameter(pair), contract.FactsParameter(pair), contract.JournalParameter(pair), contract.FenceParameter(pair),
		contract.GuardParameter(pair), contract.HoldParameter(pair),
	}
	output, err := r.ssm.GetParameters(ctx, &ssm.GetParametersInput{Names: names})
	if err != nil {
		return parameters{}, r.explain("read the parameters of "+r.pair.Name, err)
	}
	found := parameters{}
	for _, p := range output.Parameters {
		value := aws.ToString(p.Value)
		switch aws.ToString(p.Name) {
		case names[0]:
			found.switched = parameter{value, p.Version, aws.ToTime(p.LastModifiedDate)}
		case names[1]:
			if err := json.Unmarshal([]byte(value), &found.facts); err != nil {
				return found, fmt.Errorf("%s in %s is not a JSON object: deploy the stack of this Region again: %w", names[1], r.name, err)
			}
			found.hasFacts = true
		case names[2]:
			found.journal = value
		case names[3]:
			found.fence = parameter{value, p.Version, aws.ToTime(p.LastModifiedDate)}
		case names[4]:
			found.memory = readMemory(value)
		case names[5]:
			found.hold = parameter{value, p.Version, aws.ToTime(p.LastModifiedDate)}
		}
	}
	if found.switched.value == "" {
		return found, fmt.Errorf("%s has no parameter %s: is the pair called %q, and deployed there?", r.name, names[0], r.pair.Name)
	}
	return found, nil
}

// readMemory reads what the guard remembers. One of another version says nothing; its
// switch does.
func readMemory(text string) failback.Memory {
	var memory failback.Memory
	if json.Unmarshal([]byte(text), &memory) != nil {
		return failback.Memory{}
	}
	return memory
}

// Health is what a Region's health endpoint says of it.
type Health struct {
	// Status is healthy, degraded, unhealthy, or empty without an answer.
	Status string `json:"status,omitempty" enum:"healthy|degraded|unhealthy"`
	// Failing names the checks that are not healthy, with their reasons.
	Failing []string `json:"failing,omitempty"`
	// AgeSeconds of the answer.
	AgeSeconds float64 `json:"ageSeconds"`
	// Held says that the Region is kept out, however healthy it is.
	Held bool `json:"held,omitempty"`
	// Error says why there is no answer.
	Error string `json:"error,omitempty"`

	at time.Time
}

func (r *region) health(ctx context.Context, facts contract.Facts, now func() time.Time) Health {
	var report struct {
		Status string
		Held   bool
		Checks []struct{ Name, Status, Reason string }
	}
	err := r.getJSON(ctx, facts.HealthHost, facts.HealthPath, &report)
	h := Health{Status: report.Status, Held: report.Held, at: now()}
	if err != nil {
		h.Error = err.Error()
	}
	for _, check := range report.Checks {
		if check.Status != "healthy" {
			h.Failing = append(h.Failing, check.Name+": "+check.Reason)
		}
	}
	return h
}

// switchPosition is what Route 53 sees: "on" when it is asked to take over.
func (r *region) switchPosition(ctx context.Context, facts contract.Facts) (string, error) {
	var answer struct{ Switch string }
	err := r.getJSON(ctx, facts.HealthHost, facts.SwitchPath, &answer)
	return answer.Switch, err
}

func (r *region) getJSON(ctx context.Context, host, path string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	address := url.URL{Scheme: "https", Host: host, Path: path}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return fmt.Errorf("ask %s: %w", host, err)
	}
	response, err := r.http.Do(request)
	if err != nil {
		return errors.New(plainly(err))
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(http.MaxBytesReader(nil, response.Body, 1<<16)).Decode(answer); err != nil {
		return fmt.Errorf("status %d without a report", response.StatusCode)
	}
	return nil
}

// plainly is an error of a call without the chain that led to it.
func plainly(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer in %d s", int(callLimit.Seconds()))
	}
	var refused smithy.APIError
	if errors.As(err, &refused) {
		return refused.ErrorCode() + ": " + refused.ErrorMessage()
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return err.Error()
}

// errorCode is that of a service's refusal; empty for any other error.
func errorCode(err error) string {
	var refused smithy.APIError
	if errors.As(err, &refused) {
		return refused.ErrorCode()
	}
	return ""
}

// UnansweredError says that no answer came from a Region, or one that says that it
// failed: whether it did what it was asked is not known.
type UnansweredError struct {
	Region, Asked string
	cause         error
}

// Error implements error.
func (e *UnansweredError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Region, e.Asked, plainly(e.cause))
}

// Unwrap returns the cause.
func (e *UnansweredError) Unwrap() error { return e.cause }

// Silent says whether the Region is out of reach, as opposed to a fault on this
// side such as a certificate or missing credentials.
func (e *UnansweredError) Silent() bool {
	var network net.Error
	var operation *net.OpError
	return errors.Is(e.cause, context.DeadlineExceeded) || errors.Is(e.cause, io.EOF) || errors.As(e.cause, &operation) ||
		errors.As(e.cause, &network) && network.Timeout()
}

// explain names the Region, and tells a Region that does not answer from one
// that refuses.
func (r *region) explain(asked string, err error) error {
	var refused smithy.APIError
	var answer *smithyhttp.ResponseError
	failed := errors.As(err, &answer) && answer.HTTPStatusCode() >= http.StatusInternalServerError
	if errors.As(err, &refused) && !failed {
		return fmt.Errorf("%s: %s: %s", r.name, asked, plainly(err))
	}
	return &UnansweredError{Region: r.name, Asked: asked, cause: err}
}

// history of the switch, newest first, as Parameter Store keeps it: the last
// hundred changes.
func (r *region) history(ctx context.Context) ([]ssmtypes.ParameterHistory, error) {
	return r.parameterHistory(ctx, contract.SwitchParameter(r.pair.Name))
}

func (r *region) parameterHistory(ctx context.Context, name string) ([]ssmtypes.ParameterHistory, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	pages := ssm.NewGetParameterHistoryPaginator(r.ssm, &ssm.GetParameterHistoryInput{Name: &name, MaxResults: aws.Int32(50)})
	found := []ssmtypes.ParameterHistory{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, r.explain("read the history of "+name, err)
		}
		found = append(found, page.Parameters...)
	}
	return found, nil
}
