package restapi

import (
	"net/http"
	"strings"
)

// isBinary says whether a media type is one of the API's binary types.
func (a *API) isBinary(mediaType string) bool {
	for _, pattern := range a.BinaryMediaTypes {
		if pattern == "*/*" || wildcard(strings.ToLower(pattern), mediaType) {
			return true
		}
	}
	return false
}

// binaryRequest says whether the body is base64 in the event.
func (a *API) binaryRequest(request *http.Request) bool {
	return a.isBinary(mediaType(request.Header.Get("Content-Type")))
}

// binaryAnswer says whether a base64 body is decoded for the caller, which
// API Gateway decides by the first media type of the Accept header.
func (a *API) binaryAnswer(request *http.Request) bool {
	first, _, _ := strings.Cut(request.Header.Get("Accept"), ",")
	return a.isBinary(mediaType(first))
}

// mediaType strips the parameters; API Gateway takes JSON for granted.
func mediaType(header string) string {
	text, _, _ := strings.Cut(header, ";")
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" {
		return "application/json"
	}
	return text
}
