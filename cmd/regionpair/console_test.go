package main_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/browser"
)

// consolePage is the console of a session, in a real browser.
type consolePage struct {
	t   *testing.T
	tab context.Context //nolint:containedctx // chromedp keeps the tab there
}

func openConsole(t *testing.T, url string, width int) consolePage {
	t.Helper()
	b, err := browser.Start(t.Context())
	if errors.Is(err, browser.ErrNone) {
		t.Skip("NOT TESTED in a browser: ", err)
	}
	require.NoError(t, err)
	t.Cleanup(b.Stop)
	tab, closeTab, err := b.Open(url, browser.View{Width: width})
	require.NoError(t, err)
	t.Cleanup(closeTab)
	return consolePage{t, tab}
}

func (p consolePage) press(label string) {
	p.t.Helper()
	pressed, err := chromedp.Run(p.tab, chromedp.Evaluate[bool](fmt.Sprintf(`(() => {
  const button = [...document.querySelectorAll('button')].find(b => b.textContent.trim() === %q)
  if (button) button.click()
  return !!button
})()`, label)))
	require.NoError(p.t, err)
	require.True(p.t, pressed, "there is no button %q", label)
}

func (p consolePage) text(selector string) string {
	p.t.Helper()
	text, err := chromedp.Run(p.tab, chromedp.Evaluate[string](fmt.Sprintf("document.querySelector(%q).innerText", selector)))
	require.NoError(p.t, err)
	return text
}

func (p consolePage) mustShow(selector, want string) {
	p.t.Helper()
	shown := ""
	for range 1200 {
		if shown = p.text(selector); strings.Contains(shown, want) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	require.Failf(p.t, "not shown", "%q is not in %q", want, shown)
}

// watch keeps every text that the element has from now on.
func (p consolePage) watch(selector string) {
	p.t.Helper()
	_, err := chromedp.Run(p.tab, chromedp.Evaluate[bool](fmt.Sprintf(`(() => {
  window.shown = ''
  const element = () => document.querySelector(%q).innerText
  new MutationObserver(() => { window.shown += element() + '\n' }).observe(document.body, {childList: true, subtree: true, characterData: true})
  return true
})()`, selector)))
	require.NoError(p.t, err)
}

// mustHaveShown waits for a text that may be gone again.
func (p consolePage) mustHaveShown(want string) {
	p.t.Helper()
	require.Eventuallyf(p.t, func() bool {
		shown, err := chromedp.Run(p.tab, chromedp.Evaluate[string]("window.shown"))
		return err == nil && strings.Contains(shown, want)
	}, time.Minute, 50*time.Millisecond, "%q was never shown", want)
}

func TestTheConsoleShowsATakeoverAndTheReturn(t *testing.T) {
	t.Parallel()
	s := up(t, "--time-scale", "10", "--console")
	defer s.quit()
	page := openConsole(t, s.ready.ConsoleURL, 360)
	page.mustShow("[data-live=headline]", "eu-west-1 (primary) serves everybody")
	found, err := browser.Overflowing(page.tab)
	require.NoError(t, err)
	assert.Empty(t, found, "at 360 px")

	page.watch("body")
	page.press("Lose eu-west-1")
	for _, text := range []string{"✗ crash", "Nobody is served", "and counting"} {
		page.mustHaveShown(text)
	}
	page.mustShow("[data-live=headline]", "eu-central-1 (standby) serves everybody")
	page.mustShow("[data-live=checks]", "✗ unhealthy")
	page.mustShow("[data-live=events]", "clients: service is restored after")
	assert.NotContains(t, page.text("#rto"), "counting")

	page.press("Heal eu-west-1")
	page.mustShow("[data-live=headline]", "eu-west-1 (primary) serves everybody")
	for _, buttons := range [][2]string{{"on", "off"}, {"keep out", "let in"}} {
		page.press(buttons[0])
		page.mustShow("[data-live=headline]", "eu-central-1 (standby) serves everybody")
		page.press(buttons[1])
		page.mustShow("[data-live=headline]", "eu-west-1 (primary) serves everybody")
	}
}

// TestTheConsoleSurvivesRandomFaults presses buttons for SOAK, ten
// seconds by default, and looks for what is left over.
func TestTheConsoleSurvivesRandomFaults(t *testing.T) {
	t.Parallel()
	lasts := 10 * time.Second
	if text := os.Getenv("SOAK"); text != "" {
		var err error
		lasts, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	s := up(t, "--time-scale", "20", "--console")
	defer s.quit()
	page := openConsole(t, s.ready.ConsoleURL, 800)
	labels, err := chromedp.Run(page.tab, chromedp.Evaluate[[]string](`[...document.querySelectorAll('button')].map(b => b.textContent.trim())`))
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	page.mustShow("[data-live=headline]", "eu-west-1 (primary) serves everybody")
	files, processes := openFiles(t, s.command.Process.Pid), childrenOf(s.dir)
	for end := time.Now().Add(lasts); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		page.press(labels[random.IntN(len(labels))])
	}
	for _, label := range []string{"Heal eu-west-1", "Heal eu-central-1", "off", "let in"} {
		page.press(label)
	}
	page.mustShow("[data-live=headline]", "eu-west-1 (primary) serves everybody")
	// Pools of processes and connections grow with the load; what leaks grows
	// with every fault.
	assert.Less(t, openFiles(t, s.command.Process.Pid), 2*files+200, "files and connections")
	assert.Less(t, childrenOf(s.dir), 2*processes+20, "processes of functions")
}

// openFiles of a process, connections among them.
func openFiles(t *testing.T, pid int) int {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("/proc", fmt.Sprint(pid), "fd"))
	require.NoError(t, err)
	return len(entries)
}
