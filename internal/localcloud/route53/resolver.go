package route53

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Resolver is a caching recursive resolver in front of a name server, as
// clients have one at their provider: it keeps answers for their TTL and no
// longer.
type Resolver struct {
	*server
	upstream string

	mu    sync.Mutex
	cache map[dns.Question]cached
}

type cached struct {
	reply   *dns.Msg
	expires time.Time
}

// NewResolver forwards questions to the server at upstream.
func NewResolver(upstream string) (*Resolver, error) {
	r := &Resolver{upstream: upstream, cache: map[dns.Question]cached{}}
	var err error
	r.server, err = newServer(r.answer)
	return r, err
}

// Address is where the resolver listens, UDP and TCP.
func (r *Resolver) Address() string { return r.address }

// Close ends the resolver.
func (r *Resolver) Close() { r.close() }

func (r *Resolver) answer(w dns.ResponseWriter, request *dns.Msg) {
	reply, err := r.resolve(request)
	if err != nil {
		reply = new(dns.Msg)
		reply.SetRcode(request, dns.RcodeServerFailure)
	}
	reply.Id = request.Id
	reply.RecursionAvailable, reply.Authoritative = true, false
	_ = w.WriteMsg(reply)
}

func (r *Resolver) resolve(request *dns.Msg) (*dns.Msg, error) {
	if len(request.Question) != 1 {
		return nil, fmt.Errorf("one question is expected, got %d", len(request.Question))
	}
	q := request.Question[0]
	r.mu.Lock()
	known, exists := r.cache[q]
	r.mu.Unlock()
	if left := time.Until(known.expires); exists && left > 0 {
		reply := known.reply.Copy()
		for _, record := range reply.Answer {
			record.Header().Ttl = uint32(left.Seconds())
		}
		return reply, nil
	}
	reply, _, err := new(dns.Client).Exchange(request, r.upstream)
	if err != nil {
		return nil, fmt.Errorf("ask the name server: %w", err)
	}
	if len(reply.Answer) > 0 {
		ttl := time.Duration(reply.Answer[0].Header().Ttl) * time.Second
		r.mu.Lock()
		r.cache[q] = cached{reply: reply.Copy(), expires: time.Now().Add(ttl)}
		r.mu.Unlock()
	}
	return reply, nil
}

// NetResolver returns Go's own resolver, asking this one.
func (r *Resolver) NetResolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, r.address)
	}}
}

// LookupAddr returns the first IPv4 address of a host.
func (r *Resolver) LookupAddr(ctx context.Context, host string) (netip.Addr, error) {
	addresses, err := r.NetResolver().LookupNetIP(ctx, "ip4", host)
	if err != nil {
		return netip.Addr{}, err
	}
	return addresses[0].Unmap(), nil
}
