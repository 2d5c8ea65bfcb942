package signature

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
)

// maxPayload is what is read of a body whose hash is signed and not told.
const maxPayload = 8 << 20

// payloadHash is the hash of the body, which services other than S3 expect the
// caller to have signed without telling it. Presigned URLs leave it open.
func (c claim) payloadHash(r *http.Request) string {
	if c.presigned {
		return unsignedPayload
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	if err != nil {
		return ""
	}
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), r.Body))
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
