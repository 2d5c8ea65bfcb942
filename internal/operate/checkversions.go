package operate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/contract"
)

const deployBoth = "npx cdk deploy --exclusively {pair}-primary {pair}-secondary, from one commit"

// sameFunctions compares a property of the functions that both Regions have.
func sameFunctions(property func(f function) string) func(i Inventory) ([]string, error) {
	return func(i Inventory) ([]string, error) {
		problems := []string{}
		for _, label := range i.commonFunctions() {
			one, other := i.primary.functions[label], i.standby.functions[label]
			if err := i.primary.unknown(one.err); err != nil {
				return nil, err
			}
			if err := i.standby.unknown(other.err); err != nil {
				return nil, err
			}
			a, b := property(one.value), property(other.value)
			problems = append(problems, unless(a == b, "%s: %s in %s, %s in %s", label, shortened(a), i.primary.Region, shortened(b), i.standby.Region))
		}
		return wrong(problems...), i.missing()
	}
}

// missing says which Region's functions cannot be compared at all.
func (i Inventory) missing() error { return missingOf(i.primary, i.standby) }

func missingOf(places ...place) error {
	for _, p := range places {
		if err := p.unknown(nil); err != nil {
			return err
		}
	}
	return nil
}

func (i Inventory) commonFunctions() []string {
	labels := []string{}
	for _, label := range slices.Sorted(maps.Keys(i.primary.functions)) {
		if _, exists := i.standby.functions[label]; exists {
			labels = append(labels, label)
		}
	}
	return labels
}

// oneSided are functions that one Region needs and the other does not.
var oneSided = []string{"clients-rotation", "guard"}

func differentFunctions(i Inventory) ([]string, error) {
	problems := []string{}
	compare := func(a, b place) {
		for _, label := range slices.Sorted(maps.Keys(a.functions)) {
			_, exists := b.functions[label]
			problems = append(problems, unless(exists || slices.Contains(oneSided, label), "%s has no %s", b.Region, label))
		}
	}
	compare(i.primary, i.standby)
	compare(i.standby, i.primary)
	return wrong(problems...), i.missing()
}

// inactiveFunctions would not run, or not as they were deployed.
func inactiveFunctions(i Inventory) ([]string, error) {
	problems := []string{}
	for _, p := range []place{i.primary, i.standby} {
		for _, label := range slices.Sorted(maps.Keys(p.functions)) {
			f := p.functions[label]
			if err := p.unknown(f.err); err != nil {
				return nil, err
			}
			problems = append(problems, unless(f.value.state == "Active, last update Successful", "%s in %s is %s", label, p.Region, f.value.state))
		}
	}
	return wrong(problems...), i.missing()
}

// oneSidedVariables are those of functions that wake the guard, which is in the
// standby alone.
var oneSidedVariables = []string{contract.WakeFunction, contract.WakeParameter}

func environmentNames(f function) string {
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(f.environment)), func(name string) bool { return slices.Contains(oneSidedVariables, name) })
	return strings.Join(names, " ")
}

// environmentValues compares values that mean the same in both Regions: those
// that hold a Region's name, or an id that a Region made, cannot be the same.
func environmentValues(i Inventory) ([]string, error) {
	problems := []string{}
	for _, label := range i.commonFunctions() {
		one, other := i.primary.functions[label].value, i.standby.functions[label].value
		for _, name := range slices.Sorted(maps.Keys(one.environment)) {
			a, b := one.environment[name], other.environment[name]
			_, exists := other.environment[name]
			regional := strings.Contains(a, i.primary.Region) && strings.Contains(b, i.standby.Region)
			problems = append(problems, unless(!exists || regional || a == b, "%s: %s differs", label, name))
		}
	}
	return wrong(problems...), i.missing()
}

func versionChecks() []Check {
	const category = "versions"
	return []Check{{
		"VERSION-01", category, "Do both Regions have the same functions?", Blocks,
		"A function that the standby lacks is missing from the first request after a failover.", deployBoth, differentFunctions,
	}, {
		"VERSION-02", category, "Do they run the same code?", Blocks,
		"After a failover clients would meet another version of the API.", deployBoth,
		sameFunctions(func(f function) string { return f.code }),
	}, {
		"VERSION-03", category, "Do they have the same memory?", BlocksPlanned,
		"Memory is also CPU: a smaller function is slower, or is ended for using too much.", deployBoth,
		sameFunctions(func(f function) string { return fmt.Sprintf("%d MiB", f.memory) }),
	}, {
		"VERSION-04", category, "Do they have the same timeout?", BlocksPlanned,
		"What takes long would fail in one Region only.", deployBoth,
		sameFunctions(func(f function) string { return fmt.Sprintf("%d s", f.timeout) }),
	}, {
		"VERSION-05", category, "Do they have the same runtime and processor?", Warns,
		"The same code behaves differently, or does not start.", deployBoth,
		sameFunctions(func(f function) string { return f.runtime + " on " + f.architecture }),
	}, {
		"VERSION-06", category, "Do they have the same layers?", BlocksPlanned,
		"A layer is code: the versions differ.", deployBoth,
		sameFunctions(func(f function) string { return strings.Join(f.layers, " ") }),
	}, {
		"VERSION-07", category, "Do they have environment variables of the same names?", Blocks,
		"A function without a variable it needs does not start.", deployBoth, sameFunctions(environmentNames),
	}, {
		"VERSION-08", category, "Do these have the same values, but for Regional ones?", BlocksPlanned,
		"The standby would behave differently, by a setting that somebody has changed in one Region.", deployBoth, environmentValues,
	}, {
		"VERSION-09", category, "Are all functions active?", Blocks,
		"A function that is inactive or whose last update failed does not run, or runs an old version.",
		"aws lambda get-function-configuration --region <region> --function-name <function>, which says why", inactiveFunctions,
	}}
}
