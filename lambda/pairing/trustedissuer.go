package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/trust"
)

// trustedIssuer is the peer's issuer, with a snapshot of its keys, in one
// Region's parameter.
type trustedIssuer struct {
	ssm   *ssm.Client
	http  *http.Client
	self  owner
	pause time.Duration

	issuer    string
	jwksURI   string
	region    string
	parameter string
}

var (
	httpsURL      = regexp.MustCompile(`^https://[a-z0-9.-]+/[!-~]*$`)
	parameterName = regexp.MustCompile(`^(/[a-zA-Z0-9_.-]+){1,15}$`)
)

func (h *handler) newTrustedIssuer(p properties, self owner) (resource, error) {
	t := &trustedIssuer{http: h.http, pause: h.pause, self: self}
	err := p.read(field{"Issuer", &t.issuer, httpsURL, "an https URL"}, field{"JwksUri", &t.jwksURI, httpsURL, "an https URL"},
		regionField(&t.region), field{"ParameterName", &t.parameter, parameterName, "a parameter path such as /orders/issuers/peer"})
	if err != nil {
		return nil, err
	}
	t.ssm = ssm.NewFromConfig(h.aws, func(o *ssm.Options) { o.Region = t.region })
	return t, nil
}

func (t *trustedIssuer) id() string { return t.region + t.parameter }

// ensure writes the parameter and reads it back.
func (t *trustedIssuer) ensure(ctx context.Context) (map[string]any, error) {
	self, err := json.Marshal(t.self)
	if err != nil {
		return nil, fmt.Errorf("encode the owner: %w", err)
	}
	introduction := trust.Introduction{Issuer: t.issuer, JWKSURI: t.jwksURI, Owner: self}
	// A Create that is refused has made nothing; one that fails later may have.
	if err := repeat(ctx, t.pause, t.mayTake); err != nil {
		return nil, fmt.Errorf("take the parameter %s in %s: %w", t.parameter, t.region, err)
	}
	capture := func(ctx context.Context) (err error) {
		introduction, err = introduction.Capture(ctx, t.http, time.Now())
		return err
	}
	if err := repeat(ctx, t.pause, capture); err != nil {
		return nil, fmt.Errorf("fetch the signing keys of %s: %w", t.issuer, err)
	}
	value, err := introduction.Text()
	if err != nil {
		return nil, err
	}
	write := func(ctx context.Context) error { return t.write(ctx, value) }
	if err := repeat(ctx, t.pause, write); err != nil {
		return nil, fmt.Errorf("write the parameter %s in %s: %w", t.parameter, t.region, err)
	}
	return map[string]any{"Keys": len(introduction.Keys.Keys)}, nil
}

func (t *trustedIssuer) mayTake(ctx context.Context) error {
	current, exists, err := t.read(ctx)
	if err != nil {
		return err
	}
	return t.self.mayTake(current.Owner, exists)
}

func (t *trustedIssuer) write(ctx context.Context, value string) error {
	// Somebody may have taken it while the keys were fetched.
	if err := t.mayTake(ctx); err != nil {
		return err
	}
	_, err := t.ssm.PutParameter(ctx, &ssm.PutParameterInput{
		Name: &t.parameter, Value: &value, Type: types.ParameterTypeString, Overwrite: aws.Bool(true),
		Description: aws.String("The token issuer of the peer Region and a snapshot of its signing keys"),
	})
	if err != nil {
		return err
	}
	answer, err := t.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: &t.parameter})
	if err != nil {
		return err
	}
	if answer.Parameter == nil || aws.ToString(answer.Parameter.Value) != value {
		return &notKeptError{"the parameter was written and shows another value"}
	}
	return nil
}

// introduced is what the parameter says.
type introduced struct {
	Issuer  string `json:"issuer"`
	JWKSURI string `json:"jwksUri"`
	Owner   owner  `json:"owner"`
}

func (t *trustedIssuer) read(ctx context.Context) (current introduced, exists bool, err error) {
	answer, err := t.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: &t.parameter})
	if hasCode(err, "ParameterNotFound") {
		return introduced{}, false, nil
	}
	if err != nil {
		return introduced{}, false, err
	}
	if answer.Parameter != nil && json.Unmarshal([]byte(aws.ToString(answer.Parameter.Value)), &current) != nil {
		// It is no document of ours; whoever may take what nobody owns may mend it.
		return introduced{}, true, nil
	}
	return current, true, nil
}

// remove takes the parameter away when it is still ours.
func (t *trustedIssuer) remove(ctx context.Context) error {
	current, exists, err := t.read(ctx)
	if err != nil {
		return fmt.Errorf("remove the parameter %s in %s: %w", t.parameter, t.region, err)
	}
	looksOurs := current.Issuer == t.issuer && current.JWKSURI == t.jwksURI
	if !exists || !t.self.mayRemove(current.Owner, looksOurs) {
		logging.From(ctx).Info("leave what belongs to another resource", "parameter", t.parameter, "exists", exists, "owner", current.Owner)
		return nil
	}
	_, err = t.ssm.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: &t.parameter})
	if err != nil && !hasCode(err, "ParameterNotFound") {
		return fmt.Errorf("remove the parameter %s in %s: %w", t.parameter, t.region, err)
	}
	return nil
}
