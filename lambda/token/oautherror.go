package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// retryAfter is how long clients wait when a token cannot be had now.
const retryAfter = 5 * time.Second

func retryAfterSeconds() string { return strconv.Itoa(int(retryAfter.Seconds())) }

// oauthError is an error answer of RFC 6749 section 5.2. Its description never
// repeats what the caller sent.
type oauthError struct {
	status      int
	code        string
	description string
	// cause goes to the log only.
	cause error
}

func (e *oauthError) Error() string { return e.code + ": " + e.description }

func (e *oauthError) Unwrap() error { return e.cause }

func invalidRequest(description string) *oauthError {
	return &oauthError{status: http.StatusBadRequest, code: "invalid_request", description: description}
}

// invalidClient says the same whether the client is unknown or its secret is
// wrong.
func invalidClient() *oauthError {
	return &oauthError{status: http.StatusUnauthorized, code: "invalid_client", description: "the client id or its secret is wrong"}
}

func invalidScope(description string) *oauthError {
	return &oauthError{status: http.StatusBadRequest, code: "invalid_scope", description: description}
}

func unsupportedGrantType() *oauthError {
	return &oauthError{status: http.StatusBadRequest, code: "unsupported_grant_type", description: "only client_credentials is supported"}
}

func unavailable(cause error) *oauthError {
	return &oauthError{
		status: http.StatusServiceUnavailable, code: "temporarily_unavailable",
		description: "no token can be issued now, try again later", cause: cause,
	}
}

func serverError(cause error) *oauthError {
	return &oauthError{
		status: http.StatusInternalServerError, code: "server_error",
		description: "the token service is set up wrongly", cause: cause,
	}
}

func writeError(ctx context.Context, w http.ResponseWriter, e *oauthError) {
	logError(ctx, e)
	switch e.status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Basic realm="token", charset="UTF-8"`)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", retryAfterSeconds())
	}
	writeJSON(w, e.status, struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
	}{e.code, e.description})
}

func logError(ctx context.Context, e *oauthError) {
	logger := logging.From(ctx).With("code", e.code, "description", e.description)
	if e.cause != nil {
		logger.Error("cannot issue a token", "error", e.cause.Error())
		return
	}
	logger.Info("refuse a token request")
}

// writeJSON writes an answer that nobody may keep (RFC 6749 section 5.1).
func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		// Only strings and numbers are ever written.
		panic(err)
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
