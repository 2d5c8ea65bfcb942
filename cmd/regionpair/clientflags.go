package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"os"

	"github.com/spf13/cobra"

	"github.com/regionpair/regionpair/internal/localcloud"
)

// Environment variables with the defaults of --client-cert and --client-key.
const (
	clientCertVariable = "REGIONPAIR_CLIENT_CERT"
	clientKeyVariable  = "REGIONPAIR_CLIENT_KEY"
)

// certificateFlags say what is presented to an API that asks its clients for a
// certificate.
type certificateFlags struct{ certificate, key string }

func (f *certificateFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.certificate, "client-cert", os.Getenv(clientCertVariable), "file with the client certificate for mutual TLS, in PEM ("+clientCertVariable+")")
	flags.StringVar(&f.key, "client-key", os.Getenv(clientKeyVariable), "file with its private key ("+clientKeyVariable+")")
}

func (f certificateFlags) check() error {
	if (f.certificate == "") != (f.key == "") {
		return fmt.Errorf("--client-cert and --client-key go together, got %q and %q", f.certificate, f.key)
	}
	return nil
}

// read returns no certificate where none is given.
func (f certificateFlags) read() ([]tls.Certificate, error) {
	if err := f.check(); err != nil || f.certificate == "" {
		return nil, err
	}
	read, err := tls.LoadX509KeyPair(f.certificate, f.key)
	if err != nil {
		return nil, fmt.Errorf("--client-cert: %w", err)
	}
	return []tls.Certificate{read}, nil
}

// callerFlags say what the clients of a local pair look like.
type callerFlags struct{ address, truststore string }

func (f *callerFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.address, "client-address", "", "IP address that clients call from (default: one that the API's resource policy admits)")
	flags.StringVar(&f.truststore, "truststore", "", "copy of the truststore that mutualTls names, in PEM; needed with --client-cert unless it is an asset of the app")
}

// clients of a local pair, with everything that is wrong with the flags.
func (f callerFlags) clients(certificate certificateFlags) (localcloud.Clients, error) {
	clients := localcloud.Clients{CertificateFile: certificate.certificate, KeyFile: certificate.key, TruststoreFile: f.truststore}
	problems := []error{certificate.check()}
	if f.address != "" {
		var err error
		if clients.Address, err = netip.ParseAddr(f.address); err != nil {
			problems = append(problems, fmt.Errorf("--client-address must be an IP address such as 203.0.113.7, got %q", f.address))
		}
	}
	return clients, errors.Join(problems...)
}
