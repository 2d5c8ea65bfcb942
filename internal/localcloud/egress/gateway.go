package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"
)

// Gateway returns the loopback address of a listener for a caller that cannot be
// told to use the proxy. It reads the host from the TLS handshake of the client
// and connects it as the proxy would; a connection without a host name is refused
// and reported.
func (n *Network) Gateway(caller string) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen for %s: %w", caller, err)
	}
	n.mu.Lock()
	n.gateways = append(n.gateways, listener)
	n.mu.Unlock()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go n.forward(caller, conn)
		}
	}()
	return listener.Addr().String(), nil
}

// helloTimeout is how long a client may take to say which host it wants.
const helloTimeout = 10 * time.Second

func (n *Network) forward(caller string, conn net.Conn) {
	_ = conn.SetReadDeadline(time.Now().Add(helloTimeout))
	host, hello, err := wantedHost(conn)
	_ = conn.SetReadDeadline(time.Time{})
	if host == "" {
		n.report(caller, fmt.Sprintf("a host without a name (%v)", err))
		_ = conn.Close()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	upstream, err := n.dialHost(ctx, caller, host)
	if err != nil {
		_ = conn.Close()
		return
	}
	if _, err := upstream.Write(hello); err != nil {
		_, _ = conn.Close(), upstream.Close()
		return
	}
	n.proxy.join(conn, upstream)
}

// report notes that a caller tried to leave the local cloud.
func (n *Network) report(caller, host string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.note(Call{Caller: caller, Host: host})
}

var errSeen = errors.New("the handshake was only looked at")

// wantedHost reads the first message of a TLS client. It returns what it read, to
// be passed on.
func wantedHost(conn net.Conn) (host string, hello []byte, err error) {
	watched := &watchedConnection{Conn: conn}
	err = tls.Server(watched, &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(info *tls.ClientHelloInfo) (*tls.Config, error) {
			host = info.ServerName
			return nil, errSeen
		},
	}).HandshakeContext(context.Background())
	return host, watched.read, err
}

// watchedConnection keeps what is read and answers nothing.
type watchedConnection struct {
	net.Conn
	read []byte
}

// Read implements net.Conn.
func (c *watchedConnection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read = append(c.read, p[:n]...)
	return n, err
}

// Write implements net.Conn.
func (c *watchedConnection) Write(p []byte) (int, error) { return len(p), nil }

// Close implements net.Conn.
func (c *watchedConnection) Close() error { return nil }
