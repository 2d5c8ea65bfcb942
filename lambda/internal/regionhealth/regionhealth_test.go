package regionhealth_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/lambda/internal/regionhealth"
)

func TestHealthIsWhatTheRegionSaysAboutItself(t *testing.T) {
	for _, test := range []struct {
		status int
		body   string
		want   guard.Health
	}{
		{200, `{"status":"healthy"}`, guard.Green},
		{200, `{"status":"degraded"}`, guard.Green},
		{503, `{"status":"healthy","held":true}`, guard.Green},
		{503, `{"status":"unhealthy"}`, guard.Red},
		{200, `{}`, guard.Green},
		{429, `{"message":"Too Many Requests"}`, guard.Silent},
		{502, `Bad Gateway`, guard.Silent},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(test.status)
			_, _ = io.WriteString(w, test.body)
		}))
		health, status := regionhealth.Ask(t.Context(), server.Client(), server.URL)
		assert.Equal(t, test.want, health, test.body)
		assert.Equal(t, test.status, status)
		server.Close()
		health, status = regionhealth.Ask(t.Context(), http.DefaultClient, server.URL)
		assert.Equal(t, guard.Silent, health)
		assert.Zero(t, status)
	}
}
