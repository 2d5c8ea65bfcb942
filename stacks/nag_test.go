package stacks_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/stacks"
)

// finding is one line of a cdk-nag report.
type finding struct {
	RuleID          string `json:"ruleId"`
	ResourceID      string `json:"resourceId"`
	Compliance      string `json:"compliance"`
	ExceptionReason string `json:"exceptionReason"`
	RuleInfo        string `json:"ruleInfo"`
}

// report runs a rule pack over a configuration. A finding makes cdk-nag end
// the synthesis after the reports are written: the reports tell more.
func report(t *testing.T, c config.Config, pack func(*cdknag.NagPackProps) awscdk.IAspect) []finding {
	t.Helper()
	context, out := appContext(t), t.TempDir()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &out, Context: &context})
	pair := stacks.NewPair(app, c)
	awscdk.Aspects_Of(app).Add(pack(&cdknag.NagPackProps{
		Reports: jsii.Bool(true), ReportFormats: &[]cdknag.NagReportFormat{cdknag.NagReportFormat_JSON},
	}), nil)
	func() {
		defer func() { _ = recover() }()
		app.Synth(nil)
	}()
	files, err := filepath.Glob(filepath.Join(out, "*-NagReport.json"))
	require.NoError(t, err)
	want := 3
	if pair.Data != nil {
		want++
	}
	require.Len(t, files, want, "one report per stack")
	findings := []finding{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var document struct{ Lines []finding }
		require.NoError(t, json.Unmarshal(text, &document))
		findings = append(findings, document.Lines...)
	}
	return findings
}

func awsSolutions(props *cdknag.NagPackProps) awscdk.IAspect {
	return cdknag.NewAwsSolutionsChecks(props)
}

// TestNagIsClean fails on every AwsSolutions finding that is neither fixed nor
// suppressed with a reason beside its resource.
func TestNagIsClean(t *testing.T) {
	for name, c := range map[string]config.Config{"minimal": load(t, "minimal"), "full": load(t, "full"), "synchronous": load(t, "minimal", synchronously)} {
		findings := report(t, c, awsSolutions)
		require.NotEmpty(t, findings)
		for _, f := range findings {
			if f.Compliance == "Non-Compliant" && f.ExceptionReason == "N/A" {
				assert.Fail(t, f.RuleID+" "+f.ResourceID, "%s: %s", name, f.RuleInfo)
			}
		}
	}
}

// TestEverySuppressionHasAReason reads the templates rather than the code.
func TestEverySuppressionHasAReason(t *testing.T) {
	for name, template := range synthOnce(t, "full").all() {
		for id, resource := range template.Resources {
			nag, suppressed := resource.Metadata["cdk_nag"].(map[string]any)
			if !suppressed {
				continue
			}
			for _, rule := range nag["rules_to_suppress"].([]any) {
				reason, _ := rule.(map[string]any)["reason"].(string)
				require.Greater(t, len(strings.Fields(reason)), 5, "%s %s", name, id)
			}
		}
	}
}
