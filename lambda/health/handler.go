package main

import (
	"encoding/json"
	"net/http"
	"sync"

	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/problem"
)

func newHandler(monitor *monitor, takeover, hold *takeover) http.Handler {
	health := func(w http.ResponseWriter, r *http.Request) {
		var held bool
		var group sync.WaitGroup
		group.Go(func() { _, held = hold.read(r.Context()) })
		fresh := monitor.report(r.Context())
		group.Wait()
		fresh.Held = held
		write(w, r, statusIf(fresh.serves(), http.StatusServiceUnavailable), fresh)
	}
	position := func(w http.ResponseWriter, r *http.Request) {
		position, on := takeover.read(r.Context())
		// Nothing has failed where nobody asks for a takeover: 5xx are for that.
		write(w, r, statusIf(on, http.StatusNotFound), map[string]string{"switch": position, "region": monitor.region})
	}
	mux := http.NewServeMux()
	// API Gateway knows the one first part that checkers use.
	for _, parent := range []string{"", "/{checkers}"} {
		mux.HandleFunc("GET "+parent+"/health", health)
		mux.HandleFunc("GET "+parent+"/switch", position)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem.Write(w, r, problem.Problem{Status: http.StatusNotFound, Detail: "this API answers GET /health and GET /switch"})
	})
	return mux
}

// statusIf is 200 or another status; Route 53 reads nothing else.
func statusIf(ok bool, otherwise int) int {
	if ok {
		return http.StatusOK
	}
	return otherwise
}

func write(w http.ResponseWriter, r *http.Request, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		logging.From(r.Context()).Error("write the answer", "error", err)
	}
}
