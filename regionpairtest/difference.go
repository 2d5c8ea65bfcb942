package regionpairtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Difference describes how a template differs from another one, resource by
// resource: "+" is new, "-" is missing, and "~" has other values, a line each.
// It keeps the snapshots of many configurations as short as what they change.
func Difference(from, to Document) string {
	ids := slices.Sorted(maps.Keys(from.Resources))
	ids = slices.Compact(slices.Sorted(slices.Values(append(ids, to.ids()...))))
	var blocks []string
	for _, id := range ids {
		if block := compare(id, from.Resources, to.Resources); block != "" {
			blocks = append(blocks, block)
		}
	}
	for _, line := range changes(from.Outputs, to.Outputs) {
		blocks = append(blocks, "~ output "+line)
	}
	return assetHash.ReplaceAllString(strings.Join(blocks, "\n"), "<asset hash>") + "\n"
}

func compare(id string, from, to map[string]Resource) string {
	before, existed := from[id]
	after, exists := to[id]
	switch {
	case !existed:
		return "+ " + id + " " + after.Type + "\n" + indented(encode(after.values(), " "))
	case !exists:
		return "- " + id + " " + before.Type
	}
	lines := changes(before.values(), after.values())
	if before.Type != after.Type {
		lines = append([]string{fmt.Sprintf("Type: %s -> %s", before.Type, after.Type)}, lines...)
	}
	if len(lines) == 0 {
		return ""
	}
	return "~ " + id + " " + after.Type + "\n" + indented(strings.Join(lines, "\n"))
}

// values is what CloudFormation acts on: everything but CDK's metadata.
func (r Resource) values() map[string]any {
	all := map[string]any{}
	if len(r.Properties) > 0 {
		all["Properties"] = r.Properties
	}
	if r.DependsOn != nil {
		all["DependsOn"] = r.DependsOn
	}
	for name, value := range map[string]string{"DeletionPolicy": r.DeletionPolicy, "UpdateReplacePolicy": r.UpdateReplacePolicy} {
		if value != "" {
			all[name] = value
		}
	}
	return all
}

// changes returns "path: before -> after" for every value that differs.
func changes(before, after map[string]any) []string {
	was, is := map[string]string{}, map[string]string{}
	flatten("", before, was)
	flatten("", after, is)
	paths := map[string]bool{}
	for _, values := range []map[string]string{was, is} {
		for path := range values {
			paths[path] = true
		}
	}
	var lines []string
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if was[path] != is[path] {
			lines = append(lines, fmt.Sprintf("%s: %s -> %s", path, orNothing(was[path]), orNothing(is[path])))
		}
	}
	return lines
}

func orNothing(text string) string {
	if text == "" {
		return "(not set)"
	}
	return text
}

func flatten(path string, value any, into map[string]string) {
	join := func(name string) string { return strings.TrimPrefix(path+"."+name, ".") }
	switch v := value.(type) {
	case map[string]any:
		for name, element := range v {
			flatten(join(name), element, into)
		}
	case []any:
		for i, element := range v {
			flatten(fmt.Sprintf("%s[%d]", path, i), element, into)
		}
	default:
		into[path] = encode(value, "")
	}
}

func indented(text string) string {
	return "  " + strings.ReplaceAll(text, "\n", "\n  ")
}
