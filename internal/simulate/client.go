package simulate

import (
	"time"
)

// population of clients, by what they do with a DNS answer.
type population struct {
	// keeps an answer for so long, or for the TTL when 0.
	keeps time.Duration
	// sticky clients keep their connection, and ask again only when it breaks.
	sticky bool
}

// populations: most clients honour the TTL, some do not.
var populations = []population{{}, {}, {}, {keeps: 5 * time.Minute}, {sticky: true}}

// every is the time between two requests of a client.
const every = 2 * time.Second

type client struct {
	population
	atPrimary bool
	until     time.Duration
	resolved  bool
	key       int
	// last is the number of the client's last acknowledged write.
	last int
}

// region a client asks now.
func (c *client) region(now, ttl time.Duration, answer bool) bool {
	if !c.resolved || !c.sticky && now >= c.until {
		c.atPrimary, c.resolved = answer, true
		c.until = now + max(ttl, c.keeps)
	}
	return c.atPrimary
}

// failed lets go of a connection.
func (c *client) failed() {
	if c.sticky {
		c.resolved = false
	}
}
