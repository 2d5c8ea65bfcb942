package main

import "context"

// tests measures them as somebody who changes something runs them: those that bring
// up no pair, and all. Nothing but the compiler's cache is warm.
func tests(ctx context.Context, _ options) ([]figure, error) {
	quick, err := inTurn(ctx, 1, command{environment: unvalidated, words: []string{"go", "test", "-short", "-vet=off", "-p", "3", "-count=1", "./..."}})
	if err != nil {
		return nil, err
	}
	all, _, err := command{environment: unvalidated, words: []string{"go", "test", "-count=1", "-timeout", "20m", "./..."}}.run(ctx)
	if err != nil {
		return nil, err
	}
	return []figure{
		{"the tests of make quick, warm", medianOf(quick[0], wallOf), "s", nil},
		{"go test -count=1 ./..., warm", wallOf(all), "s", new(60.0)},
		{"go test -count=1 ./..., warm, processor time", cpuOf(all), "s", new(95.0)},
	}, nil
}
