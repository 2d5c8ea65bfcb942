// Package property reads the properties of CloudFormation resources. It remembers
// which ones were read, so that what nobody heeds can be reported, and refuses
// values of another shape than the reader expects.
package property

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Owner names a resource in errors and reports.
type Owner struct{ Stack, LogicalID, Type string }

func (o Owner) String() string { return o.Stack + "/" + o.LogicalID + " (" + o.Type + ")" }

// Resource is what was read of one resource. It is safe for concurrent use.
type Resource struct {
	owner  Owner
	values map[string]any

	mu       sync.Mutex
	whole    map[string]bool // by path: read with everything in it
	entered  map[string]bool // by path: read in parts
	problems []error
	gaps     []string
	left     bool
}

// Of returns the reader of the properties of a resource, with all intrinsics
// resolved.
func Of(owner Owner, values map[string]any) *Reader {
	resource := &Resource{owner: owner, values: values, whole: map[string]bool{}, entered: map[string]bool{}}
	return &Reader{resource: resource, values: values}
}

// LeaveAll says why nothing of the resource is read further: it has been reported
// as a whole.
func (r *Reader) LeaveAll(string) {
	r.resource.mu.Lock()
	defer r.resource.mu.Unlock()
	r.resource.left = true
}

// Problems returns what was wrong since the last call, without the name of the
// resource.
func (r *Reader) Problems() error {
	r.resource.mu.Lock()
	defer r.resource.mu.Unlock()
	found := r.resource.problems
	r.resource.problems = nil
	return errors.Join(found...)
}

// Err is [Reader.Problems], each with the name of the resource.
func (r *Reader) Err() error {
	r.resource.mu.Lock()
	defer r.resource.mu.Unlock()
	named := []error{}
	for _, problem := range r.resource.problems {
		named = append(named, fmt.Errorf("%s: %w", r.resource.owner, problem))
	}
	r.resource.problems = nil
	return errors.Join(named...)
}

var listIndex = regexp.MustCompile(`\[\d+\]`)

// Gaps returns what the resource asks for and does not get: what was reported by
// [Reader.Missing], and every property that nobody has read, unless it is
// switched off. What is alike in the elements of a list is said once.
func (r *Reader) Gaps() []string {
	r.resource.mu.Lock()
	defer r.resource.mu.Unlock()
	lines := slices.Clone(r.resource.gaps)
	if !r.resource.left {
		r.resource.unread("", r.resource.values, func(place string) {
			lines = append(lines, r.resource.line(place, "not emulated"))
		})
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

func (r *Resource) line(place, what string) string {
	return r.owner.String() + ": " + listIndex.ReplaceAllString(place, "[]") + ": " + what
}

// unread visits the properties below a path that nobody has read.
func (r *Resource) unread(path string, value any, visit func(place string)) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			place := strings.TrimPrefix(path+"."+name, ".")
			switch {
			case r.whole[place] || isOff(v[name]):
			case r.entered[place]:
				r.unread(place, v[name], visit)
			default:
				visit(place)
			}
		}
	case []any:
		for i, element := range v {
			r.unread(fmt.Sprintf("%s[%d]", path, i), element, visit)
		}
	}
}

func isOff(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	text, ok := asText(value)
	return ok && slices.Contains([]string{"", "false", "off", "none"}, strings.ToLower(text))
}
