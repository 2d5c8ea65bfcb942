package signature

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
)

// maxPayload is what is read of a body that is looked at before it is served.
const maxPayload = 8 << 20

// Peek returns the beginning of a body, of which nothing is missing afterwards.
func Peek(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	if err != nil {
		return nil, err
	}
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), r.Body))
	return body, nil
}

// payloadHash is the hash of the body, which services other than S3 expect the
// caller to have signed without telling it. Presigned URLs leave it open.
func (c claim) payloadHash(r *http.Request) string {
	if c.presigned {
		return unsignedPayload
	}
	body, err := Peek(r)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
