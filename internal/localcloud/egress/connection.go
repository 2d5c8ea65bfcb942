package egress

import (
	"errors"
	"net"
	"net/netip"
	"sync"
)

var errLost = errors.New("the connection was lost in a fault")

// connection is an accepted connection that obeys the endpoint's fault.
type connection struct {
	net.Conn
	endpoint *endpoint
	source   netip.Addr
	once     sync.Once
	closed   chan struct{}
}

func newConnection(conn net.Conn, e *endpoint, source netip.Addr) *connection {
	return &connection{Conn: conn, endpoint: e, source: source, closed: make(chan struct{})}
}

// RemoteAddr implements net.Conn. It is the address that the caller has in the local
// cloud.
func (c *connection) RemoteAddr() net.Addr {
	port := uint16(0)
	if tcp, ok := c.Conn.RemoteAddr().(*net.TCPAddr); ok {
		port = tcp.AddrPort().Port()
	}
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(c.source, port))
}

// Read implements net.Conn.
func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if waitErr := c.wait(); waitErr != nil {
		return 0, waitErr
	}
	return n, err
}

// Write implements net.Conn.
func (c *connection) Write(p []byte) (int, error) {
	if err := c.wait(); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// wait hangs in a black hole. What was in flight when it began is lost.
func (c *connection) wait() error {
	fault, changed := c.endpoint.faults.get()
	if fault.Kind != Blackhole {
		return nil
	}
	c.endpoint.hanging.Add(1)
	defer c.endpoint.hanging.Add(-1)
	select {
	case <-changed:
	case <-c.closed:
	}
	c.reset()
	return errLost
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.once.Do(func() { close(c.closed) })
	c.endpoint.forget(c)
	return c.Conn.Close()
}

// reset makes the peer see a reset rather than an orderly end.
func (c *connection) reset() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}
