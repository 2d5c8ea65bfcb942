package main

import (
	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/environment"
)

// settings are what the function's environment says.
type settings struct {
	bucket, region string
	// index is the table of synchronous objects; empty for asynchronous ones.
	index                  string
	peerBucket, peerRegion string
	whenPeerIsDown         contract.PeerDownMode
	pair                   string
}

func readSettings(getenv func(string) string) (settings, error) {
	e := environment.New(getenv)
	s := settings{bucket: e.Need("BUCKET_NAME"), region: e.Optional("AWS_REGION"), index: e.Optional(contract.IndexVariable)}
	if s.index == "" {
		return s, e.Err()
	}
	s.peerBucket, s.peerRegion = e.Need(contract.PeerBucketVariable), e.Need(contract.PeerRegionVariable)
	s.whenPeerIsDown, s.pair = contract.PeerDownMode(e.Need(contract.PeerDownVariable)), e.Need(contract.PairVariable)
	if s.whenPeerIsDown != contract.PeerDownAccept && s.whenPeerIsDown != contract.PeerDownRefuse {
		e.Refuse("environment variable %s must be %q or %q, got %q", contract.PeerDownVariable, contract.PeerDownAccept, contract.PeerDownRefuse, s.whenPeerIsDown)
	}
	return s, e.Err()
}
