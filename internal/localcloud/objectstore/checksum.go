package objectstore

import (
	"crypto/sha1" //nolint:gosec // one of S3's checksums
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
)

const (
	checksumModeHeader = "X-Amz-Checksum-Mode"
	checksumTypeHeader = "X-Amz-Checksum-Type"
	wholeObject        = "FULL_OBJECT"
)

// nvme is the reflected polynomial of CRC-64/NVME.
var nvme = crc64.MakeTable(0x9a6c9329ac4bc9b5)

// checksums that S3 knows, by header.
var checksums = map[string]func() hash.Hash{
	"X-Amz-Checksum-Crc32":     func() hash.Hash { return crc32.NewIEEE() },
	"X-Amz-Checksum-Crc32c":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"X-Amz-Checksum-Crc64nvme": func() hash.Hash { return crc64.New(nvme) },
	"X-Amz-Checksum-Sha1":      sha1.New,
	"X-Amz-Checksum-Sha256":    sha256.New,
}

// verifyChecksums refuses a body that is not what the client has sent.
func verifyChecksums(header http.Header, body []byte) error {
	for name, newHash := range checksums {
		want := header.Get(name)
		if want == "" {
			continue
		}
		h := newHash()
		_, _ = h.Write(body)
		if got := base64.StdEncoding.EncodeToString(h.Sum(nil)); got != want {
			return refuse(http.StatusBadRequest, "BadDigest", "The %s you specified did not match the calculated checksum.", name)
		}
	}
	return nil
}

// hasChecksum returns whether the headers hold one.
func hasChecksum(header http.Header) bool {
	for name := range checksums {
		if header.Get(name) != "" {
			return true
		}
	}
	return false
}
