package restapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/regionpair/regionpair/internal/localcloud/iam"
)

// Authorizer is a Lambda authorizer of type TOKEN or REQUEST.
type Authorizer struct {
	// ID of the authorizer.
	ID string
	// FunctionARN of the function that decides.
	FunctionARN string
	// WholeRequest hands the function the request (type REQUEST) and not the
	// token alone.
	WholeRequest bool
	// Sources of what a decision is made about and kept for: one header for a
	// token, such as "method.request.header.Authorization"; any for a request,
	// "context.resourcePath" among them. A request that lacks one is refused.
	Sources []string
	// Validation that a token has to match as a whole before the function is
	// asked; nil lets every token through.
	Validation *regexp.Regexp
	// TTL of a decision; 0 asks the function for every request.
	TTL time.Duration
}

// authorization is what a function decided about a token.
type authorization struct {
	principalID string
	context     map[string]string
	policy      policy
	// latency of the function; 0 when the decision was cached.
	latency time.Duration
}

// errUnauthorized is how a function says 401: an error with this very text.
var errUnauthorized = errors.New("Unauthorized")

// event is requestContext.authorizer: the function's context, all strings.
func (a *authorization) event() map[string]any {
	if a == nil {
		return nil
	}
	result := map[string]any{"integrationLatency": a.latency.Milliseconds()}
	if a.principalID != "" {
		result["principalId"] = a.principalID
	}
	for name, value := range a.context {
		result[name] = value
	}
	return result
}

// authorize asks the method's authorizer; without one, the resource policy has to
// allow the request. The decision is made for the identity sources' values; its
// policy is applied to each method anew. What it does not speak of is allowed when
// the resource policy allows it.
func (x *exchange) authorize(authorizerID string) *fault {
	if authorizerID == "" {
		return x.mustBeAdmitted()
	}
	authorizer := x.api.Authorizers[authorizerID]
	identity, complete := authorizer.identityOf(x)
	if !complete || (authorizer.Validation != nil && !authorizer.Validation.MatchString(identity[0])) {
		return faultUnauthorized.of()
	}
	decision, err := x.api.decisions.get(x, authorizer, identity)
	var invalid *invalidDecision
	switch {
	case errors.Is(err, errUnauthorized):
		return faultUnauthorized.of()
	case errors.As(err, &invalid):
		return faultAuthorizerInvalid.because(err)
	case err != nil:
		return faultAuthorizerFailed.because(err)
	}
	x.authorization = decision
	switch verdict := decision.policy.evaluate(x.methodARN()); {
	case verdict == iam.Denied:
		return faultDeniedByRule.of()
	case verdict == iam.Allowed, x.admission == iam.Allowed:
		return nil
	}
	return faultDenied.of()
}

// identityOf returns the values of the sources, unless one is missing.
func (a *Authorizer) identityOf(x *exchange) ([]string, bool) {
	values := make([]string, 0, len(a.Sources))
	for _, source := range a.Sources {
		value, _ := expression(source).value(x)
		if value == "" {
			return nil, false
		}
		values = append(values, value)
	}
	return values, true
}

// ask invokes the function. It returns errUnauthorized, an *invalidDecision
// for an answer that is no decision, or why the function has not answered.
func (a *Authorizer) ask(x *exchange, identity []string) (*authorization, error) {
	payload, err := a.event(x, identity)
	if err != nil {
		return nil, fmt.Errorf("encode the authorizer's event: %w", err)
	}
	start := x.api.now()
	result := x.call(a.FunctionARN, payload, defaultTimeout)
	switch {
	case result.err != nil:
		return nil, fmt.Errorf("invoke the authorizer %s: %w", a.FunctionARN, result.err)
	case result.functionError != "" && result.errorMessage() == errUnauthorized.Error():
		return nil, errUnauthorized
	case result.functionError != "":
		return nil, fmt.Errorf("the authorizer %s failed: %s", a.FunctionARN, result.errorMessage())
	}
	decision, err := parseDecision(result.payload)
	if err != nil {
		return nil, &invalidDecision{err}
	}
	decision.latency = x.api.now().Sub(start)
	return decision, nil
}

// event is the input of an authorizer's function.
func (a *Authorizer) event(x *exchange, identity []string) ([]byte, error) {
	if !a.WholeRequest {
		return json.Marshal(map[string]string{"type": "TOKEN", "authorizationToken": identity[0], "methodArn": x.methodARN()})
	}
	return json.Marshal(struct {
		Type      string `json:"type"`
		MethodARN string `json:"methodArn"`
		requestEvent
	}{"REQUEST", x.methodARN(), x.requestEvent()})
}

// invalidDecision is an authorizer's answer that API Gateway cannot use.
type invalidDecision struct{ reason error }

func (e *invalidDecision) Error() string { return "use the authorizer's answer: " + e.reason.Error() }

func (e *invalidDecision) Unwrap() error { return e.reason }

func parseDecision(payload []byte) (*authorization, error) {
	var document struct {
		PrincipalID    any            `json:"principalId"`
		PolicyDocument policy         `json:"policyDocument"`
		Context        map[string]any `json:"context"`
	}
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return nil, fmt.Errorf("decode it: %w", err)
	}
	if err := document.PolicyDocument.check(); err != nil {
		return nil, err
	}
	decision := &authorization{policy: document.PolicyDocument, context: map[string]string{}}
	if document.PrincipalID != nil {
		text, ok := scalar(document.PrincipalID)
		if !ok {
			return nil, errors.New("'principalId' must be a string")
		}
		decision.principalID = text
	}
	for name, value := range document.Context {
		text, ok := scalar(value)
		if !ok {
			return nil, fmt.Errorf("'context.%s' must be a string, a number or a boolean: API Gateway takes no lists and no objects", name)
		}
		decision.context[name] = text
	}
	return decision, nil
}

// scalar is the text that API Gateway makes of a value.
func scalar(value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case json.Number:
		return value.String(), true
	case bool:
		if value {
			return "true", true
		}
		return "false", true
	}
	return "", false
}

// decisionLimit bounds the cache against clients that send a new token with
// each request.
const decisionLimit = 10000

// decisionCache keeps what authorizers decided about identities. Refusals by error
// are not kept: only a policy is.
type decisionCache struct {
	mu      sync.Mutex
	entries map[decisionKey]cachedDecision
	flights singleflight.Group
}

// decisionKey holds the values of an authorizer's identity sources.
type decisionKey struct{ authorizerID, identity string }

type cachedDecision struct {
	decision *authorization
	expires  time.Time
}

func newDecisionCache() *decisionCache {
	return &decisionCache{entries: map[decisionKey]cachedDecision{}}
}

// get returns the decision about an identity. Requests that come with it while
// the function is being asked wait for that answer.
func (c *decisionCache) get(x *exchange, a *Authorizer, identity []string) (*authorization, error) {
	if a.TTL <= 0 {
		return a.ask(x, identity)
	}
	key := decisionKey{a.ID, strings.Join(identity, "\x00")}
	if decision, found := c.lookup(key, x.api.now()); found {
		return decision, nil
	}
	result, err, _ := c.flights.Do(a.ID+"\x00"+key.identity, func() (any, error) {
		if decision, found := c.lookup(key, x.api.now()); found {
			return decision, nil
		}
		decision, err := a.ask(x, identity)
		if err != nil {
			return nil, err
		}
		c.store(key, decision, x.api.now(), a.TTL)
		return decision, nil
	})
	if err != nil {
		return nil, err
	}
	return result.(*authorization), nil
}

func (c *decisionCache) lookup(key decisionKey, now time.Time) (*authorization, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry, found := c.entries[key]
	if !found || !now.Before(entry.expires) {
		return nil, false
	}
	return entry.decision, true
}

// store keeps a copy without the latency: who finds it has not waited.
func (c *decisionCache) store(key decisionKey, decision *authorization, now time.Time, ttl time.Duration) {
	kept := *decision
	kept.latency = 0
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.entries) >= decisionLimit {
		c.makeRoom(now)
	}
	c.entries[key] = cachedDecision{decision: &kept, expires: now.Add(ttl)}
}

// makeRoom drops what has expired, or all when nothing has.
func (c *decisionCache) makeRoom(now time.Time) {
	for key, entry := range c.entries {
		if !now.Before(entry.expires) {
			delete(c.entries, key)
		}
	}
	if len(c.entries) >= decisionLimit {
		clear(c.entries)
	}
}
