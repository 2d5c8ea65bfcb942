package lambdaruntime

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

// startTimeout is how long a process may take until it asks for its first
// event, as in Lambda.
const startTimeout = 10 * time.Second

// process is one running binary with its own Runtime API.
type process struct {
	command *exec.Cmd
	api     *runtimeAPI
	exited  chan struct{}
	lines   *lastLines
	once    sync.Once
	// old processes end after their answer; the function's lock guards it.
	old bool

	mu sync.Mutex
	// busy from the start to the first answer, and then during invocations.
	busy bool
	// polling while the process waits for its next event.
	polling bool
	// lost while its Region is.
	lost    bool
	stopped bool
}

// start returns when the process has asked for its first event.
func start(ctx context.Context, spec Spec) (*process, error) {
	p := &process{exited: make(chan struct{}), lines: &lastLines{log: spec.Log}, busy: true}
	api, err := newRuntimeAPI(spec.ARN, func(polling bool) { p.change(func() { p.polling = polling }) })
	if err != nil {
		return nil, err
	}
	command := exec.Command(spec.Binary, spec.Arguments...) //nolint:gosec,noctx // the caller's own function, which outlives its start
	command.Dir = spec.Root
	command.Env = environment(spec, api.address)
	command.SysProcAttr = ownGroup()
	p.command, p.api = command, api
	reader, writer := io.Pipe()
	command.Stdout, command.Stderr = writer, writer
	if err := command.Start(); err != nil {
		api.close()
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	go p.lines.read(reader)
	go func() {
		_ = command.Wait()
		_ = writer.Close()
		close(p.exited)
		api.close()
	}()
	return p, p.awaitReady(ctx, spec)
}

func (p *process) awaitReady(ctx context.Context, spec Spec) error {
	timer := time.NewTimer(startTimeout)
	defer timer.Stop()
	select {
	case <-p.api.ready:
		return nil
	case text := <-p.api.initError:
		p.kill()
		return fmt.Errorf("%s failed to start: %s", spec.Name, text)
	case <-p.exited:
		return fmt.Errorf("%s ended before it asked for an event; its last lines:\n%s", spec.Name, p.lines.text())
	case <-timer.C:
		p.kill()
		return fmt.Errorf("%s did not ask for an event within %s", spec.Name, startTimeout)
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("start %s: %w", spec.Name, ctx.Err())
	}
}

// environment is what Lambda gives a function, and nothing of ours.
func environment(spec Spec, address string) []string {
	values := map[string]string{
		"AWS_REGION":                      spec.Region,
		"AWS_DEFAULT_REGION":              spec.Region,
		"AWS_LAMBDA_FUNCTION_NAME":        spec.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(spec.MemoryMiB),
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_FORMAT":           "JSON",
		"AWS_EXECUTION_ENV":               "AWS_Lambda_" + spec.Runtime,
		"AWS_ACCESS_KEY_ID":               spec.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY":           signature.SecretAccessKey,
		"AWS_SESSION_TOKEN":               signature.SessionToken,
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + spec.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME":      "local",
		"LAMBDA_TASK_ROOT":                spec.Root,
		"_HANDLER":                        spec.Handler,
		"TZ":                              ":UTC",
	}
	for name, value := range spec.Environment {
		values[name] = value
	}
	values["AWS_LAMBDA_RUNTIME_API"] = address
	list := make([]string, 0, len(values))
	for name, value := range values {
		list = append(list, name+"="+value)
	}
	return list
}

func (p *process) invoke(ctx context.Context, payload []byte, timeout time.Duration) (Result, error) {
	p.setBusy(true)
	deadline := time.Now().Add(timeout)
	answer := p.api.send(payload, deadline)
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case result := <-answer:
		if len(result.Payload) > MaxPayloadBytes {
			return Result{}, fmt.Errorf("the answer is %w", ErrTooLarge)
		}
		return result, nil
	case <-p.exited:
		return Result{}, fmt.Errorf("%w; its last lines:\n%s", ErrCrashed, p.lines.text())
	case <-timer.C:
		return Result{}, fmt.Errorf("%w after %s", ErrTimeout, timeout)
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

func (p *process) kill() {
	p.once.Do(func() {
		killGroup(p.command)
		p.api.close()
	})
}

// change alters what decides whether the process may run, and acts on it.
// Lambda freezes a process from its question for the next event until there is
// one; what it does in the background meanwhile stands still.
func (p *process) change(alter func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	alter()
	stop := p.lost || (p.polling && !p.busy)
	if stop == p.stopped {
		return
	}
	p.stopped = stop
	select {
	case <-p.exited:
	default:
		signalGroup(p.command, stop)
	}
}

func (p *process) setBusy(busy bool) { p.change(func() { p.busy = busy }) }

func (p *process) setLost(lost bool) { p.change(func() { p.lost = lost }) }

// keptLines is how much of a process's output is kept for an error.
const keptLines = 10

// lastLines passes lines on and keeps the last ones.
type lastLines struct {
	log  func(string)
	mu   sync.Mutex
	kept []string
}

func (l *lastLines) read(from io.Reader) {
	scanner := bufio.NewScanner(from)
	scanner.Buffer(make([]byte, 0, 64<<10), 1<<20)
	for scanner.Scan() {
		line := scanner.Text()
		l.mu.Lock()
		l.kept = append(l.kept, line)
		if len(l.kept) > keptLines {
			l.kept = l.kept[1:]
		}
		l.mu.Unlock()
		l.log(line)
	}
	_, _ = io.Copy(io.Discard, from)
}

func (l *lastLines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.kept, "\n")
}
