package objectstore_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
)

// side is a Region that is called without a network.
type side struct {
	store   *objectstore.Store
	handler http.Handler
	bucket  string
}

func (s side) call(t require.TestingT, method, key, body string, header ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "https://s3."+s.store.Region()+".amazonaws.com/"+s.bucket+"/"+key, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, sign(t, request, s.store.Region()))
	return recorder
}

func newSides(t require.TestingT, order objectstore.Order, lag func() time.Duration) (sides []side, copier *objectstore.Copier) {
	world := objectstore.NewWorld(order)
	copier = objectstore.NewCopier(world, lag)
	buckets := map[string]string{west: westBucket, central: centralBucket}
	for _, region := range []string{west, central} {
		store := world.NewStore(region, time.Now)
		require.NoError(t, store.CreateBucket(buckets[region], true))
		sides = append(sides, side{store, store.Handler(), buckets[region]})
	}
	for i, s := range sides {
		answer := s.call(t, http.MethodPut, "?replication", `<ReplicationConfiguration><Role>arn:aws:iam::1:role/r</Role><Rule><ID>r</ID><Status>Enabled</Status><Priority>1</Priority><Filter/>`+
			`<DeleteMarkerReplication><Status>Enabled</Status></DeleteMarkerReplication>`+
			`<SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status></SseKmsEncryptedObjects></SourceSelectionCriteria>`+
			`<Destination><Bucket>arn:aws:s3:::`+sides[1-i].bucket+`</Bucket><EncryptionConfiguration><ReplicaKmsKeyID>k</ReplicaKmsKeyID></EncryptionConfiguration></Destination></Rule></ReplicationConfiguration>`)
		require.Equal(t, http.StatusOK, answer.Code, answer.Body)
	}
	return sides, copier
}

// Whatever is written and deleted on both sides while Regions come and go, no
// acknowledged version is missing on either. A side that has acknowledged a write
// serves it, and both sides end equal, unless AWS orders replicas by arrival.
func TestBothSidesConverge(t *testing.T) {
	for _, order := range []objectstore.Order{objectstore.ByCreation, objectstore.ByArrival} {
		t.Run(string(order), func(t *testing.T) { rapid.Check(t, converges(order)) })
	}
}

func converges(order objectstore.Order) func(*rapid.T) {
	return func(t *rapid.T) {
		lag := time.Duration(rapid.IntRange(0, 2).Draw(t, "lag")) * time.Millisecond
		sides, copier := newSides(t, order, func() time.Duration { return lag })
		defer copier.Close()
		versions := map[string]string{} // key by acknowledged version
		for step := range rapid.IntRange(1, 40).Draw(t, "steps") {
			s := sides[rapid.IntRange(0, 1).Draw(t, "side")]
			key := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "key")
			switch rapid.IntRange(0, 6).Draw(t, "action") {
			case 0:
				copier.Pause(s.store.Region())
			case 1:
				copier.Resume(s.store.Region())
			case 2:
				answer := s.call(t, http.MethodDelete, key, "")
				versions[answer.Header().Get("X-Amz-Version-Id")] = key
				if order == objectstore.ByCreation { // a replica that arrives now would be current
					assert.Equal(t, http.StatusNotFound, s.call(t, http.MethodGet, key, "").Code)
				}
			case 3:
				if answer := s.call(t, http.MethodPut, key, "new", "If-None-Match", "*"); answer.Code == http.StatusOK {
					versions[answer.Header().Get("X-Amz-Version-Id")] = key
				}
			default:
				answer := s.call(t, http.MethodPut, key, fmt.Sprint(step))
				require.Equal(t, http.StatusOK, answer.Code)
				versions[answer.Header().Get("X-Amz-Version-Id")] = key
			}
		}
		copier.Resume(west)
		copier.Resume(central)
		require.Eventually(t, func() bool { return copier.Pending(west).Count+copier.Pending(central).Count == 0 }, 10*time.Second, time.Millisecond)
		for id, key := range versions {
			for _, s := range sides {
				assert.NotEqual(t, http.StatusNotFound, s.call(t, http.MethodGet, key+"?versionId="+id, "").Code, "an acknowledged version is missing in %s", s.store.Region())
			}
		}
		for _, key := range []string{"a", "b", "c"} {
			if order == objectstore.ByArrival {
				break
			}
			first, second := sides[0].call(t, http.MethodGet, key, ""), sides[1].call(t, http.MethodGet, key, "")
			assert.Equal(t, first.Code, second.Code)
			if first.Code == http.StatusOK {
				assert.Equal(t, first.Header().Get("X-Amz-Version-Id"), second.Header().Get("X-Amz-Version-Id"))
				assert.Equal(t, first.Body.String(), second.Body.String())
			}
		}
	}
}

// By arrival, what is older replaces what is newer, and the two sides differ: a
// property of plain S3 that synchronous objects do not depend on.
func TestReplicasByArrivalReplaceNewerVersions(t *testing.T) {
	for order, want := range map[objectstore.Order][2]string{objectstore.ByCreation: {"new", "new"}, objectstore.ByArrival: {"new", "old"}} {
		sides, copier := newSides(t, order, func() time.Duration { return 0 })
		defer copier.Close()
		copier.Pause(west)
		require.Equal(t, http.StatusOK, sides[0].call(t, http.MethodPut, "k", "old").Code)
		require.Equal(t, http.StatusOK, sides[1].call(t, http.MethodPut, "k", "new").Code)
		copier.Resume(west)
		require.Eventually(t, func() bool { return copier.Pending(west).Count+copier.Pending(central).Count == 0 }, 10*time.Second, time.Millisecond)
		for i, side := range sides {
			assert.Equal(t, want[i], side.call(t, http.MethodGet, "k", "").Body.String(), "%s in %s", order, side.store.Region())
		}
	}
}

// Of writers that create and delete one object at the same time, each that was
// told to have succeeded did so in one order: creations and deletions of an
// existing object take turns.
func TestConditionalCreationsAndDeletionsTakeTurns(t *testing.T) {
	sides, copier := newSides(t, objectstore.ByCreation, func() time.Duration { return 0 })
	defer copier.Close()
	var mu sync.Mutex
	created, deleted := 0, 0
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 300 {
				ok := sides[0].call(t, http.MethodPut, "k", "x", "If-None-Match", "*").Code == http.StatusOK
				gone := sides[0].call(t, http.MethodDelete, "k", "", "If-Match", "*").Code == http.StatusNoContent
				mu.Lock()
				if ok {
					created++
				}
				if gone {
					deleted++
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	exists := 0
	if sides[0].call(t, http.MethodGet, "k", "").Code == http.StatusOK {
		exists = 1
	}
	assert.Positive(t, deleted)
	assert.Equal(t, created, deleted+exists)
}
