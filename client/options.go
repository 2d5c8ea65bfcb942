package client

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Options change how a [Transport] works; the zero value is good for most.
type Options struct {
	// Base is the transport whose settings are used, among them the proxy. It is
	// copied for each Region, and used itself for other hosts.
	// Default: [http.DefaultTransport].
	Base *http.Transport
	// Directory says where the Regions are.
	// Default: the pair's TXT record, as Resolver reads it.
	Directory Directory
	// Resolver reads the TXT record.
	// Default: [net.DefaultResolver].
	Resolver *net.Resolver
	// LookUpAfter is how long an answer of DNS is good. It should be the TTL of
	// the record, which Go does not tell. Requests wait for the next one, for up
	// to 2 s, only when DNS has not been asked for twice as long.
	// Default: 10 s, as the TTL.
	LookUpAfter time.Duration
	// RepeatAfter is how long a request is waited for before it is repeated in
	// the peer. The first attempt goes on, and the first good answer counts: a
	// request may take longer than this.
	// Default: 2 s.
	RepeatAfter time.Duration
	// StayFor is how long the next repeatable requests go to the peer first after
	// one was answered there, unless the failed Region asked for longer with
	// Retry-After.
	// Default: 1 min.
	StayFor time.Duration
	// RepeatWrites repeats PUT and DELETE: at once when the first attempt found
	// no connection, and otherwise when it can have no effect any more, that is
	// WriteDeadline after it ended. A write that follows one without an answer
	// under the same URL and goes to the other Region waits just as long. Only
	// for PUTs and DELETEs that mean the same when they are made twice.
	// Default: false.
	RepeatWrites bool
	// WriteDeadline is the longest that the API works on a request, plus the 5 s
	// that closing a connection can take. A write is also given up after it.
	// Default: 35 s, since API Gateway waits 29 s for a function. A function with
	// a longer timeout needs more.
	WriteDeadline time.Duration
	// TokenPath is the path of token requests, which are POST and repeated all
	// the same.
	// Default: "/oauth2/token".
	TokenPath string
	// OnRepeat is called when a request is sent to a second Region, for logs and
	// metrics. It must not block.
	// Default: nothing.
	OnRepeat func(Repeat)
}

// Repeat is one request that is sent again.
type Repeat struct {
	// Method and URL of the request.
	Method, URL string
	// From is the Region of the first attempt and To that of the second, each a
	// host as in [Regions].
	From, To string
	// Reason is what became of the first attempt; nil if it has no answer yet.
	Reason error
}

func (o *Options) complete(host string) (Options, error) {
	completed := Options{}
	if o != nil {
		completed = *o
	}
	o = &completed
	if o.Base == nil {
		standard, ok := http.DefaultTransport.(*http.Transport)
		if !ok {
			return *o, errors.New("http.DefaultTransport is no *http.Transport here: set 'Base'")
		}
		o.Base = standard
	}
	setDuration(&o.LookUpAfter, 10*time.Second)
	if o.Directory == nil {
		if o.Resolver == nil {
			o.Resolver = net.DefaultResolver
		}
		o.Directory = newDNSDirectory(host, o.Resolver, o.LookUpAfter)
	}
	setDuration(&o.RepeatAfter, 2*time.Second)
	setDuration(&o.StayFor, time.Minute)
	setDuration(&o.WriteDeadline, 35*time.Second)
	if o.TokenPath == "" {
		o.TokenPath = "/oauth2/token"
	}
	return *o, o.validate()
}

func setDuration(value *time.Duration, standard time.Duration) {
	if *value == 0 {
		*value = standard
	}
}

func (o *Options) validate() error {
	var problems []error
	for name, value := range map[string]time.Duration{"LookUpAfter": o.LookUpAfter, "RepeatAfter": o.RepeatAfter, "StayFor": o.StayFor, "WriteDeadline": o.WriteDeadline} {
		if value < 0 {
			problems = append(problems, fmt.Errorf("'%s' must not be negative, got %s", name, value))
		}
	}
	if o.Base.DialTLSContext != nil || o.Base.DialTLS != nil { //nolint:staticcheck // it may still be set
		problems = append(problems, errors.New("'Base' must not have DialTLSContext or DialTLS: the certificate would be checked for a Region's name; use DialContext and TLSClientConfig"))
	}
	return errors.Join(problems...)
}
