package simulate

import (
	"time"

	"github.com/regionpair/regionpair/internal/guard"
)

// traffic is what CloudWatch knows of the requests to the primary.
type traffic struct{ minutes []guard.Minute }

// published is how long CloudWatch needs for the metrics of a minute.
const published = time.Minute

func (t *traffic) count(now time.Duration, failed bool) {
	from := epoch.Add(now.Truncate(time.Minute))
	if n := len(t.minutes); n == 0 || t.minutes[n-1].From.Before(from) {
		t.minutes = append(t.minutes, guard.Minute{From: from})
	}
	last := &t.minutes[len(t.minutes)-1]
	last.Requests++
	if failed {
		last.Errors++
	}
}

// known are the minutes of the window that have been published.
func (t *traffic) known(now time.Duration) []guard.Minute {
	first, end := len(t.minutes), len(t.minutes)
	for first > 0 && !t.minutes[first-1].From.Before(epoch.Add(now-guard.GrayWindow)) {
		first--
	}
	for end > first && t.minutes[end-1].From.After(epoch.Add(now-published-time.Minute)) {
		end--
	}
	return t.minutes[first:end]
}
