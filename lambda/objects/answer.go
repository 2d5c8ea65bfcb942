package main

import (
	"encoding/json"
	"net/http"

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// writeJSON answers with a document that is true for this moment only.
func writeJSON(w http.ResponseWriter, r *http.Request, status int, document any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	// Six bytes for every & would make a URL unreadable and a list too large.
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		logging.From(r.Context()).Error("write the answer", "error", err)
	}
}
