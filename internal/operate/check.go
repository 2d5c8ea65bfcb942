package operate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Severity of a check that does not hold.
type Severity string

// Severities.
const (
	// Blocks: neither a planned switch nor an unplanned failover would go well.
	Blocks Severity = "blocks"
	// BlocksPlanned: a planned switch should wait, an unplanned failover works.
	BlocksPlanned Severity = "blocks planned"
	// Warns: both work, and something is not as it should be.
	Warns Severity = "warns"
)

// Check is a question about a pair. It is data: the command, its document, its
// help and docs/readiness.md are made of it.
type Check struct {
	ID       string
	Category string
	// Asks is the question, which the answer "yes" makes good.
	Asks     string
	Severity Severity
	// Why is what happens when the answer is no.
	Why string
	// Fix is what to type or do. {pair}, {primary}, {standby} and {domain} stand
	// for the pair's, {owner} and {other} for the Region that owns the clients'
	// secrets and the one that has copies.
	Fix string
	// look returns what is wrong, in a few words each; or why it cannot be told.
	look func(i Inventory) ([]string, error)
}

// Anchor of the check in docs/readiness.md.
func (c Check) Anchor() string { return "docs/readiness.md#" + strings.ToLower(c.ID) }

// Categories in the order in which they are shown.
func Categories() []string {
	return []string{"versions", "api", "quotas", "secrets", "trust", "data", "certificates", "dns", "switch", "front door", "iam"}
}

// Checks are all of them, by category and number.
func Checks() []Check {
	return slices.Concat(versionChecks(), apiChecks(), quotaChecks(), secretChecks(), trustChecks(), dataChecks(),
		certificateChecks(), dnsChecks(), switchChecks(), doorChecks(), iamChecks())
}

// wrong collects what is wrong; an empty text is nothing.
func wrong(texts ...string) []string {
	return slices.DeleteFunc(texts, func(text string) bool { return text == "" })
}

func unless(holds bool, format string, args ...any) string {
	if holds {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// both returns two answers, or why one is missing.
func both[T any](i Inventory, of func(p place) got[T]) (primary, standby T, err error) {
	for n, p := range []place{i.primary, i.standby} {
		answer := of(p)
		if err := p.unknown(answer.err); err != nil {
			return primary, standby, err
		}
		if n == 0 {
			primary = answer.value
		} else {
			standby = answer.value
		}
	}
	return primary, standby, nil
}

// unknown says why something about a Region cannot be told.
func (p place) unknown(err error) error {
	switch {
	case p.Err != nil:
		return p.Err
	case !p.HasFacts:
		return fmt.Errorf("%s was deployed by an older version: deploy its stack", p.Region)
	case err != nil:
		return fmt.Errorf("%s: %s", p.Region, plainly(err))
	}
	return nil
}

// same is wrong when the Regions answer differently.
func same[T comparable](i Inventory, of func(p place) got[T]) ([]string, error) {
	primary, standby, err := both(i, of)
	if err != nil {
		return nil, err
	}
	return wrong(unless(primary == standby, "%s has %v, %s has %v", i.primary.Region, primary, i.standby.Region, standby)), nil
}

// each asks both Regions, or the one that was asked.
func each[T any](i Inventory, of func(p place) got[T], problem func(p place, value T) string) ([]string, error) {
	problems := []string{}
	for _, p := range i.asked() {
		answer := of(p)
		if err := p.unknown(answer.err); err != nil {
			return nil, err
		}
		problems = append(problems, problem(p, answer.value))
	}
	return wrong(problems...), nil
}

// asked are the Regions that the inventory is about.
func (i Inventory) asked() []place {
	if errors.Is(i.primary.Err, errNotAsked) {
		return []place{i.standby}
	}
	return []place{i.primary, i.standby}
}
