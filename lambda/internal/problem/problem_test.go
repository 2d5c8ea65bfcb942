package problem_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/lambda/internal/problem"
)

func TestWriteFillsInWhatTheStatusSays(t *testing.T) {
	recorder := httptest.NewRecorder()
	problem.Write(recorder, httptest.NewRequest(http.MethodGet, "/", nil), problem.Problem{Status: 404, Detail: "no object 'a'"})
	require.Equal(t, 404, recorder.Code)
	require.Equal(t, "application/problem+json", recorder.Header().Get("Content-Type"))
	require.JSONEq(t, `{"type":"about:blank","title":"Not Found","status":404,"detail":"no object 'a'"}`, recorder.Body.String())
}

func TestExtraMembersCannotReplaceTheStandardOnes(t *testing.T) {
	recorder := httptest.NewRecorder()
	problem.Write(recorder, httptest.NewRequest(http.MethodGet, "/", nil),
		problem.Problem{Status: 413, Title: "Too large", Extra: map[string]any{"limit": 10, "status": 200}})
	require.JSONEq(t, `{"type":"about:blank","title":"Too large","status":413,"limit":10}`, recorder.Body.String())
}

func TestHeadRequestsGetNoBody(t *testing.T) {
	recorder := httptest.NewRecorder()
	problem.Write(recorder, httptest.NewRequest(http.MethodHead, "/", nil), problem.Problem{Status: 404})
	require.Empty(t, recorder.Body.String())
	require.NotEqual(t, "0", recorder.Header().Get("Content-Length"))
}

func TestWhatCannotBeEncodedIsAnInternalError(t *testing.T) {
	recorder := httptest.NewRecorder()
	problem.Write(recorder, httptest.NewRequest(http.MethodGet, "/", nil), problem.Problem{Status: 400, Extra: map[string]any{"f": func() {}}})
	require.Equal(t, 500, recorder.Code)
}
