package workload

import (
	"fmt"
	"os"
	"reflect"

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
	reader, w := &strict.Reader{}, Workload{}
	document, err := reader.Parse(text)
	if err != nil {
		return Workload{}, err
	}
	if object, ok := reader.Object(strict.At("workload"), document); ok {
		reader.Fields(nil, reflect.ValueOf(&w).Elem(), object)
		reader.Structure(nil, reflect.ValueOf(w))
		(&validator{Reader: reader, workload: w}).run()
	}
	if err := reader.Err(reflect.TypeFor[Workload]()); err != nil {
		return Workload{}, err
	}
	return w.WithDefaults(), nil
}
