package main

import (
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sendCounted sends one request and says whether S3 was asked.
func sendCounted(t *testing.T, event events.APIGatewayProxyRequest) (answer, *http.Request) {
	t.Helper()
	rec := &recorder{}
	got := sendEvent(t, newAPIInMemory(rec), event)
	return got, rec.last
}

func TestNoParameterOfS3IsIgnored(t *testing.T) {
	for _, name := range []string{
		"acl", "attributes", "legal-hold", "partNumber", "restore", "retention", "select", "tagging", "torrent", "uploadId", "uploads",
		"versionId", "versions", "response-content-type", "x-id", "X-Amz-Signature", "prefix", "anything",
	} {
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE"} {
			got, asked := sendCounted(t, events.APIGatewayProxyRequest{
				HTTPMethod: method, Path: "/objects/k", QueryStringParameters: map[string]string{name: ""},
			})
			assert.Equal(t, http.StatusBadRequest, got.status, "%s ?%s", method, name)
			assert.Nil(t, asked, "%s ?%s", method, name)
			assert.True(t, method == "HEAD" || assert.Contains(t, string(got.body), name))
		}
	}
	got, asked := sendCounted(t, events.APIGatewayProxyRequest{
		HTTPMethod: "GET", Path: "/objects", QueryStringParameters: map[string]string{"delimiter": "/"},
	})
	assert.Equal(t, http.StatusBadRequest, got.status)
	assert.Contains(t, string(got.body), "cursor, limit, prefix")
	assert.Nil(t, asked)
}

func TestNoHeaderOfS3IsIgnored(t *testing.T) {
	for _, name := range []string{
		"acl", "bypass-governance-retention", "checksum-algorithm", "checksum-mode", "copy-source", "expected-bucket-owner", "grant-read", "mfa",
		"object-lock-legal-hold", "object-lock-mode", "object-lock-retain-until-date", "request-payer", "sdk-checksum-algorithm",
		"server-side-encryption", "server-side-encryption-aws-kms-key-id", "server-side-encryption-bucket-key-enabled",
		"server-side-encryption-customer-algorithm", "server-side-encryption-customer-key", "storage-class", "tagging", "trailer",
		"website-redirect-location", "write-offset-bytes", "anything",
	} {
		for method, path := range map[string]string{"GET": "/objects/k", "HEAD": "/objects/k", "PUT": "/objects/k", "DELETE": "/objects/k", "POST": "/uploads/k"} {
			got, asked := sendCounted(t, events.APIGatewayProxyRequest{
				HTTPMethod: method, Path: path, Headers: map[string]string{"x-amz-" + name: "x", sizeHeader: "1"},
			})
			assert.Equal(t, http.StatusBadRequest, got.status, "%s %s", method, name)
			assert.Nil(t, asked, "%s %s", method, name)
			assert.True(t, method == "HEAD" || assert.Contains(t, string(got.body), "x-amz-"+name))
		}
	}
}

func TestHeadersOfTheWayAreHarmless(t *testing.T) {
	for _, name := range []string{"X-Amz-Cf-Id", "x-amz-user-agent", "X-Amzn-Trace-Id", "X-Forwarded-For", "Traceparent"} {
		got, _ := sendCounted(t, events.APIGatewayProxyRequest{HTTPMethod: "PUT", Path: "/objects/k", Headers: map[string]string{name: "x"}})
		assert.Equal(t, http.StatusNoContent, got.status, name)
	}
}

func TestWhatIsStoredBesideAnObjectReachesS3AndComesBack(t *testing.T) {
	header := map[string]string{
		"Cache-Control": "max-age=60", "Content-Disposition": `attachment; filename="a.txt"`, "Content-Encoding": "gzip",
		"Content-Language": "de", "Content-Type": "text/plain", "Expires": "Mon, 02 Jan 2006 15:04:05 GMT", "X-Amz-Meta-Owner": "ops",
	}
	_, asked := sendCounted(t, events.APIGatewayProxyRequest{HTTPMethod: "PUT", Path: "/objects/k", Headers: header})
	require.NotNil(t, asked)
	a := newAPIInMemory(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range header {
			w.Header().Set(name, value)
		}
	}))
	for name, value := range header {
		assert.Equal(t, value, asked.Header.Get(name))
		for _, method := range []string{"GET", "HEAD"} {
			assert.Equal(t, value, send(t, a, method, "/objects/k", nil, nil).header.Get(name), method)
		}
	}
}

func TestTheSizeOfAnUploadIsDeclaredAndBounded(t *testing.T) {
	a := newStore(t)
	for size, want := range map[string]int{"": 400, "0": 400, "-1": 400, "x": 400, "5368709121": 400, "1": 201, "5368709120": 201} {
		got := send(t, a, "POST", "/uploads/k", map[string]string{sizeHeader: size}, nil)
		assert.Equal(t, want, got.status, size)
		assert.True(t, want == 201 || assert.Contains(t, string(got.body), sizeHeader))
	}
}
