package egress

import (
	"context"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
)

// Addresses that callers have in the local cloud, where all of them are on one
// machine. A caller of the proxy whose name is an IPv4 address has that one.
var (
	// Clients are whoever is given nothing else: a drill's clients, and programs
	// that connect to a listener by themselves. It is from the last of the networks
	// for documentation (RFC 5737), whose first two the endpoints use up before.
	Clients = netip.MustParseAddr("203.0.113.250")
	// Checkers of Route 53 call from networks such as 15.177.0.0/18.
	Checkers = netip.MustParseAddr("15.177.0.1")
	// Functions have one that is nobody's: nothing in a template says which they
	// will call from. It is from the network for benchmarks (RFC 2544).
	Functions = netip.MustParseAddr("198.18.0.1")
)

// sources are the addresses of callers, by the loopback port that they call from.
type sources struct {
	mu      sync.Mutex
	byPort  map[int]netip.Addr
	clients netip.Addr
}

func newSources() *sources { return &sources{byPort: map[int]netip.Addr{}, clients: Clients} }

func (s *sources) set(port int, source netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byPort[port] = source
}

// take returns the address of the caller behind a connection, which is not
// accepted twice.
func (s *sources) take(conn net.Conn) netip.Addr {
	tcp, isTCP := conn.RemoteAddr().(*net.TCPAddr)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !isTCP {
		return s.clients
	}
	source, known := s.byPort[tcp.Port]
	delete(s.byPort, tcp.Port)
	if !known {
		return s.clients
	}
	return source
}

// dial connects to a listener of this process on behalf of a caller. The port is
// chosen before the connection is made, so that its address is known when it is
// accepted.
func (s *sources) dial(ctx context.Context, source netip.Addr, address string) (net.Conn, error) {
	port := 0
	dialer := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(descriptor uintptr) {
			if port, failed = bindLoopback(int(descriptor)); failed == nil {
				s.set(port, source)
			}
		})
		if err != nil {
			return err
		}
		return failed
	}}
	conn, err := dialer.DialContext(ctx, "tcp4", address)
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.byPort, port)
	}
	return conn, err
}

// bindLoopback gives a socket a free port.
func bindLoopback(descriptor int) (port int, err error) {
	if err := syscall.Bind(descriptor, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return 0, err
	}
	name, err := syscall.Getsockname(descriptor)
	if err != nil {
		return 0, err
	}
	return name.(*syscall.SockaddrInet4).Port, nil
}

// SetClientAddress changes the address of clients.
// Default: [Clients].
func (n *Network) SetClientAddress(address netip.Addr) {
	n.sources.mu.Lock()
	defer n.sources.mu.Unlock()
	n.sources.clients = address
}

// ClientAddress is what clients call from.
func (n *Network) ClientAddress() netip.Addr {
	n.sources.mu.Lock()
	defer n.sources.mu.Unlock()
	return n.sources.clients
}

// sourceOf a caller of the proxy: functions have a Region in their names.
func (n *Network) sourceOf(caller string) netip.Addr {
	if address, err := netip.ParseAddr(caller); err == nil {
		return address
	}
	if strings.Contains(caller, "/") {
		return Functions
	}
	return n.ClientAddress()
}
