package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// account of the example configuration.
const account = "111122223333"

// emulator is the MiniStack process of one Region, with the functions that it
// runs. It has a loopback address of its own.
type emulator struct {
	region  string
	host    string
	log     string
	command *exec.Cmd
	ended   chan struct{}
	door    *door
}

func startEmulator(ctx context.Context, binary, region, host, dir string, environment ...string) (*emulator, error) {
	port, err := freePort(ctx, host)
	if err != nil {
		return nil, err
	}
	scratch := filepath.Join(dir, "tmp")
	if err := os.MkdirAll(scratch, 0o750); err != nil {
		return nil, fmt.Errorf("make a folder for the emulator: %w", err)
	}
	e := &emulator{region: region, host: host, log: filepath.Join(dir, "emulator.log"), ended: make(chan struct{})}
	log, err := os.Create(e.log)
	if err != nil {
		return nil, fmt.Errorf("open the emulator's log: %w", err)
	}
	defer func() { _ = log.Close() }()
	e.command = exec.CommandContext(ctx, binary) //nolint:gosec // just installed
	e.command.Stdout, e.command.Stderr = log, log
	// No AWS_ENDPOINT_URL here: the emulator hands its own on to the functions,
	// and the pairing function has to find two Regions.
	e.command.Env = cleanEnviron(append(environment, "BIND_HOST="+host, "MINISTACK_HOST="+host, "GATEWAY_PORT="+port, "MINISTACK_REGION="+region,
		"MINISTACK_ACCOUNT_ID="+account, "LAMBDA_EXECUTOR=local", "AUTH=true", "IOT_MTLS_ENABLED=0",
		// Two emulators with one folder would sign their tokens with one key.
		"STATE_DIR="+filepath.Join(dir, "state"), "TMPDIR="+scratch)...)
	e.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	e.command.Cancel = func() error { return e.signal(syscall.SIGKILL) }
	if err := e.command.Start(); err != nil {
		return nil, fmt.Errorf("start the emulator: %w", err)
	}
	go func() { _ = e.command.Wait(); close(e.ended) }()
	e.door, err = openDoor(ctx, host, net.JoinHostPort(host, port))
	return e, err
}

func freePort(ctx context.Context, host string) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return "", fmt.Errorf("find a free port (macOS: sudo ifconfig lo0 alias %s): %w", host, err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}

func (e *emulator) url() *url.URL { return e.door.url }

func (e *emulator) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		if e.answers(ctx) {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-e.ended:
			return fmt.Errorf("the emulator of %s ended, see %s", e.region, e.log)
		case <-ctx.Done():
			return fmt.Errorf("the emulator of %s does not answer, see %s: %w", e.region, e.log, ctx.Err())
		}
	}
}

func (e *emulator) answers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	status, _, err := e.call(ctx, request{path: "/_ministack/health"})
	return err == nil && status == http.StatusOK
}

// freeze makes a black hole of the Region: its address accepts connections and
// nobody behind it answers. The functions stop with it.
func (e *emulator) freeze(ctx context.Context) error {
	if err := e.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	// The signal takes a moment to reach every thread.
	for range 20 {
		if !e.answers(ctx) {
			return nil
		}
	}
	return fmt.Errorf("the emulator of %s still answers after it was stopped", e.region)
}

func (e *emulator) thaw() error { return e.signal(syscall.SIGCONT) }

func (e *emulator) signal(signal syscall.Signal) error {
	if err := syscall.Kill(-e.command.Process.Pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("send %s to the emulator of %s: %w", signal, e.region, err)
	}
	return nil
}

func (e *emulator) close() {
	e.door.close()
	// A frozen process notices nothing but a kill.
	_ = errors.Join(e.thaw(), e.command.Process.Signal(syscall.SIGINT))
	select {
	case <-e.ended:
	case <-time.After(5 * time.Second):
	}
	_ = e.signal(syscall.SIGKILL)
}

// request to a service of the emulator. Method is GET without a body and POST
// with one.
type request struct {
	service, path, body string
	// target is the operation of services that speak JSON.
	target string
}

// call sends a request of the account's root.
func (e *emulator) call(ctx context.Context, r request) (int, string, error) {
	method := http.MethodGet
	if r.body != "" {
		method = http.MethodPost
	}
	call, err := http.NewRequestWithContext(ctx, method, e.url().String()+r.path, strings.NewReader(r.body))
	if err != nil {
		return 0, "", err
	}
	if r.target != "" {
		call.Header.Set("Content-Type", "application/x-amz-json-1.1")
		call.Header.Set("X-Amz-Target", r.target)
	} else if r.body != "" {
		call.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if r.service != "" {
		if err := sign(ctx, call, root, r.service, e.region); err != nil {
			return 0, "", err
		}
	}
	response, err := http.DefaultClient.Do(call)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// read is a call that has to succeed.
func (e *emulator) read(ctx context.Context, r request) (string, error) {
	status, text, err := e.call(ctx, r)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("status %d: %s", status, text)
	}
	if err != nil {
		return "", fmt.Errorf("ask %s in %s for %s%s: %w", r.service, e.region, r.path, r.target, err)
	}
	return text, nil
}
