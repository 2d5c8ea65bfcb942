package main

import (
	"bytes"
	"crypto/md5"  //nolint:gosec // of Content-MD5: against transmission errors only
	"crypto/sha1" //nolint:gosec // of x-amz-checksum-sha1: against transmission errors only
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// crc64NVME is the reversed polynomial of S3's CRC-64/NVME.
const crc64NVME = 0x9a6c9329ac4bc9b5

// newHash are the digests that hold the bare value in base64.
var newHash = map[string]func() hash.Hash{
	"Content-MD5":              md5.New,
	"X-Amz-Checksum-Crc32":     func() hash.Hash { return crc32.NewIEEE() },
	"X-Amz-Checksum-Crc32c":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	"X-Amz-Checksum-Crc64nvme": func() hash.Hash { return crc64.New(crc64.MakeTable(crc64NVME)) },
	"X-Amz-Checksum-Sha1":      sha1.New,
	"X-Amz-Checksum-Sha256":    sha256.New,
}

// newFieldHash are the algorithms of Content-Digest and Repr-Digest (RFC 9530)
// that are verified. For a whole object both mean the same.
var newFieldHash = map[string]func() hash.Hash{"sha-256": sha256.New, "sha-512": sha512.New}

var digestFields = []string{"Content-Digest", "Repr-Digest"}

// checksumHeaders returns S3's own ones, in order.
func checksumHeaders() []string {
	names := []string{}
	for name := range newHash {
		if strings.HasPrefix(name, "X-Amz-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// verifyDigests compares the body with every digest that the client gave. S3
// verifies some of them again.
func verifyDigests(header http.Header, body []byte) error {
	var problems []error
	for name, create := range newHash {
		if value := header.Get(name); value != "" {
			problems = append(problems, compare(name, value, create(), body))
		}
	}
	for _, name := range digestFields {
		digests, err := readDigestField(header, name)
		problems = append(problems, err)
		for algorithm, value := range digests {
			problems = append(problems, compare(name+" "+algorithm, value, newFieldHash[algorithm](), body))
		}
	}
	return errors.Join(problems...)
}

func compare(name, value string, h hash.Hash, body []byte) error {
	_, _ = h.Write(body)
	want, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(want) != h.Size() {
		return fmt.Errorf("%s must be %d bytes in base64", name, h.Size())
	}
	if !bytes.Equal(want, h.Sum(nil)) {
		return fmt.Errorf("%s is not the digest of the body that arrived", name)
	}
	return nil
}

// readDigestField returns the digests of a field that can be verified, in
// base64. A field with none of them is refused: it would promise a check that
// nobody makes.
func readDigestField(header http.Header, name string) (map[string]string, error) {
	field := strings.Join(header.Values(name), ",")
	if field == "" {
		return nil, nil
	}
	found := map[string]string{}
	for member := range strings.SplitSeq(field, ",") {
		algorithm, value, _ := strings.Cut(strings.TrimSpace(member), "=")
		if _, known := newFieldHash[algorithm]; !known {
			continue
		}
		if len(value) < 2 || value[0] != ':' || value[len(value)-1] != ':' {
			return nil, fmt.Errorf("%s must look like sha-256=:<base64>:, with both colons", name)
		}
		found[algorithm] = value[1 : len(value)-1]
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s must hold sha-256 or sha-512", name)
	}
	return found, nil
}

// passDigestOn lets S3 verify a digest and keep it. S3 takes one checksum per
// object.
func passDigestOn(input *s3.PutObjectInput, header http.Header) error {
	for _, name := range digestFields {
		digests, err := readDigestField(header, name)
		if err != nil {
			return err
		}
		if value, found := digests["sha-256"]; found {
			input.ChecksumSHA256 = &value
		}
	}
	input.ContentMD5 = optional(header.Get("Content-MD5"))
	given := 0
	for name, target := range map[string]**string{
		"X-Amz-Checksum-Crc32": &input.ChecksumCRC32, "X-Amz-Checksum-Crc32c": &input.ChecksumCRC32C,
		"X-Amz-Checksum-Crc64nvme": &input.ChecksumCRC64NVME, "X-Amz-Checksum-Sha1": &input.ChecksumSHA1,
		"X-Amz-Checksum-Sha256": &input.ChecksumSHA256,
	} {
		if value := header.Get(name); value != "" {
			given++
			if name != "X-Amz-Checksum-Sha256" {
				input.ChecksumSHA256 = nil
			}
			*target = &value
		}
	}
	if given > 1 {
		return errors.New("give one x-amz-checksum- header: S3 keeps one checksum per object")
	}
	return nil
}
