package operate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/failover"
)

// Deployed is what a pair is deployed as, as its outputs and resources say.
type Deployed struct {
	// Regions: the primary and the standby.
	Regions [2]DeployedRegion
	// Check of the primary's health endpoint.
	Check failover.Check
	// TTL of the records.
	TTL time.Duration
	// Routes of the API.
	Routes []DeployedRoute
}

// DeployedRegion identifies what runs in a Region.
type DeployedRegion struct {
	Region string `json:"region"`
	Role   string `json:"role"`
	// Facts that the Region's stack has left, and the SHA-256 of their text.
	Facts       contract.Facts `json:"facts"`
	FactsSHA256 string         `json:"factsSha256"`
	// Code is the SHA-256 of each function's code as Lambda gives it, in base64.
	Code map[string]string `json:"codeSha256"`
}

// DeployedRoute is a method of the API.
type DeployedRoute struct {
	Method, Path string
	Public       bool
}

// Deployed turns an inventory into what is deployed. Errors say what could not
// be found out.
func (i Inventory) Deployed() (Deployed, error) {
	var d Deployed
	var problems []error
	for n, p := range []place{i.primary, i.standby} {
		if err := p.unknown(nil); err != nil {
			problems = append(problems, err)
		}
		d.Regions[n] = p.deployed(i.Pair.role(i.Pair.regions()[n]))
	}
	routes := i.standby.routes
	if routes.err != nil {
		problems = append(problems, fmt.Errorf("read the routes of %s: %w", i.Pair.Standby, routes.err))
	}
	for _, route := range routes.value {
		if words := strings.Fields(route); len(words) == 3 {
			d.Routes = append(d.Routes, DeployedRoute{Method: words[0], Path: words[1], Public: words[2] == "NONE"})
		}
	}
	var err error
	d.Check, d.TTL, err = i.detection()
	return d, errors.Join(append(problems, err)...)
}

func (p place) deployed(role string) DeployedRegion {
	d := DeployedRegion{Region: p.Region, Role: role, Facts: p.Facts, Code: map[string]string{}}
	if text, err := json.Marshal(p.Facts); err == nil {
		sum := sha256.Sum256(text)
		d.FactsSHA256 = hex.EncodeToString(sum[:])
	}
	for label, f := range p.functions {
		d.Code[label] = f.value.code
	}
	return d
}

// detection is how the primary's failure is found, and how long resolvers keep
// the answer.
func (i Inventory) detection() (failover.Check, time.Duration, error) {
	if i.records.err != nil {
		return failover.Check{}, 0, fmt.Errorf("read the records of %s: %s", i.Pair.Domain, plainly(i.records.err))
	}
	at := slices.IndexFunc(i.records.value, func(r r53types.ResourceRecordSet) bool {
		return r.Failover == r53types.ResourceRecordSetFailoverPrimary
	})
	if at < 0 {
		return failover.Check{}, 0, fmt.Errorf("%s has no failover record of a primary: pairs whose Regions both serve cannot be moved by the switch", i.Pair.Domain)
	}
	record, ttl := i.records.value[at], failover.AliasTTL
	if record.TTL != nil {
		ttl = time.Duration(*record.TTL) * time.Second
	}
	pending := []string{aws.ToString(record.HealthCheckId)}
	for ; len(pending) > 0; pending = pending[1:] {
		config := i.checks[pending[0]].value
		switch {
		case config == nil:
		case len(config.ChildHealthChecks) > 0:
			pending = append(pending, config.ChildHealthChecks...)
		case !aws.ToBool(config.Inverted):
			return checkOf(pending[0], config), ttl, nil
		}
	}
	return failover.Check{}, ttl, fmt.Errorf("the primary's record of %s has no health check that asks an endpoint", i.Pair.Domain)
}

func checkOf(id string, config *r53types.HealthCheckConfig) failover.Check {
	check := failover.Check{
		ID: id, Host: aws.ToString(config.FullyQualifiedDomainName), Path: aws.ToString(config.ResourcePath),
		Interval:  time.Duration(aws.ToInt32(config.RequestInterval)) * time.Second,
		Threshold: int(aws.ToInt32(config.FailureThreshold)), Regions: failover.CheckerRegions,
	}
	if len(config.Regions) > 0 {
		check.Regions = nil
		for _, region := range config.Regions {
			check.Regions = append(check.Regions, string(region))
		}
	}
	return check
}

// Turn sets the switch in the standby and returns its version. When no answer
// comes, the switch itself says whether the write has arrived; the error is an
// [UnansweredError] when that is not known either.
func (w World) Turn(ctx context.Context, p Pair, position, action, reason string) (int64, error) {
	r, began := w.region(p, p.Standby), w.Now()
	var err error
	for range setAttempts {
		var version int64
		if version, err = r.put(ctx, contract.SwitchParameter(p.Name), position, describeChange(action, reason)); err == nil || !isUnanswered(err) {
			return version, err
		}
		if version, arrived := r.arrived(ctx, position, began); arrived {
			return version, nil
		}
	}
	return 0, err
}

// arrived looks whether a write of the switch whose answer was lost has been
// made.
func (r *region) arrived(ctx context.Context, position string, since time.Time) (int64, bool) {
	found, err := r.parameters(ctx)
	made := err == nil && found.switched.value == position && !found.switched.changed.Before(since.Truncate(time.Second))
	return found.switched.version, made
}

// Position of the switch in the standby, and its version.
func (w World) Position(ctx context.Context, p Pair) (string, int64, error) {
	found, err := w.region(p, p.Standby).parameters(ctx)
	return found.switched.value, found.switched.version, err
}

// GuardState is what the guard of the failback remembers; empty where there is
// no guard.
func (w World) GuardState(ctx context.Context, p Pair) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	r := w.region(p, p.Standby)
	output, err := r.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: aws.String(contract.GuardParameter(p.Name))})
	switch {
	case errorCode(err) == "ParameterNotFound":
		return "", nil
	case err != nil:
		return "", r.explain("read the state of the guard", err)
	}
	return aws.ToString(output.Parameter.Value), nil
}

// Where the name leads: for a client here, and by the name servers, which must
// agree. Empty texts are unknown.
func (w World) Where(ctx context.Context, d Deployed, p Pair) (here, servers string) {
	o := Observation{Pair: p, Here: w.DNS.Here(ctx, p.Domain), Authoritative: w.DNS.Authoritative(ctx, p.Domain)}
	for i, region := range d.Regions {
		o.Regions[i] = RegionObservation{Region: region.Region, Facts: region.Facts, HasFacts: true}
	}
	w.nameRegions(ctx, &o)
	for i, answer := range o.Authoritative {
		if i > 0 && answer.Region != servers {
			return o.Here.Region, ""
		}
		servers = answer.Region
	}
	return o.Here.Region, servers
}

// Door is a client that calls a Region's API as a client of the pair does whom
// DNS leads there, whatever DNS says now: the Region must show the pair's
// certificate. Requests name the pair in their Host.
func (w World) Door(facts contract.Facts) *http.Client { return underName(w.HTTP, facts) }

// Caller is who the credentials belong to, as an ARN.
func (w World) Caller(ctx context.Context, p Pair) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	config := w.AWS.Copy()
	config.Region = p.Standby
	output, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", w.region(p, p.Standby).explain("ask who the credentials belong to", err)
	}
	return aws.ToString(output.Arn), nil
}

// Credential of a machine client, from its secret in the standby: a drill of a
// Region that is lost needs it there.
func (w World) Credential(ctx context.Context, p Pair, client string) (id, secret string, err error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	config := w.AWS.Copy()
	config.Region = p.Standby
	name := contract.ClientSecret(p.Name, client)
	output, err := secretsmanager.NewFromConfig(config).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &name})
	if err != nil {
		return "", "", w.region(p, p.Standby).explain("read the secret "+name, err)
	}
	var value struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	if json.Unmarshal([]byte(aws.ToString(output.SecretString)), &value) != nil || value.ID == "" || value.Secret == "" {
		return "", "", fmt.Errorf("the secret %s in %s is not a JSON object with client_id and client_secret", name, p.Standby)
	}
	return value.ID, value.Secret, nil
}
