package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// door is where an emulator is called. The emulator does without TLS; the door
// tells it what a load balancer in front of AWS would: that the caller came by
// HTTPS, which policies ask for.
type door struct {
	url     *url.URL
	handler http.Handler
	server  *http.Server
}

func openDoor(ctx context.Context, host, emulator string) (*door, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, fmt.Errorf("open a door to the emulator: %w", err)
	}
	quiet := log.New(io.Discard, "", 0)
	d := &door{url: &url.URL{Scheme: "http", Host: listener.Addr().String()}}
	d.handler = &httputil.ReverseProxy{ErrorLog: quiet, ModifyResponse: emptyVersion, Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: emulator})
		// The emulator tells services and buckets apart by their host names, and
		// callers have signed them.
		r.Out.Host = invocation(r.In.Host, host)
		r.Out.Header.Set("X-Forwarded-Proto", "https")
	}}
	d.server = &http.Server{Handler: d.handler, ReadHeaderTimeout: time.Minute, ErrorLog: quiet}
	go func() {
		if err := d.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			quiet.Print(err)
		}
	}()
	return d, nil
}

// invocation is the host name of an API as the emulator knows it, when it is one:
// "<api>.execute-api.<region>.amazonaws.com" is AWS's.
func invocation(called, host string) string {
	api, _, is := strings.Cut(called, ".execute-api.")
	if !is || strings.Contains(api, ".") {
		return called
	}
	return api + ".execute-api." + host
}

// emptyVersion answers as Secrets Manager does for a version that holds nothing
// yet. The emulator answers with a value that is not there.
func emptyVersion(r *http.Response) error {
	if r.StatusCode != http.StatusOK || r.Request.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("read a secret's value: %w", err)
	}
	if !bytes.Contains(body, []byte(`"SecretString"`)) && !bytes.Contains(body, []byte(`"SecretBinary"`)) {
		body = []byte(`{"__type": "ResourceNotFoundException", "message": "Secrets Manager can't find the specified secret value for the version."}`)
		r.StatusCode = http.StatusBadRequest
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

func (d *door) close() { _ = d.server.Close() }
