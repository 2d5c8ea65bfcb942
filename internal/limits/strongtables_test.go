package limits

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStrongTablesNeedTwoRegionsOfOneSet(t *testing.T) {
	for _, pair := range [][2]string{{"us-east-1", "us-west-2"}, {"eu-west-1", "eu-central-1"}, {"ap-northeast-1", "ap-northeast-3"}} {
		assert.Nil(t, CheckStrongTable(pair[0], pair[1]), pair)
	}
	for _, pair := range [][2]string{{"us-east-1", "eu-west-1"}, {"us-east-1", "us-west-1"}, {"ap-southeast-1", "ap-southeast-2"}} {
		problem := CheckStrongTable(pair[0], pair[1])
		require.NotNil(t, problem, pair)
		assert.Contains(t, problem.Found, pair[0])
		for _, set := range []string{"us-east-1, us-east-2, us-west-2", "eu-west-1, eu-west-2, eu-west-3, eu-central-1", "ap-northeast-1, ap-northeast-2, ap-northeast-3"} {
			assert.Contains(t, problem.Fix, set)
		}
	}
}

func TestTheThirdRegionIsOfTheSameSet(t *testing.T) {
	assert.Nil(t, CheckThirdRegion("us-east-1", "us-west-2", "us-east-2"))
	assert.Nil(t, CheckThirdRegion("eu-west-1", "eu-central-1", "eu-west-3"))
	for third, found := range map[string]string{
		"":               "is missing",
		"us-east-2":      `"us-east-2" cannot be the third Region beside "eu-west-1" and "eu-central-1"`,
		"eu-west-1":      `"eu-west-1" cannot be the third Region beside "eu-west-1" and "eu-central-1"`,
		"ap-northeast-1": `"ap-northeast-1" cannot be the third Region beside "eu-west-1" and "eu-central-1"`,
	} {
		assert.Equal(t, &Problem{found, "use eu-west-2 or eu-west-3 (DynamoDB keeps a strongly consistent table in three Regions of one set)"},
			CheckThirdRegion("eu-west-1", "eu-central-1", third))
	}
}
