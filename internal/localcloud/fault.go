package localcloud

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
)

// Fault is a way for a Region to fail.
type Fault string

// Faults of a Region.
const (
	// Crash: everything refuses connections, processes are gone.
	Crash Fault = "crash"
	// Blackhole: packets vanish, processes are frozen.
	Blackhole Fault = "blackhole"
	// HTTP5xx: API Gateway answers 503 to everything.
	HTTP5xx Fault = "http-5xx"
	// Slow: API Gateway answers after the checkers have given up.
	Slow Fault = "slow"
	// S3: the Region's S3 answers 503.
	S3 Fault = "s3"
	// Tokens: the Region's Cognito is unreachable.
	Tokens Fault = "tokens"
	// Secrets: the Region's Secrets Manager is unreachable.
	Secrets Fault = "secrets"
	// Parameters: the Region's Parameter Store is unreachable.
	Parameters Fault = "parameters"
	// Throttled: the Region's Parameter Store refuses every call, since the account
	// calls too often.
	Throttled Fault = "throttled"
	// KMS: the Region's KMS is unreachable.
	KMS Fault = "kms"
	// HealthOnly: a false alarm, only the health endpoint fails.
	HealthOnly Fault = "health-only"
	// APIDead: the API answers 503 to everything, and its health endpoint is well.
	APIDead Fault = "api-dead"
	// Certificate: the certificate of the API's name has expired.
	Certificate Fault = "certificate"
	// Mapping: the API's name leads to no API.
	Mapping Fault = "mapping"
	// GrayErrors: a share of the API's invocations fails; its health endpoint is well.
	GrayErrors Fault = "gray-errors"
	// GrayLatency: a share of the API's invocations is slow; its health endpoint is
	// well.
	GrayLatency Fault = "gray-latency"
)

// Faults lists all of them.
var Faults = []Fault{Crash, Blackhole, HTTP5xx, Slow, S3, Tokens, Secrets, Parameters, Throttled, KMS, HealthOnly, APIDead, Certificate, Mapping, GrayErrors, GrayLatency}

// Inject breaks a Region until Heal.
func (c *Cloud) Inject(region string, fault Fault) error {
	if err := c.mustBeRegion(region); err != nil {
		return err
	}
	unavailable := egress.Fault{Kind: egress.Status, Status: http.StatusServiceUnavailable}
	set := func(f egress.Fault, services ...string) {
		for _, service := range services {
			c.network.SetFault(region, service, f)
		}
	}
	switch fault {
	case Crash:
		c.pause(region)
		c.network.SetFault(region, "", egress.Fault{Kind: egress.Refuse})
		for _, f := range c.region(region, "").all() {
			f.Disable()
		}
	case Blackhole:
		c.pause(region)
		c.network.SetFault(region, "", egress.Fault{Kind: egress.Blackhole})
		for _, f := range c.region(region, "").all() {
			f.Freeze()
		}
	case HTTP5xx:
		set(unavailable, serviceAPI, serviceHealth)
	case Slow:
		set(egress.Fault{Kind: egress.Slow, Delay: c.slowness()}, serviceAPI, serviceHealth)
	case S3:
		c.copier.Pause(region)
		set(unavailable, "s3")
	case Tokens:
		set(egress.Fault{Kind: egress.Refuse}, "cognito-idp", "cognito-oauth")
	case Secrets:
		set(egress.Fault{Kind: egress.Refuse}, "secretsmanager")
	case Parameters:
		set(egress.Fault{Kind: egress.Refuse}, "ssm")
	case Throttled:
		set(egress.Fault{Kind: egress.Status, Status: http.StatusBadRequest, Code: "ThrottlingException"}, "ssm")
	case KMS:
		set(egress.Fault{Kind: egress.Refuse}, "kms")
	case HealthOnly:
		set(unavailable, serviceHealth)
	case APIDead:
		set(unavailable, serviceAPI)
	case Certificate:
		set(egress.Fault{Kind: egress.Expired}, serviceAPI)
	case Mapping:
		set(egress.Fault{Kind: egress.Status, Status: http.StatusForbidden}, serviceAPI)
	case GrayErrors, GrayLatency:
		// Those who invoke functions look at c.faults.
	default:
		return fmt.Errorf("fault %q is unknown; there are %s", fault, faultNames())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults[region] = fault
	return nil
}

// Restart replaces every instance of the functions of the pair by a new one, at
// its next invocation: nothing is warm.
func (c *Cloud) Restart() {
	for _, region := range []string{c.pair.Primary.Name, c.pair.Secondary.Name} {
		for _, f := range c.region(region, "").all() {
			f.Restart()
		}
	}
}

// pause stops what is copied from and to a Region.
func (c *Cloud) pause(region string) {
	c.copier.Pause(region)
	c.tables.Pause(region)
}

// FaultOf returns the fault that was injected last into a Region and has not
// been healed; empty when there is none.
func (c *Cloud) FaultOf(region string) Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.faults[region]
}

// slowness is longer than a checker waits, also when time is scaled.
func (c *Cloud) slowness() time.Duration {
	scaled := time.Duration(float64(2*(failover.ConnectLimit+failover.AnswerLimit)) / c.options.TimeScale)
	return max(scaled, 1500*time.Millisecond)
}

// Heal ends all faults of a Region.
func (c *Cloud) Heal(region string) error {
	if err := c.mustBeRegion(region); err != nil {
		return err
	}
	for _, f := range c.region(region, "").all() {
		f.Thaw()
		f.Enable()
	}
	// A strongly consistent table catches up before anybody asks it.
	c.tables.Resume(region)
	c.network.ClearFaults(region)
	c.copier.Resume(region)
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.faults, region)
	return nil
}

func (c *Cloud) mustBeRegion(name string) error {
	known := []string{c.pair.Primary.Name, c.pair.Secondary.Name}
	if !slices.Contains(known, name) {
		return fmt.Errorf("the Region %q is not part of the pair; its Regions are %s", name, strings.Join(known, " and "))
	}
	return nil
}

func faultNames() string {
	names := make([]string, len(Faults))
	for i, fault := range Faults {
		names[i] = string(fault)
	}
	return strings.Join(names, ", ")
}
