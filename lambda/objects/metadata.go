package main

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/regionpair/regionpair/internal/contract"
)

const (
	metadataPrefix = "X-Amz-Meta-"
	// maxMetadataBytes is S3's limit for all names and values without what a state
	// is stamped with.
	maxMetadataBytes = 2<<10 - 160
)

// userMetadata returns what the client stores beside an object: all headers
// that start with x-amz-meta-.
func userMetadata(header http.Header) (map[string]string, error) {
	metadata, size := map[string]string{}, 0
	for name, values := range header {
		short, found := strings.CutPrefix(http.CanonicalHeaderKey(name), metadataPrefix)
		if !found {
			continue
		}
		if short == "" {
			return nil, fmt.Errorf("the header %s names nothing after its prefix", name)
		}
		if strings.HasPrefix(strings.ToLower(short), contract.ObjectMetadataPrefix) {
			return nil, fmt.Errorf("the header %s is not for clients: the API uses names that begin with %s", name, contract.ObjectMetadataPrefix)
		}
		value := strings.Join(values, ",")
		if !isPrintable(value) {
			return nil, fmt.Errorf("the header %s must hold printable ASCII characters only", name)
		}
		size += len(short) + len(value)
		metadata[strings.ToLower(short)] = value
	}
	if size > maxMetadataBytes {
		return nil, fmt.Errorf("the x-amz-meta- headers have %d bytes; at most %d are allowed", size, maxMetadataBytes)
	}
	return metadata, nil
}

func isPrintable(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' })
}

func writeMetadata(header http.Header, metadata map[string]string) {
	for name, value := range metadata {
		if strings.HasPrefix(name, contract.ObjectMetadataPrefix) {
			continue
		}
		header.Set(metadataPrefix+name, value)
	}
}
