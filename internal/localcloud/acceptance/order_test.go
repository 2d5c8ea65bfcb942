package acceptance_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
	"github.com/regionpair/regionpair/stacks"
)

// caller is a machine client that calls the Regions of its choice.
type caller struct {
	t     *testing.T
	cloud *localcloud.Cloud
	token string
}

func newCaller(t *testing.T, cloud *localcloud.Cloud) caller {
	t.Helper()
	c, pair := caller{t: t, cloud: cloud}, cloud.Pair()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"orders.partner"}, "client_secret": {pair.Clients["orders.partner"]}}
	status, body := c.send(pair.Primary, http.MethodPost, "/oauth2/token", form.Encode(), "application/x-www-form-urlencoded")
	require.Equal(t, http.StatusOK, status, body)
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(t, json.Unmarshal([]byte(body), &answer))
	c.token = answer.AccessToken
	return c
}

func (c caller) send(region localcloud.Region, method, path, body, contentType string) (status int, answer string) {
	c.t.Helper()
	client := http.Client{Transport: c.cloud.NewTransportTo(region)}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(c.t.Context(), method, "https://"+c.cloud.Pair().DomainName+path, strings.NewReader(body))
	if !assert.NoError(c.t, err) {
		return 0, ""
	}
	request.Header.Set("Content-Type", contentType)
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := client.Do(request)
	if !assert.NoError(c.t, err) {
		return 0, ""
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	assert.NoError(c.t, err)
	return response.StatusCode, string(text)
}

func (c caller) change(region localcloud.Region, method, path, body string) (status int) {
	c.t.Helper()
	status, _ = c.send(region, method, path, body, "text/plain")
	return status
}

// A change hangs in S3 of the primary. Its caller gives up, repeats it in the other
// Region and goes on from there. When the primary's S3 is back, nothing of the first
// change may come back: it would be the newest version of the object, and replicate.
func TestAnAcknowledgedWriteIsNotReplacedByAnOlderOne(t *testing.T) {
	// The health function would ask S3 as well.
	a := synthesize(t, func(c *config.Config) { c.Health.Depth = config.HealthStatic }, func(stacks.Pair) {})
	t.Parallel() // CDK is needed no more
	for _, order := range []objectstore.Order{objectstore.ByCreation, objectstore.ByArrival} {
		cloud, err := localcloud.Start(t.Context(), localcloud.Options{Assembly: a, Dir: t.TempDir(), TimeScale: 20, ReplicaOrder: order})
		require.NoError(t, err)
		t.Cleanup(cloud.Close)
		client, first, other := newCaller(t, cloud), cloud.Pair().Primary, cloud.Pair().Secondary
		for _, method := range []string{http.MethodPut, http.MethodDelete} {
			path := "/objects/" + method
			// The function has a connection to S3 from then on.
			require.Equal(t, http.StatusNoContent, client.change(first, http.MethodPut, path, "v0"))
			mustSettle(t, cloud)

			cloud.Network().SetFault(first.Name, "s3", egress.Fault{Kind: egress.Blackhole})
			late := make(chan int, 1)
			go func() { late <- client.change(first, method, path, "v1") }()
			require.Eventually(t, func() bool { return cloud.Network().Hanging(first.Name, "s3") > 0 }, time.Minute, time.Millisecond, "the change is on its way to S3")
			require.Equal(t, http.StatusNoContent, client.change(other, method, path, "v1"))
			require.Equal(t, http.StatusNoContent, client.change(other, http.MethodPut, path, "v2"))
			cloud.Network().ClearFaults(first.Name)

			assert.Equal(t, http.StatusServiceUnavailable, <-late, "the first change is not acknowledged")
			mustSettle(t, cloud)
			for _, region := range []localcloud.Region{first, other} {
				status, body := client.send(region, http.MethodGet, path, "", "")
				assert.Equal(t, http.StatusOK, status, "%s in %s, %s", method, region.Name, order)
				assert.Equal(t, "v2", body, "%s in %s, %s", method, region.Name, order)
			}
		}
		cloud.Close()
	}
}

// mustSettle waits until nothing is left to replicate.
func mustSettle(t *testing.T, cloud *localcloud.Cloud) {
	t.Helper()
	pair := cloud.Pair()
	require.Eventually(t, func() bool {
		return cloud.Pending(pair.Primary.Name).Count+cloud.Pending(pair.Secondary.Name).Count == 0
	}, time.Minute, time.Millisecond)
}
