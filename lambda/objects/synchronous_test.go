package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud/durabletest"
	"github.com/regionpair/regionpair/lambda/internal/durableaws"
	"github.com/regionpair/regionpair/lambda/internal/metric"
)

const peerRegion = durabletest.Central

// twoRegions is the API in both Regions.
type twoRegions struct {
	*durabletest.World
	west, central *api
	metrics       *bytes.Buffer
}

func newTwoRegions(t testing.TB, whenPeerIsDown contract.PeerDownMode) *twoRegions {
	t.Helper()
	pair := &twoRegions{World: durabletest.New(t, "../.."), metrics: &bytes.Buffer{}}
	in := func(here, peer string) *api {
		a := newAPI(pair.S3[here], durabletest.BucketOf(here), here)
		a.synchronize(settings{
			bucket: durabletest.BucketOf(here), region: here, peerBucket: durabletest.BucketOf(peer), peerRegion: peer, whenPeerIsDown: whenPeerIsDown,
		}, durableaws.Table{Client: pair.DynamoDB[here], Name: durabletest.Index}, pair.S3[peer], metric.NewCounter(pair.metrics, "objects"))
		return a
	}
	pair.west, pair.central = in(testRegion, peerRegion), in(peerRegion, testRegion)
	return pair
}

// sendTo is send for an API in either Region.
func sendTo(t testing.TB, a *api, method, path string, header map[string]string, body string) answer {
	t.Helper()
	name, value, _ := strings.Cut(path, "?")
	event := events.APIGatewayProxyRequest{HTTPMethod: method, Path: encode(name), Headers: header, Body: body}
	if value != "" {
		event.MultiValueQueryStringParameters = map[string][]string{}
		for pair := range strings.SplitSeq(value, "&") {
			name, value, _ := strings.Cut(pair, "=")
			event.MultiValueQueryStringParameters[name] = []string{value}
		}
	}
	response, err := a.proxy()(t.Context(), event)
	require.NoError(t, err)
	return answer{status: response.StatusCode, header: http.Header(response.MultiValueHeaders), body: decoded(t, response)}
}

func TestASynchronousWriteIsInBothRegions(t *testing.T) {
	pair := newTwoRegions(t, contract.PeerDownAccept)
	put := sendTo(t, pair.west, "PUT", "/objects/a/ü", map[string]string{"Content-Type": "text/x", "X-Amz-Meta-Owner": "ops"}, "v1")
	require.Equal(t, http.StatusNoContent, put.status, string(put.body))
	assert.Equal(t, "regions=2", put.header.Get(contract.DurabilityHeader))
	for _, region := range []string{testRegion, peerRegion} {
		pair.Buckets[region].Answer(http.StatusServiceUnavailable)
		for _, a := range []*api{pair.west, pair.central} {
			got := sendTo(t, a, "GET", "/objects/a/ü", nil, "")
			require.Equal(t, http.StatusOK, got.status, string(got.body))
			assert.Equal(t, "v1", string(got.body))
			assert.Equal(t, put.header.Get("ETag"), got.header.Get("ETag"))
			assert.Equal(t, "text/x", got.header.Get("Content-Type"))
			assert.Equal(t, "ops", got.header.Get("X-Amz-Meta-Owner"))
			assert.Equal(t, "regions=2", got.header.Get(contract.DurabilityHeader))
		}
		pair.Buckets[region].Answer(0)
	}
	assert.Empty(t, pair.metrics.String())
}

func TestHeadAndRangesOfASynchronousObject(t *testing.T) {
	pair := newTwoRegions(t, contract.PeerDownAccept)
	put := sendTo(t, pair.west, "PUT", "/objects/k", nil, "0123456789")
	head := sendTo(t, pair.central, "HEAD", "/objects/k", nil, "")
	assert.Equal(t, http.StatusOK, head.status)
	assert.Equal(t, "10", head.header.Get("X-Object-Size"))
	assert.Equal(t, put.header.Get("ETag"), head.header.Get("ETag"))
	part := sendTo(t, pair.central, "GET", "/objects/k", map[string]string{"Range": "bytes=2-4"}, "")
	assert.Equal(t, http.StatusPartialContent, part.status)
	assert.Equal(t, "234", string(part.body))
	whole := sendTo(t, pair.central, "GET", "/objects/k", map[string]string{"Range": "bytes=2-4", "If-Range": `"other"`}, "")
	assert.Equal(t, http.StatusOK, whole.status)
	assert.Equal(t, http.StatusRequestedRangeNotSatisfiable, sendTo(t, pair.central, "GET", "/objects/k", map[string]string{"Range": "bytes=99-"}, "").status)
	assert.Equal(t, http.StatusNotModified, sendTo(t, pair.central, "GET", "/objects/k", map[string]string{"If-None-Match": put.header.Get("ETag")}, "").status)
	assert.Equal(t, http.StatusPreconditionFailed, sendTo(t, pair.central, "HEAD", "/objects/k", map[string]string{"If-Match": `"other"`}, "").status)
	assert.Equal(t, http.StatusNotFound, sendTo(t, pair.central, "HEAD", "/objects/none", nil, "").status)
}

// Conditions hold whichever Region is asked.
func TestSynchronousConditions(t *testing.T) {
	pair := newTwoRegions(t, contract.PeerDownAccept)
	absent := map[string]string{"If-None-Match": "*"}
	first := sendTo(t, pair.west, "PUT", "/objects/k", absent, "v1")
	require.Equal(t, http.StatusCreated, first.status)
	assert.Equal(t, http.StatusPreconditionFailed, sendTo(t, pair.central, "PUT", "/objects/k", absent, "v2").status)

	match := map[string]string{"If-Match": first.header.Get("ETag")}
	second := sendTo(t, pair.central, "PUT", "/objects/k", match, "v2")
	require.Equal(t, http.StatusNoContent, second.status)
	assert.Equal(t, http.StatusPreconditionFailed, sendTo(t, pair.west, "PUT", "/objects/k", match, "v3").status)
	assert.Equal(t, http.StatusPreconditionFailed, sendTo(t, pair.west, "DELETE", "/objects/k", match, "").status)
	unquoted := map[string]string{"If-Match": strings.Trim(second.header.Get("ETag"), `"`)}
	assert.Equal(t, http.StatusPreconditionFailed, sendTo(t, pair.west, "PUT", "/objects/k", unquoted, "v3").status)

	gone := sendTo(t, pair.west, "DELETE", "/objects/k", map[string]string{"If-Match": second.header.Get("ETag")}, "")
	assert.Equal(t, http.StatusNoContent, gone.status)
	assert.Equal(t, "regions=2", gone.header.Get(contract.DurabilityHeader))
	assert.Equal(t, http.StatusNotFound, sendTo(t, pair.central, "GET", "/objects/k", nil, "").status)
	assert.Equal(t, http.StatusNoContent, sendTo(t, pair.central, "DELETE", "/objects/k", nil, "").status, "deleting twice is fine")
	assert.Equal(t, http.StatusPreconditionFailed, sendTo(t, pair.west, "DELETE", "/objects/k", match, "").status)
	assert.Equal(t, http.StatusCreated, sendTo(t, pair.central, "PUT", "/objects/k", absent, "v4").status)
}

// Of many callers in both Regions exactly one creates the object.
func TestASynchronousLock(t *testing.T) {
	pair := newTwoRegions(t, contract.PeerDownAccept)
	for round := range 5 {
		var group sync.WaitGroup
		var created, refused atomic.Int32
		for caller := range 6 {
			group.Go(func() {
				a := pair.west
				if caller%2 == 1 {
					a = pair.central
				}
				switch got := sendTo(t, a, "PUT", fmt.Sprint("/objects/lock-", round), map[string]string{"If-None-Match": "*"}, "x"); got.status {
				case http.StatusCreated:
					created.Add(1)
				case http.StatusPreconditionFailed:
					refused.Add(1)
				default:
					assert.Fail(t, "unexpected", "%d %s", got.status, got.body)
				}
			})
		}
		group.Wait()
		assert.EqualValues(t, 1, created.Load())
		assert.EqualValues(t, 5, refused.Load())
	}
}

// roundTrip between the two Regions, as between eu-west-1 and eu-central-1.
const roundTrip = 25 * time.Millisecond

// apart puts the Regions apart: the peer's bucket is a round trip away, and the
// index answers when another Region has agreed.
func (p *twoRegions) apart(d time.Duration) {
	p.Buckets[peerRegion].Delay(d)
	p.Tables[testRegion].Delay(d)
}

// How many round trips a request takes is a promise of the documentation. A busy
// machine may take longer now and then, but never less.
func TestRoundTripsOfSynchronousRequests(t *testing.T) {
	pair := newTwoRegions(t, contract.PeerDownAccept)
	const far = 200 * time.Millisecond
	for _, request := range []struct {
		method      string
		conditional bool
		trips       int
	}{{"GET", false, 1}, {"PUT", true, 3}, {"PUT", false, 2}, {"DELETE", false, 2}} {
		fastest := time.Hour
		for range 5 {
			pair.apart(0)
			etag := sendTo(t, pair.west, "PUT", "/objects/k", nil, "v").header.Get("ETag")
			header := map[string]string{}
			if request.conditional {
				header["If-Match"] = etag
			}
			pair.apart(far)
			begin := time.Now()
			require.Less(t, sendTo(t, pair.west, request.method, "/objects/k", header, "v").status, 300)
			if fastest = min(fastest, time.Since(begin)); int(fastest/far) == request.trips {
				break
			}
		}
		assert.Equal(t, request.trips, int(fastest/far), "%+v took %s", request, fastest)
	}
}

// BenchmarkDurability measures what the documentation says about both modes. The
// Regions are 25 ms apart; buckets and index answer at once otherwise.
func BenchmarkDurability(b *testing.B) {
	pair := newTwoRegions(b, contract.PeerDownAccept)
	pair.apart(roundTrip)
	async := newAPI(pair.S3[testRegion], durabletest.BucketOf(testRegion), testRegion)
	for name, a := range map[string]*api{"async": async, "sync": pair.west} {
		etag := sendTo(b, a, "PUT", "/objects/"+name, nil, "v").header.Get("ETag")
		for _, request := range []string{"PUT", "GET", "PUT If-Match"} {
			method, _, conditional := strings.Cut(request, " ")
			b.Run(name+"/"+strings.ReplaceAll(request, " ", "-"), func(b *testing.B) {
				for b.Loop() {
					header := map[string]string{}
					if conditional {
						header["If-Match"] = etag
					}
					got := sendTo(b, a, method, "/objects/"+name, header, strings.Repeat("x", 1024))
					require.Less(b, got.status, 300)
					etag = got.header.Get("ETag")
				}
			})
		}
	}
}

func TestAWriteWithoutThePeerSaysSo(t *testing.T) {
	pair := newTwoRegions(t, contract.PeerDownAccept)
	pair.Buckets[peerRegion].Hang(true)
	begin := time.Now()
	put := sendTo(t, pair.west, "PUT", "/objects/k", nil, "v1")
	require.Equal(t, http.StatusNoContent, put.status, string(put.body))
	assert.Equal(t, "regions=1", put.header.Get(contract.DurabilityHeader))
	assert.Contains(t, pair.metrics.String(), contract.MetricSingleRegionWrites)
	assert.Less(t, time.Since(begin), patience+2*time.Second)

	begin = time.Now()
	require.Equal(t, http.StatusNoContent, sendTo(t, pair.west, "PUT", "/objects/k", nil, "v2").status)
	assert.Less(t, time.Since(begin), patience/2, "the next one does not wait")
	got := sendTo(t, pair.west, "GET", "/objects/k", nil, "")
	assert.Equal(t, "v2", string(got.body))
	assert.Equal(t, "regions=1", got.header.Get(contract.DurabilityHeader))

	// Nobody else has it.
	pair.Buckets[peerRegion].Hang(false)
	pair.Buckets[testRegion].Answer(http.StatusServiceUnavailable)
	away := sendTo(t, pair.central, "GET", "/objects/k", nil, "")
	assert.Equal(t, http.StatusServiceUnavailable, away.status)
	assert.Contains(t, string(away.body), "does not answer")
}

func TestAWriteWithoutThePeerIsRefused(t *testing.T) {
	pair := newTwoRegions(t, contract.PeerDownRefuse)
	pair.Buckets[peerRegion].Answer(http.StatusServiceUnavailable)
	put := sendTo(t, pair.west, "PUT", "/objects/k", nil, "v1")
	assert.Equal(t, http.StatusServiceUnavailable, put.status)
	assert.Equal(t, retryAfter, put.header.Get("Retry-After"))
	assert.NotContains(t, string(put.body), contract.OutcomeUnknown)
	assert.Equal(t, http.StatusNotFound, sendTo(t, pair.west, "GET", "/objects/k", nil, "").status)
}

func TestWithoutTheIndexNothingIsWritten(t *testing.T) {
	pair := newTwoRegions(t, contract.PeerDownAccept)
	pair.Tables[testRegion].Answer(http.StatusInternalServerError)
	for _, method := range []string{"PUT", "DELETE", "GET"} {
		got := sendTo(t, pair.west, method, "/objects/k", nil, "")
		assert.Equal(t, http.StatusServiceUnavailable, got.status, method)
		assert.Equal(t, retryAfter, got.header.Get("Retry-After"), method)
	}
	assert.Equal(t, http.StatusServiceUnavailable, sendTo(t, pair.west, "GET", "/objects", nil, "").status)
}

func TestSynchronousListsAreInTheOrderOfKeys(t *testing.T) {
	pair := newTwoRegions(t, contract.PeerDownAccept)
	for i := range 30 {
		require.Equal(t, http.StatusNoContent, sendTo(t, pair.west, "PUT", fmt.Sprintf("/objects/a/%02d", i), nil, "x").status)
	}
	require.Equal(t, http.StatusNoContent, sendTo(t, pair.west, "PUT", "/objects/b", nil, "xy").status)
	require.Equal(t, http.StatusNoContent, sendTo(t, pair.central, "DELETE", "/objects/a/07", nil, "").status)
	keys, cursor, pages := []string{}, "", 0
	for {
		got := sendTo(t, pair.central, "GET", "/objects?prefix=a/&limit=7&cursor="+cursor, nil, "")
		require.Equal(t, http.StatusOK, got.status, string(got.body))
		var listed page
		require.NoError(t, json.Unmarshal(got.body, &listed))
		for _, object := range listed.Objects {
			keys = append(keys, object.Key)
			assert.NotEmpty(t, object.ETag)
		}
		pages++
		if cursor = listed.Cursor; cursor == "" {
			break
		}
	}
	assert.Len(t, keys, 29)
	assert.IsIncreasing(t, keys)
	assert.NotContains(t, keys, "a/07")
	assert.Equal(t, 5, pages)
	var all page
	require.NoError(t, json.Unmarshal(sendTo(t, pair.west, "GET", "/objects?prefix=b", nil, "").body, &all))
	require.Len(t, all.Objects, 1)
	assert.Equal(t, int64(2), all.Objects[0].Size)
}

// An upload becomes an object, in both Regions, when the client says that it is
// there, and may say so again.
func TestASynchronousUpload(t *testing.T) {
	pair := newTwoRegions(t, contract.PeerDownAccept)
	content := strings.Repeat("x", maxBodyBytes+1)
	asked := sendTo(t, pair.west, "POST", "/uploads/big", map[string]string{sizeHeader: fmt.Sprint(len(content)), "Content-Type": "text/x"}, "")
	require.Equal(t, http.StatusCreated, asked.status, string(asked.body))
	var given upload
	require.NoError(t, json.Unmarshal(asked.body, &given))
	complete := func(a *api, path string, header map[string]string) answer {
		all := maps.Clone(given.Complete.Headers)
		maps.Copy(all, header)
		return sendTo(t, a, given.Complete.Method, path, all, "")
	}
	assert.Equal(t, http.StatusConflict, complete(pair.west, given.Complete.Path, nil).status, "nothing was uploaded yet")

	request, err := http.NewRequestWithContext(t.Context(), given.Method, given.URL, strings.NewReader(content))
	require.NoError(t, err)
	for name, value := range given.Headers {
		request.Header.Set(name, value)
	}
	response, err := pair.HTTP[testRegion].Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	assert.Equal(t, http.StatusNotFound, sendTo(t, pair.west, "GET", "/objects/big", nil, "").status, "nobody said so")
	assert.Equal(t, http.StatusConflict, complete(pair.west, "/uploads/other", nil).status, "it is meant for another key")

	absent := map[string]string{"If-None-Match": "*"}
	done := complete(pair.central, given.Complete.Path, absent)
	require.Equal(t, http.StatusCreated, done.status, string(done.body))
	assert.Equal(t, "regions=2", done.header.Get(contract.DurabilityHeader))
	assert.Equal(t, http.StatusCreated, complete(pair.west, given.Complete.Path, absent).status, "again")
	head := sendTo(t, pair.central, "HEAD", "/objects/big", nil, "")
	assert.Equal(t, fmt.Sprint(len(content)), head.header.Get("X-Object-Size"))
	assert.Equal(t, "text/x", head.header.Get("Content-Type"))
	assert.Equal(t, done.header.Get("ETag"), head.header.Get("ETag"))
	assert.Equal(t, http.StatusSeeOther, sendTo(t, pair.central, "GET", "/objects/big", nil, "").status)

	require.Equal(t, http.StatusNoContent, sendTo(t, pair.west, "PUT", "/objects/big", nil, "v2").status)
	assert.Equal(t, http.StatusCreated, complete(pair.west, given.Complete.Path, absent).status)
	assert.Equal(t, "v2", string(sendTo(t, pair.west, "GET", "/objects/big", nil, "").body), "what came later stays")
	pair.west.now = func() time.Time { return time.Now().Add(2 * uploadLife) }
	assert.Equal(t, http.StatusGone, complete(pair.west, given.Complete.Path, nil).status)
}

func TestSynchronousUploadsThatAreRefused(t *testing.T) {
	pair := newTwoRegions(t, contract.PeerDownAccept)
	for _, header := range []map[string]string{{sizeHeader: fmt.Sprint(maxSynchronousBytes + 1)}, {sizeHeader: "x"}, {uploadHeader: "../../k"}} {
		assert.Equal(t, http.StatusBadRequest, sendTo(t, pair.west, "POST", "/uploads/k", header, "").status, "%v", header)
	}
	large := sendTo(t, pair.west, "PUT", "/objects/k", nil, strings.Repeat("x", maxBodyBytes+1))
	assert.Equal(t, http.StatusRequestEntityTooLarge, large.status)
	assert.Contains(t, string(large.body), "/uploads/k")
}

func TestSettings(t *testing.T) {
	read := func(values map[string]string) error {
		_, err := readSettings(func(name string) string { return values[name] })
		return err
	}
	require.ErrorContains(t, read(nil), "BUCKET_NAME")
	require.NoError(t, read(map[string]string{"BUCKET_NAME": "b"}))
	require.ErrorContains(t, read(map[string]string{"BUCKET_NAME": "b", contract.IndexVariable: "i", contract.PeerDownVariable: "wait"}), `must be "accept" or "refuse", got "wait"`)
	require.NoError(t, read(map[string]string{
		"BUCKET_NAME": "b", contract.IndexVariable: "i", contract.PeerBucketVariable: "p", contract.PeerRegionVariable: peerRegion, contract.PeerDownVariable: string(contract.PeerDownRefuse), contract.PairVariable: "orders",
	}))
}
