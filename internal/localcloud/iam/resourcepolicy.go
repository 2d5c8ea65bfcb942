package iam

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// sourceIP is the one condition key of resource policies that is evaluated, in
// lower case: the address that a call comes from.
const sourceIP = "aws:sourceip"

// FromSource is the context of a call that comes from an address.
func FromSource(address netip.Addr) map[string]string {
	return map[string]string{sourceIP: address.String()}
}

// ParseResource reads the policy of a resource, as it is in a template after its
// intrinsics were resolved: statements that speak of everybody, or of the
// networks that calls come from. It fails with what it cannot evaluate, and
// names where that is in the policy.
func ParseResource(document any) ([]Statement, error) {
	statements := []Statement{}
	entries := anyList(object(document)["Statement"])
	if len(entries) == 0 {
		return nil, errors.New("Statement: must be a statement or a list of them")
	}
	for i, entry := range entries {
		s, err := resourceStatement(object(entry))
		if err != nil {
			return nil, fmt.Errorf("Statement[%d].%w", i, err)
		}
		statements = append(statements, s)
	}
	return statements, nil
}

func resourceStatement(fields map[string]any) (Statement, error) {
	s := Statement{Actions: texts(fields["Action"]), Resources: texts(fields["Resource"])}
	for name := range fields {
		if !slices.Contains([]string{"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}, name) {
			return s, fmt.Errorf("%s: is not evaluated", name)
		}
	}
	switch fields["Effect"] {
	case "Allow":
	case "Deny":
		s.Deny = true
	default:
		return s, wrongField("Effect", "must be Allow or Deny, got %v", fields["Effect"])
	}
	if !isEverybody(fields["Principal"]) {
		return s, wrongField("Principal", `must be "*", as callers have no AWS identity here, got %v`, fields["Principal"])
	}
	var err error
	s.Conditions, err = sourceConditions(fields["Condition"])
	return s, err
}

func wrongField(name, format string, args ...any) error {
	return fmt.Errorf("%s: %w", name, fmt.Errorf(format, args...))
}

func isEverybody(principal any) bool {
	if of := object(principal); len(of) == 1 {
		principal = of["AWS"]
	}
	return slices.Equal(texts(principal), []string{"*"})
}

func sourceConditions(value any) (map[string]map[string][]string, error) {
	conditions := map[string]map[string][]string{}
	for operator, keys := range object(value) {
		if operator != inNetwork && operator != notInNetwork {
			return nil, wrongField("Condition."+operator, "is not evaluated; those that are: %s, %s", inNetwork, notInNetwork)
		}
		conditions[operator] = map[string][]string{}
		for key, values := range object(keys) {
			if strings.ToLower(key) != sourceIP {
				return nil, wrongField("Condition."+operator+"."+key, "is not evaluated; the key that is: aws:SourceIp")
			}
			networks := texts(values)
			for _, network := range networks {
				if _, err := networkOf(network); err != nil {
					return nil, wrongField("Condition."+operator+"."+key, "must be addresses and networks, got %q", network)
				}
			}
			conditions[operator][sourceIP] = networks
		}
	}
	return conditions, nil
}

// networkOf reads a network in CIDR notation, or an address.
func networkOf(text string) (netip.Prefix, error) {
	if address, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

func isInNetwork(found, wanted string) bool {
	address, err := netip.ParseAddr(found)
	network, wrong := networkOf(wanted)
	return err == nil && wrong == nil && network.Contains(address.Unmap())
}

// Networks that the conditions of statements name, in their order.
func Networks(statements []Statement) []netip.Prefix {
	networks := []netip.Prefix{}
	for _, s := range statements {
		for _, operator := range []string{inNetwork, notInNetwork} {
			for _, text := range s.Conditions[operator][sourceIP] {
				if network, err := networkOf(text); err == nil {
					networks = append(networks, network)
				}
			}
		}
	}
	return networks
}
