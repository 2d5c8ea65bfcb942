package operate

import (
	"fmt"
	"strings"
	"time"
)

func joined(list []string) string { return strings.Join(list, ", ") }

// stamp is a time as operators note it down.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05Z") }

// seconds with as many digits as anybody needs.
func seconds(value float64) string {
	if value < 10 {
		return fmt.Sprintf("%.1f s", value)
	}
	return fmt.Sprintf("%.0f s", value)
}

// age says how old something is.
func age(now, at time.Time) string {
	old := now.Sub(at)
	switch {
	case old < 2*time.Minute:
		return fmt.Sprintf("%.0f s ago", max(0, old.Seconds()))
	case old < 2*time.Hour:
		return fmt.Sprintf("%.0f min ago", old.Minutes())
	case old < 48*time.Hour:
		return fmt.Sprintf("%.0f h ago", old.Hours())
	}
	return fmt.Sprintf("%.0f days ago", old.Hours()/24)
}

// grouped writes large numbers with spaces: 4 120.
func grouped(n float64) string {
	digits := fmt.Sprintf("%.0f", n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + " " + digits[i:]
	}
	return digits
}

func stampOf(at *time.Time) string {
	if at == nil {
		return "an unknown day"
	}
	return at.UTC().Format("2006-01-02")
}
