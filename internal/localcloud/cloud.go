package localcloud

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
	"github.com/regionpair/regionpair/internal/localcloud/iam"
	"github.com/regionpair/regionpair/internal/localcloud/lambdaruntime"
	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
	"github.com/regionpair/regionpair/internal/localcloud/restapi"
	"github.com/regionpair/regionpair/internal/localcloud/route53"
	"github.com/regionpair/regionpair/internal/localcloud/services"
	"github.com/regionpair/regionpair/internal/localcloud/signature"
	"github.com/regionpair/regionpair/internal/localcloud/tablestore"
)

// Options of a [Cloud].
type Options struct {
	// Assembly to run.
	// Required.
	Assembly *assembly.Assembly
	// Dir takes logs and the certificate of the throw-away authority.
	// Required.
	Dir string
	// TimeScale divides the times of Route 53 and of the replication lag.
	// Functions run in real time.
	// Default: 1.
	TimeScale float64
	// ReplicationLag of S3 and of eventually consistent tables, before scaling,
	// for each write.
	// Default: 2 seconds.
	ReplicationLag func() time.Duration
	// ReplicaOrder of S3, where both Regions write one key.
	// Default: objectstore.ByCreation.
	ReplicaOrder objectstore.Order
	// Clients are what those who call the pair look like.
	// Default: what the APIs' resource policies and truststores admit.
	Clients Clients
	// Seed of the checkers' phases.
	Seed uint64
	// Progress of the deployment.
	// Default: nobody is notified.
	Progress func(cloudformation.Event)
	// OnHealthChange is called when a health check changes.
	// Default: nobody is notified.
	OnHealthChange func(failover.Change)
}

// Cloud is a pair that runs on this machine.
type Cloud struct {
	assembly  *assembly.Assembly
	options   Options
	network   *egress.Network
	world     *objectstore.World
	copier    *objectstore.Copier
	tables    *tablestore.World
	logs      *logFolder
	callbacks callbacks
	dns       *route53.Service
	zone      *route53.NameServer
	resolver  *route53.Resolver
	resolvers []*route53.Resolver // all of them

	// onPaper is true for a cloud that runs no function and no engine of tables.
	onPaper bool

	// ended is closed when everything is to stop.
	ended   chan struct{}
	endOnce sync.Once

	plans       map[string]functionPlan // by stack and logical id
	wired       names
	scheduled   []schedule
	schedules   *schedules
	deployment  *cloudformation.Deployment
	unsupported []string
	apis        map[string]*restapi.API // by id
	clients     Clients
	certificate *tls.Certificate // of clients; nil where none is asked for

	mu      sync.Mutex
	altered map[string]map[string]any // properties changed by hand
	added   []cloudformation.Created  // made by hand
	regions map[string]*region
	pair    Pair
	faults  map[string]Fault

	gate *iam.Gate
	keys map[string]string // by the ARN of the bucket or the table
}

// Pair describes what was deployed.
type Pair struct {
	// DomainName of the API.
	DomainName string
	// Primary and Secondary Region.
	Primary, Secondary Region
	// Policy by which clients are sent to the Regions, with the weights of the
	// primary and the secondary when it is weighted.
	Policy  failover.Policy
	Weights [2]int
	// Clients by their stable id, with their secrets.
	Clients map[string]string
	// Scopes that each client may ask for.
	Scopes map[string][]string
	// Routes of the primary's API.
	Routes []Route
	// Check on the primary's health endpoint.
	Check failover.Check
	// StandbyCheck of the secondary's record, if it only connects: with failover
	// routing, the one that finds out that the standby is dead.
	StandbyCheck failover.Check
	// NoticesDeadStandby is true when there is such a check.
	NoticesDeadStandby bool
	// HealthDepth is how much the primary's health function looks at, such as
	// "dependencies"; empty for one of another kind.
	HealthDepth contract.HealthDepth
	// TTL is how long resolvers keep the answer for DomainName.
	TTL time.Duration
	// PrimaryCheck decides about the primary's record, SecondaryCheck about the
	// secondary's; empty without one.
	PrimaryCheck, SecondaryCheck string
	// GuardParameter is what the guard of the failback remembers, and Failback its
	// mode, such as "guarded"; GuardFunction is its logical id. Empty where there is
	// none.
	GuardParameter, Failback, GuardFunction string
	// SeesGrayErrors and SeesGrayLatency say that the guard moves clients when they meet
	// what [GrayErrors] and [GrayLatency] do to them.
	SeesGrayErrors, SeesGrayLatency bool
	// Synchronous says that objects are stored in both Regions before a write is
	// acknowledged.
	Synchronous bool
	// peerBuckets are those of the other Region that functions store in, by
	// "region/logical id".
	peerBuckets map[string]string
	// renewals are the functions that renew the peer's keys, by "region/logical id".
	renewals map[string]bool
	// wakers are the functions that wake the guard, by "region/logical id".
	wakers map[string]bool
}

// LooksAtPrimary reports whether it is the work of a function, "region/logical id",
// to ask a host for the primary's health: it wakes the guard of the failback.
func (p Pair) LooksAtPrimary(caller, host string) bool {
	return p.wakers[caller] && strings.HasPrefix(p.Primary.HealthURL, "https://"+host+"/")
}

// RenewsKeys reports whether it is the work of a function, "region/logical id", to
// ask a host for the peer's keys.
func (p Pair) RenewsKeys(caller, host string) bool {
	return p.renewals[caller] && strings.HasPrefix(host, "cognito-idp.")
}

// StoresIn reports whether it is the work of a function, "region/logical id", to ask
// a host for the contents of synchronous objects.
func (p Pair) StoresIn(caller, host string) bool {
	bucket := p.peerBuckets[caller]
	return bucket != "" && strings.HasPrefix(host, bucket+".s3.")
}

// ActiveActive reports whether both Regions serve while both are healthy.
func (p Pair) ActiveActive() bool { return p.Policy != failover.Failover }

// Route is a method of the API.
type Route struct {
	Method, Path string
	// Scopes of which a token needs one.
	Scopes []string
	// Public routes need no token.
	Public bool
	// RatePerSecond that the method accepts; 0 means no limit.
	RatePerSecond float64
}

// Region of a pair.
type Region struct {
	// Name such as "eu-west-1".
	Name string
	// Address that the API's name is answered with.
	Address netip.Addr
	// RegionalDomainName is the host that the API's name leads to.
	RegionalDomainName string
	// HealthURL of the Region.
	HealthURL string
	// Bucket that replicates to the other Region; empty without one.
	Bucket string
	// SwitchParameter makes the Region take over, and HoldParameter keeps it out.
	SwitchParameter, HoldParameter string
}

// Start deploys the assembly and returns when both Regions serve and health
// checks run. Everything ends with Close.
func Start(ctx context.Context, options Options) (*Cloud, error) {
	c := newCloud(options.withDefaults())
	if err := c.start(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (o Options) withDefaults() Options {
	if o.TimeScale <= 0 {
		o.TimeScale = 1
	}
	if o.ReplicationLag == nil {
		o.ReplicationLag = func() time.Duration { return 2 * time.Second }
	}
	return o
}

func newCloud(options Options) *Cloud {
	return &Cloud{assembly: options.Assembly, options: options, regions: map[string]*region{}, faults: map[string]Fault{},
		ended: make(chan struct{}), altered: map[string]map[string]any{}, keys: map[string]string{}, gate: iam.NewGate(deny), logs: &logFolder{dir: filepath.Join(options.Dir, "logs")}}
}

func (c *Cloud) start(ctx context.Context) error {
	if err := errors.Join(mustHaveDynalite(c.assembly), c.planFunctions()); err != nil {
		return err
	}
	if err := c.settle(ctx); err != nil {
		return err
	}
	if err := c.startRoute53(ctx); err != nil {
		return err
	}
	c.startSchedules()
	go c.measureReplication()
	return nil
}

// settle deploys the assembly and finds out who is who. Nothing happens by itself
// until health checks and schedules start.
func (c *Cloud) settle(ctx context.Context) error {
	if err := os.MkdirAll(c.options.Dir, 0o700); err != nil {
		return fmt.Errorf("make the working folder: %w", err)
	}
	var err error
	if c.network, err = egress.New(c.options.Dir); err != nil {
		return err
	}
	if err := c.serveZone(); err != nil {
		return err
	}
	if err := c.network.Refuse(".amazonaws.com", http.HandlerFunc(refuseService)); err != nil {
		return err
	}
	c.world = objectstore.NewWorld(c.options.ReplicaOrder)
	c.tables = tablestore.New(tablestore.Options{Dirs: dynaliteFolders(c.assembly), Lag: c.lag})
	for _, stack := range c.assembly.Stacks {
		if err := c.addRegion(stack.Region, stack.Account); err != nil {
			return err
		}
	}
	c.copier = objectstore.NewCopier(c.world, c.lag)
	c.deployment, err = cloudformation.Deploy(ctx, c.assembly, c.registry(), cloudformation.Options{Progress: c.options.Progress})
	if err != nil {
		return err
	}
	if err := c.serveAPIs(c.deployment); err != nil {
		return err
	}
	if err := c.wire(); err != nil {
		return err
	}
	return c.misshapen()
}

// lag of a copy from one Region to the other, scaled.
func (c *Cloud) lag() time.Duration {
	return time.Duration(float64(c.options.ReplicationLag()) / c.options.TimeScale)
}

// addRegion puts the Region's services on the network.
func (c *Cloud) addRegion(name, account string) error {
	c.mu.Lock()
	_, exists := c.regions[name]
	c.mu.Unlock()
	if exists {
		return nil
	}
	r := &region{
		name: name, services: services.NewRegion(name, account, time.Now), store: c.world.NewStore(name, time.Now),
		functions: map[string]*lambdaruntime.Function{}, notRun: map[string]string{},
	}
	r.services.Reach(c.deployedServices)
	s3Host := "s3." + name + ".amazonaws.com"
	hosts := map[string]http.Handler{s3Host: r.store.Handler(), "*." + s3Host: r.store.Handler(), callbackHost(name): &c.callbacks}
	handlers := r.services.Handlers()
	handlers["dynamodb."+name+".amazonaws.com"] = c.tables.Region(name).Handler()
	for host, handler := range handlers {
		hosts[host] = signature.Handler(signature.Scope{Region: name, Service: serviceOf(host)}, handler)
	}
	for host, handler := range hosts {
		handler = c.guard(serviceOf(host), r, handler)
		if _, err := c.network.Handle(host, egress.Endpoint{Region: name, Service: serviceOf(host)}, handler); err != nil {
			return err
		}
	}
	if err := c.serveDescriptions(r); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.regions[name] = r
	return nil
}

// serviceOf names the service that faults are injected for.
func serviceOf(host string) string {
	switch {
	case strings.HasPrefix(host, "cloudformation-"):
		return "cloudformation"
	case strings.Contains(host, ".auth."):
		return "cognito-oauth"
	case strings.HasPrefix(host, "*.s3."):
		return "s3"
	}
	service, _, _ := strings.Cut(host, ".")
	return service
}

// region returns a Region of the assembly. Secrets may also be replicated to
// one without a stack.
func (c *Cloud) region(name, account string) *region {
	c.mu.Lock()
	r, exists := c.regions[name]
	c.mu.Unlock()
	if exists {
		return r
	}
	return &region{name: name, services: services.NewRegion(name, account, time.Now)}
}

// deployedServices are those of a Region of the assembly; nil of any other.
func (c *Cloud) deployedServices(name string) *services.Region {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, exists := c.regions[name]; exists {
		return r.services
	}
	return nil
}

// wire finds out who is who.
func (c *Cloud) wire() error {
	var err error
	if c.wired, err = c.wiredNames(); err != nil {
		return err
	}
	if c.pair, err = c.describe(c.wired); err != nil {
		return err
	}
	c.describeGuard(&c.pair)
	c.scheduled, err = c.schedulesOf(c.deployment)
	return err
}

func (c *Cloud) startRoute53(ctx context.Context) error {
	var err error
	c.dns, err = route53.Start(ctx, route53.Options{
		Checks: c.wired.checks, Records: c.wired.records, Resolve: c.network.AddressOf, DialContext: c.network.DialFrom(egress.Checkers),
		TimeScale: c.options.TimeScale, Seed: c.options.Seed, OnChange: c.options.OnHealthChange, ClientRegion: c.pair.Primary.Name,
	})
	if err != nil {
		return err
	}
	_, zone, _ := strings.Cut(c.pair.DomainName, ".")
	if c.zone, err = route53.NewNameServer(c.dns, zone); err != nil {
		return err
	}
	if c.resolver, err = c.NewResolver("", 0); err != nil {
		return err
	}
	c.network.SetResolver(c.resolver.LookupAddr)
	return nil
}

// Pair returns what was deployed.
func (c *Cloud) Pair() Pair { return c.pair }

// Network that everything is connected by.
func (c *Cloud) Network() *egress.Network { return c.network }

// Resolver that clients ask.
func (c *Cloud) Resolver() *route53.Resolver { return c.resolver }

// NewResolver is one of clients near a Region, with answers of another age; see
// [route53.ResolverOptions]. It ends with the cloud.
func (c *Cloud) NewResolver(near string, age float64) (*route53.Resolver, error) {
	r, err := route53.NewResolver(route53.ResolverOptions{Upstream: c.zone.Address(), TimeScale: c.options.TimeScale, Near: near, Age: age})
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resolvers = append(c.resolvers, r)
	return r, nil
}

// NameServer is the authoritative one.
func (c *Cloud) NameServer() *route53.NameServer { return c.zone }

// Route53 holds the health checks.
func (c *Cloud) Route53() *route53.Service { return c.dns }

// Pending returns what waits to be copied out of a Region, objects and items.
func (c *Cloud) Pending(region string) objectstore.Pending {
	pending := c.copier.Pending(region)
	items, oldest := c.tables.Pending(region)
	return objectstore.Pending{Count: pending.Count + items, Oldest: max(pending.Oldest, oldest)}
}

// Copier replicates objects.
func (c *Cloud) Copier() *objectstore.Copier { return c.copier }

// Store is S3 in a Region.
func (c *Cloud) Store(region string) *objectstore.Store { return c.region(region, "").store }

// SetSwitch turns a Region's takeover switch on or off, as an operator would.
func (c *Cloud) SetSwitch(r Region, value string) error {
	return c.region(r.Name, "").services.PutParameter(r.SwitchParameter, value, "String")
}

// Switch returns the value of a Region's takeover switch.
func (c *Cloud) Switch(r Region) string {
	value, _ := c.region(r.Name, "").services.Parameter(r.SwitchParameter)
	return value
}

// SetHold keeps a Region out or lets it serve, as an operator would.
func (c *Cloud) SetHold(r Region, value string) error {
	return c.region(r.Name, "").services.PutParameter(r.HoldParameter, value, "String")
}

// Hold returns the value of what keeps a Region out.
func (c *Cloud) Hold(r Region) string {
	value, _ := c.region(r.Name, "").services.Parameter(r.HoldParameter)
	return value
}

// NotEmulated lists what the templates ask for and this cloud does not do.
func (c *Cloud) NotEmulated() []string {
	lines := []string{}
	for _, n := range c.deployment.NotEmulated {
		if n.Type != "AWS::CDK::Metadata" {
			line := fmt.Sprintf("%s/%s (%s)", n.Stack, n.LogicalID, n.Type)
			if n.Reason != "" {
				line += ": " + n.Reason
			}
			lines = append(lines, line)
		}
	}
	c.mu.Lock()
	lines = slices.Concat(lines, c.ignored(), c.unsupported)
	c.mu.Unlock()
	slices.Sort(lines)
	return slices.Compact(lines)
}

// Close ends every process, listener and file.
func (c *Cloud) Close() {
	c.schedules.close()
	c.endOnce.Do(func() { close(c.ended) })
	if c.dns != nil {
		c.dns.Close()
	}
	if c.zone != nil {
		c.zone.Close()
	}
	c.mu.Lock()
	regions, resolvers := c.regions, c.resolvers
	c.mu.Unlock()
	for _, r := range resolvers {
		r.Close()
	}
	for _, r := range regions {
		for _, f := range r.all() {
			f.Close()
		}
	}
	if c.copier != nil {
		c.copier.Close()
	}
	if c.tables != nil {
		c.tables.Close()
	}
	if c.network != nil {
		c.network.Close()
	}
	c.logs.close()
}
