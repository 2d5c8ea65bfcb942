package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/localcloud/iam"
	"github.com/regionpair/regionpair/internal/route"
)

const permissionsFile = "internal/e2e/permissions.txt"

// grant is one action on one resource that a role allows a function, as patterns.
type grant struct {
	function, action, resource string
}

func (g grant) String() string { return g.function + " " + g.action + " on " + g.resource }

// ofLambda are what Lambda itself does with a function's role: nobody sees a call.
var ofLambda = []string{"logs:*", "xray:*"}

// changing are the parts of ARNs that differ from run to run.
var changing = []struct{ pattern, instead string }{
	{`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`, "<id>"},
	{`(secret:.*)-[0-9a-f]{6}$`, "$1-<suffix>"},
	{`-[0-9A-F]{13}\b`, "-<suffix>"},
}

// grants are those of a caller's policies, without what Lambda uses itself. The
// value says whether one of the accesses needed it.
func (g *gatekeeper) grantsOf(c *caller, accesses []iam.Access) map[grant]bool {
	used := map[grant]bool{}
	for _, statement := range c.statements {
		for _, action := range statement.Actions {
			if slices.ContainsFunc(ofLambda, func(pattern string) bool { return route.Match(pattern, action) }) {
				continue
			}
			for _, resource := range statement.Resources {
				granted := grant{c.name, action, g.stable(resource, c)}
				used[granted] = used[granted] || slices.ContainsFunc(accesses, func(a iam.Access) bool {
					return route.Match(action, a.Action) && route.Match(resource, a.Resource)
				})
			}
		}
	}
	return used
}

// stable leaves out what differs from run to run and, for the functions that both
// Regions have, from Region to Region.
func (g *gatekeeper) stable(arn string, c *caller) string {
	for region, role := range g.regional {
		if own := g.regional[c.region]; own == "" || !strings.HasSuffix(c.stack, "-"+own) {
			break
		}
		other := map[bool]string{true: "<own>", false: "<peer>"}
		arn = strings.NewReplacer(region, other[region == c.region], "-"+role+"-", "-<stack>-").Replace(arn)
	}
	for _, part := range changing {
		arn = regexp.MustCompile(part.pattern).ReplaceAllString(arn, part.instead)
	}
	return arn
}

// survey makes the gatekeeper know functions that never call.
func (g *gatekeeper) survey(ctx context.Context) error {
	for _, e := range g.emulators {
		functions, err := e.functions(ctx)
		if err != nil {
			return err
		}
		for _, function := range functions {
			if _, err := g.identify(ctx, function.credentials().AccessKeyID, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// grants are those of all functions that there were.
func (g *gatekeeper) grants() map[grant]bool {
	all := map[grant]bool{}
	for key, c := range g.known() {
		if c.region == "" { // no function
			continue
		}
		for granted, used := range g.grantsOf(c, g.gate.Accesses(key)) {
			all[granted] = all[granted] || used
		}
	}
	return all
}

// checkPermissions compares what functions may do and have done with the list
// that was agreed on. What nobody used needs a reason.
func (s *scenario) checkPermissions(ctx context.Context) (string, error) {
	if err := s.gatekeeper.survey(ctx); err != nil {
		return "", err
	}
	all, lines, unused := s.gatekeeper.grants(), []string{}, 0
	for g, used := range s.granted {
		all[g] = all[g] || used
	}
	needless := slices.Clone(excuses)
	for _, g := range slices.SortedFunc(maps.Keys(all), func(a, b grant) int { return cmp.Compare(a.String(), b.String()) }) {
		e := excuseFor(g)
		needless = slices.DeleteFunc(needless, func(other excuse) bool { return e == other && (e.sometimes || !all[g]) })
		switch {
		case e.sometimes:
			lines = append(lines, g.String()+": used in some runs: "+e.reason)
		case all[g]:
			lines = append(lines, g.String()+": used")
		default:
			unused++
			lines = append(lines, g.String()+": not used: "+e.reason)
		}
	}
	if len(needless) > 0 {
		return "", fmt.Errorf("these reasons in %s excuse no permission: take them away: %+v", excusesFile, needless)
	}
	if err := compareWithList(permissionsFile, lines); err != nil {
		return "", err
	}
	if at := slices.IndexFunc(lines, func(line string) bool { return strings.HasSuffix(line, noReason) }); at >= 0 {
		return "", errors.New(lines[at])
	}
	return fmt.Sprintf("%d permissions of functions: %d used, %d with a reason why not", len(all), len(all)-unused, unused), nil
}
