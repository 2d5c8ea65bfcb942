// Package identitytest makes certificates of clients for tests of mutual TLS.
package identitytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Identity is a client's certificate, with the authority that has signed it and
// nothing else.
type Identity struct {
	Authority   *x509.Certificate
	Certificate tls.Certificate
	// Files in PEM: a truststore with the authority, the certificate and its key.
	TruststoreFile, CertificateFile, KeyFile string
}

// New makes an identity that is good for an hour.
func New(t testing.TB) Identity {
	t.Helper()
	authority, authorityKey := issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "partners"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, nil)
	leaf, key := issue(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "partner"}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, authority, authorityKey)
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	dir := t.TempDir()
	return Identity{
		Authority: authority, Certificate: tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key},
		TruststoreFile:  write(t, dir, "truststore.pem", "CERTIFICATE", authority.Raw),
		CertificateFile: write(t, dir, "client.pem", "CERTIFICATE", leaf.Raw), KeyFile: write(t, dir, "client-key.pem", "PRIVATE KEY", encoded),
	}
}

// issue signs a certificate; without a parent, by itself.
func issue(t testing.TB, template, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	if parent == nil {
		parent, signer = template, key
	}
	template.SerialNumber, template.NotBefore, template.NotAfter = big.NewInt(time.Now().UnixNano()), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return certificate, key
}

func write(t testing.TB, dir, name, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
	return path
}
