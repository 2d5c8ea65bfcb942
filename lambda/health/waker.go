package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/lambda/internal/logging"
	"github.com/regionpair/regionpair/lambda/internal/regionhealth"
)

const (
	// wakeTimeout bounds all of a look. An answer that is due meanwhile waits for no
	// longer than for a probe.
	wakeTimeout = probeTimeout
	// primaryTimeout bounds the question to the primary, and leaves time to wake the
	// guard. A connection that is open answers within one trip round the world.
	primaryTimeout = 700 * time.Millisecond
)

// waker wakes the guard of the failback, which looks every minute by itself, when
// the primary does not look well. It is in the standby's health function because
// Route 53's checkers ask that one all the time. What it sees is for the guard
// only: the answer to the checkers does not depend on it.
type waker struct {
	function, parameter string
	parameters          *ssm.Client
	functions           *lambda.Client
	http                *http.Client
	now                 func() time.Time

	mu       sync.Mutex
	lookedAt time.Time
}

// newWaker returns nil where there is no guard.
func newWaker(s settings, config aws.Config, client *http.Client, now func() time.Time) *waker {
	if s.guardFunction == "" {
		return nil
	}
	// The next look is as good as another attempt.
	config.RetryMaxAttempts = 1
	return &waker{
		function: s.guardFunction, parameter: s.guardParameter, parameters: ssm.NewFromConfig(config), functions: lambda.NewFromConfig(config),
		http: client, now: now,
	}
}

// newWakerClient keeps its connection to the primary: a new one to the other end of
// the world takes longer than a look may.
func newWakerClient() *http.Client {
	return &http.Client{
		Transport:     http.DefaultTransport.(*http.Transport).Clone(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// beside looks while h answers. Lambda stops the function between two requests, so
// the answer waits for a look that is under way.
func (w *waker) beside(h http.Handler) http.Handler {
	if w == nil {
		return h
	}
	return http.HandlerFunc(func(writer http.ResponseWriter, r *http.Request) {
		var group sync.WaitGroup
		group.Go(func() { w.look(r.Context()) })
		h.ServeHTTP(writer, r)
		group.Wait()
	})
}

// look wakes a guard that sleeps while the primary does not look well. It looks at
// most once in guard.WakeInterval.
func (w *waker) look(ctx context.Context) {
	if !w.due() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, wakeTimeout)
	defer cancel()
	remembered, err := w.remembered(ctx)
	if err != nil {
		logging.From(ctx).Warn("do not know what the guard is up to", "error", err)
		return
	}
	if remembered.PrimaryHealth == "" || !remembered.Sleeps(w.now()) || w.primary(ctx, remembered.PrimaryHealth) == guard.Green {
		return
	}
	_, err = w.functions.Invoke(ctx, &lambda.InvokeInput{FunctionName: &w.function, InvocationType: types.InvocationTypeEvent, Payload: []byte(contract.WakeEvent)})
	if err != nil {
		logging.From(ctx).Warn("could not wake the guard", "error", err)
		return
	}
	logging.From(ctx).Info("the primary does not look well: woke the guard")
}

func (w *waker) due() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.lookedAt.IsZero() && w.now().Sub(w.lookedAt) < guard.WakeInterval {
		return false
	}
	w.lookedAt = w.now()
	return true
}

func (w *waker) remembered(ctx context.Context) (guard.Memory, error) {
	var memory guard.Memory
	output, err := w.parameters.GetParameter(ctx, &ssm.GetParameterInput{Name: &w.parameter})
	if err == nil && (output.Parameter == nil || output.Parameter.Value == nil) {
		err = errMissing
	}
	if err == nil {
		err = json.Unmarshal([]byte(*output.Parameter.Value), &memory)
	}
	if err != nil {
		return memory, fmt.Errorf("read the parameter %s: %w", w.parameter, err)
	}
	return memory, nil
}

func (w *waker) primary(ctx context.Context, url string) guard.Health {
	ctx, cancel := context.WithTimeout(ctx, primaryTimeout)
	defer cancel()
	health, _ := regionhealth.Ask(ctx, w.http, url)
	return health
}
