package durabletest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
	"github.com/regionpair/regionpair/internal/localcloud/signature"
	"github.com/regionpair/regionpair/internal/localcloud/tablestore"
)

// The two Regions, and the name of the index.
const (
	West    = "eu-west-1"
	Central = "eu-central-1"
	Index   = "orders-objects"
)

// BucketOf is the name of a Region's bucket.
func BucketOf(region string) string { return "orders-objects-111122223333-" + region }

// World is the two Regions.
type World struct {
	// Buckets and Tables are the servers, by Region.
	Buckets, Tables map[string]*Server
	// S3 and DynamoDB are clients of them that try once.
	S3       map[string]*s3.Client
	DynamoDB map[string]*dynamodb.Client
	// HTTP reaches the buckets without them.
	HTTP map[string]*http.Client
}

// New starts a world that ends with the test. root is the path to the folder with
// node_modules, where the table's engine is.
func New(t testing.TB, root string) *World {
	t.Helper()
	tables := tablestore.New(tablestore.Options{Dirs: []string{root}})
	t.Cleanup(tables.Close)
	if err := tables.Create(t.Context(), index()); err != nil {
		t.Fatal(err)
	}
	objects := objectstore.NewWorld(objectstore.ByArrival)
	w := &World{Buckets: map[string]*Server{}, Tables: map[string]*Server{}, S3: map[string]*s3.Client{}, DynamoDB: map[string]*dynamodb.Client{}, HTTP: map[string]*http.Client{}}
	for _, region := range []string{West, Central} {
		store := objects.NewStore(region, time.Now)
		if err := store.CreateBucket(BucketOf(region), true); err != nil {
			t.Fatal(err)
		}
		w.add(t, region, store.Handler(), tables.Region(region).Handler())
	}
	return w
}

func (w *World) add(t testing.TB, region string, objects, tables http.Handler) {
	t.Helper()
	bucketURL, bucketClient := w.serve(t, w.Buckets, region, objects)
	tableURL, tableClient := w.serve(t, w.Tables, region, tables)
	w.HTTP[region] = bucketClient
	w.S3[region] = s3.New(s3.Options{
		Region: region, BaseEndpoint: &bucketURL, HTTPClient: bucketClient, UsePathStyle: true, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(signature.AccessKeyID, signature.SecretAccessKey, signature.SessionToken),
	})
	w.DynamoDB[region] = dynamodb.New(dynamodb.Options{
		Region: region, BaseEndpoint: &tableURL, HTTPClient: tableClient, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(signature.AccessKeyID, signature.SecretAccessKey, signature.SessionToken),
	})
}

func (w *World) serve(t testing.TB, servers map[string]*Server, region string, handler http.Handler) (string, *http.Client) {
	t.Helper()
	servers[region] = &Server{handler: handler}
	server := httptest.NewTLSServer(servers[region])
	t.Cleanup(server.Close)
	return server.URL, server.Client()
}

func index() tablestore.Table {
	attribute := func(name string) any { return map[string]any{"AttributeName": name, "AttributeType": "S"} }
	key := func(name, kind string) any { return map[string]any{"AttributeName": name, "KeyType": kind} }
	return tablestore.Table{
		Name: Index, Strong: true, Regions: []string{West, Central},
		KeySchema:            []any{key(contract.IndexPartition, "HASH"), key(contract.IndexKey, "RANGE")},
		AttributeDefinitions: []any{attribute(contract.IndexPartition), attribute(contract.IndexKey), attribute(contract.IndexMissing)},
		GlobalSecondaryIndexes: []any{map[string]any{
			"IndexName": contract.IndexMissing, "KeySchema": []any{key(contract.IndexMissing, "HASH")},
			"Projection": map[string]any{"ProjectionType": "KEYS_ONLY"},
		}},
	}
}

// Server can be made to fail.
type Server struct {
	handler http.Handler
	status  atomic.Int32
	hangs   atomic.Bool
	delay   atomic.Int64
}

// Answer makes the server answer everything with a status; 0 ends it.
func (s *Server) Answer(status int32) { s.status.Store(status) }

// Hang makes the server take requests and answer none, or ends that.
func (s *Server) Hang(hangs bool) { s.hangs.Store(hangs) }

// Delay puts a distance between the server and whoever asks: a round trip.
func (s *Server) Delay(roundTrip time.Duration) { s.delay.Store(int64(roundTrip)) }

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	time.Sleep(time.Duration(s.delay.Load()))
	switch status := int(s.status.Load()); {
	case s.hangs.Load():
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	case status != 0:
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
	default:
		s.handler.ServeHTTP(w, r)
	}
}
