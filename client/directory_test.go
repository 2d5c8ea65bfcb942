package client

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

const keptFor = 10 * time.Second

// nameServer answers TXT questions over real UDP.
func nameServer(t *testing.T, name string, texts ...string) *net.Resolver {
	t.Helper()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, r *dns.Msg) {
		reply := new(dns.Msg)
		reply.SetReply(r)
		if r.Question[0].Name == name && r.Question[0].Qtype == dns.TypeTXT {
			reply.Answer = append(reply.Answer, &dns.TXT{Hdr: dns.RR_Header{Name: name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 10}, Txt: texts})
		} else {
			reply.Rcode = dns.RcodeNameError
		}
		_ = w.WriteMsg(reply)
	})}
	go func() { _ = server.ActivateAndServe() }()
	t.Cleanup(func() { _ = server.Shutdown() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, packets.LocalAddr().String())
	}}
}

func TestTheRegionsAreReadFromDNS(t *testing.T) {
	resolver := nameServer(t, "_regionpair.api.example.com.", "v=regionpair1 serving=a.example.net", " peer=b.example.net later=x")
	found, err := newDNSDirectory(host, resolver, keptFor).Regions(t.Context())
	require.NoError(t, err)
	assert.Equal(t, Regions{"a.example.net", "b.example.net"}, found)
	_, err = newDNSDirectory("www.example.com", resolver, keptFor).Regions(t.Context())
	require.ErrorContains(t, err, "find the Regions of the pair: lookup _regionpair.www.example.com")
}

func TestARecordThatIsNotOfAPairIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		"v=spf1 -all":                      `has no text that starts with "v=regionpair1", got ["v=spf1 -all"]`,
		"":                                 `has no text that starts with "v=regionpair1"`,
		"v=regionpair1 serving=a":          `needs 'serving' and 'peer', got "v=regionpair1 serving=a"`,
		"v=regionpair1 peer=a serving=":    `needs 'serving' and 'peer'`,
		"v=regionpair11 serving=a peer=b ": `has no text that starts with`,
	} {
		_, err := parseRecord("_regionpair.x", []string{text})
		require.ErrorContains(t, err, want)
	}
	found, err := parseRecord("x", []string{"v=spf1", "v=regionpair1 peer=b serving=a"})
	require.NoError(t, err)
	assert.Equal(t, Regions{"a", "b"}, found)
}

// No request of a busy client but the first waits for DNS.
func TestAnOldAnswerIsUsedWhileTheNextIsFetched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lookups atomic.Int32
		var failing atomic.Bool
		d := newDNSDirectory(host, net.DefaultResolver, keptFor)
		d.lookup = func(context.Context, string) ([]string, error) {
			lookups.Add(1)
			time.Sleep(time.Second)
			if failing.Load() {
				return nil, errors.New("no DNS")
			}
			if lookups.Load() > 1 {
				return []string{"v=regionpair1 serving=b peer=a"}, nil
			}
			return []string{"v=regionpair1 serving=a peer=b"}, nil
		}
		ask := func() (string, time.Duration) {
			start := time.Now()
			found, err := d.Regions(t.Context())
			require.NoError(t, err)
			return found.Serving, time.Since(start)
		}
		serving, took := ask()
		assert.Equal(t, "a", serving)
		assert.Equal(t, time.Second, took)
		time.Sleep(keptFor)
		serving, took = ask()
		assert.Equal(t, "a", serving)
		assert.Zero(t, took)
		time.Sleep(2 * time.Second)
		serving, _ = ask()
		assert.Equal(t, "b", serving)
		failing.Store(true)
		for range 5 {
			time.Sleep(keptFor + 2*time.Second)
			serving, took = ask()
			assert.Equal(t, "b", serving, "what DNS last said")
			assert.Zero(t, took)
		}
		time.Sleep(2 * time.Second)
		assert.EqualValues(t, 7, lookups.Load(), "one for each time that an answer is kept")
	})
}

// What DNS said before a pause may be hours old.
func TestRequestsAfterAPauseWaitForOneLookup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		text, hanging := "v=regionpair1 serving=a peer=b", false
		var lookups atomic.Int32
		d := newDNSDirectory(host, net.DefaultResolver, keptFor)
		d.lookup = func(ctx context.Context, _ string) ([]string, error) {
			lookups.Add(1)
			if hanging {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			time.Sleep(time.Second)
			return []string{text}, nil
		}
		ask := func(want string, wait time.Duration) {
			start := time.Now()
			found, err := d.Regions(t.Context())
			require.NoError(t, err)
			assert.Equal(t, want, found.Serving)
			assert.Equal(t, wait, time.Since(start))
		}
		ask("a", time.Second)
		text = "v=regionpair1 serving=b peer=a"
		time.Sleep(2 * keptFor)
		var together sync.WaitGroup
		for range 3 {
			together.Go(func() { ask("b", time.Second) })
		}
		together.Wait()
		assert.EqualValues(t, 2, lookups.Load())
		hanging = true
		time.Sleep(time.Hour)
		ask("b", lookupLimit)
		ask("b", 0)
	})
}

func TestTheFirstRequestsWaitForOneLookup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDNSDirectory(host, net.DefaultResolver, keptFor)
		d.lookup = func(ctx context.Context, _ string) ([]string, error) { <-ctx.Done(); return nil, ctx.Err() }
		hasty, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := d.Regions(hasty)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		start := time.Now()
		_, err = d.Regions(t.Context())
		require.Error(t, err)
		assert.Equal(t, time.Second, time.Since(start), "the lookup of the first goes on")
		_, err = d.Regions(t.Context())
		require.Error(t, err, "and is not repeated at once")
		assert.Equal(t, time.Second, time.Since(start))
	})
}
