// Package browser opens pages in a real browser, for tests and for the pictures
// in the documentation.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// ErrNone says that this machine has no browser.
var ErrNone = errors.New("no Chromium or Chrome was found: install one, such as with `apt-get install chromium`")

// Browser is one running browser.
type Browser struct {
	ctx  context.Context //nolint:containedctx // chromedp keeps its connection there
	stop func()
}

// names of programs, the first that exists is used.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell"}

// Start a browser without a window; ErrNone when there is none. Stop ends it.
func Start(ctx context.Context) (*Browser, error) {
	path := ""
	for _, name := range names {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, ErrNone
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
		chromedp.NoSandbox) // Containers have no user namespaces; only our own pages are opened.
	allocated, stopProcess := chromedp.NewExecAllocator(ctx, options...)
	opened, stopTab := chromedp.NewContext(allocated)
	b := &Browser{ctx: opened, stop: func() { stopTab(); stopProcess() }}
	if err := chromedp.Do(opened, chromedp.Navigate("about:blank")); err != nil {
		b.Stop()
		return nil, fmt.Errorf("start %s: %w", path, err)
	}
	return b, nil
}

// Stop ends the browser.
func (b *Browser) Stop() { b.stop() }

// View is a window onto a page.
type View struct {
	// Width in CSS pixels.
	Width int
	// Dark prefers dark colours.
	Dark bool
	// Still pages do not move.
	Still bool
}

// Open a page in a tab of its own, which close ends. Actions run in its
// context with chromedp.Run.
func (b *Browser) Open(url string, v View) (tab context.Context, closeTab func(), err error) {
	tab, closeTab = chromedp.NewContext(b.ctx)
	scheme, motion := "light", "no-preference"
	if v.Dark {
		scheme = "dark"
	}
	if v.Still {
		motion = "reduce"
	}
	err = chromedp.Do(tab, chromedp.EmulateViewport(int64(v.Width), 900), chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: motion}},
		})
		return err
	}), chromedp.Navigate(url), chromedp.WaitReady("body"))
	if err != nil {
		closeTab()
		return nil, nil, fmt.Errorf("open %s: %w", url, err)
	}
	return tab, closeTab, nil
}

// Screenshot of the whole page as PNG.
func (b *Browser) Screenshot(url string, v View) ([]byte, error) {
	tab, closeTab, err := b.Open(url, v)
	if err != nil {
		return nil, err
	}
	defer closeTab()
	picture, err := chromedp.Run(tab, chromedp.FullScreenshot(100))
	if err != nil {
		return nil, fmt.Errorf("take a picture of %s: %w", url, err)
	}
	return picture, nil
}

// overflow lists what sticks out of the window to the right, apart from what a
// scrolling box holds.
const overflow = `(() => {
  const found = [], width = document.documentElement.clientWidth
  if (document.documentElement.scrollWidth > width) found.push('the page is ' + document.documentElement.scrollWidth + ' px wide')
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('.scroll') && !e.matches('.scroll') || e.closest('defs')) continue
    const box = e.getBoundingClientRect()
    if (box.width > 0 && (box.right > width + 1 || box.left < -1)) found.push(e.tagName + '.' + (e.getAttribute('class') || '') + ' ' + (e.textContent || '').trim().slice(0, 40))
  }
  for (const text of document.querySelectorAll('svg text')) {
    const box = text.getBoundingClientRect(), frame = text.closest('svg').getBoundingClientRect()
    if (box.width > 0 && (box.right > frame.right + 1 || box.left < frame.left - 1)) found.push('cut off: ' + text.textContent)
  }
  return found
})()`

// Overflowing lists the elements of a page that do not fit its window.
func Overflowing(tab context.Context) ([]string, error) {
	found, err := chromedp.Run(tab, chromedp.Evaluate[[]string](overflow))
	if err != nil {
		return nil, fmt.Errorf("measure the page: %w", err)
	}
	return found, nil
}
