// Package client is an http.RoundTripper for clients of a pair. A request that
// meets the failure of a Region is repeated in the other one, instead of failing
// until health checks and DNS have moved the name:
//
//	transport, err := client.NewTransport("api.example.com", nil)
//	if err != nil {
//		return err
//	}
//	api := &http.Client{Transport: transport}
//
// Host name, certificate, token and client credentials stay those of the pair:
// only the connection goes to a Region's own name. GET, HEAD and token requests
// are repeated; PUT and DELETE only with [Options.RepeatWrites], and then so that
// an older write never replaces a newer one. Nothing else is ever repeated.
//
// Where the Regions are is in DNS, in a TXT record beside the name that follows
// the same health checks; docs/how-to/clients.md describes it, for other languages too.
//
// The package needs the standard library only.
package client
