package stacks_test

import (
	"encoding/json"
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/regionpairtest"
)

// widget of a dashboard, as CloudWatch's JSON has it.
type widget struct {
	Type                string
	X, Y, Width, Height int
	Properties          struct {
		Title, Markdown, Region, View string
		Metrics                       []any
		Alarms                        []any
	}
}

// reference stands for a value that is known at deployment only.
const reference = "id"

func widgetsOf(t *testing.T, global template) []widget {
	t.Helper()
	body := global.only(t, "AWS::CloudWatch::Dashboard").Properties["DashboardBody"]
	text, isText := body.(string)
	if !isText {
		for _, part := range body.(map[string]any)["Fn::Join"].([]any)[1].([]any) {
			if literal, ok := part.(string); ok {
				text += literal
			} else {
				text += reference
			}
		}
	}
	var dashboard struct{ Widgets []widget }
	require.NoError(t, json.Unmarshal([]byte(text), &dashboard))
	return dashboard.Widgets
}

// A title that is longer than its widget is wide ends in dots.
func TestDashboardTitlesFit(t *testing.T) {
	const charactersPerColumn = 5
	for _, environment := range []string{"minimal", "full", "tables"} {
		for _, w := range widgetsOf(t, synthOnce(t, environment).global) {
			assert.LessOrEqual(t, len(w.Properties.Title), charactersPerColumn*w.Width, w.Properties.Title)
		}
	}
}

// TestDashboardPicture keeps docs/pictures/dashboard.svg: the layout that the
// dashboard's JSON describes, with the names of its metrics.
func TestDashboardPicture(t *testing.T) {
	widgets := widgetsOf(t, synthOnce(t, "minimal").global)
	assert.GreaterOrEqual(t, len(widgets), 5)
	const column, row = 40, 24
	bottom := 0
	var b strings.Builder
	for _, w := range widgets {
		bottom = max(bottom, (w.Y+w.Height)*row)
		x, y, width, height := w.X*column, w.Y*row, w.Width*column, w.Height*row
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" rx="4" fill="#ffffff" stroke="#c3c2b7"/>`, x+2, y+2, width-4, height-4)
		line := y + 20
		say := func(text, colour, weight string) {
			if most := (width - 20) / 7; len(text) > most {
				text = text[:max(0, most-1)] + "…"
			}
			if line < y+height-4 {
				fmt.Fprintf(&b, `<text x="%d" y="%d" fill="%s" font-weight="%s">%s</text>`, x+10, line, colour, weight, html.EscapeString(text))
			}
			line += 15
		}
		title := w.Properties.Title
		if w.Properties.Region != "" && w.Properties.Region != reference {
			title += " (" + w.Properties.Region + ")"
		}
		if title != "" {
			say(title, "#0b0b0b", "600")
		}
		for text := range strings.Lines(w.Properties.Markdown) {
			say(strings.Trim(strings.NewReplacer("**", "", "`", "").Replace(text), "# \n"), "#52514e", "400")
		}
		for _, metric := range w.Properties.Metrics {
			say(metricName(metric), "#2a78d6", "400")
		}
	}
	picture := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 %d" font-family="system-ui, sans-serif" font-size="11"><rect width="960" height="%d" fill="#f9f9f7"/>%s</svg>`+"\n",
		bottom, bottom, b.String())
	regionpairtest.MatchFile(t, "../docs/pictures/dashboard.svg", picture)
}

// metricName is what a line of a widget shows: its label, or the metric.
func metricName(metric any) string {
	parts, _ := metric.([]any)
	name := []string{}
	for _, part := range parts {
		switch v := part.(type) {
		case string:
			name = append(name, v)
		case map[string]any:
			if label, ok := v["label"].(string); ok {
				return label
			}
			if expression, ok := v["expression"].(string); ok {
				return expression
			}
		}
	}
	if len(name) > 1 {
		return name[1]
	}
	return strings.Join(name, " ")
}
