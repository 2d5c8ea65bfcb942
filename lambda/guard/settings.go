package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
)

// settings is what the construct says through environment variables.
type settings struct {
	rules         guard.Rules
	pair          string
	domainName    string
	mutualTLS     bool
	region        string
	primaryRegion string
	// healthURL of the standby. The primary's is read from its parameter.
	healthURL string
	// bucket of the standby and peerBucket of the primary; without them nothing
	// is replicated.
	bucket, peerBucket string
}

// readSettings reports every variable that is missing or wrong at once.
func readSettings(getenv func(string) string) (settings, error) {
	var problems []error
	need := func(name string) string {
		value := getenv(name)
		if value == "" {
			problems = append(problems, fmt.Errorf("environment variable %s is missing", name))
		}
		return value
	}
	s := settings{
		pair: need(contract.GuardPair), domainName: need(contract.GuardDomainName), region: need("AWS_REGION"),
		primaryRegion: need(contract.GuardPrimaryRegion), healthURL: need(contract.GuardHealthURL),
		mutualTLS: getenv(contract.GuardMutualTLS) == "true",
		bucket:    getenv(contract.GuardBucket), peerBucket: getenv(contract.GuardPeerBucket),
	}
	mode := guard.Mode(need(contract.GuardMode))
	if mode != "" && mode != guard.Guarded && mode != guard.Manual {
		problems = append(problems, fmt.Errorf("%s must be %q or %q, got %q", contract.GuardMode, guard.Guarded, guard.Manual, mode))
	}
	s.rules = guard.DefaultRules(mode)
	minutes, err := strconv.Atoi(need(contract.GuardStableMinutes))
	if err != nil || minutes < 1 {
		problems = append(problems, fmt.Errorf("%s must be a whole number of minutes, got %q", contract.GuardStableMinutes, getenv(contract.GuardStableMinutes)))
	}
	s.rules.StableFor = time.Duration(minutes) * time.Minute
	if (s.bucket == "") != (s.peerBucket == "") {
		problems = append(problems, fmt.Errorf("%s and %s go together, got one of them", contract.GuardBucket, contract.GuardPeerBucket))
	}
	return s, errors.Join(problems...)
}
