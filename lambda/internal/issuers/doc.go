// Package issuers knows whose access tokens the pair trusts: this Region's
// own issuer and the peer Region's, both described by Parameter Store.
//
// The peer's parameter carries a snapshot of its signing keys, so that tokens
// of a Region that has since died are still honoured without a network call.
package issuers
