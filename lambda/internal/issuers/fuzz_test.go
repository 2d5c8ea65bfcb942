package issuers

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzVerify changes tokens: whatever it makes of them, only what one of the
// issuers signed is accepted.
func FuzzVerify(f *testing.F) {
	w := newWorld(f)
	good := []string{w.own.Token(f, nil), w.peer.Token(f, nil)}
	for _, token := range good {
		f.Add(token)
		f.Add(token[:len(token)-1])
		f.Add(strings.Replace(token, ".", "..", 1))
	}
	for _, seed := range []string{"", "..", "a.b.c", encoded(`{"alg":"none"}`) + "." + encoded(`{"iss":"x"}`) + "."} {
		f.Add(seed)
	}
	signed := map[string]bool{good[0]: true, good[1]: true}
	f.Fuzz(func(t *testing.T, text string) {
		_, err := w.verifier.Verify(t.Context(), text)
		if signed[text] != (err == nil) {
			t.Fatalf("error %v for %q", err, text)
		}
		if err != nil && (!errors.Is(err, ErrInvalid) || !utf8.ValidString(err.Error())) {
			t.Fatalf("error %v for %q", err, text)
		}
	})
}
