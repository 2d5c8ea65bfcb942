package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/issuers"
)

const maxAnswerBytes = 64 << 10

// probes returns what this Region's health depends on: only probes of one's own
// when static. None of them asks the other Region, and each asks once: a second
// try would make a Region that fails every third request look well.
func probes(s settings, config aws.Config, client *http.Client, now func() time.Time) []*probe {
	config.RetryMaxAttempts = 1
	list := []*probe{}
	if s.depth == contract.HealthDependencies || s.depth == contract.HealthAPI {
		parameters := ssm.NewFromConfig(config)
		list = append(list,
			&probe{name: "bucket", ask: askBucket(s3.NewFromConfig(config), s.bucket)},
			&probe{name: "key", ask: (&keyProbe{client: kms.NewFromConfig(config), arn: s.keyARN, now: now}).ask},
			&probe{name: "tokens", ask: askTokens(client, s.tokenURL)},
			&probe{name: "issuer", ask: askIssuer(client, s.jwksURI), bridged: true},
			&probe{name: "parameters", ask: askParameter(parameters, s.ownIssuer), bridged: true},
		)
		list = append(list, tableProbes(s.tables, config)...)
	}
	if s.depth == contract.HealthAPI {
		list = append(list, newFrontDoor(s.frontDoor, secretsmanager.NewFromConfig(config), tlsOf(client), now).probes()...)
	}
	return append(list, ownProbes(s.ownProbes, config)...)
}

// tlsOf is how a client verifies servers; nil for the system's way.
func tlsOf(client *http.Client) *tls.Config {
	if transport, ok := client.Transport.(*http.Transport); ok {
		return transport.TLSClientConfig
	}
	return nil
}

// askBucket reads an object that does not exist: S3 says so when it can read. A
// list would say the same for twelve times the price, and HEAD does not tell an
// overload from a failure.
func askBucket(client *s3.Client, bucket string) func(context.Context) error {
	return func(ctx context.Context) error {
		object, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: aws.String(contract.HealthObject)})
		var missing *s3types.NoSuchKey
		if errors.As(err, &missing) {
			return nil
		}
		if err != nil {
			return err
		}
		return object.Body.Close()
	}
}

// keyAge is how long a good answer of the key is relied on. S3 itself asks KMS
// rarely, since it keeps bucket keys.
const keyAge = 15 * time.Second

// keyProbe asks the key for what writing and what reading needs, in turns: one
// request each time, and none within keyAge of a good answer. A failure of either
// counts until that one succeeds.
type keyProbe struct {
	client *kms.Client
	arn    string
	now    func() time.Time

	mu                sync.Mutex
	askedAt           time.Time
	sealed            []byte
	sealing, opening  error
	decryptedLastTime bool
}

func (k *keyProbe) ask(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	works := k.sealed != nil && k.sealing == nil && k.opening == nil
	if works && k.now().Sub(k.askedAt) < keyAge {
		return nil
	}
	k.askedAt = k.now()
	mustSeal := k.sealed == nil || k.sealing != nil || (k.opening == nil && k.decryptedLastTime)
	if mustSeal {
		k.sealing = k.seal(ctx)
	} else {
		k.opening = k.open(ctx)
	}
	k.decryptedLastTime = !mustSeal
	return errors.Join(k.sealing, k.opening)
}

// encryptionContext keeps the function's right to decrypt away from objects.
var encryptionContext = map[string]string{contract.HealthContextKey: contract.HealthContextValue}

// seal proves that objects can be encrypted; the key never leaves KMS.
func (k *keyProbe) seal(ctx context.Context) error {
	output, err := k.client.GenerateDataKeyWithoutPlaintext(ctx, &kms.GenerateDataKeyWithoutPlaintextInput{
		KeyId: &k.arn, KeySpec: types.DataKeySpecAes256, EncryptionContext: encryptionContext,
	})
	if err != nil {
		return fmt.Errorf("encrypt: %w", err)
	}
	k.sealed = output.CiphertextBlob
	return nil
}

// open proves that objects can be decrypted. The data key encrypts nothing.
func (k *keyProbe) open(ctx context.Context) error {
	if _, err := k.client.Decrypt(ctx, &kms.DecryptInput{KeyId: &k.arn, CiphertextBlob: k.sealed, EncryptionContext: encryptionContext}); err != nil {
		return fmt.Errorf("decrypt: %w", err)
	}
	return nil
}

func askIssuer(client *http.Client, uri string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := issuers.FetchKeys(ctx, client, uri)
		return err
	}
}

// askTokens asks for a token with an app client that does not exist. An endpoint
// that works refuses it, and AWS bills tokens only.
func askTokens(client *http.Client, tokenURL string) func(context.Context) error {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"health"}}.Encode()
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, tokenURL, strings.NewReader(form))
		if err != nil {
			return fmt.Errorf("build the request for a token: %w", err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		response, err := client.Do(request)
		if err != nil {
			return fmt.Errorf("ask for a token: %w", err)
		}
		defer func() { _ = response.Body.Close() }()
		var answer struct {
			Code string `json:"error"`
		}
		decoded := json.NewDecoder(io.LimitReader(response.Body, maxAnswerBytes)).Decode(&answer)
		if answer.Code == "invalid_client" {
			return nil
		}
		return errors.Join(statusError(response.StatusCode), decoded)
	}
}

func askParameter(client *ssm.Client, name string) func(context.Context) error {
	return func(ctx context.Context) error {
		output, err := client.GetParameters(ctx, &ssm.GetParametersInput{Names: []string{name}})
		if err != nil {
			return err
		}
		if len(output.Parameters) == 0 {
			return errMissing
		}
		return nil
	}
}
