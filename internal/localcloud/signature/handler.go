package signature

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// codes are the errors of services that speak AWS's JSON protocol.
var codes = map[Reason]string{
	Missing:         "MissingAuthenticationTokenException",
	TwoMechanisms:   "IncompleteSignatureException",
	Malformed:       "IncompleteSignatureException",
	UnknownKey:      "UnrecognizedClientException",
	WrongScope:      "InvalidSignatureException",
	UnsignedHeaders: "InvalidSignatureException",
	Skewed:          "InvalidSignatureException",
	Expired:         "ExpiredTokenException",
	Mismatch:        "InvalidSignatureException",
}

// Handler lets a service of AWS's JSON protocol answer operations that are
// signed only. What names no operation, such as the keys of an issuer, is
// public.
func Handler(scope Scope, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var failure *Error
		if r.Header.Get("X-Amz-Target") != "" && errors.As(Verify(r, scope, time.Now()), &failure) {
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			w.Header().Set("X-Amzn-ErrorType", codes[failure.Reason])
			w.WriteHeader(http.StatusForbidden)
			_ = json.NewEncoder(w).Encode(map[string]string{"__type": codes[failure.Reason], "message": failure.Detail})
			return
		}
		next.ServeHTTP(w, r)
	})
}
