package fence

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud/services"
	"github.com/regionpair/regionpair/lambda/internal/position"
)

var parameter = contract.FenceParameter("orders")

// parameterStore serves the parameters of a Region to the AWS SDK, whose
// environment is that of a function.
func parameterStore(t *testing.T) (*services.Region, *httptest.Server) {
	t.Helper()
	region := services.NewRegion("eu-west-1", "111122223333", time.Now)
	server := httptest.NewServer(region.SSM())
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SSM": server.URL, "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "secret",
		contract.FenceVariable: parameter,
	} {
		t.Setenv(name, value)
	}
	return region, server
}

func fromEnvironment(t *testing.T) *Fence {
	t.Helper()
	f, err := FromEnvironment(t.Context())
	require.NoError(t, err)
	return f
}

func TestUploadsCloseBeforeWrites(t *testing.T) {
	for _, test := range []struct {
		position        string
		writes, uploads bool
	}{
		{contract.PositionOff, false, false},
		{contract.PositionUploads, false, true},
		{contract.PositionOn, true, true},
	} {
		t.Run(test.position, func(t *testing.T) {
			region, _ := parameterStore(t)
			require.NoError(t, region.PutParameter(parameter, test.position, "String"))
			f := fromEnvironment(t)
			assert.Equal(t, test.writes, f.ClosedForWrites(t.Context()))
			assert.Equal(t, test.uploads, f.ClosedForUploads(t.Context()))
		})
	}
}

func TestAChangeIsSeenWithinSeconds(t *testing.T) {
	region, _ := parameterStore(t)
	require.NoError(t, region.PutParameter(parameter, contract.PositionOff, "String"))
	f, now := fromEnvironment(t), time.Now()
	f.position.Now = func() time.Time { return now }
	require.NoError(t, region.PutParameter(parameter, contract.PositionOn, "String"))
	assert.False(t, f.ClosedForWrites(t.Context()), "it was read a moment ago")
	now = now.Add(position.MaxAge + time.Second)
	assert.True(t, f.ClosedForWrites(t.Context()))
}

func TestReadsPassAClosedFence(t *testing.T) {
	region, _ := parameterStore(t)
	require.NoError(t, region.PutParameter(parameter, contract.PositionOn, "String"))
	served := 0
	handler := fromEnvironment(t).Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ }))
	for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, "/", nil))
	}
	assert.Equal(t, 3, served)
	for _, method := range []string{"PUT", "POST", "PATCH", "DELETE", "get"} {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest(method, "/", nil))
		assert.Equal(t, http.StatusServiceUnavailable, answer.Code, method)
		assert.Equal(t, RetryAfter, answer.Header().Get("Retry-After"))
		var problem struct{ Title string }
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &problem))
		assert.Equal(t, "Region Fenced", problem.Title)
	}
	assert.Equal(t, 3, served)
}

func TestTheLastKnownPositionHoldsWithoutParameterStore(t *testing.T) {
	region, server := parameterStore(t)
	require.NoError(t, region.PutParameter(parameter, contract.PositionOn, "String"))
	f, now := fromEnvironment(t), time.Now()
	f.position.Now = func() time.Time { return now.Add(position.MaxAge) }
	server.Close()
	assert.True(t, f.ClosedForWrites(t.Context()))
	assert.False(t, fromEnvironment(t).ClosedForWrites(t.Context()), "what nobody could read is open")
}

func TestWithoutAFenceEverythingIsOpen(t *testing.T) {
	t.Setenv(contract.FenceVariable, "")
	f := fromEnvironment(t)
	assert.Nil(t, f)
	assert.False(t, f.ClosedForWrites(t.Context()))
	assert.False(t, f.ClosedForUploads(t.Context()))
}
