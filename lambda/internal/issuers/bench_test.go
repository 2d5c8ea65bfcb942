package issuers

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
)

// BenchmarkVerify is a whole verification with known keys; compare it with
// BenchmarkBareRSAVerify, the least that any RS256 verification takes.
func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	token := w.own.Token(b, nil)
	w.accepts(b, token)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.verifier.Verify(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBareRSAVerify(b *testing.B) {
	w := newWorld(b)
	token := w.own.Token(b, nil)
	dot := strings.LastIndexByte(token, '.')
	signature, err := base64.RawURLEncoding.DecodeString(token[dot+1:])
	if err != nil {
		b.Fatal(err)
	}
	public := &w.own.Private().PublicKey
	b.ReportAllocs()
	for b.Loop() {
		sum := sha256.Sum256([]byte(token[:dot]))
		if err := rsa.VerifyPKCS1v15(public, crypto.SHA256, sum[:], signature); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRefuseForged is what a caller without a key costs.
func BenchmarkRefuseForged(b *testing.B) {
	w := newWorld(b)
	w.accepts(b, w.own.Token(b, nil))
	parts := strings.Split(w.own.Token(b, nil), ".")
	forged := encoded(`{"alg":"RS256","kid":"unknown"}`) + "." + parts[1] + "." + parts[2]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.verifier.Verify(b.Context(), forged); err == nil {
			b.Fatal("accepted")
		}
	}
}
