package acceptance_test

import (
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/console"
	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/stacks"
)

// TestRandomFaultsLeaveNothingBehind breaks and heals a pair under the console's
// load for SOAK, ten seconds by default, while pages come and go.
func TestRandomFaultsLeaveNothingBehind(t *testing.T) {
	lasts := 10 * time.Second
	if text := os.Getenv("SOAK"); text != "" {
		var err error
		lasts, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	a := synthesize(t, func(c *config.Config) { c.Failback.Mode = config.FailbackGuarded }, func(stacks.Pair) {})
	before := runtime.NumGoroutine()
	cloud, err := localcloud.Start(t.Context(), localcloud.Options{Assembly: a, Dir: t.TempDir(), TimeScale: 20})
	require.NoError(t, err)
	defer cloud.Close()
	page, err := console.Start(t.Context(), cloud, 20, "127.0.0.1:0")
	require.NoError(t, err)
	s := soak{t: t, cloud: cloud, url: page.URL(), random: rand.New(rand.NewPCG(1, 2))}
	s.run(5 * time.Second) // until pools of connections and processes are as large as they get
	first := s.settle()
	s.run(lasts)
	last := s.settle()
	t.Logf("%d actions; before %+v, after %+v", s.actions, first, last)
	assert.Less(t, last.goroutines, 2*first.goroutines+100)
	assert.Less(t, last.heap, 2*first.heap+64<<20, "bytes")
	page.Close()
	cloud.Close()
	assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+5 }, 30*time.Second, 100*time.Millisecond, "goroutines outlive the pair: %d before, %d after", before, runtime.NumGoroutine())
}

// soak presses the console's buttons without a browser.
type soak struct {
	t       *testing.T
	cloud   *localcloud.Cloud
	url     string
	random  *rand.Rand
	actions int
}

// held is what a process holds.
type held struct {
	goroutines int
	heap       uint64
}

func (s *soak) run(lasts time.Duration) {
	for end := time.Now().Add(lasts); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		require.NoError(s.t, s.act())
		s.actions++
		if s.actions%10 == 0 {
			s.look()
		}
	}
}

func (s *soak) act() error {
	pair := s.cloud.Pair()
	region := []localcloud.Region{pair.Primary, pair.Secondary}[s.random.IntN(2)]
	position := []string{contract.PositionOn, contract.PositionOff}[s.random.IntN(2)]
	switch s.random.IntN(5) {
	case 0, 1:
		return s.cloud.Inject(region.Name, localcloud.Faults[s.random.IntN(len(localcloud.Faults))])
	case 2:
		return s.cloud.SetSwitch(pair.Secondary, position)
	case 3:
		return s.cloud.SetHold(pair.Primary, position)
	}
	return s.cloud.Heal(region.Name)
}

// look opens the page's stream of events and goes away after the first.
func (s *soak) look() {
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+"events", nil)
	require.NoError(s.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(s.t, err)
	defer func() { _ = response.Body.Close() }()
	_, err = io.ReadFull(response.Body, make([]byte, 6))
	require.NoError(s.t, err)
}

// settle heals everything and returns what is held when it is calm again.
func (s *soak) settle() held {
	pair := s.cloud.Pair()
	for _, region := range []localcloud.Region{pair.Primary, pair.Secondary} {
		require.NoError(s.t, s.cloud.Heal(region.Name))
	}
	require.NoError(s.t, s.cloud.SetSwitch(pair.Secondary, contract.PositionOff))
	require.NoError(s.t, s.cloud.SetHold(pair.Primary, contract.PositionOff))
	time.Sleep(5 * time.Second)
	http.DefaultClient.CloseIdleConnections()
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return held{runtime.NumGoroutine(), memory.HeapAlloc}
}
