package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud/services"
	"github.com/regionpair/regionpair/lambda/fence"
)

func TestAFencedRegionTakesNoWrites(t *testing.T) {
	region := services.NewRegion(testRegion, "111122223333", time.Now)
	server := httptest.NewServer(region.SSM())
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_SSM": server.URL, "AWS_REGION": testRegion, "AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "secret",
		contract.FenceVariable: "/orders/failover/fence",
	} {
		t.Setenv(name, value)
	}
	a := newStore(t)
	require.Equal(t, http.StatusNoContent, send(t, a, "PUT", "/objects/kept", nil, []byte("1")).status)
	upload := map[string]string{"X-Upload-Content-Length": "1"}
	for position, want := range map[string]struct{ upload, put, remove int }{
		contract.PositionOff:     {http.StatusCreated, http.StatusNoContent, http.StatusNoContent},
		contract.PositionUploads: {http.StatusServiceUnavailable, http.StatusNoContent, http.StatusNoContent},
		contract.PositionOn:      {http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusServiceUnavailable},
	} {
		t.Run(position, func(t *testing.T) {
			require.NoError(t, region.PutParameter("/orders/failover/fence", position, "String"))
			var err error
			a.fence, err = fence.FromEnvironment(t.Context())
			require.NoError(t, err)
			assert.Equal(t, want.upload, send(t, a, "POST", "/uploads/new", upload, nil).status)
			put := send(t, a, "PUT", "/objects/new", nil, []byte("2"))
			assert.Equal(t, want.put, put.status)
			assert.Equal(t, want.remove, send(t, a, "DELETE", "/objects/new", nil, nil).status)
			kept := send(t, a, "GET", "/objects/kept", nil, nil)
			assert.Equal(t, http.StatusOK, kept.status)
			assert.Equal(t, "1", string(kept.body))
			if want.put == http.StatusServiceUnavailable {
				assert.Equal(t, fence.RetryAfter, put.header.Get("Retry-After"))
				assert.Equal(t, testRegion, put.header.Get(contract.RegionHeader))
			}
		})
	}
}
