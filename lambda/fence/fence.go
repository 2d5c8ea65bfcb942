// Package fence keeps functions from writing while a planned switch moves the
// clients to the other Region, so that no two Regions write at once.
//
// `regionpair failover --fence` sets the fence of the Region that clients leave,
// waits until the other Region has everything, and moves them. The fence stays
// until they are back. A handler of one's own takes part with one line:
//
//	fence, err := fence.FromEnvironment(ctx)
//	if err != nil {
//		return err
//	}
//	handler := fence.Handler(mux)
//
// Functions that the constructs compile find the fence's parameter in
// FENCE_PARAMETER and may read it.
package fence

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/lambda/internal/position"
	"github.com/regionpair/regionpair/lambda/internal/problem"
)

const (
	// readTimeout bounds a read of the parameter, and how long a write waits for it.
	readTimeout = time.Second
	attempts    = 2
	// RetryAfter is what an answer that refuses a write asks clients to wait, in
	// seconds.
	RetryAfter = "5"
)

// Fence is that of the Region which the function runs in. A nil Fence is open.
type Fence struct {
	position *position.Reader
}

// FromEnvironment returns the fence whose parameter is in FENCE_PARAMETER, and
// nil without that variable, for functions that are used outside a pair. It reads
// the parameter once, so that the first request need not wait. An error says that
// the SDK's configuration could not be loaded.
func FromEnvironment(ctx context.Context) (*Fence, error) {
	parameter := os.Getenv(contract.FenceVariable)
	if parameter == "" {
		return nil, nil
	}
	config, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRetryMaxAttempts(attempts))
	if err != nil {
		return nil, fmt.Errorf("load the AWS configuration: %w", err)
	}
	f := newFence(parameter, ssm.NewFromConfig(config), time.Now)
	f.position.Read(ctx)
	return f, nil
}

func newFence(parameter string, client position.Getter, now func() time.Time) *Fence {
	return &Fence{&position.Reader{
		Parameter: parameter, Allowed: []string{contract.PositionOff, contract.PositionUploads, contract.PositionOn},
		Client: client, Timeout: readTimeout, Patience: readTimeout, Now: now,
	}}
}

// ClosedForWrites reports whether nothing may be written. It reads the parameter
// at most every five seconds. While that cannot be read, the last known position
// holds, and the fence is open if there is none.
func (f *Fence) ClosedForWrites(ctx context.Context) bool {
	return f.read(ctx) == contract.PositionOn
}

// ClosedForUploads reports whether nothing may be promised that is written later,
// such as an upload by a signed URL. It is true before, and while, ClosedForWrites
// is: what was promised is still good for minutes.
func (f *Fence) ClosedForUploads(ctx context.Context) bool {
	at := f.read(ctx)
	return at == contract.PositionOn || at == contract.PositionUploads
}

func (f *Fence) read(ctx context.Context) string {
	if f == nil {
		return contract.PositionOff
	}
	at, _ := f.position.Read(ctx)
	return at
}

// Handler lets no request through that could write while the fence is closed: any
// but GET, HEAD and OPTIONS. It answers 503 with Retry-After, as [Refuse] does.
func (f *Fence) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !reads(r.Method) && f.ClosedForWrites(r.Context()) {
			Refuse(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func reads(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// Refuse answers that the Region takes no writes at the moment: status 503, a
// problem of RFC 9457, and Retry-After.
func Refuse(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", RetryAfter)
	problem.Write(w, r, problem.Problem{
		Status: http.StatusServiceUnavailable, Title: "Region Fenced",
		Detail: "this Region takes no writes while clients move to the other one, and nothing was changed: retry, with a new connection",
	})
}
