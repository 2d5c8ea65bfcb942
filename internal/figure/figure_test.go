package figure_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/regionpair/regionpair/internal/figure"
)

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1 000", 1234567: "1 234 567", -1000: "-1 000", -100: "-100"} {
		assert.Equal(t, want, figure.Number(n))
		assert.Equal(t, want, figure.Number(float64(n)))
	}
	assert.Equal(t, "1 034.1", figure.Decimal(1034.12))
	assert.Equal(t, "-27.0", figure.Decimal(-27))
}

func TestSeconds(t *testing.T) {
	for s, want := range map[float64]string{0: "0 s", 0.04: "0 s", 38: "38 s", 37.96: "38 s", 42.7: "42.7 s", 1110: "1 110 s", 1110.25: "1 110.2 s", -1: "never"} {
		assert.Equal(t, want, figure.Seconds(s))
	}
}

func TestAShareIsAllOrNothingWhenItIs(t *testing.T) {
	for share, want := range map[float64]string{
		1: "100.0 %", 0.999996: "99.99 %", 0.9996: "99.96 %", 0.9994: "99.9 %", 0.2133: "21.3 %", 0.0006: "0.1 %", 0.0004: "0.04 %", 0.000004: "0.01 %", 0: "0.0 %",
	} {
		assert.Equal(t, want, figure.Percent(share))
	}
}
