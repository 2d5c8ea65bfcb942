package services

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// apiError is an error as an AWS JSON service answers it.
type apiError struct {
	status        int
	code, message string
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func refuse(code, format string, args ...any) error {
	return &apiError{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...)}
}

// operation answers one operation of a service.
type operation func(body []byte) (any, error)

// take decodes an operation's input.
func take[T any](answer func(input T) (any, error)) operation {
	return func(body []byte) (any, error) {
		var input T
		if err := json.Unmarshal(body, &input); err != nil {
			return nil, refuse("SerializationException", "%v", err)
		}
		return answer(input)
	}
}

// jsonService serves the AWS JSON protocol: the operation is in a header.
type jsonService map[string]operation

const maxRequestBytes = 1 << 20

// ServeHTTP implements http.Handler.
func (s jsonService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Amzn-Requestid", token())
	_, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	answer, known := s[name]
	if !known {
		writeError(w, &apiError{http.StatusBadRequest, "UnknownOperationException", "the local cloud does not emulate " + r.Header.Get("X-Amz-Target")})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBytes))
	if err != nil {
		writeError(w, &apiError{http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", err.Error()})
		return
	}
	result, err := answer(body)
	if err != nil {
		writeError(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	_ = json.NewEncoder(w).Encode(result)
}

func writeError(w http.ResponseWriter, err error) {
	var failure *apiError
	if !errors.As(err, &failure) {
		failure = &apiError{http.StatusInternalServerError, "InternalFailure", err.Error()}
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-ErrorType", failure.code)
	w.WriteHeader(failure.status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": failure.code, "message": failure.message})
}
