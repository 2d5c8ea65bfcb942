package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/regionpair/regionpair/lambda/internal/issuers"
)

// parameterLimit is what a standard parameter may hold, in bytes.
const parameterLimit = 4096

// keySetLimit bounds what is read from an issuer, in bytes.
const keySetLimit = 64 << 10

// fetchAttempts at an issuer that does not answer.
const fetchAttempts = 3

// trustedIssuer is the peer's issuer, with a snapshot of its keys, in one
// Region's parameter.
type trustedIssuer struct {
	ssm   *ssm.Client
	http  *http.Client
	pause time.Duration

	issuer    string
	jwksURI   string
	region    string
	parameter string
}

// introduction is what the parameter holds.
type introduction struct {
	Issuer     string       `json:"issuer"`
	JWKSURI    string       `json:"jwksUri"`
	Keys       issuers.JWKS `json:"keys"`
	CapturedAt string       `json:"capturedAt"`
}

var (
	httpsURL      = regexp.MustCompile(`^https://[a-z0-9.-]+/[!-~]*$`)
	parameterName = regexp.MustCompile(`^(/[a-zA-Z0-9_.-]+){1,15}$`)
)

func (h *handler) newTrustedIssuer(p properties) (resource, error) {
	t := &trustedIssuer{http: h.http, pause: h.pause}
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
	keys, err := t.fetch(ctx)
	if err != nil {
		return nil, fmt.Errorf("fetch the signing keys of %s: %w", t.issuer, err)
	}
	value, err := json.Marshal(introduction{
		Issuer: t.issuer, JWKSURI: t.jwksURI, Keys: keys, CapturedAt: time.Now().UTC().Format(time.RFC3339),
	})
	if err != nil {
		return nil, fmt.Errorf("encode the issuer: %w", err)
	}
	if len(value) > parameterLimit {
		return nil, fmt.Errorf("the issuer %s with its %d keys takes %d bytes, a parameter holds %d", t.issuer, len(keys.Keys), len(value), parameterLimit)
	}
	write := func(ctx context.Context) error { return t.write(ctx, string(value)) }
	if err := repeat(ctx, t.pause, write); err != nil {
		return nil, fmt.Errorf("write the parameter %s in %s: %w", t.parameter, t.region, err)
	}
	return map[string]any{"Keys": len(keys.Keys)}, nil
}

func (t *trustedIssuer) write(ctx context.Context, value string) error {
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

func (t *trustedIssuer) remove(ctx context.Context) error {
	_, err := t.ssm.DeleteParameter(ctx, &ssm.DeleteParameterInput{Name: &t.parameter})
	if err != nil && !hasCode(err, "ParameterNotFound") {
		return fmt.Errorf("remove the parameter %s in %s: %w", t.parameter, t.region, err)
	}
	return nil
}

func (t *trustedIssuer) fetch(ctx context.Context) (issuers.JWKS, error) {
	var err error
	for attempt := range fetchAttempts {
		if attempt > 0 && !sleep(ctx, t.pause) {
			break
		}
		var keys issuers.JWKS
		if keys, err = t.fetchOnce(ctx); err == nil {
			return keys, nil
		}
	}
	return issuers.JWKS{}, err
}

func (t *trustedIssuer) fetchOnce(ctx context.Context) (issuers.JWKS, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, t.jwksURI, nil)
	if err != nil {
		return issuers.JWKS{}, err
	}
	answer, err := t.http.Do(request)
	if err != nil {
		return issuers.JWKS{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return issuers.JWKS{}, fmt.Errorf("%s answered %s", t.jwksURI, strings.ToLower(answer.Status))
	}
	document, err := io.ReadAll(io.LimitReader(answer.Body, keySetLimit+1))
	if err != nil {
		return issuers.JWKS{}, fmt.Errorf("read %s: %w", t.jwksURI, err)
	}
	if len(document) > keySetLimit {
		return issuers.JWKS{}, fmt.Errorf("%s answered more than %d bytes", t.jwksURI, keySetLimit)
	}
	return usableKeys(document)
}

// usableKeys are those that the authorizer would accept, in a fixed order and
// without the members that it does not need.
func usableKeys(document []byte) (issuers.JWKS, error) {
	keys, err := issuers.ParseJWKS(document)
	if err != nil {
		return issuers.JWKS{}, err
	}
	usable := issuers.JWKS{}
	for _, id := range slices.Sorted(maps.Keys(keys)) {
		usable.Keys = append(usable.Keys, keys[id].JWK())
	}
	return usable, nil
}
