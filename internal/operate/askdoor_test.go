package operate

import (
	"crypto/tls"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/proxytls/proxytlstest"
)

// Without a client's certificate, an API with mutual TLS is no API that is down.
func TestAnAPIThatAsksForACertificateIsNotDown(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(contract.RegionHeader, "eu-west-1") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()
	world := World{HTTP: server.Client()}
	facts := contract.Facts{DomainName: "example.com", RegionalDomainName: strings.TrimPrefix(server.URL, "https://")}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server.Client().Transport.(*http.Transport).TLSClientConfig.MaxVersion = version
		answer := world.askDoor(t.Context(), facts, "/")
		assert.True(t, answer.AsksForCertificate, "%s: %s", tls.VersionName(version), answer.Error)
		assert.Contains(t, answer.Error, "it asks for a client certificate that it trusts, see --client-cert")
	}
	server.Client().Transport.(*http.Transport).TLSClientConfig.Certificates = server.TLS.Certificates
	assert.Equal(t, APIAnswer{Region: "eu-west-1", Status: http.StatusOK}, world.askDoor(t.Context(), facts, "/"))
	server.Close()
	assert.False(t, world.askDoor(t.Context(), facts, "/").AsksForCertificate)
}

// A proxy has a certificate for its own name only.
func TestAnAPIIsAskedThroughAProxyOverTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(contract.RegionHeader, "eu-west-1")
		assert.Equal(t, "example.com", r.TLS.ServerName)
	}))
	defer server.Close()
	proxy := proxytlstest.New(t)
	transport := server.Client().Transport.(*http.Transport)
	transport.Proxy, transport.DisableKeepAlives = http.ProxyURL(proxy.URL), true
	transport.TLSClientConfig.RootCAs.AddCert(proxy.Certificate)
	region := strings.TrimPrefix(server.URL, "https://")
	facts := contract.Facts{DomainName: "example.com", RegionalDomainName: region}
	assert.Equal(t, APIAnswer{Region: "eu-west-1", Status: http.StatusOK}, World{HTTP: server.Client()}.askDoor(t.Context(), facts, "/"))
	assert.Equal(t, []string{region}, proxy.Targets())
}
