package services

import (
	"crypto/rand"
	"math/big"
	"strings"
)

const (
	upperCase   = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lowerCase   = "abcdefghijklmnopqrstuvwxyz"
	digits      = "0123456789"
	punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"

	defaultPasswordLength = 32
	maxPasswordLength     = 4096
)

// RandomPassword returns letters and digits.
func RandomPassword(length int) string {
	text := make([]byte, length)
	for i := range text {
		text[i] = oneOf(upperCase + lowerCase + digits)
	}
	return string(text)
}

func oneOf(characters string) byte { return characters[below(len(characters))] }

func below(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic(err) // the system's random source does not fail
	}
	return int(i.Int64())
}

// passwordRules say what a random password is made of.
type passwordRules struct {
	PasswordLength          *int
	ExcludeCharacters       string
	ExcludeLowercase        bool
	ExcludeNumbers          bool
	ExcludePunctuation      bool
	ExcludeUppercase        bool
	IncludeSpace            bool
	RequireEachIncludedType *bool
}

// types of characters that the rules leave, without empty ones.
func (p passwordRules) types() []string {
	types := []string{}
	for _, t := range []struct {
		characters string
		excluded   bool
	}{{lowerCase, p.ExcludeLowercase}, {upperCase, p.ExcludeUppercase}, {digits, p.ExcludeNumbers}, {punctuation, p.ExcludePunctuation}, {" ", !p.IncludeSpace}} {
		left := strings.Map(func(c rune) rune {
			if t.excluded || strings.ContainsRune(p.ExcludeCharacters, c) {
				return -1
			}
			return c
		}, t.characters)
		if left != "" {
			types = append(types, left)
		}
	}
	return types
}

func getRandomPassword(rules passwordRules) (any, error) {
	length := defaultPasswordLength
	if rules.PasswordLength != nil {
		length = *rules.PasswordLength
	}
	types := rules.types()
	each := rules.RequireEachIncludedType == nil || *rules.RequireEachIncludedType
	switch {
	case length < 1 || length > maxPasswordLength:
		return nil, refuse("InvalidParameterException", "PasswordLength must be 1 to %d, got %d", maxPasswordLength, length)
	case len(types) == 0:
		return nil, refuse("InvalidParameterException", "the rules exclude every character")
	case each && length < len(types):
		return nil, refuse("InvalidParameterException", "a password of %d characters cannot have one of each of %d types", length, len(types))
	}
	text := []byte{}
	if each {
		for _, t := range types {
			text = append(text, oneOf(t))
		}
	}
	for all := strings.Join(types, ""); len(text) < length; {
		text = append(text, oneOf(all))
	}
	shuffle(text)
	return map[string]string{"RandomPassword": string(text)}, nil
}

func shuffle(text []byte) {
	for i := len(text) - 1; i > 0; i-- {
		j := below(i + 1)
		text[i], text[j] = text[j], text[i]
	}
}
