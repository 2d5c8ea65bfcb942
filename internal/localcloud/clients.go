package localcloud

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
)

// Clients are what those who call the pair look like: where they call from, and
// what they present when the API asks for a certificate.
type Clients struct {
	// Address that they call from.
	// Default: the first address of a network that the APIs' resource policies admit,
	// or egress.Clients.
	Address netip.Addr
	// CertificateFile and KeyFile are what they present, in PEM.
	// Default: a certificate that the local cloud issues, and trusts.
	CertificateFile, KeyFile string
	// TruststoreFile is a copy of the truststore that the templates name, in PEM.
	// Default: the asset of the assembly that they name, if it is one.
	TruststoreFile string
}

// Clients returns what clients of the pair look like. There is no certificate
// where none is asked for.
func (c *Cloud) Clients() Clients { return c.clients }

// locateClients gives clients an address from which they may call both Regions'
// APIs.
func (c *Cloud) locateClients() error {
	clients := &c.clients
	clients.Address = c.options.Clients.Address
	if !clients.Address.IsValid() {
		clients.Address = slices.MaxFunc(c.addresses(), func(a, b netip.Addr) int { return cmp.Compare(c.admitted(a), c.admitted(b)) })
	}
	c.network.SetClientAddress(clients.Address)
	for _, at := range c.publicAPIs() {
		if len(at.api.Methods) > 0 && at.api.Admits(clients.Address) == 0 {
			return fmt.Errorf("clients call from %s, and the resource policy of the API in %s admits them to no method; it names %s", clients.Address, at.region, networksOf(at))
		}
	}
	return nil
}

func networksOf(at domain) string {
	names := []string{}
	for _, network := range at.api.Networks() {
		names = append(names, network.String())
	}
	return cmp.Or(strings.Join(names, ", "), "no network")
}

// addresses from which clients might call: the usual one, and the first of each
// network that a resource policy names.
func (c *Cloud) addresses() []netip.Addr {
	found := []netip.Addr{egress.Clients}
	for _, at := range c.publicAPIs() {
		for _, network := range at.api.Networks() {
			first := network.Masked().Addr()
			if network.Bits() < first.BitLen() {
				first = first.Next()
			}
			found = append(found, first)
		}
	}
	return found
}

// admitted is how many methods can be called from an address.
func (c *Cloud) admitted(address netip.Addr) int {
	methods := 0
	for _, at := range c.publicAPIs() {
		methods += at.api.Admits(address)
	}
	return methods
}

// publicAPIs are those that clients call, by custom domain names.
func (c *Cloud) publicAPIs() []domain {
	found := []domain{}
	for _, created := range c.deployment.Resources("AWS::ApiGateway::DomainName") {
		if at, exists := c.domainAt(textOf(created.Att["RegionalDomainName"])); exists && at.api != nil {
			found = append(found, at)
		}
	}
	return found
}

// authoritiesOf are those whose certificates a custom domain name accepts; nil
// where it asks for none.
func (c *Cloud) authoritiesOf(created cloudformation.Created) (*x509.CertPool, error) {
	mutual := created.Read().Object("MutualTlsAuthentication")
	uri := mutual.Text("TruststoreUri")
	mutual.Leave("there is one version of the truststore here", "TruststoreVersion")
	if uri == "" {
		return nil, nil
	}
	bundle, err := c.truststore(uri)
	if err != nil {
		return nil, fmt.Errorf("%s: 'MutualTlsAuthentication.TruststoreUri': %w", created.Read().Owner(), err)
	}
	if c.options.Clients.CertificateFile == "" {
		how := "beside " + uri
		if bundle == nil {
			bundle, how = x509.NewCertPool(), "in place of "+uri+", which is not part of the assembly"
		}
		bundle.AddCert(c.network.Authority())
		mutual.Missing("TruststoreUri", "the authority of this machine is trusted %s", how)
		return bundle, c.issueCertificate()
	}
	if bundle == nil {
		return nil, fmt.Errorf("%s: 'MutualTlsAuthentication.TruststoreUri': clients have a certificate of their own, and %s is not part of the assembly: give a copy of it", created.Read().Owner(), uri)
	}
	return bundle, c.checkCertificate(uri, bundle)
}

// truststore returns the authorities that an object holds; nil when it is neither
// an asset of the assembly nor given.
func (c *Cloud) truststore(uri string) (*x509.CertPool, error) {
	file := c.options.Clients.TruststoreFile
	_, key, _ := strings.Cut(strings.TrimPrefix(uri, "s3://"), "/")
	if asset, isAsset := c.assembly.Asset(key); isAsset && file == "" {
		file = asset.Path
	}
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file) //nolint:gosec // the user's own file
	if err != nil {
		return nil, fmt.Errorf("read the truststore: %w", err)
	}
	authorities := x509.NewCertPool()
	for number := 1; ; number++ {
		block, rest := pem.Decode(text)
		if block == nil && number == 1 {
			return nil, fmt.Errorf("%s holds no certificate in PEM", file)
		}
		if block == nil {
			return authorities, nil
		}
		authority, err := x509.ParseCertificate(block.Bytes)
		if err != nil || block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("block %d of %s is no X.509 certificate", number, file)
		}
		authorities.AddCert(authority)
		text = rest
	}
}

// issueCertificate gives clients one of the local cloud's own, once.
func (c *Cloud) issueCertificate() error {
	if c.certificate != nil {
		return nil
	}
	issued, err := c.network.IssueClient("client")
	if err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(issued.PrivateKey)
	if err != nil {
		return fmt.Errorf("write the key of the clients: %w", err)
	}
	chain := []byte{}
	for _, certificate := range issued.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})...)
	}
	c.certificate = issued
	c.clients.CertificateFile, c.clients.KeyFile = filepath.Join(c.options.Dir, "client.pem"), filepath.Join(c.options.Dir, "client-key.pem")
	return errors.Join(os.WriteFile(c.clients.CertificateFile, chain, 0o600),
		os.WriteFile(c.clients.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600))
}

// checkCertificate reads the certificate that was given, and makes sure that a
// truststore accepts it.
func (c *Cloud) checkCertificate(uri string, authorities *x509.CertPool) error {
	given := c.options.Clients
	read, err := tls.LoadX509KeyPair(given.CertificateFile, given.KeyFile)
	if err != nil {
		return fmt.Errorf("read the clients' certificate: %w", err)
	}
	chain := x509.NewCertPool()
	for _, der := range read.Certificate[1:] {
		if certificate, err := x509.ParseCertificate(der); err == nil {
			chain.AddCert(certificate)
		}
	}
	_, err = read.Leaf.Verify(x509.VerifyOptions{Roots: authorities, Intermediates: chain, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	if err != nil {
		return fmt.Errorf("the API would refuse %s with the truststore %s: %w", given.CertificateFile, uri, err)
	}
	c.certificate = &read
	c.clients.CertificateFile, c.clients.KeyFile = given.CertificateFile, given.KeyFile
	return nil
}
