package client

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
)

// Regions are the two ends of a pair, each a host such as
// "d-1a2b3c.execute-api.eu-west-1.amazonaws.com", with a port if it is not that
// of the request.
type Regions struct {
	// Serving is where DNS sends clients now.
	Serving string
	// Peer is the other one.
	Peer string
}

// Directory says where the Regions of a pair are.
type Directory interface {
	// Regions is called for each request, by several goroutines at once. After an
	// error the request is sent to the pair's own name, and not repeated.
	Regions(ctx context.Context) (Regions, error)
}

// Fixed is a [Directory] for clients that cannot ask DNS for TXT records. It
// does not learn of a failover, so that requests that are not repeated keep
// going to the Region that it calls serving.
type Fixed Regions

// Regions implements [Directory].
func (f Fixed) Regions(context.Context) (Regions, error) { return Regions(f), nil }

// lookupLimit is how long a request waits for DNS.
const lookupLimit = 2 * time.Second

// dnsDirectory reads the TXT record of a pair. An answer that is too old is
// still used while the next one is fetched, and for as long as DNS gives none.
// After a pause there is no telling how old it is: then, as for the first
// request, the next one is waited for.
type dnsDirectory struct {
	name    string
	keptFor time.Duration
	lookup  func(ctx context.Context, name string) ([]string, error)
	now     func() time.Time

	mu      sync.Mutex
	regions Regions
	err     error
	fetched time.Time
	// fetching is closed when the fetch that is under way ends.
	fetching chan struct{}
}

func newDNSDirectory(host string, resolver *net.Resolver, keptFor time.Duration) *dnsDirectory {
	return &dnsDirectory{name: contract.DirectoryRecord(host), keptFor: keptFor, lookup: resolver.LookupTXT, now: time.Now}
}

// Regions implements [Directory].
func (d *dnsDirectory) Regions(ctx context.Context) (Regions, error) {
	if fetched := d.refresh(ctx); fetched != nil {
		select {
		case <-fetched:
		case <-ctx.Done():
			return Regions{}, ctx.Err()
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.regions, d.err
}

// refresh fetches an answer that is too old, and returns what to wait for, if
// anything. A fetch that failed counts, too: while there is no DNS, a busy client
// does not wait again and again.
func (d *dnsDirectory) refresh(ctx context.Context) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	age := d.now().Sub(d.fetched)
	if age >= d.keptFor {
		d.fetch(ctx)
	}
	if age < 2*d.keptFor {
		return nil
	}
	return d.fetching
}

// fetch asks DNS in the background, for all who wait: the end of one request
// does not end it. d.mu is held.
func (d *dnsDirectory) fetch(ctx context.Context) {
	if d.fetching != nil {
		return
	}
	done := make(chan struct{})
	d.fetching = done
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupLimit)
	go func() {
		defer cancel()
		texts, err := d.lookup(ctx, d.name)
		var found Regions
		if err == nil {
			found, err = parseRecord(d.name, texts)
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		switch {
		case err == nil:
			d.regions, d.err = found, nil
		case d.regions == Regions{}:
			d.err = fmt.Errorf("find the Regions of the pair: %w", err)
		}
		d.fetched, d.fetching = d.now(), nil
		close(done)
	}()
}

// parseRecord reads "v=regionpair1 serving=HOST peer=HOST". Words that it does
// not know are for later versions.
func parseRecord(name string, texts []string) (Regions, error) {
	for _, text := range texts {
		words := strings.Fields(text)
		if len(words) == 0 || words[0] != contract.DirectoryVersion {
			continue
		}
		found := Regions{}
		for _, word := range words[1:] {
			key, value, _ := strings.Cut(word, "=")
			switch key {
			case "serving":
				found.Serving = value
			case "peer":
				found.Peer = value
			}
		}
		if found.Serving == "" || found.Peer == "" {
			return Regions{}, fmt.Errorf("the TXT record %s needs 'serving' and 'peer', got %q", name, text)
		}
		return found, nil
	}
	return Regions{}, fmt.Errorf("the TXT record %s has no text that starts with %q, got %q", name, contract.DirectoryVersion, texts)
}
