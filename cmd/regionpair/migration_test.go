package main_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

// TestObjectsOfAnAsynchronousPairBecomeSynchronous runs what the page says on a pair
// that was changed to durability sync: its bucket holds objects under their own names,
// and its index none.
func TestObjectsOfAnAsynchronousPairBecomeSynchronous(t *testing.T) {
	t.Parallel()
	needAWS(t)
	dir := filepath.Join(t.TempDir(), "assembly")
	require.NoError(t, synthesize(dir, map[string]any{"storage": map[string]any{"durability": "sync", "witnessRegion": "eu-west-3"}}))
	s := upIn(t, ".", dir, "--assembly", dir, "--time-scale", "20")
	s.answeredBy(west)
	token, err := s.token(s.viaProxy(), oauth2.AuthStyleInHeader)
	require.NoError(t, err)

	objects := map[string]string{"a b + c/d": "1", "ü/50%?#": "2", ` it's "quoted" \ `: "3", "empty": ""}
	name, bucket := "orders-objects-111122223333-"+west, s.objectStore(west)
	put := func(key string) {
		_, err := bucket.PutObject(t.Context(), &s3.PutObjectInput{
			Bucket: &name, Key: &key, Body: strings.NewReader(objects[key]), ContentType: aws.String("text/x-old"),
		})
		require.NoError(t, err)
	}
	read := func(role, key string) reply {
		return s.call(s.inRegion(role), http.MethodGet, "/objects/"+url.PathEscape(key), token.AccessToken, nil)
	}
	script := documented(t, "docs/explanation/durability.md", "list-objects-v2")
	variables := []string{"BUCKET=" + name, "DOMAIN=" + s.ready.DomainName, "TOKEN=" + token.AccessToken}

	put("empty")
	require.Equal(t, http.StatusNotFound, read("primary", "empty").status, "the index is empty")
	assert.Contains(t, s.shell(script, variables[0], variables[1], "TOKEN=expired"), "not copied: empty")
	for key := range objects {
		put(key)
	}
	assert.Empty(t, s.shell(script, variables...))
	for key, body := range objects {
		for _, role := range []string{"primary", "secondary"} {
			got := read(role, key)
			assert.Equal(t, http.StatusOK, got.status, "%q in the %s: %s", key, role, got.body)
			assert.Equal(t, body, got.body, key)
			assert.Equal(t, "text/x-old", got.header.Get("Content-Type"), key)
			assert.Equal(t, "regions=2", got.header.Get("Durability"), key)
		}
	}

	written := s.call(s.viaProxy(), http.MethodPut, "/objects/empty", token.AccessToken, []byte("newer"))
	require.Equal(t, http.StatusNoContent, written.status)
	assert.Empty(t, s.shell(script, variables...), "once more")
	assert.Equal(t, "newer", read("secondary", "empty").body, "what was written since then stays")

	for key := range objects {
		_, err := bucket.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &name, Key: &key})
		require.NoError(t, err)
	}
	for _, role := range []string{"primary", "secondary"} {
		assert.Equal(t, "1", read(role, "a b + c/d").body, "the old object is not needed any more")
	}
	s.quit()
}

// objectStore is the SDK of an operator of the session's pair.
func (s *session) objectStore(region string) *s3.Client {
	return s3.NewFromConfig(aws.Config{
		Region: region, HTTPClient: s.viaProxy(),
		Credentials: credentials.NewStaticCredentialsProvider(signature.AccessKeyID, signature.SecretAccessKey, signature.SessionToken),
	})
}
