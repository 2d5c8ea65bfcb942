package services

import (
	"net/http"
	"sync"
	"time"
)

// Region holds the state of one Region's services. It is safe for concurrent
// use.
type Region struct {
	name, account string
	now           func() time.Time
	others        func(name string) *Region

	mu         sync.Mutex
	parameters map[string]*parameter
	secrets    map[string]*secret // by name
	keys       map[string]*key    // by id
	pools      map[string]*pool   // by id
	domains    map[string]*pool   // by prefix

	certificates map[string]*certificate // by ARN
	metrics      *Metrics
	quotas       map[string]float64 // those that were changed
}

// NewRegion returns a Region without resources.
func NewRegion(name, account string, now func() time.Time) *Region {
	return &Region{
		name: name, account: account, now: now, others: func(string) *Region { return nil },
		parameters: map[string]*parameter{}, secrets: map[string]*secret{}, keys: map[string]*key{},
		pools: map[string]*pool{}, domains: map[string]*pool{},
		certificates: map[string]*certificate{}, metrics: newMetrics(now), quotas: map[string]float64{},
	}
}

// Name of the Region.
func (r *Region) Name() string { return r.name }

// Metrics of the Region's services.
func (r *Region) Metrics() *Metrics { return r.metrics }

// ARN of a resource in the Region.
func (r *Region) ARN(service, resource string) string { return r.arn(service, resource) }

// SecretARN is the ARN of a secret by its name; another text stays as it is.
func (r *Region) SecretARN(id string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, err := r.find(id); err == nil {
		return s.arn
	}
	return id
}

func (r *Region) arn(service, resource string) string {
	return "arn:aws:" + service + ":" + r.name + ":" + r.account + ":" + resource
}

// Handlers returns what the Region serves, by host name; "*." stands for every
// host below a suffix.
func (r *Region) Handlers() map[string]http.Handler {
	suffix := "." + r.name + ".amazonaws.com"
	return map[string]http.Handler{
		"ssm" + suffix:                            r.SSM(),
		"secretsmanager" + suffix:                 r.SecretsManager(),
		"kms" + suffix:                            r.KMS(),
		"sts" + suffix:                            r.STS(),
		"cognito-idp" + suffix:                    r.CognitoIDP(),
		"servicequotas" + suffix:                  r.ServiceQuotas(),
		"acm" + suffix:                            r.ACM(),
		"monitoring" + suffix:                     r.CloudWatch(),
		"*.auth." + r.name + ".amazoncognito.com": r.CognitoDomains(),
	}
}
