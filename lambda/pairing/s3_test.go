package main

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/require"
)

// replicationAPI speaks the replication part of S3's REST protocol and keeps
// the very document it was sent.
type replicationAPI struct {
	mu       sync.Mutex
	document []byte
	refusals []refusal
	alter    func([]byte) []byte
	puts     int
	deletes  int
	missing  bool
	owner    string
	// claims are the parameters that say whose the rule is.
	claims parameterAPI
}

// refusal is an error S3 answers to one PutBucketReplication.
type refusal struct{ code, message string }

func (a *replicationAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r.Header.Get("X-Amz-Target") != "" {
		if a.claims.values == nil {
			a.claims.values = map[string]string{}
		}
		a.claims.ServeHTTP(w, r)
		return
	}
	a.owner = r.Header.Get("X-Amz-Expected-Bucket-Owner")
	switch {
	case a.missing:
		refuse(w, http.StatusNotFound, refusal{"NoSuchBucket", "The specified bucket does not exist"})
	case !r.URL.Query().Has("replication"):
		refuse(w, http.StatusNotImplemented, refusal{"NotImplemented", r.URL.String()})
	case r.Method == http.MethodGet && a.document == nil:
		refuse(w, http.StatusNotFound, refusal{"ReplicationConfigurationNotFoundError", "The replication configuration was not found"})
	case r.Method == http.MethodGet:
		_, _ = w.Write(a.document)
	case r.Method == http.MethodDelete:
		a.deletes++
		a.document = nil
		w.WriteHeader(http.StatusNoContent)
	default:
		a.put(w, r)
	}
}

func (a *replicationAPI) put(w http.ResponseWriter, r *http.Request) {
	a.puts++
	if len(a.refusals) > 0 {
		refuse(w, http.StatusBadRequest, a.refusals[0])
		a.refusals = a.refusals[1:]
		return
	}
	a.document, _ = io.ReadAll(r.Body)
	if a.alter != nil {
		a.document = a.alter(a.document)
	}
}

func refuse(w http.ResponseWriter, status int, r refusal) {
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: r.code, Message: r.message})
}

// newHandler returns the function under test with an SDK that reaches server
// for every service and every Region.
func newHandler(t testing.TB, server http.Handler) *handler {
	t.Helper()
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	return &handler{
		aws: aws.Config{
			Region:           "us-east-1",
			BaseEndpoint:     &listener.URL,
			Credentials:      credentials.NewStaticCredentialsProvider("id", "secret", ""),
			RetryMaxAttempts: 1,
			HTTPClient:       pathStyle{listener.Client()},
		},
		http:  listener.Client(),
		pause: 1,
	}
}

// pathStyle keeps the SDK's virtual-hosted bucket names away from DNS.
type pathStyle struct{ client *http.Client }

func (p pathStyle) Do(r *http.Request) (*http.Response, error) {
	r.URL.Host = r.URL.Host[len(r.URL.Host)-len(hostOf(r.URL.Host)):]
	return p.client.Do(r)
}

func hostOf(host string) string {
	for i := range host {
		if len(host[i:]) > 10 && host[i:i+10] == "127.0.0.1:" {
			return host[i:]
		}
	}
	return host
}

func (a *replicationAPI) rules(t *testing.T) (role string, rules []xmlRule) {
	t.Helper()
	var document struct {
		Role string    `xml:"Role"`
		Rule []xmlRule `xml:"Rule"`
	}
	require.NoError(t, xml.Unmarshal(a.document, &document))
	return document.Role, document.Rule
}

type xmlRule struct {
	ID       string
	Status   string
	Priority int
	Filter   *struct{ Prefix *string }
	Marker   string `xml:"DeleteMarkerReplication>Status"`
	Kms      string `xml:"SourceSelectionCriteria>SseKmsEncryptedObjects>Status"`
	Replicas string `xml:"SourceSelectionCriteria>ReplicaModifications>Status"`
	Bucket   string `xml:"Destination>Bucket"`
	Key      string `xml:"Destination>EncryptionConfiguration>ReplicaKmsKeyID"`
	Metrics  int    `xml:"Destination>Metrics>EventThreshold>Minutes"`
	Time     int    `xml:"Destination>ReplicationTime>Time>Minutes"`
}
