package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// patience with what would wait forever for a Region that is down.
const patience = 2 * time.Minute

// deployWithoutPeer stops the primary, and deploys and uses the secondary as if
// nothing had happened.
func (s *scenario) deployWithoutPeer(ctx context.Context) (detail string, err error) {
	primary, secondary := s.primary(), s.secondary()
	fromPrimary, err := s.token(ctx, primary)
	if err != nil {
		return "", err
	}
	down := s.emulators[primary.Region]
	defer func() { err = errors.Join(err, down.thaw()) }()
	if err := down.freeze(ctx); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("not done within %s", patience))
	defer cancel()
	if _, err := s.adapt(setMemory(aloneMemory)); err != nil {
		return "", err
	}
	if _, err := s.deployStack(ctx, secondary); err != nil {
		return "", err
	}
	if err := s.mustHaveMemory(ctx, secondary, aloneMemory); err != nil {
		return "", err
	}
	if err := s.checkAPI(ctx, secondary); err != nil {
		return "", err
	}
	a, err := s.api(ctx, secondary)
	if err != nil {
		return "", err
	}
	if err := a.expect(ctx, http.MethodGet, "/objects", fromPrimary, "", http.StatusOK, "objects"); err != nil {
		return "", fmt.Errorf("with a token of the primary: %w", err)
	}
	if err := s.checkCalls(primary.Region, secondary.Region); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s stopped, %s has %d MiB and takes tokens of both", primary.Region, secondary.Name, aloneMemory), nil
}

// checkCalls finds functions that have asked for another Region, or for a host
// that nobody serves. The global stack's are meant to ask for both Regions.
func (s *scenario) checkCalls(regions ...string) error {
	for call := range s.network.Calls() {
		if !call.Known || (slices.Contains(regions, call.Caller) && call.Region != call.Caller) {
			return fmt.Errorf("a function of %s has asked for %s", call.Caller, call.Host)
		}
	}
	return nil
}
