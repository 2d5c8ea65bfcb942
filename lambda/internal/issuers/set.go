package issuers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"golang.org/x/sync/singleflight"

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

const (
	// parametersAge is when the parameters are read again.
	parametersAge = 5 * time.Minute
	// parametersRetry is how soon after a failed read.
	parametersRetry = 30 * time.Second
	// parametersFirstRetry is the same while nothing is known.
	parametersFirstRetry = time.Second
	// parametersTimeout bounds the first read, with the SDK's own retries.
	parametersTimeout = 3 * time.Second
	// renewTimeout bounds the renewal of what is known: a caller waits for it,
	// because Lambda freezes what goes on after the answer.
	renewTimeout = time.Second
)

// ParameterReader reads parameters; *ssm.Client is one.
type ParameterReader interface {
	GetParameters(ctx context.Context, input *ssm.GetParametersInput, options ...func(*ssm.Options)) (*ssm.GetParametersOutput, error)
}

// SetProps configures a [Set].
type SetProps struct {
	// Parameters reads the issuers.
	// Required.
	Parameters ParameterReader
	// Names of the parameters. The first is this Region's own issuer and must
	// exist; the others may be absent, as before the Regions are wired.
	// Required, at least one.
	Names []string
	// HTTP fetches keys.
	// Default: NewHTTPClient().
	HTTP *http.Client
	// Now tells the time.
	// Default: time.Now.
	Now func() time.Time
}

// Set is the issuers the pair trusts. It is safe for concurrent use, reads
// nothing until it is asked, and keeps its last good copy of everything.
type Set struct {
	props  SetProps
	flight singleflight.Group

	mu       sync.Mutex
	rings    map[string]*keyring // by parameter name
	loadedAt time.Time
	triedAt  time.Time
}

// NewSet returns the set of the issuers in the named parameters.
func NewSet(props SetProps) *Set {
	if props.HTTP == nil {
		props.HTTP = NewHTTPClient()
	}
	if props.Now == nil {
		props.Now = time.Now
	}
	return &Set{props: props}
}

// SplitNames reads the ISSUER_PARAMETERS variable: names with commas between.
// It returns an error when there is none.
func SplitNames(list string) ([]string, error) {
	names := []string{}
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, errors.New("ISSUER_PARAMETERS must name this Region's issuer parameter and its peer's, with a comma between, got nothing")
	}
	return names, nil
}

// Load reads the parameters unless that is done, and again when they are old: a
// caller pays for it, because nothing that goes on after an answer would be
// finished. It returns an error that wraps ErrUnavailable when they have never
// been read and cannot be now; at most one read is tried in each pause.
func (s *Set) Load(ctx context.Context) error {
	loaded, due := s.state()
	switch {
	case !loaded:
		return s.reload(ctx, parametersTimeout)
	case due:
		if err := s.reload(ctx, renewTimeout); err != nil {
			logging.From(ctx).Warn("keep the last good issuers", "error", err)
		}
	}
	return nil
}

// Warm reads parameters and keys, so that the first request need not. What
// fails is tried again when it is needed.
func (s *Set) Warm(ctx context.Context) {
	if _, err := s.JWKS(ctx); err != nil {
		logging.From(ctx).Warn("start without the issuers' keys", "error", err)
	}
}

// JWKS is the union of all issuers' keys, ordered by id. Issuers whose keys
// cannot be had are left out; when that is all of them, the error wraps
// ErrUnavailable.
func (s *Set) JWKS(ctx context.Context) (JWKS, error) {
	if err := s.Load(ctx); err != nil {
		return JWKS{}, err
	}
	union := JWKS{Keys: []JWK{}}
	var failures []error
	for _, ring := range s.current() {
		keys, err := ring.all(ctx)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		for _, key := range keys {
			union.Keys = append(union.Keys, key.JWK())
		}
	}
	if len(union.Keys) == 0 {
		return union, errors.Join(append(failures, ErrUnavailable)...)
	}
	slices.SortFunc(union.Keys, func(a, b JWK) int { return strings.Compare(a.ID, b.ID) })
	return union, nil
}

// ring returns the keys of exactly this issuer.
func (s *Set) ring(issuer string) (*keyring, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ring := range s.rings {
		if ring.issuer == issuer {
			return ring, true
		}
	}
	return nil, false
}

func (s *Set) current() []*keyring {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []*keyring{}
	for _, name := range s.props.Names {
		if ring, exists := s.rings[name]; exists {
			list = append(list, ring)
		}
	}
	return list
}

// state says whether there are issuers, and whether to read them now.
func (s *Set) state() (loaded, due bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.props.Now()
	if s.rings == nil {
		return false, s.triedAt.IsZero() || now.Sub(s.triedAt) >= parametersFirstRetry
	}
	return true, now.Sub(s.loadedAt) >= parametersAge && now.Sub(s.triedAt) >= parametersRetry
}

func (s *Set) reload(ctx context.Context, timeout time.Duration) error {
	done := s.flight.DoChan("", func() (any, error) {
		// Somebody may have been faster between the look and the flight.
		if _, due := s.state(); !due {
			return nil, nil
		}
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
		defer cancel()
		return nil, s.read(bounded)
	})
	select {
	case result := <-done:
		if loaded, _ := s.state(); result.Err == nil && !loaded {
			return fmt.Errorf("%w: the issuers' parameters could not be read a moment ago", ErrUnavailable)
		}
		return result.Err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
}

func (s *Set) read(ctx context.Context) error {
	s.markTried()
	output, err := s.props.Parameters.GetParameters(ctx, &ssm.GetParametersInput{Names: s.props.Names})
	if err != nil {
		return fmt.Errorf("%w: read the issuers' parameters: %w", ErrUnavailable, err)
	}
	values := map[string]string{}
	for _, parameter := range output.Parameters {
		if parameter.Name != nil && parameter.Value != nil {
			values[*parameter.Name] = *parameter.Value
		}
	}
	return s.accept(ctx, values)
}

func (s *Set) markTried() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.triedAt = s.props.Now()
}

// accept takes over what the parameters say. One that cannot be read keeps its
// last good value; a peer that is gone is not trusted any more.
func (s *Set) accept(ctx context.Context, values map[string]string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	rings := map[string]*keyring{}
	for i, name := range s.props.Names {
		value, exists := values[name]
		if !exists && i > 0 {
			continue
		}
		ring, err := s.update(s.rings[name], value)
		if err != nil {
			logging.From(ctx).Error("keep the last good value of an issuer's parameter", "parameter", name, "error", err)
			ring = s.rings[name]
		}
		if ring != nil {
			rings[name] = ring
		}
	}
	if rings[s.props.Names[0]] == nil {
		return fmt.Errorf("%w: parameter %q must hold this Region's issuer: deploy the Region's stack again", ErrUnavailable, s.props.Names[0])
	}
	s.rings, s.loadedAt = rings, s.triedAt
	return nil
}

func (s *Set) update(ring *keyring, value string) (*keyring, error) {
	d, snapshot, err := parseDocument(value)
	if err != nil {
		return nil, err
	}
	if ring == nil || ring.issuer != d.Issuer || ring.jwksURI != d.JWKSURI {
		ring = &keyring{issuer: d.Issuer, jwksURI: d.JWKSURI, client: s.props.HTTP, now: s.props.Now}
	}
	ring.setSnapshot(snapshot, d.capturedAt())
	return ring, nil
}
