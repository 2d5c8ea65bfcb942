package workload

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
)

// ReadFile reads a workload and fills in its defaults. The error lists every problem of the file.
func ReadFile(path string) (Workload, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the caller's own file
	if err != nil {
		return Workload{}, fmt.Errorf("read the workload: %w", err)
	}
	w, err := Decode(text)
	if err != nil {
		return Workload{}, fmt.Errorf("the workload %s: %w", path, err)
	}
	return w, nil
}

// Decode reads a workload and fills in its defaults. The error lists every problem.
func Decode(text []byte) (Workload, error) {
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var document any
	if err := decoder.Decode(&document); err != nil {
		return Workload{}, fmt.Errorf("this is not JSON: %w", atLine(text, err))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Workload{}, errors.New("there is more than one JSON document")
	}
	reader, w := &strict.Reader{}, Workload{}
	if object, ok := reader.Object(strict.At("workload"), document); ok {
		reader.Fields(nil, reflect.ValueOf(&w).Elem(), object)
		reader.Structure(nil, reflect.ValueOf(w))
		(&validator{Reader: reader, workload: w}).run()
	}
	if err := listed(reader.Findings(reflect.TypeFor[Workload]())); err != nil {
		return Workload{}, err
	}
	return w.WithDefaults(), nil
}

// atLine adds where a syntax error is.
func atLine(text []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	before := string(text[:min(int(syntax.Offset), len(text))])
	return fmt.Errorf("line %d: %w", 1+strings.Count(before, "\n"), err)
}

// listed makes one error of findings; nil when there are none.
func listed(findings []strict.Finding) error {
	if len(findings) == 0 {
		return nil
	}
	var b strings.Builder
	b.WriteString(rule.Count(len(findings), "problem", "problems") + ":")
	for _, finding := range findings {
		b.WriteString("\n  - " + finding.String())
	}
	return errors.New(b.String())
}
