// Package shell writes commands for people to paste.
package shell

import "strings"

// Quote writes words as a shell reads them: quoted where they need it.
func Quote(words ...string) string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = word
		if word == "" || strings.ContainsFunc(word, isSpecial) {
			list[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(list, " ")
}

func isSpecial(r rune) bool {
	isPlain := strings.ContainsRune("-_./=:,@%+", r) || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
	return !isPlain
}
