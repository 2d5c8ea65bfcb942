package services

import (
	"crypto/rand"
	"net/http"
)

// CreateKey makes a key and returns its id and ARN.
func (r *Region) CreateKey() (id, arn string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id = token(16)
	id = id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
	arn = r.arn("kms", "key/"+id)
	r.keys[arn] = true
	return id, arn
}

// KMS serves what the functions ask of KMS.
func (r *Region) KMS() http.Handler {
	return jsonService{"GenerateDataKeyWithoutPlaintext": take(r.generateDataKey)}
}

func (r *Region) generateDataKey(input struct {
	KeyID string `json:"KeyId"`
}) (any, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.keys[input.KeyID] {
		return nil, refuse("NotFoundException", "Key '%s' does not exist", input.KeyID)
	}
	blob := make([]byte, 184)
	_, _ = rand.Read(blob)
	return map[string]any{"KeyId": input.KeyID, "CiphertextBlob": blob}, nil
}
