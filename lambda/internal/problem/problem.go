// Package problem writes errors as RFC 9457 problem details.
package problem

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"

	"github.com/regionpair/regionpair/lambda/internal/logging"
)

// ContentType of a problem.
const ContentType = "application/problem+json"

// Problem is what went wrong with one request.
type Problem struct {
	// Status is the HTTP status code.
	Status int
	// Type is a URI that identifies the kind of problem.
	// Default: "about:blank", the status code says it all.
	Type string
	// Title is the same for all problems of a type.
	// Default: the status code's text.
	Title string
	// Detail explains this occurrence and what to do.
	Detail string
	// Extra members of the object.
	Extra map[string]any
}

// Write answers the request with the problem.
func Write(w http.ResponseWriter, r *http.Request, p Problem) {
	body, err := json.Marshal(p.members())
	if err != nil {
		logging.From(r.Context()).Error("encode a problem", "error", err)
		body = []byte(`{"type":"about:blank","title":"Internal Server Error","status":500}`)
		p.Status = http.StatusInternalServerError
	}
	header := w.Header()
	header.Set("Content-Type", ContentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

func (p Problem) members() map[string]any {
	members := map[string]any{}
	maps.Copy(members, p.Extra)
	members["type"] = orElse(p.Type, "about:blank")
	members["title"] = orElse(p.Title, http.StatusText(p.Status))
	members["status"] = p.Status
	if p.Detail != "" {
		members["detail"] = p.Detail
	}
	return members
}

func orElse(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}
