package objectstore

import (
	"net/http"
	"strings"
	"time"
)

// readPrecondition returns 412 or 304 when the conditions of a read do not
// hold, in the precedence of RFC 9110, section 13.2.2; otherwise 0.
func readPrecondition(header http.Header, v *Version) int {
	if match := header.Get("If-Match"); match != "" {
		if !matches(match, v) {
			return http.StatusPreconditionFailed
		}
	} else if since, valid := timeOf(header, "If-Unmodified-Since"); valid && v.modified().After(since) {
		return http.StatusPreconditionFailed
	}
	if none := header.Get("If-None-Match"); none != "" {
		if matches(none, v) {
			return http.StatusNotModified
		}
	} else if since, valid := timeOf(header, "If-Modified-Since"); valid && !v.modified().After(since) {
		return http.StatusNotModified
	}
	return 0
}

// matches returns whether a list of ETags holds that of an object that exists.
func matches(list string, v *Version) bool {
	if !v.exists() {
		return false
	}
	for candidate := range strings.SplitSeq(list, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.Trim(strings.TrimPrefix(candidate, "W/"), `"`) == v.ETag() {
			return true
		}
	}
	return false
}

func timeOf(header http.Header, name string) (time.Time, bool) {
	t, err := http.ParseTime(header.Get(name))
	return t, err == nil
}

// writeCondition says whether an object may be written over the current one.
// S3 answers 404 where If-Match finds nothing, other than RFC 9110.
func writeCondition(ifMatch, ifNoneMatch *string) func(current *Version) error {
	return func(current *Version) error {
		switch {
		case ifNoneMatch != nil && *ifNoneMatch != "*":
			return notImplemented("If-None-Match of a write with an ETag; use *")
		case ifNoneMatch != nil && current.exists():
			return preconditionFailed()
		case ifMatch != nil && !current.exists():
			return noSuchKey()
		case ifMatch != nil && !matches(*ifMatch, current):
			return preconditionFailed()
		}
		return nil
	}
}

// deleteCondition says whether the current object may be deleted.
func deleteCondition(ifMatch string) func(current *Version) error {
	return func(current *Version) error {
		if ifMatch != "" && !matches(ifMatch, current) {
			return preconditionFailed()
		}
		return nil
	}
}
