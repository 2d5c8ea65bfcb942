package console

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud"
)

const (
	// lookEvery is how often the pair is looked at for events.
	lookEvery = 50 * time.Millisecond
	// keptEvents are shown, the newest first.
	keptEvents = 40
)

// Console of a pair.
type Console struct {
	cloud   *localcloud.Cloud
	scale   float64
	traffic *traffic
	server  *http.Server
	address string
	started time.Time
	cancel  context.CancelFunc
	group   sync.WaitGroup

	mu     sync.Mutex
	events []Event
}

// Start serves the console of a pair on a loopback address such as
// "127.0.0.1:0", and calls the pair as its clients do, until Close.
func Start(ctx context.Context, cloud *localcloud.Cloud, timeScale float64, address string) (*Console, error) {
	listener, err := listenOnLoopback(ctx, address)
	if err != nil {
		return nil, err
	}
	c := &Console{cloud: cloud, scale: timeScale, traffic: newTraffic(cloud, timeScale), address: listener.Addr().String(), started: time.Now()}
	ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	c.server = &http.Server{
		Handler:           newWeb(c.address, rand.Text(), c.state, c.act).handler(),
		ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	c.traffic.start(ctx)
	c.group.Go(func() { c.watch(ctx) })
	c.group.Go(func() { _ = c.server.Serve(listener) })
	return c, nil
}

func listenOnLoopback(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("the console listens on a loopback address with a port only, such as 127.0.0.1:8080, got %q", address)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for the console: %w; choose another port", err)
	}
	return listener, nil
}

// URL of the page.
func (c *Console) URL() string { return "http://" + c.address + "/" }

// Close ends the server, the clients and everything else.
func (c *Console) Close() {
	c.cancel()
	_ = c.server.Close()
	c.group.Wait()
	c.traffic.group.Wait()
}

func (c *Console) state() State {
	s := look(c.cloud, c.traffic.tally(), c.scale)
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Events = slices.Clone(c.events)
	return s
}

// act does what a button says: "fault crash", "heal", "switch on", "hold on".
func (c *Console) act(region, order string) error {
	verb, value, _ := strings.Cut(order, " ")
	primary, standby := c.cloud.Pair().Primary, c.cloud.Pair().Secondary
	isPosition := value == contract.PositionOn || value == contract.PositionOff
	switch {
	case verb == "fault":
		return c.cloud.Inject(region, localcloud.Fault(value))
	case verb == "heal":
		return c.cloud.Heal(region)
	case verb == "switch" && region != standby.Name:
		return fmt.Errorf("only the standby %s has a takeover switch, not %q", standby.Name, region)
	case verb == "switch" && isPosition:
		return c.cloud.SetSwitch(standby, value)
	case verb == "hold" && (region != primary.Name || primary.HoldParameter == ""):
		return fmt.Errorf("only a primary of a pair that can keep it out has a hold, not %q", region)
	case verb == "hold" && isPosition:
		return c.cloud.SetHold(primary, value)
	}
	return fmt.Errorf("%q is unknown; there are fault <kind>, heal, and switch and hold with on or off", order)
}

// watch turns differences into events.
func (c *Console) watch(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	before := c.state()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := c.state()
		if now.DNS.Cached == "" {
			now.DNS.Cached = before.DNS.Cached
		}
		for _, text := range differences(before, now) {
			c.add(text)
		}
		before = now
	}
}

func (c *Console) add(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := Event{At: fmt.Sprintf("%.1f s", time.Since(c.started).Seconds()*c.scale), Text: text}
	c.events = append([]Event{e}, c.events[:min(len(c.events), keptEvents-1)]...)
}

// differences tells what changed between two looks.
func differences(before, now State) []string {
	texts := []string{}
	for i, r := range now.Regions {
		old := before.Regions[i]
		switch {
		case r.Fault != old.Fault && r.Fault != "":
			texts = append(texts, r.Fault+" in "+r.Name)
		case r.Fault != old.Fault:
			texts = append(texts, r.Name+" is repaired")
		}
		if r.Switch != old.Switch {
			texts = append(texts, "takeover switch of "+r.Name+": "+r.Switch)
		}
		if r.Hold != old.Hold {
			texts = append(texts, "hold of "+r.Name+": "+r.Hold)
		}
	}
	for i, check := range now.Checks {
		if check.Healthy != before.Checks[i].Healthy {
			texts = append(texts, check.Name+": "+map[bool]string{true: "healthy", false: "unhealthy"}[check.Healthy])
		}
	}
	if now.Guard.Phase != before.Guard.Phase {
		texts = append(texts, "guard: "+now.Guard.Phase)
	}
	if now.DNS.Cached != before.DNS.Cached {
		texts = append(texts, "clients: the resolver answers with "+now.DNS.Cached)
	}
	switch {
	case now.Outage && !before.Outage:
		texts = append(texts, "clients: a request fails")
	case before.Outage && !now.Outage:
		texts = append(texts, "clients: service is restored after "+now.RTO)
	}
	return texts
}
