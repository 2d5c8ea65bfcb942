package tablestore

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// item is an item, or a key, in DynamoDB's JSON.
type item map[string]json.RawMessage

// keyOf returns the key of an item, and a text that is the same for the same key.
func (t *table) keyOf(of item) (key item, id string) {
	key = item{}
	var text strings.Builder
	text.WriteString(t.name)
	for _, name := range t.keys {
		key[name] = of[name]
		text.WriteString("\x00" + canonical(of[name]))
	}
	return key, text.String()
}

// canonical is one text for one value: DynamoDB takes 1, 1.0 and 1e0 for the
// same key.
func canonical(value json.RawMessage) string {
	var typed map[string]string
	if json.Unmarshal(value, &typed) != nil {
		return string(value)
	}
	var text strings.Builder
	for _, letter := range slices.Sorted(maps.Keys(typed)) {
		content := typed[letter]
		if letter == "N" {
			if number, ok := new(big.Rat).SetString(content); ok {
				content = number.RatString()
			}
		}
		text.WriteString(letter + ":" + content)
	}
	return text.String()
}
