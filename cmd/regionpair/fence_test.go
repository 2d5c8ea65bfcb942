package main_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// ack is a write that a Region has acknowledged.
type ack struct {
	key, region string
	at          time.Time
}

// writers write until they are told to stop, whatever they are answered.
type writers struct {
	*session
	token string
	group sync.WaitGroup

	mu      sync.Mutex
	acks    []ack
	refused int
}

func (w *writers) start(ctx context.Context, name string, through *http.Client) {
	w.group.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			w.write(ctx, fmt.Sprintf("fenced/%s-%d", name, n), through)
			time.Sleep(20 * time.Millisecond)
		}
	})
}

func (w *writers) write(ctx context.Context, key string, through *http.Client) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, "https://"+w.ready.DomainName+"/objects/"+key, strings.NewReader(key))
	if err != nil {
		return
	}
	request.Header.Set("Authorization", "Bearer "+w.token)
	response, err := through.Do(request)
	if err != nil {
		return // nobody has acknowledged it
	}
	_ = response.Body.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch response.StatusCode {
	case http.StatusNoContent:
		w.acks = append(w.acks, ack{key, response.Header.Get("X-Served-By-Region"), time.Now()})
	case http.StatusServiceUnavailable:
		w.refused++
	}
}

// A fenced switch has one writer at a time, whatever clients do: those that follow
// DNS and those that stay with the primary. What the primary has acknowledged can be
// read in the standby by the first client that arrives there.
func TestAFencedSwitchHasOneWriterAtATime(t *testing.T) {
	t.Parallel()
	s := up(t, "--time-scale", "20")
	s.answeredBy(west)
	require.Eventually(t, func() bool { return s.operate("status").exit == 0 }, time.Minute, 500*time.Millisecond)
	token, err := s.token(s.viaProxy(), oauth2.AuthStyleInHeader)
	require.NoError(t, err)

	w := &writers{session: s, token: token.AccessToken}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for n := range 2 {
		follows := s.viaProxy()
		follows.Transport.(*http.Transport).DisableKeepAlives = true
		w.start(ctx, fmt.Sprint("follows", n), follows)
		w.start(ctx, fmt.Sprint("stays", n), s.inRegion("primary"))
	}
	time.Sleep(time.Second)
	moved := s.operate("failover", "--fence", "--fence-uploads", "0s", "--fence-settle", "7s", "--yes")
	arrived := time.Now()
	require.Equal(t, 0, moved.exit, moved.stdout+moved.stderr)
	time.Sleep(time.Second)
	stop()
	w.group.Wait()

	var last, first time.Time
	fromPrimary := []string{}
	for _, a := range w.acks {
		switch {
		case a.region == west:
			fromPrimary, last = append(fromPrimary, a.key), a.at
		case first.IsZero():
			first = a.at
		}
	}
	assert.Greater(t, len(fromPrimary), 20)
	assert.Positive(t, w.refused, "those who stay are told so")
	require.False(t, first.IsZero(), "the standby takes writes")
	assert.True(t, last.Before(first), "the primary acknowledged a write at %s, the standby since %s (moved at %s)", last, first, arrived)
	for _, key := range fromPrimary {
		read := s.call(s.inRegion("secondary"), http.MethodGet, "/objects/"+key, token.AccessToken, nil)
		require.Equal(t, key, read.body, "the standby has what the primary acknowledged")
	}
	s.quit()
}
