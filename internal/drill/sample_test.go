package drill

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheHistogramNamesWhatWasAnswered(t *testing.T) {
	samples := []sample{{kind: write, failed: true, err: "status 403"}, {kind: write, failed: true, err: "status 403"}, {kind: token, region: "eu-west-1"}}
	assert.Equal(t, "2 × write: status 403\n  1 × token: served by eu-west-1", histogram(samples))
	assert.Equal(t, "there were no answers", histogram(nil))
}
