//go:build race

package client

// slowness of handshakes with the race detector.
const slowness = 5
