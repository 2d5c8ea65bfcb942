package restapi

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
)

const traceHeader = "X-Amzn-Trace-Id"

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}

// newRequestID is a random UUID.
func newRequestID() string {
	b := random(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func newExtendedID() string { return base64.StdEncoding.EncodeToString(random(11)) }

// traceOf keeps a caller's trace and begins one otherwise.
func traceOf(request *http.Request, received time.Time) string {
	for _, field := range strings.Split(request.Header.Get(traceHeader), ";") {
		if root, found := strings.CutPrefix(strings.TrimSpace(field), "Root="); found && root != "" {
			return root
		}
	}
	return fmt.Sprintf("1-%08x-%s", received.Unix(), hex.EncodeToString(random(12)))
}
