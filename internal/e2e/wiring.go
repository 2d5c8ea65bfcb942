package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/assembly"
)

// checkPair finds out whether the pair is still wired: rules and issuers are set,
// and each Region takes a token of the other.
func (s *scenario) checkPair(ctx context.Context) error {
	if _, err := s.checkPairing(ctx); err != nil {
		return err
	}
	for _, direction := range s.directions() {
		from, to := direction[0], direction[1]
		token, err := s.token(ctx, from)
		if err != nil {
			return err
		}
		a, err := s.api(ctx, to)
		if err != nil {
			return err
		}
		if err := a.expect(ctx, http.MethodGet, "/objects", token, "", http.StatusOK, "objects"); err != nil {
			return fmt.Errorf("with a token of %s: %w", from.Name, err)
		}
	}
	return nil
}

const stillPaired = "the pair still replicates and trusts"

// secondGlobalStack is what a changed globalRegion leads to: another global stack,
// while the first one is there. It must fail and, when it is rolled back, leave
// alone what is not its own.
func (s *scenario) secondGlobalStack(ctx context.Context) (string, error) {
	global := s.named(s.config.GlobalStackName())
	second := global
	second.Region = s.config.SecondaryRegion
	if _, err := s.adapt(); err != nil {
		return "", err
	}
	for _, name := range []string{global.ID + ".template.json", global.ID + ".assets.json", "manifest.json"} {
		if err := replaceIn(filepath.Join(s.adapted(), name), global.Region, second.Region); err != nil {
			return "", err
		}
	}
	output, err := s.deployStack(ctx, second)
	if err == nil {
		return "", fmt.Errorf("a second global stack was expected to fail:\n%s", output)
	}
	if !strings.Contains(unwrap(output), "it belongs to another stack") || !strings.Contains(output, global.Region) {
		return "", fmt.Errorf("the second global stack failed for another reason: %w", err)
	}
	if err := s.destroyStack(ctx, second); err != nil {
		return "", err
	}
	return "in " + second.Region + ", refused and rolled back; " + stillPaired, s.checkPair(ctx)
}

// unwrap makes one line of a text that the CLI has broken into several.
func unwrap(text string) string { return strings.Join(strings.Fields(text), " ") }

// moveConstructs gives what wires the Regions other logical ids, as a construct
// that is moved or renamed does, and the old ones again. CloudFormation makes the
// new resources before it deletes the old ones.
func (s *scenario) moveConstructs(ctx context.Context) (string, error) {
	global := s.named(s.config.GlobalStackName())
	moved := 0
	for _, changes := range [][]change{{move(&moved)}, nil} {
		if _, err := s.adapt(changes...); err != nil {
			return "", err
		}
		output, err := s.deployStack(ctx, global)
		if err != nil {
			return "", err
		}
		if strings.Contains(output, "(no changes)") {
			return "", errors.New("the CLI sees no change in moved constructs")
		}
		if err := s.checkPair(ctx); err != nil {
			return "", err
		}
	}
	if moved == 0 {
		return "", errors.New("there is no custom resource that could have moved")
	}
	return fmt.Sprintf("%d custom resources, there and back; %s", moved, stillPaired), nil
}

func move(moved *int) change {
	return func(resources map[string]any) {
		for _, id := range slices.Sorted(maps.Keys(resources)) {
			resource, _ := resources[id].(map[string]any)
			if kind, _ := resource["Type"].(string); strings.HasPrefix(kind, "Custom::") {
				delete(resources, id)
				resources["Moved"+id] = resource
				*moved++
			}
		}
	}
}

// restriction is what the second assembly of the example has: networks that may
// call the API, of which this machine is none.
const restriction = "203.0.113.0/24"

func (s *scenario) mustAnswerClients(ctx context.Context, stack assembly.Stack, want int) error {
	client, err := s.credentials(ctx, stack)
	if err != nil {
		return err
	}
	status, text, err := s.askForToken(ctx, stack, client)
	if err == nil && status != want {
		err = fmt.Errorf("the token endpoint answers %d %s, expected %d", status, text, want)
	}
	return err
}
