package restapi

import (
	"net/http"
	"net/textproto"
	"strconv"
)

func names(list ...string) map[string]bool {
	result := make(map[string]bool, len(list))
	for _, name := range list {
		result[textproto.CanonicalMIMEHeaderKey(name)] = true
	}
	return result
}

var (
	// droppedFromRequests never reach a function, see API Gateway's "important
	// notes" on REST APIs.
	droppedFromRequests = names("Connection", "Content-Length", "Content-MD5", "Expect", "Max-Forwards", "Proxy-Authenticate",
		"Server", "TE", "Transfer-Encoding", "Trailer", "Upgrade", "WWW-Authenticate")
	// renamedInAnswers reach the caller as "X-Amzn-Remapped-<name>".
	renamedInAnswers = names("Authorization", "Connection", "Content-Length", "Content-MD5", "Date", "Expect", "Host", "Max-Forwards",
		"Proxy-Authenticate", "Server", "Trailer", "Upgrade", "User-Agent", "WWW-Authenticate")
	droppedFromAnswers = names("Transfer-Encoding", "TE")
)

// eventHeader is what a function gets to see of the request's header.
func (x *exchange) eventHeader() http.Header {
	result := make(http.Header, len(x.request.Header)+5)
	for name, values := range x.request.Header {
		if !droppedFromRequests[name] {
			result[name] = values
		}
	}
	forwarded := x.sourceIP()
	if before := x.request.Header.Get("X-Forwarded-For"); before != "" {
		forwarded = before + ", " + forwarded
	}
	result["Host"] = []string{x.domainName()}
	result["X-Forwarded-For"] = []string{forwarded}
	result["X-Forwarded-Port"] = []string{"443"}
	result["X-Forwarded-Proto"] = []string{"https"}
	result[traceHeader] = []string{"Root=" + x.traceID}
	return result
}

// addAnswerHeader adds a header that a function returned.
func addAnswerHeader(header http.Header, name, value string) {
	name = textproto.CanonicalMIMEHeaderKey(name)
	switch {
	case droppedFromAnswers[name]:
	case renamedInAnswers[name]:
		header.Add("X-Amzn-Remapped-"+name, value)
	default:
		header.Add(name, value)
	}
}

// last keeps the last value of each name: what API Gateway puts in the
// single-valued maps of an event.
func last(values map[string][]string) map[string]string {
	if len(values) == 0 {
		return nil
	}
	result := make(map[string]string, len(values))
	for name, list := range values {
		result[name] = list[len(list)-1]
	}
	return result
}

// answer is what the caller gets.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) write(w http.ResponseWriter, request *http.Request, x *exchange) {
	header := w.Header()
	for name, values := range a.header {
		header[name] = values
	}
	header.Set("X-Amzn-Requestid", x.requestID)
	header.Set("X-Amz-Apigw-Id", x.extendedID)
	header.Set(traceHeader, "Root="+x.traceID)
	bodyless := a.status == http.StatusNoContent || a.status == http.StatusNotModified
	if !bodyless {
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if bodyless || request.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(a.body) // a caller that has gone needs no answer
}
