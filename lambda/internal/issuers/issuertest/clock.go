package issuertest

import (
	"sync/atomic"
	"time"
)

// Clock is a time that passes only when a test moves it.
type Clock struct {
	start  time.Time
	passed atomic.Int64
}

// NewClock starts at the time it is.
func NewClock() *Clock { return &Clock{start: time.Now()} }

// Now is the time of the clock.
func (c *Clock) Now() time.Time { return c.start.Add(time.Duration(c.passed.Load())) }

// Pass lets time pass.
func (c *Clock) Pass(d time.Duration) { c.passed.Add(int64(d)) }
