package report

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/drill"
)

func TestPagesAreSmallAndNeedNothingElse(t *testing.T) {
	for name, document := range exampleDocuments() {
		page, err := HTML(document)
		require.NoError(t, err)
		shown := map[group]bool{}
		for _, run := range document.Runs {
			shown[groupOf(document, run)] = true
		}
		assert.Less(t, len(page), 60_000+12_000*len(shown), name)
		assert.NotRegexp(t, `(src|href)=|@import|url\(h`, page, name)
		assert.LessOrEqual(t, strings.Count(page, "<title"), 2*len(document.Runs)+3, "%s: one title per picture", name)
		if dir := os.Getenv("REPORT_PAGES"); dir != "" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name+".html"), []byte(page), 0o600))
		}
	}
}

func TestTheVerdictComesFirst(t *testing.T) {
	document := exampleDocuments()["seeds"]
	page, err := HTML(document)
	require.NoError(t, err)
	last := 0
	for _, want := range []string{
		"✗ Failed", "19 of 20 drills met every target. The longest recovery took 58.3 s: crash, seed 5.", "All 38 340 acknowledged writes",
		"at most 51.8 s", "crash, seed 5", "✗ missed", "Recovery times", "What clients saw", "775 of 3 634 (21.3 %): 340 read, 25 token, 410 write",
		"What was not run", "Policies of resources</strong> (6)", "Alarms, dashboards and logs</strong> (50)", "Evidence", "orders", "SHA-256 of orders-global.template.json",
	} {
		at := strings.Index(page[last:], want)
		require.GreaterOrEqual(t, at, 0, "%s is missing or comes too early", want)
		last += at
	}
}

func TestItIsSaidWhereAnAPIWithTablesKeepsItsData(t *testing.T) {
	run := exampleRun("crash", 1, 33)
	run.Written.Objects = 812
	page, err := HTML(exampleDocument(run))
	require.NoError(t, err)
	assert.NotContains(t, page, "Where the data was")
	run.Written.EventualItems, run.Written.StrongItems = 7, 1105
	page, err = HTML(exampleDocument(run))
	require.NoError(t, err)
	assert.Contains(t, page, "<dt>Where the data was</dt><dd>812 objects in replicated buckets, 7 writes of items in eventually consistent tables, 1 105 writes of items in strongly consistent tables</dd>")
}

func TestEverythingIsEscaped(t *testing.T) {
	run := exampleRun("crash", 1, 33)
	run.Reasons = []string{`<script>alert("x")</script>`}
	run.Timeline = append(run.Timeline, drill.Event{Seconds: 1, Text: "fault: <b>"})
	run.UnexpectedHosts = []string{"<i>"}
	document := exampleDocument(run)
	document.NotEmulated = []string{"a <b>"}
	page, err := HTML(document)
	require.NoError(t, err)
	for _, raw := range []string{"<script", "<b>", "<i>", "ZgotmplZ"} {
		assert.NotContains(t, page, raw)
	}
}

func TestThePictureIsWellFormedAndHasAScale(t *testing.T) {
	picture, err := SVG(exampleDocuments()["one"])
	require.NoError(t, err)
	decoder := xml.NewDecoder(strings.NewReader(picture))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
	}
	for _, want := range []string{"RTO 33 s", "allowed 51.8 s", "AWS-equivalent seconds from the fault", "Requests per second", ">200<", "repaired", "clients are back", "url(#picture)"} {
		assert.Contains(t, picture, want)
	}
	assert.Less(t, len(picture), 20_000)
	for name, runs := range map[string][]drill.Result{"no run": nil, "no series": {{Fault: "crash"}}} {
		picture, err := SVG(drill.Document{Runs: runs})
		require.NoError(t, err, name)
		assert.Empty(t, picture, name)
	}
}

func TestMarkdownHoldsTheSameFacts(t *testing.T) {
	markdown := Markdown(exampleDocuments()["never"])
	for _, want := range []string{
		"**fail**", "never", "| blackhole |", "The clients were not served again", "- **Policies of resources** (6). Functions are held to",
		"48 CloudWatch::Alarm", "| Time scale | 10 AWS seconds", "every 10 s from 16 checkers, red after 3 failures in a row",
	} {
		assert.Contains(t, markdown, want)
	}
}

func TestGroupsOfWhatWasNotRun(t *testing.T) {
	groups := groupSkipped([]string{"s/A (AWS::IAM::Policy)", "s/B (AWS::SQS::Queue)", "s/C (AWS::ApiGateway::Stage): TracingEnabled: not emulated", "free text"})
	titles := []string{}
	for _, group := range groups {
		titles = append(titles, group.Title)
	}
	assert.Equal(t, []string{"Policies of resources", "Alarms, dashboards and logs", otherKinds}, titles)
	assert.Equal(t, "1 SQS::Queue, 1 free text", groups[2].Summary())
	assert.Equal(t, 2, groups[2].Count)
	assert.Equal(t, []string{"s/C"}, groups[1].Items[0].Places)
}

func TestScalesHaveRoundSteps(t *testing.T) {
	assert.InDelta(t, 20, niceStep(100, 6), 0)
}

func TestFiguresLookTheSameEverywhere(t *testing.T) {
	run := exampleRun("crash", 1, 1110)
	run.RTOBoundSeconds, run.UnreadableAtFailover = 1110, 1030
	document := exampleDocument(run)
	page, err := HTML(document)
	require.NoError(t, err)
	plain := func(_, text string) string { return text }
	for name, text := range map[string]string{"page": page, "markdown": Markdown(document), "summary": Summary(document, plain)} {
		assert.Contains(t, text, "1 110 s", name)
		assert.NotRegexp(t, `1,110|1110|1110\.0`, text, name)
	}
	assert.Contains(t, page, "775 of 3 634 (21.3 %)")
	assert.Contains(t, Markdown(document), "775 of 3 634 (21.3 %)")
	assert.Contains(t, Markdown(document), "1 030 of 1 917 writes")
}

func TestItIsSaidWhyAResolverMayTakeLongerThanAll(t *testing.T) {
	page, err := HTML(exampleDocument(exampleRun("crash", 1, 42.2)))
	require.NoError(t, err)
	assert.Contains(t, page, "36.2 s (130 of 620 requests failed), 42.2 s (141 of 611 requests failed)")
	assert.Contains(t, page, "<dt>By resolver</dt><dd>Each is measured by its own requests, from the first that failed to the first good one, and may be longer than the RTO of all.")
}

func TestTheReportSaysWhenNoDataWasChecked(t *testing.T) {
	run := exampleRun("crash", 1, 32)
	run.DataChecked, run.VerifiedKeys, run.AcknowledgedWrites = false, 0, 0
	assert.Contains(t, Markdown(exampleDocument(run)), "No data was checked.")
	page, err := HTML(exampleDocument(run))
	require.NoError(t, err)
	assert.Contains(t, page, "No data was checked.")
	assert.Contains(t, page, "not checked: the load writes nothing that it reads back")
}

func TestTheReportNamesWhatIsLost(t *testing.T) {
	run := exampleRun("crash", 1, 32)
	run.PermanentlyLost = 1
	run.Losses = []drill.Loss{{Key: "k-000007", Region: "eu-central-1", Acknowledged: "eu-west-1", Write: 3, Found: "an older write"}}
	page, err := HTML(exampleDocument(run))
	require.NoError(t, err)
	assert.Contains(t, page, "1 key is not in both Regions as acknowledged last")
	assert.Contains(t, page, "k-000007 in eu-central-1: an older write, instead of write 3 that eu-west-1 acknowledged")
}

func TestDurabilitiesStandSideBySide(t *testing.T) {
	document := exampleDocuments()["compared"]
	page, err := HTML(document)
	require.NoError(t, err)
	for _, want := range []string{
		"With async, 5 of 1 917 acknowledged writes were lost, a window of 2.5 s. With sync, none of 1 917 acknowledged writes was lost.",
		`<th scope="col">async</th><th scope="col">sync</th>`, `<tr class="decides"><th scope="row">Acknowledged writes lost for ever</th><td>5</td><td>0</td></tr>`,
		`<th scope="row">Loss window (RPO)</th><td>2.5 s</td><td>0 s</td>`, "<h2>destroy, sync ", "destroy-sync-960", "never: the Region does not come back",
		"900 keys were read through the API of eu-central-1; 5 are not",
	} {
		assert.Contains(t, page, want)
	}
	assert.NotContains(t, page, "had the Region never come back")
	assert.Contains(t, Markdown(document), "| destroy | async | sync |\n|---|---:|---:|\n| Acknowledged writes lost for ever | **5** | **0** |\n| Loss window (RPO) | **2.5 s** | **0 s** |")
	text := Summary(document, func(_, text string) string { return text })
	assert.Regexp(t, `(?m)^destroy +async +sync$`, text)
	assert.Regexp(t, `(?m)^  Acknowledged writes lost for ever +5 +0$`, text)
	assert.Regexp(t, `(?m)^  Result +pass +pass$`, text)
	assert.NotContains(t, Markdown(exampleDocuments()["one"]), "lost for ever", "one durability is no comparison")
}
