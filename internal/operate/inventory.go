package operate

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/internal/contract"
)

// got is an answer, or why there is none.
type got[T any] struct {
	value T
	err   error
}

func gotOf[T any](value T, err error) got[T] { return got[T]{value, err} }

// Inventory is all that the checks of readiness look at.
type Inventory struct {
	Observation
	primary, standby place
	records          got[[]r53types.ResourceRecordSet]
	checks           map[string]got[*r53types.HealthCheckConfig]
	mayFailOver      got[bool]
}

// place is what is asked of one Region.
type place struct {
	RegionObservation
	functions    map[string]got[function]
	concurrency  got[float64]
	peak         got[float64]
	rate         got[float64]
	keyRate      got[float64]
	tokenRate    got[float64]
	routes       got[[]string]
	throttles    got[string]
	domain       got[domain]
	closed       got[bool]
	mapping      got[string]
	replication  got[*s3types.ReplicationConfiguration]
	versioned    got[bool]
	keyState     got[string]
	failedCopies got[float64]
	secrets      map[string]got[secret]
	credentials  got[secret]
	own, peer    got[issuer]
	published    got[[]string]
	offered      got[[]string]
	position     got[string]
	metadata     APIAnswer
	// settle keeps what was asked in lists, once all have answered.
	settle []func()
}

type function struct {
	code, runtime, architecture, state string
	memory, timeout                    int32
	layers                             []string
	environment                        map[string]string
}

type domain struct{ policy, certificate, target string }

type secret struct {
	current, primary string
	replicas         map[string]string
	deleted          bool
}

// issuer as it is in a parameter.
type issuer struct {
	Issuer  string `json:"issuer"`
	JWKSURI string `json:"jwksUri"`
	Keys    struct {
		Keys []struct {
			ID string `json:"kid"`
		} `json:"keys"`
	} `json:"keys"`
}

func (i issuer) keyIDs() []string {
	ids := []string{}
	for _, key := range i.Keys.Keys {
		ids = append(ids, key.ID)
	}
	slices.Sort(ids)
	return ids
}

// takeLimit bounds one call while there is no hurry.
const takeLimit = 10 * time.Second

// peakWindow is how far back the primary's load is looked at.
const peakWindow = 14 * 24 * time.Hour

// Take takes the inventory.
func (w World) Take(ctx context.Context, p Pair) Inventory {
	i := Inventory{Observation: w.Observe(ctx, p), checks: map[string]got[*r53types.HealthCheckConfig]{}}
	var group sync.WaitGroup
	for n, into := range []*place{&i.primary, &i.standby} {
		into.RegionObservation = i.Regions[n]
		if into.Err == nil && into.HasFacts {
			group.Go(func() { w.takePlace(ctx, p, into) })
		}
	}
	group.Go(func() { w.takeZone(ctx, &i) })
	group.Go(func() { i.mayFailOver = gotOf(w.region(p, p.Standby).mayWriteSwitch(ctx)) })
	group.Wait()
	return i
}

// standbyLimit bounds the look before a failover: there is a hurry.
const standbyLimit = 4 * time.Second

// TakeStandby takes the inventory of the standby alone: a failover must not
// depend on what has failed, nor on the control plane of Route 53.
func (w World) TakeStandby(ctx context.Context, p Pair) Inventory {
	ctx, cancel := context.WithTimeout(ctx, standbyLimit)
	defer cancel()
	i := Inventory{Observation: w.ObserveStandby(ctx, p), records: got[[]r53types.ResourceRecordSet]{err: errNotAsked}}
	i.primary.RegionObservation, i.standby.RegionObservation = i.Regions[0], i.Regions[1]
	var group sync.WaitGroup
	if i.standby.Err == nil && i.standby.HasFacts {
		group.Go(func() { w.takePlace(ctx, p, &i.standby) })
	}
	group.Go(func() { i.mayFailOver = gotOf(w.region(p, p.Standby).mayWriteSwitch(ctx)) })
	group.Wait()
	return i
}

// task asks one thing and keeps the answer.
func task[T any](group *sync.WaitGroup, ctx context.Context, into *got[T], ask func(ctx context.Context) (T, error)) {
	group.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, takeLimit)
		defer cancel()
		*into = gotOf(ask(ctx))
	})
}

func (w World) takePlace(ctx context.Context, p Pair, into *place) {
	config := w.AWS.Copy()
	config.Region = into.Region
	facts, r := into.Facts, w.region(p, into.Region)
	clients := newPlaceClients(config)
	var group sync.WaitGroup
	clients.takeAPI(ctx, &group, facts, into)
	clients.takeData(ctx, &group, facts, into)
	clients.takeFunctions(ctx, &group, facts, into)
	clients.takeSecrets(ctx, &group, p, facts, into)
	clients.takeQuotas(ctx, &group, into)
	for name, target := range map[string]*got[issuer]{"own": &into.own, "peer": &into.peer} {
		task(&group, ctx, target, func(ctx context.Context) (issuer, error) {
			return r.issuer(ctx, contract.IssuerParameter(p.Name, name))
		})
	}
	task(&group, ctx, &into.position, func(ctx context.Context) (string, error) { return r.switchPosition(ctx, facts) })
	task(&group, ctx, &into.failedCopies, func(ctx context.Context) (float64, error) { return r.failedCopies(ctx, facts, w.Now()) })
	task(&group, ctx, &into.peak, func(ctx context.Context) (float64, error) { return r.peak(ctx, w.Now()) })
	group.Go(func() { into.metadata = w.askDoor(ctx, facts, "/.well-known/oauth-authorization-server") })
	task(&group, ctx, &into.offered, func(ctx context.Context) (ids []string, err error) { return w.keysAtDoor(ctx, facts) })
	group.Wait()
	for _, keep := range into.settle {
		keep()
	}
	if into.own.err == nil {
		into.published = gotOf(w.keys(ctx, w.HTTP, into.own.value.JWKSURI, ""))
	} else {
		into.published.err = into.own.err
	}
}

type placeClients struct {
	lambda     *lambda.Client
	apigateway *apigateway.Client
	s3         *s3.Client
	kms        *kms.Client
	secrets    *secretsmanager.Client
	quotas     *servicequotas.Client
}

func newPlaceClients(config aws.Config) placeClients {
	return placeClients{
		lambda.NewFromConfig(config), apigateway.NewFromConfig(config), s3.NewFromConfig(config), kms.NewFromConfig(config), secretsmanager.NewFromConfig(config),
		servicequotas.NewFromConfig(config),
	}
}

func (c placeClients) takeFunctions(ctx context.Context, group *sync.WaitGroup, facts contract.Facts, into *place) {
	found := make([]got[function], len(facts.Functions))
	labels := []string{}
	for label, name := range facts.Functions {
		target := &found[len(labels)]
		labels = append(labels, label)
		task(group, ctx, target, func(ctx context.Context) (function, error) { return c.function(ctx, name) })
	}
	task(group, ctx, &into.concurrency, func(ctx context.Context) (float64, error) {
		output, err := c.lambda.GetAccountSettings(ctx, &lambda.GetAccountSettingsInput{})
		if err != nil {
			return 0, err
		}
		return float64(output.AccountLimit.ConcurrentExecutions), nil
	})
	into.functions = map[string]got[function]{}
	into.settle = append(into.settle, func() {
		for i, label := range labels {
			into.functions[label] = found[i]
		}
	})
}

func (c placeClients) takeQuotas(ctx context.Context, group *sync.WaitGroup, into *place) {
	task(group, ctx, &into.keyRate, func(ctx context.Context) (float64, error) { return c.quota(ctx, "kms", quotaKeys) })
	task(group, ctx, &into.tokenRate, func(ctx context.Context) (float64, error) { return c.quota(ctx, "cognito-idp", quotaSignIns) })
}

// quota of the account, or AWS's own where nobody has asked for another.
func (c placeClients) quota(ctx context.Context, service, code string) (float64, error) {
	applied, err := c.quotas.GetServiceQuota(ctx, &servicequotas.GetServiceQuotaInput{ServiceCode: &service, QuotaCode: &code})
	if err == nil {
		return aws.ToFloat64(applied.Quota.Value), nil
	}
	if errorCode(err) != "NoSuchResourceException" {
		return 0, err
	}
	byDefault, err := c.quotas.GetAWSDefaultServiceQuota(ctx, &servicequotas.GetAWSDefaultServiceQuotaInput{ServiceCode: &service, QuotaCode: &code})
	if err != nil {
		return 0, err
	}
	return aws.ToFloat64(byDefault.Quota.Value), nil
}

func (c placeClients) function(ctx context.Context, name string) (function, error) {
	output, err := c.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		return function{}, err
	}
	f := function{
		code: aws.ToString(output.CodeSha256), runtime: string(output.Runtime), memory: aws.ToInt32(output.MemorySize), timeout: aws.ToInt32(output.Timeout),
		state: string(output.State) + ", last update " + string(output.LastUpdateStatus),
	}
	for _, architecture := range output.Architectures {
		f.architecture = string(architecture)
	}
	for _, layer := range output.Layers {
		f.layers = append(f.layers, aws.ToString(layer.Arn))
	}
	if output.Environment != nil {
		f.environment = output.Environment.Variables
	}
	return f, nil
}

func (c placeClients) takeAPI(ctx context.Context, group *sync.WaitGroup, facts contract.Facts, into *place) {
	task(group, ctx, &into.routes, func(ctx context.Context) ([]string, error) { return c.routes(ctx, facts.API) })
	task(group, ctx, &into.throttles, func(ctx context.Context) (string, error) {
		output, err := c.apigateway.GetStage(ctx, &apigateway.GetStageInput{RestApiId: &facts.API, StageName: &facts.Stage})
		if err != nil {
			return "", err
		}
		setting := output.MethodSettings["*/*"]
		return fmt.Sprintf("%.0f a second, burst %d", setting.ThrottlingRateLimit, setting.ThrottlingBurstLimit), nil
	})
	task(group, ctx, &into.domain, func(ctx context.Context) (domain, error) {
		output, err := c.apigateway.GetDomainName(ctx, &apigateway.GetDomainNameInput{DomainName: &facts.DomainName})
		if err != nil {
			return domain{}, err
		}
		return domain{string(output.SecurityPolicy), aws.ToString(output.RegionalCertificateArn), aws.ToString(output.RegionalDomainName)}, nil
	})
	task(group, ctx, &into.closed, func(ctx context.Context) (bool, error) {
		output, err := c.apigateway.GetRestApi(ctx, &apigateway.GetRestApiInput{RestApiId: &facts.API})
		if err != nil {
			return false, err
		}
		return output.DisableExecuteApiEndpoint, nil
	})
	task(group, ctx, &into.mapping, func(ctx context.Context) (string, error) {
		output, err := c.apigateway.GetBasePathMappings(ctx, &apigateway.GetBasePathMappingsInput{DomainName: &facts.DomainName})
		if err != nil {
			return "", err
		}
		mappings := []string{}
		for _, m := range output.Items {
			mappings = append(mappings, aws.ToString(m.RestApiId)+"/"+aws.ToString(m.Stage))
		}
		return joined(mappings), nil
	})
	task(group, ctx, &into.rate, func(ctx context.Context) (float64, error) {
		output, err := c.apigateway.GetAccount(ctx, &apigateway.GetAccountInput{})
		if err != nil || output.ThrottleSettings == nil {
			return 0, err
		}
		return output.ThrottleSettings.RateLimit, nil
	})
}

// routes of an API: method, path, and whether a token is needed.
func (c placeClients) routes(ctx context.Context, api string) ([]string, error) {
	pages := apigateway.NewGetResourcesPaginator(c.apigateway, &apigateway.GetResourcesInput{RestApiId: &api, Embed: []string{"methods"}, Limit: aws.Int32(500)})
	routes := []string{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, resource := range page.Items {
			for name, method := range resource.ResourceMethods {
				routes = append(routes, name+" "+aws.ToString(resource.Path)+" "+aws.ToString(method.AuthorizationType))
			}
		}
	}
	slices.Sort(routes)
	return routes, nil
}

func (c placeClients) takeData(ctx context.Context, group *sync.WaitGroup, facts contract.Facts, into *place) {
	task(group, ctx, &into.replication, func(ctx context.Context) (*s3types.ReplicationConfiguration, error) {
		output, err := c.s3.GetBucketReplication(ctx, &s3.GetBucketReplicationInput{Bucket: &facts.Bucket})
		if err != nil {
			if errorCode(err) == "ReplicationConfigurationNotFoundError" {
				return &s3types.ReplicationConfiguration{}, nil
			}
			return nil, err
		}
		return output.ReplicationConfiguration, nil
	})
	task(group, ctx, &into.versioned, func(ctx context.Context) (bool, error) {
		output, err := c.s3.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &facts.Bucket})
		if err != nil {
			return false, err
		}
		return output.Status == s3types.BucketVersioningStatusEnabled, nil
	})
	task(group, ctx, &into.keyState, func(ctx context.Context) (string, error) {
		output, err := c.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &facts.Key})
		if err != nil {
			return "", err
		}
		return string(output.KeyMetadata.KeyState), nil
	})
}

func (c placeClients) takeSecrets(ctx context.Context, group *sync.WaitGroup, p Pair, facts contract.Facts, into *place) {
	found := make([]got[secret], len(facts.Clients))
	for i, client := range facts.Clients {
		task(group, ctx, &found[i], func(ctx context.Context) (secret, error) { return c.secret(ctx, contract.ClientSecret(p.Name, client)) })
	}
	into.secrets = map[string]got[secret]{}
	into.settle = append(into.settle, func() {
		for i, client := range facts.Clients {
			into.secrets[client] = found[i]
		}
	})
	task(group, ctx, &into.credentials, func(ctx context.Context) (secret, error) { return c.secret(ctx, facts.Credentials) })
}

func (c placeClients) secret(ctx context.Context, id string) (secret, error) {
	output, err := c.secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &id})
	if err != nil {
		return secret{}, err
	}
	s := secret{primary: aws.ToString(output.PrimaryRegion), replicas: map[string]string{}, deleted: output.DeletedDate != nil}
	for version, stages := range output.VersionIdsToStages {
		if slices.Contains(stages, "AWSCURRENT") {
			s.current = version
		}
	}
	for _, replica := range output.ReplicationStatus {
		s.replicas[aws.ToString(replica.Region)] = string(replica.Status)
	}
	return s, nil
}

// issuer reads a trusted issuer; its zero value when there is none.
func (r *region) issuer(ctx context.Context, name string) (issuer, error) {
	output, err := r.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	if errorCode(err) == "ParameterNotFound" {
		return issuer{}, nil
	}
	if err != nil {
		return issuer{}, err
	}
	var found issuer
	if err := json.Unmarshal([]byte(aws.ToString(output.Parameter.Value)), &found); err != nil {
		return issuer{}, fmt.Errorf("%s is not a JSON object: %w", name, err)
	}
	return found, nil
}

// mayWriteSwitch asks for a write that Parameter Store refuses whoever asks, as
// the parameter exists: the kind of refusal says whether it would be allowed.
func (r *region) mayWriteSwitch(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, takeLimit)
	defer cancel()
	if _, err := r.parameters(ctx); err != nil {
		return false, err
	}
	_, err := r.ssm.PutParameter(ctx, &ssm.PutParameterInput{
		Name: aws.String(contract.SwitchParameter(r.pair.Name)), Value: aws.String("off"), Type: "String", Overwrite: aws.Bool(false),
	})
	switch code := errorCode(err); {
	case code == "ParameterAlreadyExists":
		return true, nil
	case strings.Contains(code, "AccessDenied"):
		return false, nil
	}
	return false, err
}

// failedCopies of the last day out of this Region's bucket.
func (r *region) failedCopies(ctx context.Context, facts contract.Facts, now time.Time) (float64, error) {
	own, ok := strings.CutSuffix(facts.Bucket, r.name)
	if !ok {
		return 0, fmt.Errorf("the bucket %s does not end with its Region", facts.Bucket)
	}
	found, err := r.metrics(ctx, []series{{"failed", "AWS/S3", "OperationsFailedReplication", "Sum", map[string]string{
		"SourceBucket": facts.Bucket, "DestinationBucket": own + r.pair.peer(r.name), "RuleId": facts.Rule,
	}}}, now, 24*time.Hour)
	return sumOf(found["failed"]), err
}

func sumOf(measures []Measure) float64 {
	sum := 0.0
	for _, m := range measures {
		sum += m.Value
	}
	return sum
}

// peak of the functions that ran at once in this Region.
func (r *region) peak(ctx context.Context, now time.Time) (float64, error) {
	found, err := r.metricsOver(ctx, []series{{"peak", "AWS/Lambda", "ConcurrentExecutions", "Maximum", nil}}, now, peakWindow, time.Hour)
	if highest := worst(found["peak"]); highest != nil {
		return highest.Value, err
	}
	return 0, err
}

// takeZone reads the records of the name and the health checks behind them.
func (w World) takeZone(ctx context.Context, i *Inventory) {
	config := w.AWS.Copy()
	config.Region = "us-east-1"
	client := route53.NewFromConfig(config)
	zone := i.Regions[1].Facts.HostedZone
	if zone == "" {
		zone = i.Regions[0].Facts.HostedZone
	}
	if zone == "" {
		i.records.err = fmt.Errorf("the hosted zone of %s is not known: no Region says it", i.Pair.Domain)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, takeLimit)
	defer cancel()
	i.records = gotOf(recordsOf(ctx, client, zone, i.Pair.Domain))
	pending := []string{}
	for _, record := range i.records.value {
		pending = append(pending, aws.ToString(record.HealthCheckId))
	}
	for len(pending) > 0 {
		id := pending[0]
		pending = pending[1:]
		if _, known := i.checks[id]; known || id == "" {
			continue
		}
		output, err := client.GetHealthCheck(ctx, &route53.GetHealthCheckInput{HealthCheckId: &id})
		if err != nil {
			i.checks[id] = got[*r53types.HealthCheckConfig]{err: err}
			continue
		}
		i.checks[id] = gotOf(output.HealthCheck.HealthCheckConfig, nil)
		pending = append(pending, output.HealthCheck.HealthCheckConfig.ChildHealthChecks...)
	}
}

// recordsOf are those that answer for addresses of the name.
func recordsOf(ctx context.Context, client *route53.Client, zone, name string) ([]r53types.ResourceRecordSet, error) {
	pages := route53.NewListResourceRecordSetsPaginator(client, &route53.ListResourceRecordSetsInput{HostedZoneId: &zone, StartRecordName: &name})
	found := []r53types.ResourceRecordSet{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		passed := false
		for _, record := range page.ResourceRecordSets {
			same := strings.EqualFold(strings.TrimSuffix(aws.ToString(record.Name), "."), name)
			if same && slices.Contains([]r53types.RRType{"A", "AAAA", "CNAME"}, record.Type) {
				found = append(found, record)
			}
			passed = passed || !same && len(found) > 0
		}
		if passed {
			break
		}
	}
	return found, nil
}

// keysAtDoor are the keys that a Region's API offers: those of both issuers.
func (w World) keysAtDoor(ctx context.Context, facts contract.Facts) ([]string, error) {
	return w.keys(ctx, underName(w.HTTP, facts), "https://"+facts.RegionalDomainName+"/.well-known/jwks.json", facts.DomainName)
}

// keys are the ids in a published key set.
func (w World) keys(ctx context.Context, client *http.Client, address, host string) ([]string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("ask for keys: %w", err)
	}
	request.Host = host
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	var set struct {
		Keys []struct {
			ID string `json:"kid"`
		} `json:"keys"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&set); err != nil || response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %d without a key set", address, response.StatusCode)
	}
	ids := []string{}
	for _, key := range set.Keys {
		ids = append(ids, key.ID)
	}
	slices.Sort(ids)
	return ids, nil
}
