package report

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/browser"
)

func startBrowser(t *testing.T) *browser.Browser {
	t.Helper()
	b, err := browser.Start(t.Context())
	if errors.Is(err, browser.ErrNone) {
		t.Skip("NOT TESTED in a browser: ", err)
	}
	require.NoError(t, err)
	t.Cleanup(b.Stop)
	return b
}

func TestPagesFitTheWindowAndThePaper(t *testing.T) {
	b := startBrowser(t)
	documents := exampleDocuments()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := HTML(documents[strings.TrimPrefix(r.URL.Path, "/")])
		assert.NoError(t, err)
		_, _ = w.Write([]byte(text))
	}))
	defer server.Close()
	for name := range documents {
		tab, closeTab, err := b.Open(server.URL+"/"+name, browser.View{Width: 360})
		require.NoError(t, err)
		require.NoError(t, chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach(d => d.open = true)`)))
		for _, width := range []int{360, 800, 1400} {
			require.NoError(t, chromedp.Do(tab, chromedp.EmulateViewport(int64(width), 900)))
			found, err := browser.Overflowing(tab)
			require.NoError(t, err)
			assert.Empty(t, found, "%s at %d px", name, width)
		}
		closeTab()
		paper := sheets(t, b, server.URL+"/"+name)
		assert.Positive(t, paper)
		assert.LessOrEqual(t, paper, 3, "%s on paper", name)
	}
}

// sheets counts the pages that a printer would need.
func sheets(t *testing.T, b *browser.Browser, url string) int {
	t.Helper()
	tab, closeTab, err := b.Open(url, browser.View{Width: 1000})
	require.NoError(t, err)
	defer closeTab()
	pdf, err := chromedp.Call(tab, cdppage.PrintToPDF, cdppage.PrintToPDFParams{})
	require.NoError(t, err)
	return strings.Count(string(pdf.Data), "/Type /Page\n")
}

func TestColoursCanBeRead(t *testing.T) {
	b := startBrowser(t)
	documents := exampleDocuments()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		text, err := HTML(documents["seeds"])
		assert.NoError(t, err)
		_, _ = w.Write([]byte(text))
	}))
	defer server.Close()
	for _, dark := range []bool{false, true} {
		tab, closeTab, err := b.Open(server.URL, browser.View{Width: 1400, Dark: dark})
		require.NoError(t, err)
		for pair, least := range map[[2]string]float64{
			{"--ink", "--page"}: 7, {"--muted", "--page"}: 4.5, {"--link", "--page"}: 4.5, {"--failed", "--page"}: 4.5, {"--pass", "--page"}: 4.5, {"--open", "--page"}: 4.5,
			{"--ink", "--pass-soft"}: 7, {"--ink", "--failed-soft"}: 7, {"--ink", "--open-soft"}: 7, {"--on-fill", "--primary"}: 4.5, {"--on-fill", "--secondary"}: 4.5,
			{"--primary", "--page"}: 3, {"--secondary", "--page"}: 3, {"--backlog", "--page"}: 3,
		} {
			contrast, err := chromedp.Run(tab, chromedp.Evaluate[float64](contrastOf(pair)))
			require.NoError(t, err)
			assert.GreaterOrEqual(t, contrast, least, "%s on %s, dark: %t", pair[0], pair[1], dark)
		}
		closeTab()
	}
}

// contrastOf computes the ratio of WCAG 2.
func contrastOf(pair [2]string) string {
	return `(() => {
  const light = name => {
    const probe = document.body.appendChild(document.createElement('i'))
    probe.style.color = 'var(' + name + ')'
    const [r, g, b] = getComputedStyle(probe).color.match(/\d+/g).map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    probe.remove()
    return .2126 * r + .7152 * g + .0722 * b
  }
  const a = light('` + pair[0] + `'), b = light('` + pair[1] + `')
  return (Math.max(a, b) + .05) / (Math.min(a, b) + .05)
})()`
}
