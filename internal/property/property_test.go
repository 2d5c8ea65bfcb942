package property_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/regionpair/regionpair/internal/property"
)

func read(t *testing.T, text string) *property.Reader {
	t.Helper()
	var values map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &values))
	return property.Of(property.Owner{Stack: "orders-primary", LogicalID: "Thing", Type: "AWS::A::Thing"}, values)
}

func TestWhatNobodyReadsIsListed(t *testing.T) {
	p := read(t, `{"Read": "a", "Entered": {"Read": 1, "Other": 2, "Off": false, "None": []}, "List": [{"A": 1, "B": 1}, {"A": 1, "B": 1}], "Left": 1, "Whole": {"Any": 1}, "New": 1}`)
	assert.Equal(t, "a", p.Text("Read"))
	assert.Equal(t, 1, p.Object("Entered").Count("Read", 0))
	for _, element := range p.Objects("List") {
		element.Number("A", 0)
	}
	p.Leave("for people", "Left")
	_, found := p.Any("Whole")
	assert.True(t, found)
	const name = "orders-primary/Thing (AWS::A::Thing): "
	assert.Equal(t, []string{name + "Entered.Other: not emulated", name + "List[].B: not emulated", name + "New: not emulated"}, p.Gaps())
	p.Missing("Read", "as %s only", "b")
	assert.Contains(t, p.Gaps(), name+"Read: as b only")
	p.LeaveAll("listed as a whole")
	assert.Equal(t, []string{name + "Read: as b only"}, p.Gaps())
	require.NoError(t, p.Err())
}

func TestReadersOfOneResourceShareWhatTheyRead(t *testing.T) {
	p := read(t, `{"Environment": {"Variables": {"A": "1"}, "Other": 1}}`)
	p.Object("Environment").TextMap("Variables")
	p.Object("Environment").Count("Other", 0)
	assert.Empty(t, p.Gaps())
}

func TestAnotherShapeIsRefusedByName(t *testing.T) {
	p := read(t, `{"Text": [], "Number": "ten", "Count": 1.5, "Flag": "maybe", "Texts": "a", "Mixed": [{}], "Map": [], "Inner": {"Map": {"a": {}}}, "Object": "x", "Objects": {}, "Elements": ["x"]}`)
	p.Text("Text")
	assert.InDelta(t, 3, p.Number("Number", 3), 0)
	assert.Equal(t, 4, p.Count("Count", 4))
	p.Flag("Flag")
	p.Texts("Texts")
	p.Texts("Mixed")
	p.TextMap("Map")
	p.Object("Inner").TextMap("Map")
	p.Object("Object")
	p.Objects("Objects")
	p.Objects("Elements")
	p.RequiredText("Missing")
	err := p.Err()
	for _, want := range []string{
		"orders-primary/Thing (AWS::A::Thing): 'Text' must be a string", "'Number' must be a number, got ten", "'Count' must be a whole number, got 1.5",
		"'Flag' must be true or false", "'Texts' must be a list of strings", "'Mixed' must be a list of strings", "'Map' must be a map of strings",
		"'Inner.Map.a' must be a string", "'Object' must be an object", "'Objects' must be a list of objects", "'Elements[0]' must be an object", "'Missing' must be set",
	} {
		assert.ErrorContains(t, err, want)
	}
	require.NoError(t, p.Err(), "each is said once")
}

// Templates write numbers and booleans as texts, and the other way round.
func TestScalarsMayStandForEachOther(t *testing.T) {
	p := read(t, `{"A": "12", "B": "true", "C": 7, "D": true}`)
	assert.Equal(t, 12, p.Count("A", 0))
	assert.True(t, p.Flag("B"))
	assert.Equal(t, "7", p.Text("C"))
	assert.Equal(t, "true", p.Text("D"))
	assert.Equal(t, 5, p.Count("E", 5))
	assert.False(t, p.Flag("E"))
	assert.False(t, p.Has("E"))
}
