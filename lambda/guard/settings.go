package main

import (
	"strconv"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/lambda/internal/environment"
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
	// api and stage of the primary whose requests tell a gray failure; without them
	// nobody asks.
	api, stage string
}

// readSettings reports every variable that is missing or wrong at once.
func readSettings(getenv func(string) string) (settings, error) {
	variables := environment.New(getenv)
	s := settings{
		pair: variables.Need(contract.GuardPair), domainName: variables.Need(contract.GuardDomainName), region: variables.Need("AWS_REGION"),
		primaryRegion: variables.Need(contract.GuardPrimaryRegion), healthURL: variables.Need(contract.GuardHealthURL),
		mutualTLS: variables.Optional(contract.GuardMutualTLS) == "true",
		bucket:    variables.Optional(contract.GuardBucket), peerBucket: variables.Optional(contract.GuardPeerBucket),
	}
	mode := guard.Mode(variables.Need(contract.GuardMode))
	if mode != "" && mode != guard.Guarded && mode != guard.Manual {
		variables.Refuse("%s must be %q or %q, got %q", contract.GuardMode, guard.Guarded, guard.Manual, mode)
	}
	s.rules = guard.DefaultRules(mode)
	minutes, err := strconv.Atoi(variables.Need(contract.GuardStableMinutes))
	if err != nil || minutes < 1 {
		variables.Refuse("%s must be a whole number of minutes, got %q", contract.GuardStableMinutes, variables.Optional(contract.GuardStableMinutes))
	}
	s.rules.StableFor = time.Duration(minutes) * time.Minute
	if (s.bucket == "") != (s.peerBucket == "") {
		variables.Refuse("%s and %s go together, got one of them", contract.GuardBucket, contract.GuardPeerBucket)
	}
	if s.api = variables.Optional(contract.GuardAPI); s.api != "" {
		s.stage, s.rules.Gray = variables.Need(contract.GuardStage), readGray(variables)
	}
	return s, variables.Err()
}

// readGray reads what a gray failure is. One of its two limits may be 0, which is none.
func readGray(variables *environment.Reader) *guard.Gray {
	number := func(name string, least int) int {
		value, err := strconv.Atoi(variables.Need(name))
		if err != nil || value < least {
			variables.Refuse("%s must be a whole number from %d, got %q", name, least, variables.Optional(name))
		}
		return value
	}
	return &guard.Gray{
		ErrorPercent: number(contract.GuardErrorPercent, 0),
		P99:          time.Duration(number(contract.GuardP99Milliseconds, 0)) * time.Millisecond,
		MinRequests:  number(contract.GuardMinRequests, 1),
	}
}
