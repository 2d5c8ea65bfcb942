package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

// root is the owner of the account, whom no policy stops: the emulators know it by the
// account's number.
var root = aws.Credentials{AccessKeyID: account, SecretAccessKey: "test"}

// sign signs a request, in the place of whoever has signed it before.
func sign(ctx context.Context, r *http.Request, credentials aws.Credentials, service, region string) error {
	r.Header.Del("Authorization")
	r.Header.Del("X-Amz-Security-Token")
	hash := r.Header.Get("X-Amz-Content-Sha256")
	if hash == "" {
		body := []byte{}
		if r.Body != nil {
			var err error
			if body, err = signature.Peek(r); err != nil {
				return fmt.Errorf("read a request to sign it: %w", err)
			}
		}
		sum := sha256.Sum256(body)
		hash = hex.EncodeToString(sum[:])
	}
	return v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = service == "s3" }).
		SignHTTP(ctx, credentials, r, hash, service, region, time.Now())
}

// signedService is the service that a request was signed for; empty when it is
// not signed.
func signedService(r *http.Request) string {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	const service, parts = 3, 5
	if scope := strings.Split(credential, "/"); len(scope) >= parts {
		return scope[service]
	}
	return ""
}
