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
	"time"
)

const account = "111122223333"

// emulator is one MiniStack process. One serves all Regions: the pairing
// function acts in two of them through a single AWS_ENDPOINT_URL.
type emulator struct {
	command *exec.Cmd
	host    string
	port    string
}

// installEmulator makes the virtual environment with the pinned packages.
func installEmulator(ctx context.Context, venv string) (string, error) {
	python, err := exec.LookPath("python3")
	if err != nil {
		return "", missingTool("python3 is needed to run the emulator: install Python 3 with venv and pip")
	}
	binary := filepath.Join(venv, "bin", "ministack")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	for _, args := range [][]string{
		{python, "-m", "venv", venv},
		{filepath.Join(venv, "bin", "pip"), "install", "--quiet", "--require-hashes", "-r", "e2e/requirements.txt"},
	} {
		command := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // fixed arguments
		if output, err := command.CombinedOutput(); err != nil {
			_ = os.RemoveAll(venv)
			return "", missingTool(fmt.Sprintf("the emulator cannot be installed (%s): %s", strings.Join(args, " "), output))
		}
	}
	return binary, nil
}

func startEmulator(ctx context.Context, binary, region, dir string, environment []string) (*emulator, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	e := &emulator{host: "127.0.0.1", port: port}
	log, err := os.Create(filepath.Join(dir, "emulator.log")) //nolint:gosec // a folder of ours
	if err != nil {
		return nil, fmt.Errorf("open the emulator's log: %w", err)
	}
	e.command = exec.CommandContext(ctx, binary) //nolint:gosec // just installed
	e.command.Stdout, e.command.Stderr = log, log
	e.command.Env = append(append(os.Environ(), "BIND_HOST="+e.host, "MINISTACK_HOST="+e.host, "GATEWAY_PORT="+port, "MINISTACK_REGION="+region,
		"MINISTACK_ACCOUNT_ID="+account, "LAMBDA_EXECUTOR=local", "IOT_MTLS_ENABLED=0"), environment...)
	if err := e.command.Start(); err != nil {
		return nil, fmt.Errorf("start the emulator: %w", err)
	}
	return e, e.awaitReady(ctx)
}

func freePort(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}

func (e *emulator) url() *url.URL {
	return &url.URL{Scheme: "http", Host: net.JoinHostPort(e.host, e.port)}
}

func (e *emulator) awaitReady(ctx context.Context) error {
	for range 150 {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url().String()+"/_ministack/health", nil)
		if err != nil {
			return err
		}
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	return errors.New("the emulator did not answer within 30 s: see its log")
}

func (e *emulator) close() {
	if e != nil && e.command.Process != nil {
		_ = e.command.Process.Signal(os.Interrupt)
		done := make(chan struct{})
		go func() { _ = e.command.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			_ = e.command.Process.Kill()
		}
	}
}

// call sends an unsigned request whose credential names the Region: that is
// what the emulator tells Regions apart by.
func (e *emulator) call(ctx context.Context, region, service, method, path, body string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, method, e.url().String()+path, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	request.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/20260101/%s/%s/aws4_request, SignedHeaders=host, Signature=0", account, region, service))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}
