package restapi

import (
	"strings"
	"time"

	"golang.org/x/time/rate"
)

const (
	// accountRate and accountBurst are an account's default quotas, which hold
	// where a stage sets only one of the two.
	accountRate  = 10000
	accountBurst = 5000
)

// Throttle is the limit of a stage for the methods it names. Each method has
// a bucket of its own.
type Throttle struct {
	// HTTPMethod in capitals; "*" means all.
	HTTPMethod string
	// Path such as "/objects/{key+}"; "/*" means all.
	Path string
	// RatePerSecond is the number of tokens that come back each second.
	RatePerSecond float64
	// Burst is the size of the bucket.
	Burst int
}

func (t Throttle) covers(m *Method) bool {
	return (t.HTTPMethod == "*" || t.HTTPMethod == m.HTTPMethod) && (t.Path == "/*" || t.Path == m.Path)
}

// RatePerSecond is the rate of requests that a method accepts; 0 means that
// nothing limits it.
func (a *API) RatePerSecond(m *Method) float64 {
	for _, throttle := range a.Stage.Throttles {
		if throttle.covers(m) {
			return throttle.RatePerSecond
		}
	}
	return 0
}

// specificity orders throttles: the path decides before the method.
func (t Throttle) specificity() int {
	result := 0
	if t.Path != "/*" {
		result += 2
	}
	if t.HTTPMethod != "*" {
		result++
	}
	return result
}

// limiter is a token bucket; the zero value never refuses.
type limiter struct{ bucket *rate.Limiter }

func newLimiter(t Throttle) limiter {
	return limiter{rate.NewLimiter(rate.Limit(t.RatePerSecond), t.Burst)}
}

func (l limiter) allow(now time.Time) bool { return l.bucket == nil || l.bucket.AllowN(now, 1) }

// settingPath decodes the path of a method setting: "/~1oauth2~1token" is
// "/oauth2/token".
func settingPath(text string) string {
	if text == "/*" || text == "/" {
		return text
	}
	text = strings.NewReplacer("~1", "/", "~0", "~").Replace(strings.TrimPrefix(text, "/"))
	return singleLeadingSlash(text)
}
