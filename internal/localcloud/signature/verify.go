package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// accessKeyPrefix begins every access key id. All have the same secret; the ids
// tell identities apart whose policies are enforced.
const accessKeyPrefix = "ASIALOCALCLOUD"

// The credentials of the local cloud, in its one account.
const (
	AccessKeyID     = accessKeyPrefix + "000000"
	SecretAccessKey = "local"
	SessionToken    = "local"

	// RoleKeyPrefix begins the access key ids of roles, which have the same secret.
	RoleKeyPrefix = accessKeyPrefix + "ROLE"
)

const (
	algorithm       = "AWS4-HMAC-SHA256"
	timeFormat      = "20060102T150405Z"
	unsignedPayload = "UNSIGNED-PAYLOAD"

	// maxSkew is how far the clock of a caller may be off.
	maxSkew = 15 * time.Minute
	// maxPresigned is the longest life of a presigned URL.
	maxPresigned = 7 * 24 * time.Hour
)

// Reason is why a request was refused.
type Reason int

// The reasons, which each service puts into words of its own.
const (
	Missing Reason = iota
	TwoMechanisms
	Malformed
	UnknownKey
	WrongScope
	UnsignedHeaders
	Skewed
	Expired
	Mismatch
)

// Error says that a request is not signed as it has to be.
type Error struct {
	Reason Reason
	// Detail is a sentence about this request.
	Detail string
}

// Error implements error.
func (e *Error) Error() string { return e.Detail }

func refuse(reason Reason, detail string) error { return &Error{reason, detail} }

// Scope is the service that is asked and where it is.
type Scope struct {
	Region, Service string
}

// claim is what a request says about its signature.
type claim struct {
	scope     []string // key id, date, Region, service, "aws4_request"
	headers   []string
	signature string
	signed    time.Time
	life      time.Duration // of a presigned URL
	presigned bool
}

// Verify checks the signature of a request to a service.
func Verify(r *http.Request, scope Scope, now time.Time) error {
	c, err := readClaim(r)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(c.scope[0], accessKeyPrefix) {
		return refuse(UnknownKey, "the access key id "+c.scope[0]+" does not exist; the local cloud knows "+AccessKeyID+" and others that begin with "+accessKeyPrefix)
	}
	if want := []string{c.signed.Format("20060102"), scope.Region, scope.Service, "aws4_request"}; !slices.Equal(c.scope[1:], want) {
		return refuse(WrongScope, "the credential is scoped to "+strings.Join(c.scope[1:], "/")+" and should be to "+strings.Join(want, "/"))
	}
	if unsigned := c.unsigned(r.Header); len(unsigned) > 0 {
		return refuse(UnsignedHeaders, "there were headers present in the request which were not signed: "+strings.Join(unsigned, ", "))
	}
	if err := c.mustBeCurrent(now); err != nil {
		return err
	}
	if !hmac.Equal([]byte(c.expected(r)), []byte(c.signature)) {
		return refuse(Mismatch, "the request signature we calculated does not match the signature you provided")
	}
	return nil
}

// AccessKey is the access key id that a request claims; empty when it claims
// none.
func AccessKey(r *http.Request) string {
	c, err := readClaim(r)
	if err != nil {
		return ""
	}
	return c.scope[0]
}

func readClaim(r *http.Request) (claim, error) {
	header, query := r.Header.Get("Authorization"), r.URL.Query()
	switch presigned := query.Has("X-Amz-Signature") || query.Has("X-Amz-Algorithm"); {
	case presigned && header != "":
		return claim{}, refuse(TwoMechanisms, "only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified")
	case presigned:
		return presignedClaim(query)
	case header == "":
		return claim{}, refuse(Missing, "the request is not signed")
	default:
		return headerClaim(header, r.Header)
	}
}

func headerClaim(authorization string, header http.Header) (claim, error) {
	rest, found := strings.CutPrefix(authorization, algorithm)
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		fields[name] = value
	}
	c := claim{scope: strings.Split(fields["Credential"], "/"), headers: strings.Split(fields["SignedHeaders"], ";"), signature: fields["Signature"]}
	var err error
	c.signed, err = time.Parse(timeFormat, header.Get("X-Amz-Date"))
	if !found || err != nil || !c.complete() {
		return claim{}, refuse(Malformed, "the Authorization header needs "+algorithm+" with Credential, SignedHeaders and Signature, and X-Amz-Date the time")
	}
	return c, nil
}

func presignedClaim(query url.Values) (claim, error) {
	c := claim{
		scope: strings.Split(query.Get("X-Amz-Credential"), "/"), headers: strings.Split(query.Get("X-Amz-SignedHeaders"), ";"),
		signature: query.Get("X-Amz-Signature"), presigned: true,
	}
	seconds, lifeErr := strconv.Atoi(query.Get("X-Amz-Expires"))
	c.life = time.Duration(seconds) * time.Second
	var err error
	c.signed, err = time.Parse(timeFormat, query.Get("X-Amz-Date"))
	if err != nil || lifeErr != nil || c.life < 0 || c.life > maxPresigned || query.Get("X-Amz-Algorithm") != algorithm || !c.complete() {
		return claim{}, refuse(Malformed, "a presigned URL needs X-Amz-Algorithm, X-Amz-Credential, X-Amz-Date, X-Amz-Expires of at most 604800, X-Amz-SignedHeaders and X-Amz-Signature")
	}
	return c, nil
}

func (c claim) complete() bool {
	const parts = 5
	return len(c.scope) == parts && slices.Contains(c.headers, "host") && c.signature != ""
}

// unsigned are the headers that would change what is done and that nobody
// vouches for.
func (c claim) unsigned(header http.Header) []string {
	names := []string{}
	for name := range header {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "x-amz-") && !slices.Contains(c.headers, lower) && lower != "x-amz-content-sha256" {
			names = append(names, lower)
		}
	}
	slices.Sort(names)
	return names
}

func (c claim) mustBeCurrent(now time.Time) error {
	age := now.Sub(c.signed)
	switch {
	case age < -maxSkew:
		return refuse(Skewed, "the request is dated more than 15 minutes in the future")
	case c.presigned && age > c.life:
		return refuse(Expired, "Request has expired")
	case !c.presigned && age > maxSkew:
		return refuse(Skewed, "the difference between the request time and the current time is too large")
	}
	return nil
}

// expected is the signature that the request should have.
func (c claim) expected(r *http.Request) string {
	request := sha256.Sum256([]byte(c.canonicalRequest(r)))
	key := []byte("AWS4" + SecretAccessKey)
	for _, part := range c.scope[1:] {
		key = sign(key, part)
	}
	text := strings.Join([]string{algorithm, c.signed.Format(timeFormat), strings.Join(c.scope[1:], "/"), hex.EncodeToString(request[:])}, "\n")
	return hex.EncodeToString(sign(key, text))
}

func sign(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func (c claim) canonicalRequest(r *http.Request) string {
	var headers strings.Builder
	for _, name := range c.headers {
		headers.WriteString(name + ":" + headerValue(r, name) + "\n")
	}
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	// S3 alone signs the path as it is sent.
	if service := c.scope[len(c.scope)-2]; service != "s3" {
		path = escapePath(path)
	}
	payload := r.Header.Get("X-Amz-Content-Sha256")
	if payload == "" {
		payload = c.payloadHash(r)
	}
	return strings.Join([]string{r.Method, path, canonicalQuery(r.URL.Query()), headers.String(), strings.Join(c.headers, ";"), payload}, "\n")
}

// escapePath escapes what is not unreserved, "%" included, and leaves slashes.
func escapePath(path string) string {
	var escaped strings.Builder
	for _, b := range []byte(path) {
		letter := b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9'
		if letter || strings.IndexByte("-_.~/", b) >= 0 {
			escaped.WriteByte(b)
			continue
		}
		fmt.Fprintf(&escaped, "%%%02X", b)
	}
	return escaped.String()
}

func headerValue(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	values := []string{}
	for _, value := range r.Header.Values(name) {
		values = append(values, strings.Join(strings.FieldsFunc(value, func(r rune) bool { return r == ' ' }), " "))
	}
	return strings.Join(values, ",")
}

func canonicalQuery(query url.Values) string {
	query.Del("X-Amz-Signature")
	for name := range query {
		slices.Sort(query[name])
	}
	return strings.ReplaceAll(query.Encode(), "+", "%20")
}
