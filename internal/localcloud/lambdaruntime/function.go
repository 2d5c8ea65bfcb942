package lambdaruntime

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

// MaxPayloadBytes is Lambda's limit for the event and for the answer of a
// synchronous invocation.
const MaxPayloadBytes = 6 << 20

var (
	// ErrTimeout says that the function ran longer than its timeout; its
	// process was ended, as Lambda does.
	ErrTimeout = errors.New("the function timed out")
	// ErrCrashed says that the process ended during the invocation.
	ErrCrashed = errors.New("the function's process ended")
	// ErrDisabled says that the Region's compute is down.
	ErrDisabled = errors.New("the function cannot be invoked: its Region's compute is down")
	// ErrThrottled says that no concurrency is reserved for the function.
	ErrThrottled = errors.New("rate exceeded: the function's reserved concurrency is 0")
	// ErrTooLarge says that the event or the answer exceeds MaxPayloadBytes.
	ErrTooLarge = errors.New("larger than 6 MB")
)

// Spec describes a function.
type Spec struct {
	// Name and ARN of the function.
	Name, ARN string
	// Binary is the path of the bootstrap, or of an interpreter, which gets the
	// Arguments.
	Binary    string
	Arguments []string
	// Root is the folder of the code.
	// Default: that of Binary.
	Root string
	// Runtime as in the template, with its Handler.
	// Default: "provided.al2023".
	Runtime, Handler string
	// Environment is all the process sees, besides what Lambda itself sets.
	Environment map[string]string
	// Region it runs in.
	Region string
	// AccessKeyID is that of its role.
	// Default: that of the owner of the account.
	AccessKeyID string
	// MemoryMiB is passed to the process.
	// Default: 128.
	MemoryMiB int
	// Timeout of an invocation.
	// Default: 3 seconds.
	Timeout time.Duration
	// Concurrency is how many processes run at once; further invocations
	// wait.
	// Default: 16.
	Concurrency int
	// Log gets every line that a process writes.
	// Default: lines are dropped.
	Log func(line string)
}

// Result is the outcome of an invocation.
type Result struct {
	// Payload is the function's answer, or its error as JSON.
	Payload []byte
	// FunctionError is the type of the error that the function returned; empty
	// when there was none.
	FunctionError string
	// Duration of the invocation without the start of a process.
	Duration time.Duration
	// Cold is true when a process was started for it.
	Cold bool
}

// Stats count what a function did.
type Stats struct{ Invocations, Cold, Errors, Timeouts, Crashes, Processes int }

// Function is a function with its warm processes. It is safe for concurrent
// use.
type Function struct {
	spec  Spec
	slots chan struct{}

	mu       sync.Mutex
	idle     []*process
	all      map[*process]struct{}
	stats    Stats
	disabled bool
	frozen   bool
	closed   bool
	version  int // counts the restarts
	// reserved concurrency, or nil.
	reserved *int
}

// New returns a function; no process runs until it is invoked.
func New(spec Spec) *Function {
	if spec.MemoryMiB == 0 {
		spec.MemoryMiB = 128
	}
	if spec.Timeout == 0 {
		spec.Timeout = 3 * time.Second
	}
	if spec.Concurrency == 0 {
		spec.Concurrency = 16
	}
	if spec.Root == "" {
		spec.Root = filepath.Dir(spec.Binary)
	}
	if spec.Runtime == "" {
		spec.Runtime = "provided.al2023"
	}
	if spec.AccessKeyID == "" {
		spec.AccessKeyID = signature.AccessKeyID
	}
	if spec.Log == nil {
		spec.Log = func(string) {}
	}
	return &Function{spec: spec, slots: make(chan struct{}, spec.Concurrency), all: map[*process]struct{}{}}
}

// Invoke passes an event to a warm process, or to a new one. Errors are those
// of the service: an error of the function is a Result.
func (f *Function) Invoke(ctx context.Context, payload []byte) (Result, error) {
	return f.InvokeWithin(ctx, payload, f.spec.Timeout)
}

// InvokeWithin is Invoke with a time limit that is shorter than the function's
// own.
func (f *Function) InvokeWithin(ctx context.Context, payload []byte, limit time.Duration) (Result, error) {
	if len(payload) > MaxPayloadBytes {
		return Result{}, fmt.Errorf("the event is %w", ErrTooLarge)
	}
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		return Result{}, fmt.Errorf("wait for a free process of %s: %w", f.spec.Name, ctx.Err())
	}
	type outcome struct {
		result Result
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() { <-f.slots }()
		// A caller that gives up ends neither the start of an instance nor what it
		// does, as in Lambda.
		result, err := f.run(context.WithoutCancel(ctx), payload, limit)
		done <- outcome{result, err}
	}()
	select {
	case o := <-done:
		return o.result, o.err
	case <-ctx.Done():
		return Result{}, fmt.Errorf("wait for the answer of %s: %w", f.spec.Name, ctx.Err())
	}
}

func (f *Function) run(ctx context.Context, payload []byte, limit time.Duration) (Result, error) {
	p, cold, err := f.take(ctx)
	if err != nil {
		return Result{}, err
	}
	start := time.Now()
	result, err := p.invoke(ctx, payload, min(limit, f.spec.Timeout))
	result.Duration, result.Cold = time.Since(start), cold
	f.giveBack(p, result, err)
	return result, err
}

// take returns the process that was used last, as Lambda does, or a new one.
func (f *Function) take(ctx context.Context) (p *process, cold bool, err error) {
	f.mu.Lock()
	if f.disabled || f.closed {
		f.mu.Unlock()
		return nil, false, ErrDisabled
	}
	if f.reserved != nil && *f.reserved == 0 {
		f.mu.Unlock()
		return nil, false, ErrThrottled
	}
	if last := len(f.idle) - 1; last >= 0 {
		p = f.idle[last]
		f.idle = f.idle[:last]
		f.mu.Unlock()
		return p, false, nil
	}
	spec, version := f.spec, f.version
	f.mu.Unlock()
	p, err = start(ctx, spec)
	if err != nil {
		return nil, true, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.disabled || f.closed {
		p.kill()
		return nil, true, ErrDisabled
	}
	f.all[p] = struct{}{}
	p.old = version != f.version
	f.stats.Cold++
	p.setLost(f.frozen)
	return p, true, nil
}

func (f *Function) giveBack(p *process, result Result, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stats.Invocations++
	switch {
	case errors.Is(err, ErrTimeout):
		f.stats.Timeouts++
	case errors.Is(err, ErrCrashed):
		f.stats.Crashes++
	case result.FunctionError != "":
		f.stats.Errors++
	}
	if err != nil && !errors.Is(err, ErrTooLarge) {
		delete(f.all, p)
		p.kill()
		return
	}
	if _, alive := f.all[p]; !alive {
		return
	}
	if p.old {
		delete(f.all, p)
		p.kill()
		return
	}
	p.setBusy(false)
	f.idle = append(f.idle, p)
}

// Compiled reports whether the function is a binary of its own, and no
// interpreter runs it.
func (f *Function) Compiled() bool { return strings.HasPrefix(f.spec.Runtime, "provided.") }

// Stats returns the counts since the start.
func (f *Function) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	stats := f.stats
	stats.Processes = len(f.all)
	return stats
}

// Freeze stops all processes where they are, as a Region that is lost from
// sight would seem to. New ones are frozen, too.
func (f *Function) Freeze() { f.setFrozen(true) }

// Thaw lets frozen processes run on, except those that wait for an event.
func (f *Function) Thaw() { f.setFrozen(false) }

func (f *Function) setFrozen(frozen bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.frozen = frozen
	for p := range f.all {
		p.setLost(frozen)
	}
}

// Disable ends all processes and refuses invocations until Enable.
func (f *Function) Disable() {
	f.mu.Lock()
	f.disabled = true
	f.mu.Unlock()
	f.Kill()
}

// Enable takes invocations again.
func (f *Function) Enable() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.disabled = false
}

// Reserve concurrency for the function, or nil. None at all throttles every
// invocation; other numbers are remembered only.
func (f *Function) Reserve(concurrency *int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.reserved = concurrency
}

// Reserved concurrency of the function, or nil.
func (f *Function) Reserved() *int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.reserved
}

// Kill ends all processes; the next invocation starts a new one.
func (f *Function) Kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for p := range f.all {
		p.kill()
	}
	clear(f.all)
	f.idle = nil
}

// Restart ends the processes that wait for an event, and the others after their
// answers: whoever is invoked next is new.
func (f *Function) Restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.retire()
}

// Deploy replaces the code by another program, as a new version would.
func (f *Function) Deploy(binary string, arguments ...string) (rollBack func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.spec
	f.spec.Binary, f.spec.Arguments = binary, arguments
	f.retire()
	return func() { f.Deploy(before.Binary, before.Arguments...) }
}

// retire lets no process take another event. The lock is held.
func (f *Function) retire() {
	f.version++
	for _, p := range f.idle {
		delete(f.all, p)
		p.kill()
	}
	f.idle = nil
	for p := range f.all {
		p.old = true
	}
}

// Close ends all processes for good and returns when they are gone.
func (f *Function) Close() {
	f.mu.Lock()
	f.closed = true
	running := make([]*process, 0, len(f.all))
	for p := range f.all {
		running = append(running, p)
	}
	f.mu.Unlock()
	f.Kill()
	for _, p := range running {
		select {
		case <-p.exited:
		case <-time.After(closeTimeout):
		}
	}
}

// closeTimeout is how long the system may take to end a process.
const closeTimeout = 5 * time.Second
