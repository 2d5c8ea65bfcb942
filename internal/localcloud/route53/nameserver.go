package route53

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/miekg/dns"

	"github.com/regionpair/regionpair/internal/failover"
)

// server answers DNS over UDP and TCP on one loopback port.
type server struct {
	address string
	udp     *dns.Server
	tcp     *dns.Server
	queries atomic.Int64
}

// listenAttempts is how often a port is tried that is free for UDP and TCP.
const listenAttempts = 20

func newServer(handler dns.HandlerFunc) (*server, error) {
	for range listenAttempts {
		packets, err := (&net.ListenConfig{}).ListenPacket(context.Background(), "udp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("listen for DNS over UDP: %w", err)
		}
		streams, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", packets.LocalAddr().String())
		if err != nil {
			_ = packets.Close()
			continue
		}
		s := &server{address: packets.LocalAddr().String()}
		counted := dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
			s.queries.Add(1)
			handler(w, r)
		})
		s.udp = &dns.Server{PacketConn: packets, Handler: counted}
		s.tcp = &dns.Server{Listener: streams, Handler: counted}
		go func() { _ = s.udp.ActivateAndServe() }()
		go func() { _ = s.tcp.ActivateAndServe() }()
		return s, nil
	}
	return nil, fmt.Errorf("no port is free for DNS over UDP and TCP after %d attempts", listenAttempts)
}

func (s *server) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.udp.ShutdownContext(ctx)
	_ = s.tcp.ShutdownContext(ctx)
}

// NameServer is the authoritative server for the records of a [Service] and
// for the hosts their aliases point to.
type NameServer struct {
	*server
	service *Service
	zone    string
}

// NewNameServer serves a zone such as example.com.
func NewNameServer(service *Service, zone string) (*NameServer, error) {
	n := &NameServer{service: service, zone: dns.Fqdn(zone)}
	var err error
	n.server, err = newServer(n.answer)
	return n, err
}

// Address is where the server listens, UDP and TCP.
func (n *NameServer) Address() string { return n.address }

// Queries counts the questions so far.
func (n *NameServer) Queries() int64 { return n.queries.Load() }

// Close ends the server.
func (n *NameServer) Close() { n.close() }

func (n *NameServer) answer(w dns.ResponseWriter, request *dns.Msg) {
	reply := new(dns.Msg)
	reply.SetReply(request)
	reply.Authoritative = true
	if len(request.Question) != 1 {
		reply.Rcode = dns.RcodeFormatError
		_ = w.WriteMsg(reply)
		return
	}
	n.fill(reply, request.Question[0], regionOf(request))
	if options := request.IsEdns0(); options != nil {
		reply.SetEdns0(options.UDPSize(), false)
	}
	_ = w.WriteMsg(reply)
}

// regionOf the clients that a question comes from; empty when it does not say.
func regionOf(request *dns.Msg) string {
	if edns := request.IsEdns0(); edns != nil {
		for _, option := range edns.Option {
			if local, ok := option.(*dns.EDNS0_LOCAL); ok && local.Code == regionOption {
				return string(local.Data)
			}
		}
	}
	return ""
}

func (n *NameServer) fill(reply *dns.Msg, q dns.Question, near string) {
	name := strings.TrimSuffix(strings.ToLower(q.Name), ".")
	switch {
	case q.Qtype == dns.TypeSOA && strings.EqualFold(q.Name, n.zone):
		reply.Answer = append(reply.Answer, n.soa())
		return
	case q.Qtype == dns.TypeNS && strings.EqualFold(q.Name, n.zone):
		reply.Answer = append(reply.Answer, &dns.NS{Hdr: header(n.zone, dns.TypeNS, failover.AliasTTL), Ns: "ns.local."})
		return
	}
	asked := dns.TypeToString[q.Qtype]
	record, exists := n.service.AnswerNear(name, asked, near)
	if exists && record.Type == "TXT" {
		reply.Answer = append(reply.Answer, &dns.TXT{Hdr: header(q.Name, dns.TypeTXT, record.TTL), Txt: record.Texts})
		return
	}
	if !exists {
		// There may be records of another type: the name still exists.
		_, hasAddress := n.service.Answer(name, "A")
		_, hasText := n.service.Answer(name, "TXT")
		record.Target, exists = name, hasAddress || hasText
	}
	owner := q.Name
	if exists && record.Type == "CNAME" {
		owner = dns.Fqdn(record.Target)
		reply.Answer = append(reply.Answer, &dns.CNAME{Hdr: header(q.Name, dns.TypeCNAME, record.TTL), Target: owner})
	}
	target := name
	if exists {
		target = record.Target
	}
	ip, known := n.service.options.Resolve(target)
	if !exists && !known {
		reply.Rcode = dns.RcodeNameError
		if !dns.IsSubDomain(n.zone, q.Name) {
			reply.Rcode = dns.RcodeRefused
		}
	}
	if known && q.Qtype == dns.TypeA {
		reply.Answer = append(reply.Answer, &dns.A{Hdr: header(owner, dns.TypeA, failover.AliasTTL), A: ip.AsSlice()})
	}
	if len(reply.Answer) == 0 {
		reply.Ns = append(reply.Ns, n.soa())
	}
}

func header(name string, recordType uint16, ttl time.Duration) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: recordType, Class: dns.ClassINET, Ttl: uint32(ttl.Seconds())}
}

func (n *NameServer) soa() *dns.SOA {
	return &dns.SOA{
		Hdr: dns.RR_Header{Name: n.zone, Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: 1},
		Ns:  "ns.local.", Mbox: "hostmaster.local.", Serial: 1, Refresh: 7200, Retry: 900, Expire: 1209600, Minttl: 1,
	}
}
