package operate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Resolver asks DNS servers what clients ask them.
type Resolver struct {
	// Server is the resolver to ask, "host:port".
	// Default: the first of /etc/resolv.conf.
	Server string
	// NameServers are the authoritative ones, "host:port".
	// Default: those that DNS names for the zone.
	NameServers []string
}

// Answer of a DNS server about the pair's name.
type Answer struct {
	// Server that answered; empty for a resolver's own.
	Server string `json:"server,omitempty"`
	// Region that it leads to; empty when that is not known.
	Region string `json:"region,omitempty"`
	// TTL is how many seconds the answer is kept.
	TTL int `json:"ttlSeconds,omitempty"`
	// Error says why there is no answer.
	Error string `json:"error,omitempty"`

	addresses []string
}

const resolverFile = "/etc/resolv.conf"

// Here is what a client on this machine gets.
func (r Resolver) Here(ctx context.Context, name string) Answer {
	server, err := r.server()
	if err != nil {
		return Answer{Error: err.Error()}
	}
	return ask(ctx, server, name, true)
}

// Authoritative is what the name servers of the zone say, one by one.
func (r Resolver) Authoritative(ctx context.Context, name string) []Answer {
	servers, err := r.nameServers(ctx, name)
	if err != nil {
		return []Answer{{Error: err.Error()}}
	}
	answers := make([]Answer, len(servers))
	var group sync.WaitGroup
	for i, server := range servers {
		group.Go(func() {
			answers[i] = ask(ctx, server, name, false)
			answers[i].Server = server
		})
	}
	group.Wait()
	return answers
}

// Addresses of a host, as the resolver here knows them.
func (r Resolver) Addresses(ctx context.Context, host string) []string {
	server, err := r.server()
	if err != nil {
		return nil
	}
	reply, err := exchange(ctx, server, host, dns.TypeA, true)
	if err != nil {
		return nil
	}
	return addressesIn(reply)
}

func (r Resolver) server() (string, error) {
	if r.Server != "" {
		return r.Server, nil
	}
	config, err := dns.ClientConfigFromFile(resolverFile)
	if err != nil || len(config.Servers) == 0 {
		return "", fmt.Errorf("no resolver in %s; name one with --resolver", resolverFile)
	}
	return net.JoinHostPort(config.Servers[0], config.Port), nil
}

// nameServers looks for the zone that the name is in, from the name upwards.
func (r Resolver) nameServers(ctx context.Context, name string) ([]string, error) {
	if len(r.NameServers) > 0 {
		return r.NameServers, nil
	}
	server, err := r.server()
	if err != nil {
		return nil, err
	}
	labels := dns.SplitDomainName(name)
	for i := range labels {
		zone := strings.Join(labels[i:], ".")
		reply, err := exchange(ctx, server, zone, dns.TypeNS, true)
		if err != nil {
			return nil, err
		}
		servers := []string{}
		for _, record := range reply.Answer {
			if ns, is := record.(*dns.NS); is {
				servers = append(servers, net.JoinHostPort(strings.TrimSuffix(ns.Ns, "."), "53"))
			}
		}
		if len(servers) > 0 {
			slices.Sort(servers)
			return servers, nil
		}
	}
	return nil, fmt.Errorf("no name servers found for %s", name)
}

// ask reads the Region in the target of a CNAME. Addresses alone do not name it.
func ask(ctx context.Context, server, name string, recursive bool) Answer {
	reply, err := exchange(ctx, server, name, dns.TypeA, recursive)
	if err != nil {
		return Answer{Error: err.Error()}
	}
	if reply.Rcode != dns.RcodeSuccess {
		return Answer{Error: dns.RcodeToString[reply.Rcode]}
	}
	for _, record := range reply.Answer {
		if !strings.EqualFold(record.Header().Name, dns.Fqdn(name)) {
			continue
		}
		answer := Answer{TTL: int(record.Header().Ttl)}
		if cname, is := record.(*dns.CNAME); is {
			answer.Region = regionOfHost(cname.Target)
		} else {
			answer.addresses = addressesIn(reply)
		}
		return answer
	}
	return Answer{Error: "no record"}
}

func exchange(ctx context.Context, server, name string, recordType uint16, recursive bool) (*dns.Msg, error) {
	question := new(dns.Msg)
	question.SetQuestion(dns.Fqdn(name), recordType)
	question.RecursionDesired = recursive
	client := dns.Client{Timeout: callLimit}
	reply, _, err := client.ExchangeContext(ctx, question, server)
	if err != nil {
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			return nil, fmt.Errorf("%s does not answer", server)
		}
		return nil, fmt.Errorf("ask %s: %w", server, err)
	}
	return reply, nil
}

func addressesIn(reply *dns.Msg) []string {
	addresses := []string{}
	for _, record := range reply.Answer {
		if a, is := record.(*dns.A); is {
			addresses = append(addresses, a.A.String())
		}
	}
	return addresses
}

// regionOfHost reads the Region in a name such as
// d-1a2b3c.execute-api.eu-west-1.amazonaws.com.
func regionOfHost(host string) string {
	for label := range strings.SplitSeq(host, ".") {
		if knownRegion(label) {
			return label
		}
	}
	return ""
}

// callLimit bounds whatever is asked of a server.
const callLimit = 2 * time.Second
