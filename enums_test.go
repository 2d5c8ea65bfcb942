package main_test

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/exports"
)

// TestEveryEnumerationIsDeclaredOnce: two types with the same values are one
// enumeration that can differ one day. What several packages need is declared in
// internal/contract, and the others have an alias.
func TestEveryEnumerationIsDeclaredOnce(t *testing.T) {
	found := enumerations(exported(t)...)
	assert.NotEmpty(t, found[modulePath+"/internal/contract.RoutingPolicy"])
	assert.Empty(t, strings.Join(twins(found), "\n"))
}

func TestTwinsAreFound(t *testing.T) {
	one, two := types.NewPackage("example.com/one", "one"), types.NewPackage("example.com/two", "two")
	declareEnumeration(one, "Role", "primary", "secondary")
	declareEnumeration(one, "Kind", "primary", "other")
	declareEnumeration(two, "Part", "secondary", "third", "primary")
	assert.Equal(t, []string{"example.com/one.Role and example.com/two.Part: primary, secondary"}, twins(enumerations(one, two)))
}

// TestTheConfigurationAllowsWhatItsTypesHave holds the values in the tags of fields to
// the constants of their types.
func TestTheConfigurationAllowsWhatItsTypesHave(t *testing.T) {
	packages := exported(t)
	known, checked := enumerations(packages...), 0
	for _, pkg := range packages {
		for _, name := range pkg.Scope().Names() {
			fields, isStruct := pkg.Scope().Lookup(name).Type().Underlying().(*types.Struct)
			if !isStruct || pkg.Path() != modulePath+"/config" {
				continue
			}
			for i := range fields.NumFields() {
				allowed, has := reflect.StructTag(fields.Tag(i)).Lookup("enum")
				if values := known[nameOf(elementOf(fields.Field(i).Type()))]; has && values != nil {
					assert.ElementsMatch(t, values, strings.Split(allowed, "|"), "config.%s.%s", name, fields.Field(i).Name())
					checked++
				}
			}
		}
	}
	assert.Greater(t, checked, 10)
}

// exported is what the packages of this module export.
func exported(t *testing.T) []*types.Package {
	t.Helper()
	reader, err := exports.NewReader(t.Context(), "./...")
	require.NoError(t, err)
	packages := []*types.Package{}
	for _, listed := range reader.Packages {
		if !strings.HasPrefix(listed.Path, modulePath+"/") || listed.Name == "main" {
			continue
		}
		pkg, err := reader.Import(listed.Path)
		require.NoError(t, err, listed.Path)
		packages = append(packages, pkg)
	}
	return packages
}

// enumerations are the texts of constants by the type that they are of.
func enumerations(packages ...*types.Package) map[string][]string {
	found := map[string][]string{}
	for _, pkg := range packages {
		for _, name := range pkg.Scope().Names() {
			value, isConstant := pkg.Scope().Lookup(name).(*types.Const)
			if !isConstant || value.Val().Kind() != constant.String {
				continue
			}
			// An alias in another package declares the same values again.
			if of, text := nameOf(value.Type()), constant.StringVal(value.Val()); of != "" && !slices.Contains(found[of], text) {
				found[of] = append(found[of], text)
			}
		}
	}
	return found
}

// nameOf a declared type, with its package; empty for others.
func nameOf(t types.Type) string {
	if named, isNamed := types.Unalias(t).(*types.Named); isNamed && named.Obj().Pkg() != nil {
		return named.Obj().Pkg().Path() + "." + named.Obj().Name()
	}
	return ""
}

// elementOf a list or a map, or the type itself.
func elementOf(t types.Type) types.Type {
	if container, isContainer := t.Underlying().(interface{ Elem() types.Type }); isContainer {
		return container.Elem()
	}
	return t
}

// twins are types of which one has every value of the other, at least two.
func twins(found map[string][]string) []string {
	pairs, names := []string{}, slices.Sorted(maps.Keys(found))
	for i, one := range names {
		for _, other := range names[i+1:] {
			common := slices.DeleteFunc(slices.Sorted(slices.Values(found[one])), func(text string) bool { return !slices.Contains(found[other], text) })
			if len(common) > 1 && len(common) == min(len(found[one]), len(found[other])) {
				pairs = append(pairs, fmt.Sprintf("%s and %s: %s", one, other, strings.Join(common, ", ")))
			}
		}
	}
	return pairs
}

func declareEnumeration(in *types.Package, name string, texts ...string) {
	named := types.NewNamed(types.NewTypeName(token.NoPos, in, name, nil), types.Typ[types.String], nil)
	in.Scope().Insert(named.Obj())
	for _, text := range texts {
		in.Scope().Insert(types.NewConst(token.NoPos, in, name+text, named, constant.MakeString(text)))
	}
}
