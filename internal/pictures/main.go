// Command pictures takes the pictures of docs/pictures: the report of the last
// drill, and a console in which a Region is lost. Run it with `make pictures`.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/regionpair/regionpair/internal/browser"
)

const (
	program  = "bin/regionpair"
	report   = ".build/report"
	assembly = ".build/drill"
	pictures = "docs/pictures"
	// pageWidth of pictures that show a whole window.
	pageWidth, telephoneWidth = 1000, 360
	// timeScale of the console: fast enough to watch, slow enough to read.
	timeScale = "5"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	b, err := browser.Start(ctx)
	if err != nil {
		return err
	}
	defer b.Stop()
	return errors.Join(takeReport(b), takeConsole(ctx, b))
}

func takeReport(b *browser.Browser) error {
	server := httptest.NewServer(http.FileServer(http.Dir(report)))
	defer server.Close()
	drawn, err := os.ReadFile(filepath.Join(report, "report.svg"))
	if err != nil {
		return fmt.Errorf("read the picture of the last drill, which `make drill` leaves: %w", err)
	}
	if err := save("drill.svg", drawn); err != nil {
		return err
	}
	for name, view := range map[string]browser.View{"report.png": {Width: pageWidth}, "report-dark.png": {Width: pageWidth, Dark: true}} {
		picture, err := b.Screenshot(server.URL+"/report.html", view)
		if err != nil {
			return err
		}
		if err := savePage(name, picture); err != nil {
			return err
		}
	}
	return nil
}

func save(name string, content []byte) error {
	if err := os.WriteFile(filepath.Join(pictures, name), content, 0o644); err != nil { //nolint:gosec // documentation is for everybody
		return fmt.Errorf("save the picture: %w", err)
	}
	return nil
}

// takeConsole loses a Region, records what the console shows, and takes
// pictures while the standby serves.
func takeConsole(ctx context.Context, b *browser.Browser) error {
	url, stop, err := startConsole(ctx)
	if err != nil {
		return err
	}
	defer stop()
	tab, closeTab, err := b.Open(url, browser.View{Width: pageWidth, Still: true})
	if err != nil {
		return err
	}
	defer closeTab()
	if err := shows(tab, "eu-west-1 (primary) serves everybody"); err != nil {
		return err
	}
	film := &film{tab: tab, until: time.Now().Add(3 * time.Second)}
	if err := film.record(""); err != nil {
		return err
	}
	if err := press(tab, "Lose eu-west-1"); err != nil {
		return err
	}
	if err := film.record("eu-central-1 (standby) serves everybody"); err != nil {
		return err
	}
	film.until = time.Now().Add(3 * time.Second)
	if err := errors.Join(film.record(""), film.save("console.gif")); err != nil {
		return err
	}
	for name, view := range map[string]browser.View{"console.png": {Width: pageWidth}, "console-dark.png": {Width: pageWidth, Dark: true}, "console-narrow.png": {Width: telephoneWidth}} {
		picture, err := screenshotOfStream(b, url, view)
		if err != nil {
			return err
		}
		if err := savePage(name, picture); err != nil {
			return err
		}
	}
	return nil
}

// screenshotOfStream waits until the page has its first news.
func screenshotOfStream(b *browser.Browser, url string, view browser.View) ([]byte, error) {
	tab, closeTab, err := b.Open(url, view)
	if err != nil {
		return nil, err
	}
	defer closeTab()
	if err := shows(tab, "serves everybody"); err != nil {
		return nil, err
	}
	return chromedp.Run(tab, chromedp.FullScreenshot(100))
}

// startConsole brings the pair up and returns the address of its console.
func startConsole(ctx context.Context) (url string, stop func(), err error) {
	command := exec.CommandContext(ctx, program, "up", "--json", "--console", "--assembly", assembly, "--time-scale", timeScale)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := command.Start(); err != nil {
		return "", nil, fmt.Errorf("start the pair, which `make drill` has built: %w", err)
	}
	stop = func() {
		_, _ = io.WriteString(in, "quit\n")
		_ = command.Wait()
	}
	lines := bufio.NewScanner(out)
	var ready struct{ ConsoleURL string }
	if !lines.Scan() {
		stop()
		return "", nil, errors.New("the pair did not come up")
	}
	if err := json.NewDecoder(bytes.NewReader(lines.Bytes())).Decode(&ready); err != nil {
		stop()
		return "", nil, fmt.Errorf("read what `up` says: %w", err)
	}
	return ready.ConsoleURL, stop, nil
}

func press(tab context.Context, label string) error {
	return chromedp.Do(tab, chromedp.Evaluate[chromedp.Void](
		fmt.Sprintf(`[...document.querySelectorAll('button')].find(b => b.textContent.trim() === %q).click()`, label)))
}

func headline(tab context.Context) (string, error) {
	return chromedp.Run(tab, chromedp.Evaluate[string](`document.querySelector('[data-live=headline]').innerText`))
}

// shows waits for a headline.
func shows(tab context.Context, want string) error {
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if text, err := headline(tab); err != nil || strings.Contains(text, want) {
			return err
		}
	}
	return fmt.Errorf("the console never showed %q", want)
}
