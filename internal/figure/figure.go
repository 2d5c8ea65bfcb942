// Package figure writes figures for people, so that one figure looks the same on a terminal, in a report and in an error.
package figure

import (
	"fmt"
	"math"
	"strings"
)

// Number writes a whole number with its digits in groups: 4 120.
func Number[N int | float64](n N) string {
	return grouped(fmt.Sprintf("%.0f", float64(n)))
}

// Decimal writes a number with one digit after the point: 4 120.5. Columns of such numbers stand one below the other.
func Decimal(x float64) string {
	return grouped(fmt.Sprintf("%.1f", x))
}

// Seconds writes a time with as many digits as anybody needs: 38 s, 42.7 s. A negative one is of what has not happened.
func Seconds(s float64) string {
	if s < 0 {
		return "never"
	}
	return strings.TrimSuffix(Decimal(s), ".0") + " s"
}

// Percent writes a share of 1. It says 100 % of all only, and 0 % of none only.
func Percent(share float64) string {
	switch percent := 100 * share; {
	case share < 1 && percent >= 99.95:
		return fmt.Sprintf("%.2f %%", min(math.Floor(100*percent)/100, 99.99))
	case share > 0 && percent < 0.05:
		return fmt.Sprintf("%.2f %%", max(math.Ceil(100*percent)/100, 0.01))
	default:
		return fmt.Sprintf("%.1f %%", percent)
	}
}

// grouped puts a space before each three digits of the whole part.
func grouped(digits string) string {
	whole, fraction, found := strings.Cut(strings.TrimPrefix(digits, "-"), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + " " + whole[i:]
	}
	if strings.HasPrefix(digits, "-") {
		whole = "-" + whole
	}
	if found {
		whole += "." + fraction
	}
	return whole
}
