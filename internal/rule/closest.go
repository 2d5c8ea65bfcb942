package rule

import (
	"fmt"
	"strings"
)

// maxCompared bounds the words that are compared: a longer one is no typing mistake.
const maxCompared = 64

// Closest returns the candidate that word was most likely meant to be; ok is false when none is near.
func Closest(word string, candidates []string) (closest string, ok bool) {
	if len(word) > maxCompared {
		return "", false
	}
	best := max(2, len(word)/3) + 1
	for _, candidate := range candidates {
		if d := distance(strings.ToLower(word), strings.ToLower(candidate)); d < best {
			closest, best, ok = candidate, d, true
		}
	}
	return closest, ok
}

// Suggest returns the fix for a word that is none of the candidates: the closest one if any is near, and use.
func Suggest(word string, candidates []string, use string) string {
	if near, ok := Closest(word, candidates); ok {
		return fmt.Sprintf("did you mean %q? (%s)", near, use)
	}
	return use
}

// distance is the Levenshtein distance: the insertions, deletions and substitutions that make b of a.
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range from {
		diagonal := row[0]
		row[0] = i + 1
		for j, s := range to {
			substitution := diagonal
			if r != s {
				substitution++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j]+1, diagonal+1, substitution)
		}
	}
	return row[len(to)]
}
