package issuers

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func modulus(bits int, last byte) string {
	number := make([]byte, bits/8)
	number[0], number[len(number)-1] = 0x80, last
	return base64.RawURLEncoding.EncodeToString(number)
}

func TestOnlyUsableKeysAreTaken(t *testing.T) {
	good := map[string]string{"kty": "RSA", "kid": "a", "use": "sig", "alg": "RS256", "n": modulus(2048, 1), "e": "AQAB"}
	for name, test := range map[string]struct {
		change map[string]string
		taken  bool
	}{
		"as Cognito writes it":   {nil, true},
		"without use":            {map[string]string{"use": ""}, true},
		"without alg":            {map[string]string{"alg": ""}, true},
		"4096 bits":              {map[string]string{"n": modulus(4096, 1)}, true},
		"exponent 3":             {map[string]string{"e": "Aw"}, true},
		"elliptic curve":         {map[string]string{"kty": "EC"}, false},
		"symmetric":              {map[string]string{"kty": "oct"}, false},
		"no id":                  {map[string]string{"kid": ""}, false},
		"encryption key":         {map[string]string{"use": "enc"}, false},
		"other algorithm":        {map[string]string{"alg": "RS512"}, false},
		"1024 bits":              {map[string]string{"n": modulus(1024, 1)}, false},
		"16384 bits":             {map[string]string{"n": modulus(16384, 1)}, false},
		"even modulus":           {map[string]string{"n": modulus(2048, 2)}, false},
		"no modulus":             {map[string]string{"n": ""}, false},
		"modulus is not base64":  {map[string]string{"n": "%"}, false},
		"exponent 1":             {map[string]string{"e": "AQ"}, false},
		"even exponent":          {map[string]string{"e": "AQAC"}, false},
		"no exponent":            {map[string]string{"e": ""}, false},
		"huge exponent":          {map[string]string{"e": modulus(2048, 1)}, false},
		"exponent is not base64": {map[string]string{"e": "%"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			key := maps.Clone(good)
			maps.Copy(key, test.change)
			document, err := json.Marshal(map[string]any{"keys": []any{key}})
			require.NoError(t, err)
			keys, err := ParseJWKS(document)
			require.Equal(t, test.taken, err == nil, "%v", err)
			require.Equal(t, test.taken, len(keys) == 1)
		})
	}
}

func TestTheFirstOfTwoKeysWithOneIDCounts(t *testing.T) {
	first, second := modulus(2048, 1), modulus(2048, 3)
	keys, err := ParseJWKS([]byte(`{"keys":[{"kty":"RSA","kid":"a","n":"` + first + `","e":"AQAB"},{"kty":"RSA","kid":"a","n":"` + second + `","e":"AQAB"}]}`))
	require.NoError(t, err)
	require.Equal(t, first, keys["a"].JWK().Modulus)
}

func FuzzParseJWKS(f *testing.F) {
	good := `{"keys":[{"kty":"RSA","kid":"a","use":"sig","alg":"RS256","n":"` + modulus(2048, 1) + `","e":"AQAB"}]}`
	for _, seed := range []string{good, `{"keys":[]}`, `{}`, `null`, `[]`, strings.Replace(good, "AQAB", "AQ", 1), strings.Replace(good, "gA", "AA", 1), `{"keys":[{"kty":"RSA","kid":"a","n":1}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		keys, err := ParseJWKS(document)
		if (len(keys) == 0) != (err != nil) {
			t.Fatalf("%d keys, error %v", len(keys), err)
		}
		for id, key := range keys {
			if id == "" || key.ID != id || key.Public.N.BitLen() < minModulusBits || key.Public.E < 3 {
				t.Fatalf("took key %q with %d bits and exponent %d", id, key.Public.N.BitLen(), key.Public.E)
			}
		}
		again, err := json.Marshal(JWKS{Keys: published(keys)})
		if err != nil {
			t.Fatal(err)
		}
		if reread, err := ParseJWKS(again); len(keys) > 0 && (err != nil || len(reread) != len(keys)) {
			t.Fatalf("wrote %d keys, read %d, error %v", len(keys), len(reread), err)
		}
	})
}

func published(keys map[string]Key) []JWK {
	list := []JWK{}
	for _, id := range slices.Sorted(maps.Keys(keys)) {
		list = append(list, keys[id].JWK())
	}
	return list
}
