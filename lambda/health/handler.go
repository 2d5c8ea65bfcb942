package main

import (
	"encoding/json"
	"net/http"

	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/problem"
)

func newHandler(monitor *monitor, takeover *takeover) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {
		fresh := monitor.report(r.Context())
		write(w, r, fresh.healthy(), fresh)
	})
	mux.HandleFunc("GET /switch", func(w http.ResponseWriter, r *http.Request) {
		position := takeover.state(r.Context())
		write(w, r, position == switchOn, map[string]string{"switch": position, "region": monitor.region})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem.Write(w, r, problem.Problem{Status: http.StatusNotFound, Detail: "this API answers GET /health and GET /switch"})
	})
	return mux
}

// write answers 200 or 503; Route 53 reads nothing else.
func write(w http.ResponseWriter, r *http.Request, ok bool, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if err := json.NewEncoder(w).Encode(body); err != nil {
		logging.From(r.Context()).Error("write the answer", "error", err)
	}
}
