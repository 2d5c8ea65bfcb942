package main

import (
	"context"
	"net"
	"net/http"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/regionpair/regionpair/lambda/internal/durableaws"
)

const (
	// connectTimeout bounds a connection and, once more, its TLS handshake.
	connectTimeout = 2 * time.Second
	// answerTimeout bounds the wait for S3 after it has the whole request.
	answerTimeout = 5 * time.Second
	// indexTimeout bounds the wait for the index, which answers in milliseconds, or
	// within a round trip between the Regions.
	indexTimeout = 2 * time.Second
)

// clients of the function.
type clients struct {
	bucket, peer *s3.Client
	index        durableaws.Table
}

// newClients returns clients of S3 in both Regions and of the index. It fails when
// the environment holds a configuration that cannot be read.
func newClients(ctx context.Context, s settings) (clients, error) {
	config, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithHTTPClient(newHTTPClient(answerTimeout)))
	if err != nil {
		return clients{}, err
	}
	c := clients{bucket: s3.NewFromConfig(config, quietly)}
	if s.index == "" {
		return c, nil
	}
	c.peer = s3.NewFromConfig(config, quietly, func(o *s3.Options) { o.Region = s.peerRegion })
	c.index = durableaws.Table{Name: s.index, Client: dynamodb.NewFromConfig(config, func(o *dynamodb.Options) {
		o.HTTPClient = newHTTPClient(indexTimeout)
	})}
	return c, nil
}

// newHTTPClient gives up on a stuck connection early enough that the SDK can
// try another one within the same request.
func newHTTPClient(answer time.Duration) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout = connectTimeout
			t.ResponseHeaderTimeout = answer
		})
}

// quietly keeps the SDK from writing a plain line between the JSON logs for
// every object that was stored without a checksum.
func quietly(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true }

// onlyOnce is for every change. A second attempt would store the object later
// than its caller believes: a caller who gave up may have written a newer
// object meanwhile, here or in the other Region, and the late attempt would
// replace it. The order of a change is therefore that of its only attempt.
func onlyOnce(o *s3.Options) { o.RetryMaxAttempts = 1 }
