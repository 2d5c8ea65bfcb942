package rule

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOfPanicsOnAMalformedTag(t *testing.T) {
	for name, tag := range map[string]reflect.StructTag{
		"number": `min:"one"`, "pattern": `pattern:"("`,
	} {
		t.Run(name, func(t *testing.T) {
			assert.Panics(t, func() { Of(reflect.StructField{Tag: tag}) })
		})
	}
}

func TestBoundsAreWrittenInWords(t *testing.T) {
	for tag, want := range map[reflect.StructTag]string{
		`min:"2"`:                        "use at least 2",
		`max:"-2"`:                       "use at most -2",
		`min:"2" max:"9"`:                "use 2 to 9",
		`min:"2" max:"2"`:                "use 2",
		`min:"2" max:"9" why:"a reason"`: "use 2 to 9 (a reason)",
	} {
		r := Of(reflect.StructField{Tag: tag})
		assert.Equal(t, &Fault{"0 is out of range", want}, r.CheckInt(0), tag)
	}
}

func TestNumbersWithFractionsHaveTheSameBounds(t *testing.T) {
	r := Of(reflect.StructField{Tag: `min:"1" max:"2"`})
	assert.Equal(t, &Fault{"0.9 is out of range", "use 1 to 2"}, r.CheckFloat(0.9))
	assert.Equal(t, &Fault{"2.5 is out of range", "use 1 to 2"}, r.CheckFloat(2.5))
	assert.Nil(t, r.CheckFloat(1.5))
}

func TestMissingTellsWhatToGive(t *testing.T) {
	assert.Equal(t, Fault{"is missing", "give a or b"}, Rule{Enum: []string{"a", "b"}}.Missing())
	assert.Equal(t, Fault{"is missing", "give it"}, Rule{Expect: "it"}.Missing())
	assert.Equal(t, Fault{Problem: "is missing"}, Rule{}.Missing())
}

func TestClosest(t *testing.T) {
	candidates := []string{"intervalSeconds", "failureThreshold", "depth"}
	for word, want := range map[string]string{
		"intervalSecond":                   "intervalSeconds",
		"IntervalSECONDS":                  "intervalSeconds",
		"failiureTreshold":                 "failureThreshold",
		"dept":                             "depth",
		"weight":                           "",
		"":                                 "",
		"日本":                               "",
		strings.Repeat("x", maxCompared+1): "",
	} {
		got, ok := Closest(word, candidates)
		assert.Equal(t, want, got, word)
		assert.Equal(t, want != "", ok, word)
	}
}

func TestDistance(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"é", "e", 1}} {
		assert.Equal(t, tc.want, distance(tc.a, tc.b), "%q %q", tc.a, tc.b)
		assert.Equal(t, tc.want, distance(tc.b, tc.a), "%q %q", tc.b, tc.a)
	}
}

func TestOneOf(t *testing.T) {
	assert.Equal(t, "", OneOf(nil))
	assert.Equal(t, "a", OneOf([]string{"a"}))
	assert.Equal(t, "a or b", OneOf([]string{"a", "b"}))
	assert.Equal(t, "a, b or c", OneOf([]string{"a", "b", "c"}))
}

func TestQuoteCutsWhatIsTooLong(t *testing.T) {
	assert.Equal(t, `"a\"b"`, Quote(`a"b`))
	assert.Equal(t, `"`+strings.Repeat("é", 80)+`…"`, Quote(strings.Repeat("é", 81)))
}
