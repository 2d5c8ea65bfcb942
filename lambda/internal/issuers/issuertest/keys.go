package issuertest

import (
	"crypto/rand"
	"crypto/rsa"
	"sync"
	"testing"
)

// distinctKeys is how many keys in a row are different ones. Making a key
// takes longer than most tests, so they are used again after that.
const distinctKeys = 16

var made struct {
	sync.Mutex
	keys []*rsa.PrivateKey
	next int
}

func newKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	made.Lock()
	defer made.Unlock()
	if len(made.keys) < distinctKeys {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			t.Fatalf("make a key: %v", err)
		}
		made.keys = append(made.keys, key)
		return key
	}
	key := made.keys[made.next%distinctKeys]
	made.next++
	return key
}
