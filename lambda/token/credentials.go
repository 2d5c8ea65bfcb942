package main

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxCredentialBytes bounds what is compared: no client has an id or a secret
// that is longer.
const maxCredentialBytes = 1 << 10

// credentials are what a client says it is.
type credentials struct {
	clientID string
	secret   string
	// raw is the secret as it is in a Basic header. RFC 6749 wants it
	// form-encoded there; curl, requests and others send it as it is.
	raw string
}

// readings are the two ways to read the secret, always two.
func (c credentials) readings() [2]digest {
	raw := c.raw
	if raw == "" {
		raw = c.secret
	}
	return [2]digest{digestOf(c.secret), digestOf(raw)}
}

// readCredentials takes them from the Authorization header
// (client_secret_basic) or from the form (client_secret_post), never from both.
func readCredentials(header http.Header, form map[string]string) (credentials, *oauthError) {
	lines := header.Values("Authorization")
	if len(lines) > 1 {
		return credentials{}, invalidRequest("the Authorization header occurs more than once")
	}
	if len(lines) == 0 {
		return checked(credentials{clientID: form["client_id"], secret: form["client_secret"]})
	}
	if _, exists := form["client_secret"]; exists {
		return credentials{}, invalidRequest("the client secret is in the Authorization header and in the body, use one of them")
	}
	basic, problem := parseBasic(lines[0])
	if problem != nil {
		return credentials{}, problem
	}
	// Some clients repeat the id in the body, which is no second credential.
	if id, exists := form["client_id"]; exists && id != basic.clientID {
		return credentials{}, invalidRequest("the client ids in the Authorization header and in the body differ")
	}
	return basic, nil
}

// parseBasic reads the header of RFC 7617 with both parts form-encoded, as
// RFC 6749 section 2.3.1 wants them, or as they are.
func parseBasic(line string) (credentials, *oauthError) {
	scheme, encoded, found := strings.Cut(line, " ")
	if !found || !strings.EqualFold(scheme, "Basic") {
		return credentials{}, invalidClient()
	}
	decoded, err := base64.StdEncoding.Strict().DecodeString(strings.TrimLeft(encoded, " "))
	if err != nil {
		return credentials{}, invalidClient()
	}
	id, secret, found := strings.Cut(string(decoded), ":")
	if !found {
		return credentials{}, invalidClient()
	}
	return checked(credentials{clientID: orRaw(id), secret: orRaw(secret), raw: secret})
}

// orRaw decodes a part of a Basic header, if it is encoded.
func orRaw(text string) string {
	if decoded, err := url.QueryUnescape(text); err == nil {
		return decoded
	}
	return text
}

func checked(c credentials) (credentials, *oauthError) {
	for _, text := range []string{c.clientID, c.secret} {
		if text == "" || len(text) > maxCredentialBytes || !utf8.ValidString(text) {
			return credentials{}, invalidClient()
		}
	}
	return c, nil
}
