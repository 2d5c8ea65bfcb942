package lambdaruntime

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// runtimeAPI is Lambda's Runtime API for one process, see
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
type runtimeAPI struct {
	arn       string
	address   string
	server    *http.Server
	events    chan event
	ready     chan struct{}
	initError chan string
	readyOnce sync.Once
	done      chan struct{}
	doneOnce  sync.Once
	// polling is called when the process begins to wait for an event, and when it
	// gets one.
	polling func(bool)

	mu      sync.Mutex
	pending map[string]chan Result
}

type event struct {
	id       string
	payload  []byte
	deadline time.Time
}

func newRuntimeAPI(arn string, polling func(bool)) (*runtimeAPI, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for a function: %w", err)
	}
	a := &runtimeAPI{
		arn: arn, polling: polling, address: listener.Addr().String(), events: make(chan event, 1), ready: make(chan struct{}),
		initError: make(chan string, 1), done: make(chan struct{}), pending: map[string]chan Result{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", a.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", a.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", a.failure)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", a.initFailure)
	a.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = a.server.Serve(listener) }()
	return a, nil
}

// send hands the event to the process and returns where its answer arrives.
func (a *runtimeAPI) send(payload []byte, deadline time.Time) <-chan Result {
	answer := make(chan Result, 1)
	id := newRequestID()
	a.mu.Lock()
	a.pending[id] = answer
	a.mu.Unlock()
	a.events <- event{id: id, payload: payload, deadline: deadline}
	return answer
}

func (a *runtimeAPI) next(w http.ResponseWriter, r *http.Request) {
	a.readyOnce.Do(func() { close(a.ready) })
	a.polling(true)
	select {
	case e := <-a.events:
		a.polling(false)
		header := w.Header()
		header.Set("Content-Type", "application/json")
		header.Set("Lambda-Runtime-Aws-Request-Id", e.id)
		header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(e.deadline.UnixMilli(), 10))
		header.Set("Lambda-Runtime-Invoked-Function-Arn", a.arn)
		header.Set("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
		_, _ = w.Write(e.payload)
	case <-r.Context().Done():
	case <-a.done:
	}
}

func (a *runtimeAPI) response(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxPayloadBytes+1))
	if err != nil {
		return
	}
	a.finish(r.PathValue("id"), Result{Payload: body})
	w.WriteHeader(http.StatusAccepted)
}

func (a *runtimeAPI) failure(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxPayloadBytes+1))
	if err != nil {
		return
	}
	var described struct {
		ErrorType string `json:"errorType"`
	}
	_ = json.Unmarshal(body, &described)
	if described.ErrorType == "" {
		described.ErrorType = "Unhandled"
	}
	a.finish(r.PathValue("id"), Result{Payload: body, FunctionError: described.ErrorType})
	w.WriteHeader(http.StatusAccepted)
}

func (a *runtimeAPI) initFailure(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	select {
	case a.initError <- string(body):
	default:
	}
	w.WriteHeader(http.StatusAccepted)
}

func (a *runtimeAPI) finish(id string, result Result) {
	a.mu.Lock()
	answer, waiting := a.pending[id]
	delete(a.pending, id)
	a.mu.Unlock()
	if waiting {
		answer <- result
	}
}

func (a *runtimeAPI) close() {
	a.doneOnce.Do(func() {
		close(a.done)
		_ = a.server.Close()
	})
}

func newRequestID() string {
	var id [16]byte
	_, _ = rand.Read(id[:])
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
