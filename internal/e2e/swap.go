package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/assembly"
)

// exchangeRoles is step 2 of docs/runbooks/replace-a-region.md, "Swap the roles".
func exchangeRoles(dev map[string]any) {
	dev["primaryRegion"], dev["secondaryRegion"], dev["swapped"] = dev["secondaryRegion"], dev["primaryRegion"], true
}

// synthesizeSwapped makes the assembly of the same pair with its roles swapped.
func (s *scenario) synthesizeSwapped(ctx context.Context) error {
	dev, err := environment(s.context)
	if err != nil {
		return err
	}
	before := maps.Clone(dev)
	exchangeRoles(dev)
	defer func() { clear(dev); maps.Copy(dev, before) }()
	return s.runApp(ctx, s.swapped())
}

// restrict deploys the primary with allowedCidrs. The next deployment has to let
// clients in again: API Gateway keeps a policy that a template has no more. Clients
// hold tokens meanwhile.
func (s *scenario) restrict(ctx context.Context) (string, error) {
	s.held = map[string]string{}
	for _, stack := range s.regionStacks() {
		var err error
		if s.held[stack.Region], err = s.token(ctx, stack); err != nil {
			return "", err
		}
	}
	primary := s.primary()
	if _, err := s.adaptFrom(s.restricted()); err != nil {
		return "", err
	}
	if _, err := s.deployStack(ctx, primary); err != nil {
		return "", err
	}
	return "403 from " + primary.Region, s.mustAnswerClients(ctx, primary, http.StatusForbidden)
}

// swapRoles follows docs/runbooks/replace-a-region.md: both Regions' stacks are
// updated in place, and the global stack wires them the other way round. From here
// on the roles stay swapped.
func (s *scenario) swapRoles(ctx context.Context) (string, error) {
	was := s.primary()
	before, err := s.retained(ctx)
	if err != nil {
		return "", err
	}
	if err := s.takeSwapped(); err != nil {
		return "", err
	}
	if is := s.secondary(); is.Name != was.Name || is.Region != was.Region {
		return "", fmt.Errorf("%s in %s is the secondary, expected %s in %s", is.Name, is.Region, was.Name, was.Region)
	}
	if err := s.deployAll(ctx); err != nil {
		return "", err
	}
	if err := s.checkPair(ctx); err != nil {
		return "", err
	}
	for _, token := range s.held {
		if err := s.expectEverywhere(ctx, token); err != nil {
			return "", fmt.Errorf("with a token from before the swap: %w", err)
		}
	}
	if err := s.noteLeftBehind(ctx, before); err != nil {
		return "", err
	}
	detail := fmt.Sprintf("%s serves from %s; %s, and takes tokens from before", s.primary().Name, s.primary().Region, stillPaired)
	return detail, errors.Join(s.checkGuard(ctx), s.checkStatusOnce(ctx))
}

// takeSwapped makes the swapped pair the one of all further steps.
func (s *scenario) takeSwapped() error {
	dev, err := environment(s.context)
	if err != nil {
		return err
	}
	exchangeRoles(dev)
	if s.config, err = config.Load(s.context["regionpair"], "dev"); err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(s.original()), os.Rename(s.swapped(), s.original())); err != nil {
		return err
	}
	s.assembly, err = assembly.Load(s.original())
	return err
}

// noteLeftBehind lists what was to be retained and is in no stack any more: the log of
// the guard that has moved, and nothing else.
func (s *scenario) noteLeftBehind(ctx context.Context, before map[string][]string) error {
	after, err := s.retained(ctx)
	if err != nil {
		return err
	}
	s.leftBehind = map[string][]string{}
	for region, things := range before {
		for _, thing := range things {
			if slices.Contains(after[region], thing) {
				continue
			}
			if !strings.HasPrefix(thing, "AWS::Logs::LogGroup ") || !strings.Contains(thing, guardFunction) {
				return fmt.Errorf("%s: the swap has let go of %s", region, thing)
			}
			s.leftBehind[region] = append(s.leftBehind[region], thing)
		}
	}
	return nil
}

func (s *scenario) expectEverywhere(ctx context.Context, token string) error {
	for _, stack := range s.regionStacks() {
		a, err := s.api(ctx, stack)
		if err != nil {
			return err
		}
		if err := a.expect(ctx, http.MethodGet, "/objects", token, "", http.StatusOK, "objects"); err != nil {
			return err
		}
	}
	return nil
}

// checkGuard finds the guard of the failback in the standby, and there only.
func (s *scenario) checkGuard(ctx context.Context) error {
	if _, err := s.emulators[s.secondary().Region].functionNamed(ctx, guardFunction); err != nil {
		return err
	}
	if _, err := s.emulators[s.primary().Region].functionNamed(ctx, guardFunction); err == nil {
		return fmt.Errorf("%s still has the guard, which belongs to the standby", s.primary().Region)
	}
	return nil
}

// checkStatusOnce runs `regionpair status` as the reader who was admitted before.
func (s *scenario) checkStatusOnce(ctx context.Context) error {
	if err := s.serveName(ctx, s.primary()); err != nil {
		return err
	}
	if err := s.writeToolConfig(); err != nil {
		return err
	}
	return s.awaitAnswer(ctx, readerKey, []string{"status"}, s.checkStatus)
}
