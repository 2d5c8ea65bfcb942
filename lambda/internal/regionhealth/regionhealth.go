// Package regionhealth asks the health endpoint of a Region what it says about
// itself.
package regionhealth

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/regionpair/regionpair/internal/guard"
)

const maxAnswerBytes = 64 << 10

// Ask returns whether the Region can serve, holds aside, and the status of the
// answer; 0 without one.
func Ask(ctx context.Context, client *http.Client, url string) (health guard.Health, status int) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return guard.Silent, 0
	}
	response, err := client.Do(request)
	if err != nil {
		return guard.Silent, 0
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	if err != nil {
		return guard.Silent, response.StatusCode
	}
	return healthOf(response.StatusCode, body), response.StatusCode
}

func healthOf(status int, body []byte) guard.Health {
	var report struct{ Status string }
	switch {
	case json.Unmarshal(body, &report) != nil:
		return guard.Silent
	case report.Status == "healthy", report.Status == "degraded":
		return guard.Green
	case report.Status == "unhealthy":
		return guard.Red
	case status == http.StatusOK:
		return guard.Green
	}
	return guard.Silent
}
