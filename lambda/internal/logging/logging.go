// Package logging writes structured logs the way all functions of the pair do:
// one JSON object a line, with the id of the request it belongs to.
package logging

import (
	"context"
	"io"
	"log/slog"
	"os"
)

// Setup makes a JSON logger on standard output the default one. LOG_LEVEL
// chooses debug, info, warn or error.
// Default: info.
func Setup() *slog.Logger {
	logger := New(os.Stdout)
	slog.SetDefault(logger)
	return logger
}

// New returns a JSON logger that writes to w.
func New(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(os.Getenv("LOG_LEVEL"))); err != nil {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}

type contextKey struct{}

// With returns a context whose logger adds args to every line.
func With(ctx context.Context, args ...any) context.Context {
	return context.WithValue(ctx, contextKey{}, From(ctx).With(args...))
}

// From returns the logger of the context, or the default one.
func From(ctx context.Context) *slog.Logger {
	if logger, ok := ctx.Value(contextKey{}).(*slog.Logger); ok {
		return logger
	}
	return slog.Default()
}
