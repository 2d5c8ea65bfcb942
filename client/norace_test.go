//go:build !race

package client

const slowness = 1
