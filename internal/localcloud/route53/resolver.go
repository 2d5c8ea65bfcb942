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
// longer. TTLs are those of AWS, whatever the time scale; the resolver counts
// them down as fast as time passes here.
type Resolver struct {
	*server
	options ResolverOptions

	mu    sync.Mutex
	cache map[dns.Question]cached
}

// ResolverOptions of a [Resolver].
type ResolverOptions struct {
	// Upstream is the address of the name server.
	// Required.
	Upstream string
	// TimeScale is how many times as fast time passes.
	// Required.
	TimeScale float64
	// Near is the AWS Region that the clients are nearest to. The name server is
	// told, as EDNS client subnet tells Route 53.
	// Default: the Region that the name server assumes.
	Near string
	// Age is for how much of its TTL the first answer is taken to have been kept
	// already, from 0 to 1: where the answers of two resolvers expire at
	// different times, this makes them.
	Age float64
}

type cached struct {
	reply   *dns.Msg
	expires time.Time
}

// NewResolver forwards questions to a name server.
func NewResolver(options ResolverOptions) (*Resolver, error) {
	r := &Resolver{options: options, cache: map[dns.Question]cached{}}
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
			record.Header().Ttl = uint32(left.Seconds() * r.options.TimeScale)
		}
		return reply, nil
	}
	reply, _, err := new(dns.Client).Exchange(r.located(request), r.options.Upstream)
	if err != nil {
		return nil, fmt.Errorf("ask the name server: %w", err)
	}
	if len(reply.Answer) > 0 {
		r.mu.Lock()
		keeps := r.keeps(reply.Answer)
		if !exists {
			keeps -= time.Duration(r.options.Age * float64(keeps))
		}
		r.cache[q] = cached{reply: reply.Copy(), expires: time.Now().Add(keeps)}
		r.mu.Unlock()
	}
	return reply, nil
}

// located is the question with the place that it comes from.
func (r *Resolver) located(request *dns.Msg) *dns.Msg {
	if r.options.Near == "" {
		return request
	}
	question := request.Copy()
	if question.IsEdns0() == nil {
		question.SetEdns0(dns.DefaultMsgSize, false)
	}
	edns := question.IsEdns0()
	edns.Option = append(edns.Option, &dns.EDNS0_LOCAL{Code: regionOption, Data: []byte(r.options.Near)})
	return question
}

// regionOption is an EDNS option for local use (RFC 6891, section 9) that holds
// the name of the Region which clients are nearest to.
const regionOption = dns.EDNS0LOCALSTART

// keeps is how long an answer stays true: as long as its shortest-lived record.
func (r *Resolver) keeps(answer []dns.RR) time.Duration {
	least := answer[0].Header().Ttl
	for _, record := range answer {
		least = min(least, record.Header().Ttl)
	}
	return time.Duration(float64(least) * float64(time.Second) / r.options.TimeScale)
}

// Cached returns the address that clients get for a name without a question to
// the name servers, and for how much longer, in AWS's time; false when nothing
// is cached.
func (r *Resolver) Cached(name string) (address netip.Addr, left time.Duration, found bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known, exists := r.cache[dns.Question{Name: dns.Fqdn(name), Qtype: dns.TypeA, Qclass: dns.ClassINET}]
	left = time.Duration(float64(time.Until(known.expires)) * r.options.TimeScale)
	if !exists || left <= 0 {
		return netip.Addr{}, 0, false
	}
	for _, record := range known.reply.Answer {
		if a, isAddress := record.(*dns.A); isAddress {
			address, found = netip.AddrFromSlice(a.A)
			return address.Unmap(), left, found
		}
	}
	return netip.Addr{}, 0, false
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
