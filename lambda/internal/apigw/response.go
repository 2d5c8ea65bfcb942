package apigw

import (
	"bytes"
	"encoding/base64"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// maxTextBytes of text fit Lambda's 6 MB even if JSON escapes every byte with
// six; base64 never takes more than four for three.
const maxTextBytes = 900_000

// response collects what a handler writes.
type response struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newResponse() *response { return &response{header: http.Header{}} }

func (r *response) reset() { *r = response{header: http.Header{}} }

// Header implements http.ResponseWriter.
func (r *response) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter; only the first call counts.
func (r *response) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write implements http.ResponseWriter.
func (r *response) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.body.Write(p)
}

func (r *response) proxy() events.APIGatewayProxyResponse {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	// API Gateway writes its own and hands ours on under another name.
	r.header.Del("Content-Length")
	answer := events.APIGatewayProxyResponse{StatusCode: r.status, MultiValueHeaders: map[string][]string(r.header)}
	if r.body.Len() <= maxTextBytes && isText(r.header.Get("Content-Type")) && utf8.Valid(r.body.Bytes()) {
		answer.Body = r.body.String()
		return answer
	}
	answer.Body = base64.StdEncoding.EncodeToString(r.body.Bytes())
	answer.IsBase64Encoded = r.body.Len() > 0
	return answer
}

func isText(contentType string) bool {
	mediaType, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	return strings.HasPrefix(mediaType, "text/") || strings.HasSuffix(mediaType, "+json") || strings.HasSuffix(mediaType, "+xml") ||
		mediaType == "application/json" || mediaType == "application/xml" || mediaType == "application/x-www-form-urlencoded"
}
