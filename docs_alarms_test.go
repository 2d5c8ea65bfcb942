package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// alarmName in a snapshot of a template: its stack, and the name without pair and role.
var alarmName = regexp.MustCompile(`AlarmName(?:=|": ")[a-z]+-(primary|secondary|global)-([a-z0-9-]+)`)

// TestThePageOfAlarmsHasThoseOfTheTemplates holds the names on the page, the labels of
// functions and the numbers of alarms against the snapshots of the templates.
func TestThePageOfAlarmsHasThoseOfTheTemplates(t *testing.T) {
	text, err := os.ReadFile("docs/reference/alarms.md")
	require.NoError(t, err)
	rows := map[string]string{}
	for line := range strings.Lines(string(text)) {
		first, rest, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		for _, name := range codeSpan.FindAllString(first, -1) {
			rows[strings.Trim(name, "`")] = rest
		}
	}
	ofFunctions := rows["errors-<function>"]
	require.NotEmpty(t, ofFunctions)

	paths, err := filepath.Glob("stacks/testdata/snapshots/*")
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, path := range paths {
		snapshot, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, match := range alarmName.FindAllStringSubmatch(string(snapshot), -1) {
			name := match[2]
			seen[name] = true
			label, ofFunction := strings.CutPrefix(name, "errors-")
			switch {
			case ofFunction:
				assert.Contains(t, ofFunctions, "`"+label+"`", "%s: a label that the row of errors-<function> does not have", path)
			case strings.HasPrefix(name, "replication-latency-table-"):
				assert.Contains(t, rows, "replication-latency-table-<table>")
			case strings.HasPrefix(name, "throttles-table-"):
				assert.Contains(t, rows, "throttles-table-<table>")
			case strings.HasPrefix(name, "throttles-"):
				assert.Contains(t, rows, "throttles-<function>")
			default:
				assert.Contains(t, rows, name, path)
			}
		}
	}
	for _, name := range []string{"server-errors", "errors-guard", "errors-clients-rotation", "errors-collector", "secondary-takeover"} {
		assert.True(t, seen[name], "the snapshots have no alarm %s any more", name)
	}

	prose := strings.Join(strings.Fields(string(text)), " ")
	_, scheduled, _ := strings.Cut(ofFunctions, "Scheduled:")
	scheduled, _, _ = strings.Cut(scheduled, ". ")
	for stack, number := range map[string]string{
		"minimal-primary": "8 of %d without tables", "minimal-secondary": "10 of %d in the standby",
	} {
		thresholds := alarmThresholds(t, filepath.Join("stacks", "testdata", "snapshots", stack+".json"))
		assert.Contains(t, prose, fmt.Sprintf(number, len(thresholds)), stack)
		for name, threshold := range thresholds {
			if _, label, ofFunction := strings.Cut(name, "-errors-"); ofFunction {
				assert.Equal(t, threshold == 1, strings.Contains(scheduled, "`"+label+"`"), "%s goes off at %v", name, threshold)
			}
		}
	}
}

// alarmThresholds of a template, by the names of its alarms.
func alarmThresholds(t *testing.T, path string) map[string]float64 {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				AlarmName string
				Threshold float64
			}
		}
	}
	require.NoError(t, json.Unmarshal(text, &template))
	thresholds := map[string]float64{}
	for _, resource := range template.Resources {
		if resource.Type == "AWS::CloudWatch::Alarm" {
			thresholds[resource.Properties.AlarmName] = resource.Properties.Threshold
		}
	}
	return thresholds
}
