package main

import "context"

// tests measures all tests, as somebody who changes something runs them.
func tests(ctx context.Context, _ options) ([]figure, error) {
	all := command{environment: unvalidated, words: []string{"go", "test", "-count=1", "./..."}}
	taken, err := inTurn(ctx, 1, all)
	if err != nil {
		return nil, err
	}
	return []figure{
		{"go test -count=1 ./..., warm", medianOf(taken[0], wallOf), "s", new(60.0)},
		{"go test -count=1 ./..., warm, processor time", medianOf(taken[0], cpuOf), "s", new(95.0)},
	}, nil
}
