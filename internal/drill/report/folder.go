package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/regionpair/regionpair/internal/drill"
)

// Folder takes the reports of a drill.
type Folder string

// Prepare makes the folder and finds out whether it can be written, which is
// good to know before a drill.
func (f Folder) Prepare() error {
	if err := os.MkdirAll(string(f), 0o750); err != nil {
		return fmt.Errorf("make the folder for the report: %w", err)
	}
	probe, err := os.CreateTemp(string(f), ".report-")
	if err != nil {
		return fmt.Errorf("write to the folder for the report: %w", err)
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// Write puts report.html, report.md, report.svg and report.json into the
// folder, each of them whole or not at all.
func (f Folder) Write(d drill.Document) error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	page, err := HTML(d)
	if err != nil {
		return err
	}
	files := map[string]string{"report.html": page, "report.md": Markdown(d), "report.json": string(text) + "\n"}
	if files["report.svg"], err = SVG(d); err != nil {
		return err
	}
	for name, content := range files {
		if err := f.replace(name, content); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	return nil
}

func (f Folder) replace(name, content string) error {
	file, err := os.CreateTemp(string(f), ".report-")
	if err != nil {
		return err
	}
	_, err = file.WriteString(content)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), filepath.Join(string(f), name))
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}
