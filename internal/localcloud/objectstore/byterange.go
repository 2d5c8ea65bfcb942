package objectstore

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// byteRange is a part of an object.
type byteRange struct{ start, length int64 }

// rangeOf returns the part that a Range header asks for, nil for the whole
// object. As in S3, several ranges at once and what is no range mean the whole.
func rangeOf(header string, size int64) (*byteRange, error) {
	text, bytes := strings.CutPrefix(header, "bytes=")
	first, last, valid := strings.Cut(text, "-")
	if !bytes || !valid {
		return nil, nil
	}
	from, to, valid := bounds(first, last, size)
	switch {
	case !valid:
		return nil, nil
	case from >= size || to < from:
		return nil, refuse(http.StatusRequestedRangeNotSatisfiable, "InvalidRange", "The requested range is not satisfiable")
	}
	return &byteRange{start: from, length: min(to, size-1) - from + 1}, nil
}

// bounds are those of "a-b", "a-" and "-n", which is the last n bytes.
func bounds(first, last string, size int64) (from, to int64, valid bool) {
	from, fromErr := strconv.ParseInt(first, 10, 64)
	to, toErr := strconv.ParseInt(last, 10, 64)
	switch {
	case first == "" && toErr == nil && to >= 0:
		return max(size-to, 0), size - 1, true
	case last == "" && fromErr == nil:
		return from, size - 1, true
	case fromErr != nil || toErr != nil || to < from:
		return 0, 0, false
	}
	return from, to, true
}

func (r *byteRange) contentRange(size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", r.start, r.start+r.length-1, size)
}
