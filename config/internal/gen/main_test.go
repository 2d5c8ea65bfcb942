package main

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/typedoc"
)

const configDir = "../.."

func TestGeneratedFilesAreCurrent(t *testing.T) {
	files, err := render(configDir)
	require.NoError(t, err)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(configDir, "..", name))
		require.NoError(t, err)
		assert.Equal(t, string(want), string(got), "%s is not current: run go generate ./config", name)
	}
}

func TestGenerateWritesBothFiles(t *testing.T) {
	module := t.TempDir()
	dir := filepath.Join(module, "config")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	require.NoError(t, os.MkdirAll(filepath.Join(module, "docs", "reference"), 0o755))
	source, err := os.ReadFile(filepath.Join(configDir, "config.go"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "config.go"), source, 0o644))

	require.NoError(t, generate(dir))
	assert.FileExists(t, filepath.Join(module, "regionpair.schema.json"))
	assert.FileExists(t, filepath.Join(module, "docs", "reference", "configuration.md"))
}

func TestGenerateFailsWithoutTheSource(t *testing.T) {
	assert.ErrorContains(t, generate(t.TempDir()), "read the doc comments")
}

// The comments say the same as the tags, or readers of the one would be misled by the other.
func TestCommentsAgreeWithTheTags(t *testing.T) {
	c, err := typedoc.ReadComments(filepath.Join(configDir, "config.go"))
	require.NoError(t, err)
	each(reflect.TypeFor[config.Config](), func(parent reflect.Type, field reflect.StructField) {
		name := parent.Name() + "." + field.Name
		r, text := rule.Of(field), c.Of(parent, field)
		assert.NotEmpty(t, text.Meaning, "%s has no comment", name)
		if typedoc.GroupOf(field) != nil {
			return
		}
		if !r.Required {
			assert.NotEmpty(t, text.Default, "%s: the comment does not tell the default", name)
		}
		if r.Default != "" {
			// What a posture has instead follows a semicolon.
			standard, _, _ := strings.Cut(text.Default, ";")
			assert.Equal(t, r.Default, standard, "%s: default", name)
		}
		if r.Min != nil && r.Max != nil {
			assert.Regexp(t, fmt.Sprintf("^%d to (%d|maxAzs)", *r.Min, *r.Max), text.Allowed, "%s: range", name)
		}
		if len(r.Enum) > 0 {
			assert.Contains(t, text.Allowed, strings.Join(r.Enum, ", "), "%s: values", name)
		}
	})
}

// A number whose 0 is not allowed needs a default, because 0 is how Go says that it was not given; a switch that is on by
// default must be a pointer for the same reason.
func TestZeroAlwaysMeansNotGiven(t *testing.T) {
	// Those of an alarm are the alarm's own, those of a route the throttling's.
	computed := map[string]bool{
		"Egress.NatGateways": true, "Failback.StableMinutes": true, "Routing.TTLSeconds": true, "Route.RatePerSecond": true, "Route.Burst": true, "AlarmTuning.Threshold": true, "AlarmTuning.PeriodMinutes": true,
		"GrayFailure.ErrorPercent": true, "GrayFailure.P99Milliseconds": true, "GrayFailure.MinRequests": true, "AlarmTuning.EvaluationPeriods": true, "AlarmTuning.DatapointsToAlarm": true,
	}
	each(reflect.TypeFor[config.Config](), func(parent reflect.Type, field reflect.StructField) {
		name, r := parent.Name()+"."+field.Name, rule.Of(field)
		switch field.Type.Kind() {
		case reflect.Int:
			zeroAllowed := r.CheckInt(0) == nil
			assert.True(t, zeroAllowed != (r.Default != "") || computed[name], "%s: default %q, 0 allowed: %t", name, r.Default, zeroAllowed)
		case reflect.Bool:
			assert.Empty(t, r.Default, "%s must be a *bool to have a default", name)
		}
	})
}

// each visits the fields of t and of the structs below it.
func each(t reflect.Type, visit func(parent reflect.Type, field reflect.StructField)) {
	for i := range t.NumField() {
		visit(t, t.Field(i))
		if group := typedoc.GroupOf(t.Field(i)); group != nil {
			each(group, visit)
		}
	}
}
