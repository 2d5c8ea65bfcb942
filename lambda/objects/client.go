package main

import (
	"context"
	"net"
	"net/http"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const (
	// connectTimeout bounds a connection and, once more, its TLS handshake.
	connectTimeout = 2 * time.Second
	// answerTimeout bounds the wait for S3 after it has the whole request.
	answerTimeout = 5 * time.Second
)

// newClient returns a client of S3 in the function's Region. It fails when the
// environment holds a configuration that cannot be read.
func newClient(ctx context.Context) (*s3.Client, error) {
	config, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithHTTPClient(newHTTPClient()))
	if err != nil {
		return nil, err
	}
	return s3.NewFromConfig(config, quietly), nil
}

// newHTTPClient gives up on a stuck connection early enough that the SDK can
// try another one within the same request.
func newHTTPClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout = connectTimeout
			t.ResponseHeaderTimeout = answerTimeout
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
