package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/contract"
)

// newConditionalStore adds what the S3 server library does not evaluate:
// If-Match for GET, HEAD and DELETE.
func newConditionalStore(t testing.TB) *api {
	t.Helper()
	backend := s3mem.New()
	require.NoError(t, backend.CreateBucket(testBucket))
	store := gofakes3.New(backend).Server()
	return newAPIFor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if want := r.Header.Get("If-Match"); want != "" && r.Method != http.MethodPut {
			current := httptest.NewRecorder()
			store.ServeHTTP(current, httptest.NewRequestWithContext(r.Context(), http.MethodHead, r.URL.Path, nil))
			if current.Code == http.StatusOK && current.Header().Get("ETag") != want {
				s3Error(http.StatusPreconditionFailed, "PreconditionFailed").ServeHTTP(w, r)
				return
			}
		}
		store.ServeHTTP(w, r)
	}))
}

func TestConcurrentWritersDoNotOverwriteEachOther(t *testing.T) {
	a := newConditionalStore(t)
	create := map[string]string{"If-None-Match": "*"}
	created := send(t, a, "PUT", "/objects/k", create, []byte("1"))
	require.Equal(t, http.StatusCreated, created.status)
	first := created.header.Get("ETag")
	require.NotEmpty(t, first)
	assert.Equal(t, http.StatusPreconditionFailed, send(t, a, "PUT", "/objects/k", create, []byte("2")).status)

	replace := map[string]string{"If-Match": first}
	second := send(t, a, "PUT", "/objects/k", replace, []byte("3"))
	require.Equal(t, http.StatusNoContent, second.status)
	assert.Equal(t, http.StatusPreconditionFailed, send(t, a, "PUT", "/objects/k", replace, []byte("4")).status)
	assert.Equal(t, http.StatusPreconditionFailed, send(t, a, "GET", "/objects/k", replace, nil).status)
	assert.Equal(t, http.StatusPreconditionFailed, send(t, a, "HEAD", "/objects/k", replace, nil).status)
	assert.Equal(t, http.StatusPreconditionFailed, send(t, a, "DELETE", "/objects/k", replace, nil).status)

	current := map[string]string{"If-Match": second.header.Get("ETag")}
	assert.Equal(t, "3", string(send(t, a, "GET", "/objects/k", current, nil).body))
	assert.Equal(t, http.StatusNoContent, send(t, a, "DELETE", "/objects/k", current, nil).status)
	assert.Equal(t, http.StatusNotFound, send(t, a, "GET", "/objects/k", nil, nil).status)
}

func TestWhatIsNotThereMatchesNoETag(t *testing.T) {
	a := newAPIInMemory(s3Error(http.StatusNotFound, "NoSuchKey"))
	header := map[string]string{"If-Match": `"abc"`}
	for method, want := range map[string]int{"PUT": 412, "DELETE": 412, "GET": 404, "HEAD": 404} {
		assert.Equal(t, want, send(t, a, method, "/objects/k", header, nil).status, method)
	}
}

func TestNotModifiedNamesTheState(t *testing.T) {
	a := newAPIInMemory(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"abc"`)
		w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
	}))
	for _, method := range []string{"GET", "HEAD"} {
		got := send(t, a, method, "/objects/k", map[string]string{"If-None-Match": `"abc"`}, nil)
		assert.Equal(t, http.StatusNotModified, got.status)
		assert.Equal(t, `"abc"`, got.header.Get("ETag"))
		assert.Equal(t, "Mon, 02 Jan 2006 15:04:05 GMT", got.header.Get("Last-Modified"))
		assert.Empty(t, got.body)
	}
}

// What S3 replicates is the content and the metadata; its ETag is another one in
// the other Region.
func TestConditionsHoldInTheOtherRegion(t *testing.T) {
	regions := []*states{newStates(), newStates()}
	west, central := newAPIInMemory(regions[0]), newAPIInMemory(regions[1])
	put := send(t, west, "PUT", "/objects/k", map[string]string{"X-Amz-Meta-Owner": "ops"}, []byte("1"))
	require.Equal(t, http.StatusNoContent, put.status)
	etag := put.header.Get("ETag")
	regions[1].replicate(regions[0])
	require.NotEqual(t, regions[0].etag, regions[1].etag)

	for _, a := range []*api{west, central} {
		for _, method := range []string{"GET", "HEAD"} {
			got := send(t, a, method, "/objects/k", nil, nil)
			assert.Equal(t, etag, got.header.Get("ETag"))
			assert.Equal(t, "ops", got.header.Get("X-Amz-Meta-Owner"))
			assert.Empty(t, got.header.Get("X-Amz-Meta-"+contract.ObjectStateMetadata))
			assert.Equal(t, http.StatusNotModified, send(t, a, method, "/objects/k", map[string]string{"If-None-Match": `"x", W/` + etag}, nil).status)
			assert.Equal(t, http.StatusOK, send(t, a, method, "/objects/k", map[string]string{"If-Match": etag}, nil).status)
			assert.Equal(t, http.StatusPreconditionFailed, send(t, a, method, "/objects/k", map[string]string{"If-Match": "W/" + etag}, nil).status)
		}
		stale := map[string]string{"If-Match": `"` + regions[0].etag + `"`}
		assert.Equal(t, http.StatusPreconditionFailed, send(t, a, "PUT", "/objects/k", stale, nil).status, "S3's ETag is nobody's business")
	}
	second := send(t, central, "PUT", "/objects/k", map[string]string{"If-Match": etag}, []byte("2"))
	require.Equal(t, http.StatusNoContent, second.status)
	assert.NotEqual(t, etag, second.header.Get("ETag"))
	assert.Equal(t, http.StatusPreconditionFailed, send(t, central, "DELETE", "/objects/k", map[string]string{"If-Match": etag}, nil).status)
	assert.Equal(t, http.StatusNoContent, send(t, central, "DELETE", "/objects/k", map[string]string{"If-Match": second.header.Get("ETag")}, nil).status)
}

func TestTheSameContentWrittenAgainIsANewState(t *testing.T) {
	a := newStore(t)
	first := send(t, a, "PUT", "/objects/k", nil, []byte("x")).header.Get("ETag")
	assert.NotEqual(t, first, send(t, a, "PUT", "/objects/k", nil, []byte("x")).header.Get("ETag"))
}

func TestAStateSaysWhoWroteItAndWhen(t *testing.T) {
	rec := &recorder{}
	a := newAPIInMemory(rec)
	a.now = func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC) }
	send(t, a, "PUT", "/objects/k", nil, []byte("x"))
	assert.Equal(t, testRegion+" 2026-01-02T03:04:05.000006Z", rec.last.Header.Get("X-Amz-Meta-"+contract.ObjectWriterMetadata))
}

func TestAnObjectThatChangesWhileItIsReadIsAConflict(t *testing.T) {
	a := newAPIInMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			s3Error(http.StatusPreconditionFailed, "PreconditionFailed").ServeHTTP(w, r)
			return
		}
		w.Header().Set("ETag", `"abc"`)
	}))
	got := send(t, a, "GET", "/objects/k", map[string]string{"If-Match": `"abc"`}, nil)
	assert.Equal(t, http.StatusConflict, got.status)
	assert.Equal(t, retryAfter, got.header.Get("Retry-After"))
}

func TestAChangeThatWasOnlyLookedAtIsNotUnknown(t *testing.T) {
	a := newAPIInMemory(s3Error(http.StatusInternalServerError, "InternalError"))
	for _, method := range []string{"PUT", "DELETE"} {
		got := send(t, a, method, "/objects/k", map[string]string{"If-Match": `"abc"`}, nil)
		assert.Equal(t, http.StatusServiceUnavailable, got.status)
		assert.NotContains(t, string(got.body), contract.OutcomeUnknown)
		assert.Equal(t, retryAfter, got.header.Get("Retry-After"))
	}
}

func TestNoConditionOfAChangeIsIgnored(t *testing.T) {
	a := newAPIInMemory(s3Error(500, "must not be asked"))
	date := "Mon, 02 Jan 2006 15:04:05 GMT"
	for _, test := range []struct {
		method, path string
		header       map[string]string
	}{
		{"PUT", "/objects/k", map[string]string{"If-Match": `"a", "b"`}},
		{"PUT", "/objects/k", map[string]string{"If-Match": `W/"a"`}},
		{"PUT", "/objects/k", map[string]string{"If-Unmodified-Since": date}},
		{"PUT", "/objects/k", map[string]string{"Content-Range": "bytes 0-1/2"}},
		{"POST", "/uploads/k", map[string]string{"If-None-Match": `"a"`}},
		{"POST", "/uploads/k", map[string]string{"If-Unmodified-Since": date}},
		{"DELETE", "/objects/k", map[string]string{"If-None-Match": "*"}},
		{"DELETE", "/objects/k", map[string]string{"If-Unmodified-Since": date}},
		{"DELETE", "/objects/k", map[string]string{"If-Match": `"a", "b"`}},
	} {
		got := send(t, a, test.method, test.path, test.header, nil)
		assert.Equal(t, http.StatusBadRequest, got.status, test)
	}
}

func TestRFC9110LetsSomeConditionsBeIgnored(t *testing.T) {
	date := "Mon, 02 Jan 2006 15:04:05 GMT"
	for _, header := range []map[string]string{
		{"If-Match": `"abc"`, "If-Unmodified-Since": date}, {"If-Unmodified-Since": "nonsense"}, {"If-Modified-Since": date},
	} {
		for _, method := range []string{"PUT", "DELETE"} {
			assert.Equal(t, http.StatusNoContent, send(t, newAPIInMemory(&recorder{}), method, "/objects/k", header, nil).status, header)
		}
	}
}

func TestIfRangeNeverJoinsTwoStatesOfAnObject(t *testing.T) {
	a := newStore(t)
	etag := send(t, a, "PUT", "/objects/k", nil, []byte("0123456789")).header.Get("ETag")
	modified := send(t, a, "GET", "/objects/k", nil, nil).header.Get("Last-Modified")
	before, err := http.ParseTime(modified)
	require.NoError(t, err)
	for _, test := range []struct {
		ifRange, byteRange, want string
		status                   int
	}{
		{etag, "bytes=2-4", "234", http.StatusPartialContent},
		{modified, "bytes=2-4", "234", http.StatusPartialContent},
		{`"old"`, "bytes=2-4", "0123456789", http.StatusOK},
		{"W/" + etag, "bytes=2-4", "0123456789", http.StatusOK},
		{before.Add(-time.Hour).Format(http.TimeFormat), "bytes=2-4", "0123456789", http.StatusOK},
		{`"old"`, "bytes=20-", "0123456789", http.StatusOK},
		{`"old"`, "", "0123456789", http.StatusOK},
	} {
		header := map[string]string{"If-Range": test.ifRange}
		if test.byteRange != "" {
			header["Range"] = test.byteRange
		}
		got := send(t, a, "GET", "/objects/k", header, nil)
		assert.Equal(t, test.status, got.status, test)
		assert.Equal(t, test.want, string(got.body), test)
	}
	missing := send(t, a, "GET", "/objects/none", map[string]string{"If-Range": etag, "Range": "bytes=0-1"}, nil)
	assert.Equal(t, http.StatusNotFound, missing.status)
}
