package main

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	checked = "123456789"
	sum256  = "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="
	sum512  = "2eZ2LdHI6vbWGzxhkvxAjU1tXxF20MKRabwk5xw/J0rSf81YEbMT1oH35V7ALXPUmclUVba1u1A6z1dPuo/+hQ=="
)

// digestsOf checked are known answers: CRCs are specified with this text, the
// others are OpenSSL's.
var digestsOf = map[string]string{
	"Content-MD5":              "JfnnlDI7RTiF9RgfG2JNCw==",
	"X-Amz-Checksum-Crc32":     "y/Q5Jg==",
	"X-Amz-Checksum-Crc32c":    "4waSgw==",
	"X-Amz-Checksum-Crc64nvme": "rosUhgp5mIg=",
	"X-Amz-Checksum-Sha1":      "98O8HYCOBHMq32eZZczDTKeuNEE=",
	"X-Amz-Checksum-Sha256":    sum256,
	"Content-Digest":           "sha-256=:" + sum256 + ":",
	"Repr-Digest":              "unixsum=:MTIz:, sha-512=:" + sum512 + ":",
}

func putChecked(t *testing.T, body string, header map[string]string) (answer, *http.Request) {
	t.Helper()
	return sendCounted(t, events.APIGatewayProxyRequest{HTTPMethod: "PUT", Path: "/objects/k", Headers: header, Body: body})
}

func TestDigestsAreVerified(t *testing.T) {
	for name, value := range digestsOf {
		got, asked := putChecked(t, checked, map[string]string{name: value})
		assert.Equal(t, http.StatusNoContent, got.status, name)
		require.NotNil(t, asked)
		if !strings.HasSuffix(name, "-Digest") {
			assert.Equal(t, value, asked.Header.Get(name), "S3 verifies it, too")
		}
		for _, body := range []string{"", "12345678", checked + "0"} {
			got, asked = putChecked(t, body, map[string]string{name: value})
			assert.Equal(t, http.StatusBadRequest, got.status, name)
			assert.Contains(t, string(got.body), name)
			assert.Nil(t, asked, name)
		}
	}
	_, asked := putChecked(t, checked, map[string]string{"Content-Digest": digestsOf["Content-Digest"]})
	assert.Equal(t, sum256, asked.Header.Get("X-Amz-Checksum-Sha256"), "S3 keeps it")
}

func TestDigestsThatNobodyCanVerifyAreRefused(t *testing.T) {
	for _, header := range []map[string]string{
		{"Content-MD5": "%%"},
		{"Content-MD5": base64.StdEncoding.EncodeToString([]byte("short"))},
		{"Content-Digest": "unixsum=:MTIz:"},
		{"Content-Digest": "sha-256=" + sum256},
		{"Repr-Digest": "sha-256=:"},
		{"X-Amz-Checksum-Crc32": digestsOf["X-Amz-Checksum-Crc32"], "X-Amz-Checksum-Sha256": sum256},
	} {
		got, asked := putChecked(t, checked, header)
		assert.Equal(t, http.StatusBadRequest, got.status, header)
		assert.Nil(t, asked, header)
	}
}
