package services

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// key is a symmetric KMS key. Its material never leaves it.
type key struct {
	id, arn string
	created time.Time
	cipher  cipher.AEAD
	// disabled keys do nothing until they are enabled.
	disabled bool
}

const (
	algorithm         = "SYMMETRIC_DEFAULT"
	keyBytes          = 32
	maxPlaintextBytes = 4096
	maxDataKeyBytes   = 1024
	keyIDLength       = len("00000000-0000-0000-0000-000000000000")
)

// CreateKey makes a key and returns its id and ARN.
func (r *Region) CreateKey() (id, arn string) {
	id = token()
	id = id[:8] + "-" + id[8:12] + "-" + id[12:16] + "-" + id[16:20] + "-" + id[20:]
	arn = r.arn("kms", "key/"+id)
	k := &key{id: id, arn: arn, created: r.now(), cipher: newCipher()}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys[id] = k
	return id, arn
}

// AdoptKey makes a key that an ARN of this Region names, unless it is there
// already: it exists outside the templates.
func (r *Region) AdoptKey(arn string) {
	_, id, _ := strings.Cut(arn, ":key/")
	if _, err := r.key(arn); err == nil || len(id) != keyIDLength {
		return
	}
	k := &key{id: id, arn: arn, created: r.now(), cipher: newCipher()}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys[id] = k
}

func newCipher() cipher.AEAD {
	material := make([]byte, keyBytes)
	_, _ = rand.Read(material)
	block, err := aes.NewCipher(material)
	if err != nil {
		panic(err) // the length of the material is right
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the block size of GCM
	}
	return aead
}

// KMS serves what is asked of keys. Texts that a key encrypts are its id and
// an AES-GCM message: only this key of this Region opens them.
func (r *Region) KMS() http.Handler {
	return jsonService{
		"DescribeKey":                     take(r.describeKey),
		"DisableKey":                      take(r.enable(false)),
		"EnableKey":                       take(r.enable(true)),
		"Encrypt":                         take(r.encrypt),
		"Decrypt":                         take(r.decrypt),
		"GenerateDataKeyWithoutPlaintext": take(r.generateDataKey),
	}
}

// key accepts an id, and an ARN of this Region.
func (r *Region) key(id string) (*key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.keys {
		if id == k.id || id == k.arn {
			return k, nil
		}
	}
	return nil, refuse("NotFoundException", "Key '%s' does not exist", id)
}

// usable is a key that is enabled.
func (r *Region) usable(id string) (*key, error) {
	k, err := r.key(id)
	if err == nil && k.disabled {
		return nil, refuse("DisabledException", "%s is disabled.", k.arn)
	}
	return k, err
}

func (r *Region) enable(on bool) func(input struct {
	KeyID string `json:"KeyId"`
}) (any, error) {
	return func(input struct {
		KeyID string `json:"KeyId"`
	}) (any, error) {
		k, err := r.key(input.KeyID)
		if err != nil {
			return nil, err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		k.disabled = !on
		return struct{}{}, nil
	}
}

func (k *key) seal(plaintext []byte, context map[string]string) []byte {
	return append([]byte(k.id), k.cipher.Seal(nil, nil, plaintext, authenticated(context))...) //nolint:gosec // the cipher makes its own nonce
}

// authenticated is an encryption context in one order.
func authenticated(context map[string]string) []byte {
	text, err := json.Marshal(context)
	if err != nil || len(context) == 0 {
		return nil
	}
	return text
}

func (r *Region) describeKey(input struct {
	KeyID string `json:"KeyId"`
}) (any, error) {
	k, err := r.key(input.KeyID)
	if err != nil {
		return nil, err
	}
	return map[string]any{"KeyMetadata": map[string]any{
		"AWSAccountId": r.account, "Arn": k.arn, "KeyId": k.id, "CreationDate": float64(k.created.Unix()),
		"Enabled": !k.disabled, "KeyState": map[bool]string{false: "Enabled", true: "Disabled"}[k.disabled], "KeyUsage": "ENCRYPT_DECRYPT", "KeyManager": "CUSTOMER",
		"KeySpec": algorithm, "Origin": "AWS_KMS", "MultiRegion": false, "EncryptionAlgorithms": []string{algorithm},
	}}, nil
}

func (r *Region) encrypt(input struct {
	KeyID             string `json:"KeyId"`
	Plaintext         []byte
	EncryptionContext map[string]string
}) (any, error) {
	if len(input.Plaintext) == 0 || len(input.Plaintext) > maxPlaintextBytes {
		return nil, refuse("ValidationException", "Plaintext must have 1 to %d bytes, got %d", maxPlaintextBytes, len(input.Plaintext))
	}
	k, err := r.usable(input.KeyID)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"KeyId": k.arn, "CiphertextBlob": k.seal(input.Plaintext, input.EncryptionContext), "EncryptionAlgorithm": algorithm,
	}, nil
}

func (r *Region) decrypt(input struct {
	KeyID             string `json:"KeyId"`
	CiphertextBlob    []byte
	EncryptionContext map[string]string
}) (any, error) {
	const unreadable = "InvalidCiphertextException"
	if len(input.CiphertextBlob) < keyIDLength {
		return nil, refuse(unreadable, "the text was not encrypted by a key")
	}
	k, err := r.usable(string(input.CiphertextBlob[:keyIDLength]))
	if err != nil {
		return nil, refuse(unreadable, "the text was not encrypted by a key of %s", r.name)
	}
	if input.KeyID != "" && input.KeyID != k.id && input.KeyID != k.arn {
		return nil, refuse("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
	}
	plaintext, err := k.cipher.Open(nil, nil, input.CiphertextBlob[keyIDLength:], authenticated(input.EncryptionContext))
	if err != nil {
		return nil, refuse(unreadable, "the text or its encryption context was changed")
	}
	return map[string]any{"KeyId": k.arn, "Plaintext": plaintext, "EncryptionAlgorithm": algorithm}, nil
}

func (r *Region) generateDataKey(input struct {
	KeyID             string `json:"KeyId"`
	KeySpec           string
	NumberOfBytes     int
	EncryptionContext map[string]string
}) (any, error) {
	size, known := map[string]int{"AES_128": 16, "AES_256": 32, "": input.NumberOfBytes}[input.KeySpec]
	if !known || size < 1 || size > maxDataKeyBytes || (input.KeySpec != "" && input.NumberOfBytes != 0) {
		return nil, refuse("ValidationException", "Please specify either number of bytes (1 to %d) or key spec (AES_128, AES_256).", maxDataKeyBytes)
	}
	k, err := r.usable(input.KeyID)
	if err != nil {
		return nil, err
	}
	dataKey := make([]byte, size)
	_, _ = rand.Read(dataKey)
	return map[string]any{"KeyId": k.arn, "CiphertextBlob": k.seal(dataKey, input.EncryptionContext)}, nil
}
