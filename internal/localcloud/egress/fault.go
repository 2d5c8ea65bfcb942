package egress

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// FaultKind says how an endpoint misbehaves.
type FaultKind string

const (
	// Refuse makes no connections, and resets those that are open. Those through
	// the proxy, which has accepted them already, are reset as well.
	Refuse FaultKind = "refuse"
	// Blackhole lets nothing through: new connections are never made, open
	// ones hang. They are reset when the fault ends.
	Blackhole FaultKind = "blackhole"
	// Slow delays every answer by Delay.
	Slow FaultKind = "slow"
	// Status answers every request with Status.
	Status FaultKind = "status"
	// Expired shows new connections a certificate that is no longer valid.
	Expired FaultKind = "expired"
)

// Fault of an endpoint.
type Fault struct {
	Kind FaultKind
	// Delay of Slow.
	Delay time.Duration
	// Status code of Status.
	Status int
	// Code of the error that goes with Status, in the JSON protocol of AWS.
	// Default: the answer is plain text.
	Code string
}

// faultState is the current fault of one endpoint. Whoever waits is woken by
// every change.
type faultState struct {
	mu      sync.Mutex
	fault   Fault
	changed chan struct{}
}

func newFaultState() *faultState { return &faultState{changed: make(chan struct{})} }

func (s *faultState) set(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
	close(s.changed)
	s.changed = make(chan struct{})
}

func (s *faultState) get() (Fault, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault, s.changed
}

// wrap makes a handler slow, or answer with a status, while the fault says so.
func (s *faultState) wrap(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch fault, changed := s.get(); fault.Kind {
		case Status:
			fault.answer(w)
			return
		case Slow:
			timer := time.NewTimer(fault.Delay)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-changed:
			case <-r.Context().Done():
				return
			}
		}
		h.ServeHTTP(w, r)
	})
}

// certificateOf is what clients are shown.
func (s *faultState) certificateOf(ca *authority) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if fault, _ := s.get(); fault.Kind == Expired {
			return ca.sign(hello.ServerName, x509.ExtKeyUsageServerAuth, time.Now().Add(-time.Minute))
		}
		return ca.leaf(hello)
	}
}

// answer refuses a request with the status of the fault.
func (f Fault) answer(w http.ResponseWriter) {
	w.Header().Set("Connection", "close")
	if f.Code == "" {
		http.Error(w, http.StatusText(f.Status), f.Status)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-ErrorType", f.Code)
	w.WriteHeader(f.Status)
	_, _ = fmt.Fprintf(w, `{"__type":%q,"message":"Rate exceeded"}`, f.Code)
}
