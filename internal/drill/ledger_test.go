package drill

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/workload"
)

// book is a ledger with the requests of the object API.
type book struct {
	*ledger
	*testing.T
	random *rand.Rand
	reader workload.Request
}

func newBook(t *testing.T) *book {
	reader, _ := workload.Objects().Reader()
	return &book{&ledger{prefix: "k"}, t, rand.New(rand.NewPCG(1, 2)), reader}
}

func (b *book) begin(e workload.Effect) (*record, *change, bool) {
	for _, r := range workload.Objects().Requests {
		if r.Data == e {
			return b.ledger.begin(r, b.random)
		}
	}
	b.Fatalf("no request does %s", e)
	return nil, nil, false
}

// does writes and returns what a read finds afterwards.
func (b *book) does(e workload.Effect, o outcome) answer {
	k, c, found := b.begin(e)
	require.True(b, found, e)
	etag := fmt.Sprintf(`"%s"`, c.values.Value)
	b.end(k, c, o, answer{region: "eu-west-1", header: http.Header{"Etag": {etag}}})
	if e == workload.Delete {
		return answer{status: http.StatusNotFound}
	}
	return answer{status: http.StatusOK, header: http.Header{"Etag": {etag}}, body: c.values.FillBody(c.request)}
}

func (b *book) judged(e expectation, a answer) freshness { return b.judge(e, b.reader, a) }

var nothing = answer{status: http.StatusNotFound, header: http.Header{}}

func TestAReadIsHeldAgainstTheLastAcknowledgedWrite(t *testing.T) {
	b := newBook(t)
	first := b.does(workload.Create, acknowledged)
	early, found := b.pick(b.random)
	require.True(t, found)
	assert.Equal(t, fresh, b.judged(early, first))
	assert.Equal(t, stale, b.judged(early, nothing))
	second := b.does(workload.Overwrite, acknowledged)
	late, _ := b.pick(b.random)
	assert.Equal(t, fresh, b.judged(late, second))
	assert.Equal(t, stale, b.judged(late, first), "an older state")
	assert.Equal(t, fresh, b.judged(early, second), "the write came while the read was under way")
	assert.Equal(t, foreign, b.judged(late, answer{status: http.StatusOK, body: []byte("something else"), header: http.Header{}}))
	swapped := second
	swapped.header = first.header
	assert.Equal(t, foreign, b.judged(late, swapped), "the ETag of another write")
}

func TestADeletedKeyStaysDeleted(t *testing.T) {
	b := newBook(t)
	first := b.does(workload.Create, acknowledged)
	b.does(workload.Delete, acknowledged)
	e, _ := b.pick(b.random)
	assert.Equal(t, fresh, b.judged(e, nothing))
	assert.Equal(t, stale, b.judged(e, first), "it has come back")
	_, _, found := b.begin(workload.Overwrite)
	assert.False(t, found, "nobody writes it again")
}

func TestAWriteOfUnknownOutcomeMayBeEither(t *testing.T) {
	b := newBook(t)
	first := b.does(workload.Create, acknowledged)
	second := b.does(workload.Overwrite, unknown)
	e, _ := b.pick(b.random)
	assert.Equal(t, fresh, b.judged(e, first))
	assert.Equal(t, fresh, b.judged(e, second))
	assert.Equal(t, stale, b.judged(e, nothing))
	_, _, found := b.begin(workload.Overwrite)
	assert.False(t, found, "the order of a further write would not be known")
	assert.Equal(t, 1, b.count(unknown))

	b = newBook(t)
	only := b.does(workload.Create, unknown)
	_, found = b.pick(b.random)
	assert.False(t, found, "nothing is acknowledged")
	e = b.all()[0]
	assert.Equal(t, fresh, b.judged(e, nothing))
	assert.Equal(t, fresh, b.judged(e, only))
}

func TestARefusedWriteChangesNothing(t *testing.T) {
	b := newBook(t)
	b.does(workload.Create, acknowledged)
	refusedWrite := b.does(workload.Overwrite, refused)
	e, _ := b.pick(b.random)
	assert.Equal(t, foreign, b.judged(e, refusedWrite))
	third := b.does(workload.Overwrite, acknowledged)
	e, _ = b.pick(b.random)
	assert.Equal(t, fresh, b.judged(e, third))
	assert.Equal(t, 2, e.change.values.N, "what was refused does not count")
}

func TestAKeyIsWrittenByOneCallerAtATime(t *testing.T) {
	b := newBook(t)
	b.does(workload.Create, acknowledged)
	k, c, found := b.begin(workload.Overwrite)
	require.True(t, found)
	assert.Equal(t, k.writes[0].etag, c.values.ETag, "a condition names the state that was acknowledged")
	_, _, again := b.begin(workload.Overwrite)
	assert.False(t, again)
	assert.Equal(t, 1, b.waiting())
	e, _ := b.pick(b.random)
	pendingWrite := answer{status: http.StatusOK, body: c.values.FillBody(c.request), header: http.Header{"Etag": {"one that is not known yet"}}}
	assert.Equal(t, fresh, b.judged(e, pendingWrite), "a write that is under way may be seen")
	b.end(k, c, acknowledged, answer{header: http.Header{}})
	assert.Zero(t, b.waiting())
	_, _, again = b.begin(workload.Delete)
	assert.True(t, again)
}

func TestWhatARegionAcknowledgedIsListedFromTheNewestOn(t *testing.T) {
	b := newBook(t)
	for range 3 {
		b.does(workload.Create, acknowledged)
		time.Sleep(time.Millisecond)
	}
	now := time.Now()
	b.does(workload.Create, acknowledged)
	keys := b.acknowledgedBy("eu-west-1", now)
	require.Len(t, keys, 3)
	assert.Equal(t, []string{"k-000003", "k-000002", "k-000001"}, []string{keys[0].key.id, keys[1].key.id, keys[2].key.id})
	assert.Empty(t, b.acknowledgedBy("eu-central-1", now))
}

func TestOutcomes(t *testing.T) {
	r := workload.Request{Status: []int{201}, Conflict: []int{409}}
	for want, answers := range map[outcome][]answer{
		acknowledged: {{status: 201, sent: true}},
		refused:      {{status: 409, sent: true}, {status: 429, sent: true}, {status: 200, sent: true}},
		unknown:      {{status: 500, sent: true}, {status: 503, sent: true}},
	} {
		for _, a := range answers {
			assert.Equal(t, want, outcomeOf(r, a, nil), a.status)
		}
	}
	assert.Equal(t, unknown, outcomeOf(r, answer{sent: true}, errors.New("timeout")))
	assert.Equal(t, refused, outcomeOf(r, answer{}, errors.New("connection refused")), "nothing was sent")
}
