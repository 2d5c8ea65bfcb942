package main

import (
	"errors"
	"net/http"
	"strings"
)

// mustBeWriteConditions refuses what S3 cannot evaluate for a write, rather
// than writing unconditionally.
func mustBeWriteConditions(header http.Header) error {
	ifMatch, ifNoneMatch := header.Get("If-Match"), header.Get("If-None-Match")
	switch {
	case ifMatch != "" && ifNoneMatch != "":
		return errors.New("give If-Match or If-None-Match, not both")
	case ifNoneMatch != "" && ifNoneMatch != "*":
		return errors.New("If-None-Match must be * for a write: the object must not exist yet")
	case ifMatch == "*":
		return errors.New("If-Match must be the ETag of the object to replace, as GET and PUT return it")
	case strings.Contains(strings.ToLower(header.Get("Content-Encoding")), "aws-chunked"):
		return errors.New("Content-Encoding aws-chunked is not supported: send the object as it is")
	case header.Get("Expires") != "" && timeOf(header.Get("Expires")) == nil:
		return errors.New("the header Expires must be an HTTP date, such as Mon, 02 Jan 2006 15:04:05 GMT")
	case header.Get("Content-Range") != "":
		return errors.New("Content-Range is not supported: send the whole object")
	}
	return mustBeChangeConditions(header)
}

// mustBeDeleteConditions is mustBeWriteConditions for a deletion.
func mustBeDeleteConditions(header http.Header) error {
	if header.Get("If-None-Match") != "" {
		return errors.New("If-None-Match has no meaning for DELETE: use If-Match with the ETag of the object to delete")
	}
	return mustBeChangeConditions(header)
}

func mustBeChangeConditions(header http.Header) error {
	ifMatch := header.Get("If-Match")
	switch {
	case strings.Contains(ifMatch, ",") || len(header.Values("If-Match")) > 1:
		return errors.New("If-Match must be a single ETag")
	case strings.HasPrefix(ifMatch, "W/"):
		return errors.New("If-Match must be a strong ETag: without W/, as GET and PUT return it")
	case ifMatch == "" && timeOf(header.Get("If-Unmodified-Since")) != nil:
		return errors.New("If-Unmodified-Since is not supported for changes: use If-Match with the object's ETag")
	}
	return nil
}
