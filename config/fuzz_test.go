package config_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/regionpair/regionpair/config"
)

// FuzzDecode feeds any JSON as the context. Nothing may panic, every error must be a list of problems with paths, and
// what is accepted must be accepted again.
func FuzzDecode(f *testing.F) {
	for _, patch := range []string{`{}`, everything, `{"name": 1}`, `{"clients": []}`, `{"handler": {"routes": [null, {"path": "/{a}/{a}"}]}}`, `{"tags": {"\u0000": "x"}}`} {
		seed, err := json.Marshal(exampleContext(f, patch))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(seed), "dev")
	}
	f.Add(`null`, "dev")
	f.Add(`{"environments": {"dev": null}}`, "dev")
	f.Fuzz(func(t *testing.T, text, environment string) {
		var context any
		if json.Unmarshal([]byte(text), &context) != nil {
			t.Skip("not JSON")
		}
		if _, err := config.Decode(context, environment); err != nil {
			requireProblems(t, err)
		}
		cfg, err := config.Load(context, environment)
		if err != nil {
			requireProblems(t, err)
			return
		}
		if err := cfg.Validate(); err != nil {
			t.Fatalf("accepted by Load, refused by Validate: %v", err)
		}
	})
}

func requireProblems(t *testing.T, err error) {
	t.Helper()
	var problems config.Errors
	if !errors.As(err, &problems) || len(problems) == 0 {
		t.Fatalf("not a list of problems: %v", err)
	}
	for _, problem := range problems {
		if problem.Path == "" || problem.Problem == "" {
			t.Fatalf("a problem without path or text: %#v", problem)
		}
	}
}
