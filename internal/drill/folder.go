package drill

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
func (f Folder) Write(d Document) error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	files := map[string]string{"report.html": d.HTML(), "report.md": d.Markdown(), "report.json": string(text) + "\n"}
	if len(d.Runs) > 0 {
		files["report.svg"] = d.Runs[0].SVG()
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
