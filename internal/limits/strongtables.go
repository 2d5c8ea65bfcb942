package limits

import (
	"fmt"
	"slices"
	"strings"
)

// StrongTableRegions are the sets of Regions in which DynamoDB keeps a global
// table strongly consistent. Its three Regions are all from one set.
var StrongTableRegions = [][]string{
	{"us-east-1", "us-east-2", "us-west-2"},
	{"eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"},
	{"ap-northeast-1", "ap-northeast-2", "ap-northeast-3"},
}

// CheckStrongTable returns why the two Regions of a pair cannot have a strongly
// consistent table, with the sets of Regions that can.
func CheckStrongTable(primary, secondary string) *Problem {
	for _, set := range StrongTableRegions {
		if slices.Contains(set, primary) && slices.Contains(set, secondary) {
			return nil
		}
	}
	return &Problem{
		fmt.Sprintf("DynamoDB keeps no table strongly consistent between %q and %q", primary, secondary),
		"use consistency \"eventual\", or two Regions of one set: " + StrongTableSets(),
	}
}

// CheckThirdRegion returns what is wrong with the third Region, a replica or a
// witness, of a strongly consistent table of a pair that [CheckStrongTable] has
// passed.
func CheckThirdRegion(primary, secondary, third string) *Problem {
	allowed := ThirdRegions(primary, secondary)
	if slices.Contains(allowed, third) {
		return nil
	}
	found := "is missing"
	if third != "" {
		found = fmt.Sprintf("%q cannot be the third Region beside %q and %q", third, primary, secondary)
	}
	return &Problem{found, "use " + strings.Join(allowed, " or ") + " (DynamoDB keeps a strongly consistent table in three Regions of one set)"}
}

// ThirdRegions are the Regions that can be the third of a strongly consistent
// table of a pair.
func ThirdRegions(primary, secondary string) []string {
	allowed := []string{}
	for _, set := range StrongTableRegions {
		if slices.Contains(set, primary) && slices.Contains(set, secondary) {
			for _, region := range set {
				if region != primary && region != secondary {
					allowed = append(allowed, region)
				}
			}
		}
	}
	return allowed
}

// StrongTableSets are [StrongTableRegions] in words.
func StrongTableSets() string {
	sets := []string{}
	for _, set := range StrongTableRegions {
		sets = append(sets, strings.Join(set, ", "))
	}
	return strings.Join(sets, "; ")
}
