package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Network connects host names to handlers. It is safe for concurrent use.
type Network struct {
	ca      *authority
	proxy   *proxy
	sources *sources

	mu        sync.Mutex
	endpoints map[Endpoint]*endpoint
	addresses map[netip.Addr]*endpoint
	hosts     map[string]*endpoint
	refusing  *endpoint
	refused   string // suffix of hosts
	resolve   func(ctx context.Context, host string) (netip.Addr, error)
	calls     map[Call]int
	log       []Call
	gateways  []net.Listener
}

// Call is a connection that was asked of the proxy.
type Call struct {
	// Caller is who asked: the user name of its proxy URL.
	Caller string
	// Host it asked for.
	Host string
	// Known is false when nobody serves the host; the call was refused then.
	Known bool
	// Region and Service of the host.
	Region, Service string
}

// New returns a network without hosts. The certificate of its authority is in
// dir.
func New(dir string) (*Network, error) {
	ca, err := newAuthority(dir)
	if err != nil {
		return nil, err
	}
	n := &Network{
		ca: ca, sources: newSources(), endpoints: map[Endpoint]*endpoint{}, addresses: map[netip.Addr]*endpoint{},
		hosts: map[string]*endpoint{}, calls: map[Call]int{},
	}
	n.proxy, err = newProxy(n)
	return n, err
}

// Handle serves a host, or with "*.<suffix>" all hosts below a suffix, at an
// endpoint. It returns the endpoint's address.
func (n *Network) Handle(host string, at Endpoint, h http.Handler) (netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	e, err := n.endpointAt(at)
	if err != nil {
		return netip.Addr{}, err
	}
	e.handle(host, h)
	n.hosts[host] = e
	return e.address, nil
}

// Refuse lets a handler answer for every host below a suffix, such as
// ".amazonaws.com", that nobody serves. Calls of such hosts are not expected all
// the same.
func (n *Network) Refuse(suffix string, h http.Handler) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var err error
	if n.refusing, err = n.endpointAt(Endpoint{Service: "refused"}); err != nil {
		return err
	}
	n.refusing.handle("*"+suffix, h)
	n.refused = suffix
	return nil
}

// Alias serves a further host at an endpoint that exists. The name does not
// lead there by itself: names that several Regions serve are for the resolver.
func (n *Network) Alias(host string, at Endpoint, h http.Handler) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	e, exists := n.endpoints[at]
	if !exists {
		return fmt.Errorf("there is no endpoint %s in %s", at.Service, at.Region)
	}
	e.handle(host, h)
	return nil
}

func (n *Network) endpointAt(at Endpoint) (*endpoint, error) {
	if e, exists := n.endpoints[at]; exists {
		return e, nil
	}
	address, err := documentationAddress(len(n.endpoints))
	if err != nil {
		return nil, err
	}
	e, err := newEndpoint(at, address, n.ca, n.sources)
	if err != nil {
		return nil, err
	}
	n.endpoints[at], n.addresses[address] = e, e
	return e, nil
}

// documentationAddress returns an address that no real host has (RFC 5737). It
// stands for a public one and leads to a loopback listener.
func documentationAddress(i int) (netip.Addr, error) {
	ranges := [][3]byte{{192, 0, 2}, {198, 51, 100}, {203, 0, 113}}
	if i/254 >= len(ranges) {
		return netip.Addr{}, errors.New("there are more endpoints than documentation addresses")
	}
	r := ranges[i/254]
	return netip.AddrFrom4([4]byte{r[0], r[1], r[2], byte(i%254 + 1)}), nil //nolint:gosec // below 255
}

// SetResolver sets who knows the names that no endpoint owns, such as the
// name that fails over.
func (n *Network) SetResolver(resolve func(ctx context.Context, host string) (netip.Addr, error)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.resolve = resolve
}

// Hosts lists what is served, by host name; "*." stands for every host below a suffix.
func (n *Network) Hosts() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Sorted(maps.Keys(n.hosts))
}

// AddressOf returns the address of a host.
func (n *Network) AddressOf(host string) (netip.Addr, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	e := n.find(host)
	if e == nil {
		return netip.Addr{}, false
	}
	return e.address, true
}

func (n *Network) find(host string) *endpoint {
	if e, exists := n.hosts[host]; exists {
		return e
	}
	for pattern, e := range n.hosts {
		if suffix, wild := strings.CutPrefix(pattern, "*"); wild && strings.HasSuffix(host, suffix) {
			return e
		}
	}
	return nil
}

// DialContext connects a client to the listener behind a network address such as
// 192.0.2.1:443. Any other address is an error: nothing leaves the machine.
func (n *Network) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return n.DialFrom(n.ClientAddress())(ctx, network, address)
}

// DialFrom returns the DialContext of a caller that has an address of its own.
func (n *Network) DialFrom(source netip.Addr) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, _, address string) (net.Conn, error) { return n.dial(ctx, source, address) }
}

func (n *Network) dial(ctx context.Context, source netip.Addr, address string) (net.Conn, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial %s: an address of the local cloud is needed: %w", address, err)
	}
	n.mu.Lock()
	e := n.addresses[at.Addr()]
	n.mu.Unlock()
	if e == nil || at.Port() != 443 {
		return nil, fmt.Errorf("dial %s: nothing listens there in the local cloud", address)
	}
	return e.dial(ctx, source)
}

// ListenAddress returns the loopback address behind a network address, for
// programs that cannot use the proxy.
func (n *Network) ListenAddress(address netip.Addr) (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	e, exists := n.addresses[address]
	if !exists {
		return "", false
	}
	return e.listener.Addr().String(), true
}

// dialHost connects the proxy's clients.
func (n *Network) dialHost(ctx context.Context, caller, host string) (net.Conn, error) {
	n.mu.Lock()
	e, resolve := n.find(host), n.resolve
	n.mu.Unlock()
	if e == nil && resolve != nil {
		if address, err := resolve(ctx, host); err == nil {
			n.mu.Lock()
			e = n.addresses[address]
			n.mu.Unlock()
		}
	}
	call := Call{Caller: caller, Host: host, Known: e != nil}
	if e != nil {
		call.Region, call.Service = e.Region, e.Service
	}
	n.mu.Lock()
	n.note(call)
	if e == nil && n.refusing != nil && strings.HasSuffix(host, n.refused) {
		e = n.refusing
	}
	n.mu.Unlock()
	if e == nil {
		return nil, fmt.Errorf("nobody serves %s in the local cloud", host)
	}
	return e.reach(ctx, n.sourceOf(caller))
}

// note counts a call. The lock is held.
func (n *Network) note(call Call) {
	n.calls[call]++
	n.log = append(n.log, call)
	if len(n.log) > maxLog {
		n.log = slices.Delete(n.log, 0, maxLog/2)
	}
}

// SetFault breaks a service of a Region, or with an empty service all of them,
// until ClearFaults.
func (n *Network) SetFault(region, service string, f Fault) {
	for _, e := range n.matching(region, service) {
		e.setFault(f)
	}
}

// ClearFaults heals a Region.
func (n *Network) ClearFaults(region string) {
	for _, e := range n.matching(region, "") {
		e.setFault(Fault{})
	}
}

// Hanging counts the connections to a service of a Region on which something was
// sent and is lost in a black hole.
func (n *Network) Hanging(region, service string) int {
	count := 0
	for _, e := range n.matching(region, service) {
		count += int(e.hanging.Load())
	}
	return count
}

func (n *Network) matching(region, service string) []*endpoint {
	n.mu.Lock()
	defer n.mu.Unlock()
	found := []*endpoint{}
	for at, e := range n.endpoints {
		if at.Region == region && (service == "" || at.Service == service) {
			found = append(found, e)
		}
	}
	return found
}

// Calls returns who asked the proxy for what, and how often.
func (n *Network) Calls() map[Call]int {
	n.mu.Lock()
	defer n.mu.Unlock()
	calls := make(map[Call]int, len(n.calls))
	for call, count := range n.calls {
		calls[call] = count
	}
	return calls
}

// maxLog is how many calls are remembered in order.
const maxLog = 10000

// Log returns the last calls in the order in which they were made.
func (n *Network) Log() []Call {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.log)
}

// UnexpectedHosts lists the hosts that were asked for and that nobody serves.
func (n *Network) UnexpectedHosts() []string {
	hosts := []string{}
	for call := range n.Calls() {
		if !call.Known && !slices.Contains(hosts, call.Host) {
			hosts = append(hosts, call.Host)
		}
	}
	slices.Sort(hosts)
	return hosts
}

// ProxyURL returns the value of HTTPS_PROXY for a caller.
func (n *Network) ProxyURL(caller string) *url.URL {
	return &url.URL{Scheme: "http", User: url.UserPassword(caller, "local"), Host: n.proxy.address()}
}

// CAFile is the path of the authority's certificate in PEM.
func (n *Network) CAFile() string { return n.ca.file }

// ServerTLS serves any host with a certificate of the authority, over HTTP/1.1.
func (n *Network) ServerTLS() *tls.Config {
	return &tls.Config{GetCertificate: n.ca.leaf, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
}

// Authority is the certificate of the throw-away authority.
func (n *Network) Authority() *x509.Certificate { return n.ca.certificate }

// CAPool holds the authority's certificate.
func (n *Network) CAPool() *x509.CertPool { return n.ca.pool() }

// Close ends all servers and connections.
func (n *Network) Close() {
	n.proxy.close()
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, gateway := range n.gateways {
		_ = gateway.Close()
	}
	for _, e := range n.endpoints {
		e.close()
	}
}
