package config

// Config is one environment of the pair. Its JSON names are the keys of cdk.json.
type Config struct {
	// Name is the name of the pair and the prefix of everything it owns: stacks, buckets, parameters, secrets.
	// It cannot change later without making new stacks. Allowed: 2 to 27 lower-case letters, digits and hyphens,
	// a letter first; without "aws", "amazon" or "cognito", which Cognito refuses in a domain.
	Name string `json:"name" required:"true" pattern:"^[a-z][a-z0-9-]*$" expect:"a name such as \"orders\": a lower-case letter, then lower-case letters, digits or hyphens" minLength:"2" maxLength:"27" why:"S3 allows 63 characters for the bucket name <name>-objects-<account>-<region>"`

	// Account is the AWS account that everything is deployed to.
	// Default: the account of the credentials in use (CDK_DEFAULT_ACCOUNT). Allowed: 12 digits.
	Account string `json:"account,omitempty" pattern:"^([0-9]{12})?$" expect:"the 12 digits of an account id, in quotes"`

	// PrimaryRegion is the Region that serves clients while it is healthy.
	// Allowed: an AWS Region of the commercial partition, such as "eu-west-1".
	PrimaryRegion string `json:"primaryRegion" required:"true" set:"regions" noun:"Region" expect:"an AWS Region such as \"eu-west-1\""`

	// SecondaryRegion is the standby Region, which takes over when the primary fails.
	// Allowed: another AWS Region.
	SecondaryRegion string `json:"secondaryRegion" required:"true" set:"regions" noun:"Region" expect:"an AWS Region such as \"eu-central-1\""`

	// Swapped says that the two Regions have exchanged their roles since they were deployed: the stacks keep their names, so
	// that primaryRegion's is <name>-secondary, and client secrets and tables stay with the Region that has them.
	// Default: false. Allowed: true, false; see docs/runbooks/replace-a-region.md.
	Swapped bool `json:"swapped,omitempty"`

	// GlobalRegion is the Region of the global stack (DNS, health checks, pairing). Route 53 publishes health metrics in
	// us-east-1 only.
	// Default: us-east-1.
	// Allowed: an AWS Region; another one than the default only with alarms.enabled false.
	GlobalRegion string `json:"globalRegion,omitempty" default:"us-east-1" set:"regions" noun:"Region" expect:"an AWS Region such as \"us-east-1\""`

	// DomainName is the one host name of the API, the same in both Regions, before and after a failover.
	// Allowed: a lower-case DNS name of at most 64 characters in the hosted zone; the zone's own name is fine.
	DomainName string `json:"domainName" required:"true" pattern:"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" expect:"a lower-case DNS name such as \"api.example.com\", no scheme, no trailing dot, labels of at most 63 characters" maxLength:"64" why:"ACM issues no certificate for a longer name"`

	// HostedZone is the public Route 53 hosted zone that the domain name is in.
	HostedZone HostedZone `json:"hostedZone" required:"true"`

	// Scopes are the OAuth scopes of the API: name and description. A token names them in full, "objects/read".
	// Default: read ("Read and list objects") and write ("Write and delete objects"). Allowed: 1 to 100 scopes.
	Scopes map[string]string `json:"scopes,omitempty" minItems:"1" maxItems:"100" keys:"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$" keyExpect:"letters, digits, dots, colons, underscores and hyphens, without the resource server" minLength:"1" maxLength:"256"`

	// ResourceServer is the identifier of the API in Cognito and the first half of each scope's full name.
	// Default: objects. Allowed: letters, digits and . _ : / -, such as "orders" or "https://api.example.com"; 256 characters
	// with a slash and the longest name of scopes.
	ResourceServer string `json:"resourceServer,omitempty" default:"objects" pattern:"^[A-Za-z0-9]([A-Za-z0-9._:/-]*[A-Za-z0-9])?$" expect:"letters, digits and . _ : / - with a letter or digit at both ends" maxLength:"256"`

	// Clients are the machine clients of the API, by name. Each gets one client id, <name of the pair>.<client>, and one
	// secret, which stay the same at failover. Allowed: 1 to 100 clients; about 90 when all have rotationDays, because a stack has
	// at most 500 resources.
	Clients map[string]Client `json:"clients" required:"true" minItems:"1" maxItems:"100" keys:"^[a-z][a-z0-9-]{0,62}$" keyExpect:"a lower-case letter, then up to 62 lower-case letters, digits or hyphens" expect:"at least one client such as {\"partner\": {\"scopes\": [\"objects/read\"]}}"`

	// Handler is the function behind the API.
	Handler Handler `json:"handler,omitzero"`

	// Secrets are secrets of your own, by name: one Secrets Manager secret each in the primary Region, with a replica in the
	// other. Your functions may read it, and find its full name, <name of the pair>/app/<secret>, in the environment variable
	// SECRET_<SECRET>, such as SECRET_BACKEND. The first value is random; put your own in after the deployment.
	// Default: none. Allowed: up to 20 secrets.
	Secrets map[string]Secret `json:"secrets,omitempty" maxItems:"20" keys:"^[a-z][a-z0-9-]{0,31}$" keyExpect:"a lower-case letter, then up to 31 lower-case letters, digits or hyphens"`

	// Parameters are Parameter Store parameters of your own, by name, with a value for each Region. No place for secrets. Your
	// functions may read it, and find its path, /<name of the pair>/app/<parameter>, in the environment variable
	// PARAMETER_<PARAMETER>, such as PARAMETER_PAGE_SIZE.
	// Default: none. Allowed: up to 20 parameters.
	Parameters map[string]Parameter `json:"parameters,omitempty" maxItems:"20" keys:"^[a-z][a-z0-9-]{0,31}$" keyExpect:"a lower-case letter, then up to 31 lower-case letters, digits or hyphens"`

	// Tokens are the access tokens of the API.
	Tokens Tokens `json:"tokens,omitzero"`

	// Posture has the defaults of health.intervalSeconds, health.failureThreshold, health.checkerRegions,
	// routing.ttlSeconds and alarms.set; each can still be given on its own. "standard" = a crash is over for clients after
	// at most 45 s; "fast" = after 30 s, and a fault of 15 s can move them; "economy" = after 75 s, for less money.
	// Default: standard. Allowed: standard, fast, economy.
	Posture Posture `json:"posture,omitempty" default:"standard" enum:"standard|fast|economy"`

	// Health is how Route 53 decides whether a Region is healthy.
	Health Health `json:"health,omitzero"`

	// Routing is how Route 53 distributes clients over the two Regions.
	Routing Routing `json:"routing,omitzero"`

	// Failback is who lets a primary that has failed serve again.
	Failback Failback `json:"failback,omitzero"`

	// DualStack makes the API answer over IPv6 too and adds AAAA records.
	// Default: false.
	DualStack bool `json:"dualStack,omitempty"`

	// AllowedCIDRs are the networks that may call the API; everybody else gets status 403. Clients still need a token.
	// Default: every network. Allowed: up to 150 IPv4 or IPv6 networks such as "203.0.113.0/24".
	AllowedCIDRs []string `json:"allowedCidrs,omitempty" maxItems:"150" why:"API Gateway allows 8 KB for a resource policy"`

	// Throttling limits the requests that each method of one Region's API accepts; what is beyond gets status 429. Each Region must carry the
	// whole load alone after a failover.
	Throttling Throttling `json:"throttling,omitzero"`

	// Logs are the logs of the API and of the functions.
	Logs Logs `json:"logs,omitzero"`

	// Storage is the bucket of each Region.
	Storage Storage `json:"storage,omitzero"`

	// Tables are DynamoDB tables with a replica in each Region, by name. A table is called <name of the pair>-<table>, and your
	// function finds that in the environment variable TABLE_<TABLE>, such as TABLE_ORDERS. They have a stack of their own,
	// <name>-data. Removing a table here deletes it when removal is "destroy"; otherwise it stays, without a stack.
	// Default: none. Allowed: up to 50 tables.
	Tables map[string]Table `json:"tables,omitempty" maxItems:"50" keys:"^[a-z][a-z0-9-]{0,31}$" keyExpect:"a lower-case letter, then up to 31 lower-case letters, digits or hyphens"`

	// Removal is what happens to buckets, tables, keys, user pools and secrets when their stack is deleted. "destroy" deletes the
	// data too and is meant for development.
	// Default: retain. Allowed: retain, destroy.
	Removal Removal `json:"removal,omitempty" default:"retain" enum:"retain|destroy"`

	// Architecture is the processor architecture of the functions.
	// Default: arm64. Allowed: arm64, x86_64.
	Architecture Architecture `json:"architecture,omitempty" default:"arm64" enum:"arm64|x86_64" also:"amd64=x86_64|x64=x86_64|x86-64=x86_64|x86=x86_64|aarch64=arm64|graviton=arm64"`

	// APIGatewayAccountRole makes the stacks create the account-wide role with which API Gateway writes logs. Switch it
	// off where the account has one that others manage.
	// Default: true.
	APIGatewayAccountRole *bool `json:"apiGatewayAccountRole,omitempty" default:"true"`

	// Tracing sends X-Ray traces from the API and the functions.
	// Default: true.
	Tracing *bool `json:"tracing,omitempty" default:"true"`

	// TLSPolicy is the lowest TLS version and the ciphers that the API accepts on its domain name. The health endpoint
	// always accepts TLS 1.2, because AWS documents no TLS 1.3 for Route 53's checkers.
	// With mutualTls API Gateway takes TLS_1_2 only.
	// Default: TLS_1_2. Allowed: TLS_1_2, SecurityPolicy_TLS13_1_2_2021_06, SecurityPolicy_TLS13_1_2_PQ_2025_09,
	// SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09, SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09,
	// SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09,
	// SecurityPolicy_TLS13_1_3_2025_09, SecurityPolicy_TLS13_1_3_FIPS_2025_09.
	TLSPolicy string `json:"tlsPolicy,omitempty" default:"TLS_1_2" also:"tls_1_3=SecurityPolicy_TLS13_1_3_2025_09|tls1.3=SecurityPolicy_TLS13_1_3_2025_09|1.3=SecurityPolicy_TLS13_1_3_2025_09|tls1.2=TLS_1_2|1.2=TLS_1_2" enum:"TLS_1_2|SecurityPolicy_TLS13_1_2_2021_06|SecurityPolicy_TLS13_1_2_PQ_2025_09|SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09|SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09|SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09|SecurityPolicy_TLS13_1_3_2025_09|SecurityPolicy_TLS13_1_3_FIPS_2025_09"`

	// Egress puts the user's function into a VPC with fixed outgoing IP addresses, so that others can allow-list them.
	Egress Egress `json:"egress,omitzero"`

	// Alarms are the CloudWatch alarms of the pair.
	Alarms Alarms `json:"alarms,omitzero"`

	// Dashboard creates the CloudWatch dashboard of the pair.
	// Default: true.
	Dashboard *bool `json:"dashboard,omitempty" default:"true"`

	// WAF is an AWS WAF web ACL in front of each Region's API.
	WAF WAF `json:"waf,omitzero"`

	// Certificates are certificates of your own for the domain name, one in each Region.
	Certificates Certificates `json:"certificates,omitzero"`

	// MutualTLS makes the API ask its clients for a certificate. Only with tlsPolicy "TLS_1_2".
	MutualTLS MutualTLS `json:"mutualTls,omitzero"`

	// PermissionsBoundary is the IAM policy that bounds every role of the stacks.
	// Default: none. Allowed: the name of a managed policy of the account, or a policy ARN.
	PermissionsBoundary string `json:"permissionsBoundary,omitempty" pattern:"^([A-Za-z0-9+=,.@_-]{1,128}|arn:aws[a-z-]*:iam::(aws|[0-9]{12}):policy/[!-~]{1,511})$" expect:"the name of a managed policy or an ARN such as \"arn:aws:iam::123456789012:policy/boundary\""`

	// Tags are the tags of everything that can be tagged.
	// Default: none. Allowed: up to 9 tags (Route 53 allows a health check 10, and regionpair's have a name); keys of 1 to 128
	// characters that do not begin with "aws:" and differ in more than upper and lower case, values of 1 to 256.
	Tags map[string]string `json:"tags,omitempty" maxItems:"9" minLength:"1" maxLength:"256"`
}

// HostedZone names a public Route 53 hosted zone.
type HostedZone struct {
	// ID is the id of the hosted zone.
	// Allowed: "Z" and up to 31 capital letters and digits, without "/hostedzone/".
	ID string `json:"id" required:"true" pattern:"^Z[A-Z0-9]{1,31}$" expect:"an id such as \"Z0123456789ABCDEFGHIJ\", without \"/hostedzone/\""`

	// Name is the domain of the hosted zone.
	// Allowed: a lower-case DNS name of at most 253 characters, without the trailing dot.
	Name string `json:"name" required:"true" pattern:"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" expect:"a lower-case DNS name such as \"example.com\", no trailing dot, labels of at most 63 characters" maxLength:"253" why:"DNS allows no longer name"`
}

// Client is one machine client.
type Client struct {
	// Scopes are the scopes that the client may ask for, by their full names.
	// Allowed: 1 to 49 of the configured scopes, each as <resourceServer>/<scope>.
	Scopes []string `json:"scopes" required:"true" minItems:"1" maxItems:"49" why:"Cognito allows an app client 50 scopes, and one names the client" expect:"the full names of scopes, such as \"objects/read\""`

	// RotationDays is the time after which the client's secret is rotated; the previous one stays valid until the next
	// rotation. 0 = no rotation. Unit: days.
	// Default: 0. Allowed: 0 to 1000.
	RotationDays int `json:"rotationDays,omitempty" min:"0" max:"1000" why:"Secrets Manager rotates at least every 1000 days"`
}

// Handler is the function behind the API.
type Handler struct {
	// Entry is the Go package of your own function: its folder, relative to the CDK app.
	// Default: the bundled objects function, an object API over the Region's bucket. Allowed: the folder of a main package.
	Entry string `json:"entry,omitempty"`

	// MemoryMiB is the memory of the function; its share of CPU grows with it. Unit: MiB.
	// Default: 512. Allowed: 128 to 10240.
	MemoryMiB int `json:"memoryMiB,omitempty" default:"512" min:"128" max:"10240" why:"Lambda's limits"`

	// TimeoutSeconds is the time after which a request is ended. Unit: seconds.
	// Default: 15. Allowed: 1 to 29.
	TimeoutSeconds int `json:"timeoutSeconds,omitempty" default:"15" min:"1" max:"29" why:"API Gateway ends a request after 29 s"`

	// Routes are the methods and paths of the API with the scopes that they need.
	// Default: the routes of the bundled function; required with your own entry. Allowed: 1 to 350 routes,
	// fewer where each has a path of its own: a stack has at most 500 resources, and each route and each place in a path is one.
	// API Gateway allows 300 places in paths until you ask for more.
	Routes []Route `json:"routes,omitempty" minItems:"1" maxItems:"350" why:"a stack has at most 500 resources"`

	// Environment are additional environment variables of the function. No place for secrets: anyone who may look at the
	// function sees them.
	// Default: none. Allowed: names of letters, digits and underscores that Lambda and regionpair do not use themselves;
	// 2048 bytes in all.
	Environment map[string]string `json:"environment,omitempty" keys:"^[A-Za-z][A-Za-z0-9_]+$" keyExpect:"a letter, then letters, digits or underscores"`
}

// Route is one method of one path.
type Route struct {
	// Method is the HTTP method, or ANY for all that no other route of the path has. Browsers ask with OPTIONS, without a
	// token: such a route has to be public, and your function answers with the headers of CORS.
	// Allowed: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, ANY.
	Method string `json:"method" required:"true" enum:"GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|ANY"`

	// Path is the path below the domain name.
	// Allowed: literal segments, {name} for one segment of any content, and {name+} as the last one for the whole rest.
	Path string `json:"path" required:"true" pattern:"^/.*$" expect:"a path such as \"/orders/{id}\" or \"/objects/{key+}\""`

	// Scopes are the scopes of which a token needs at least one, by their full names.
	// Default: required, unless the route is public. Allowed: 1 to 20 of the configured scopes.
	Scopes []string `json:"scopes,omitempty" minItems:"1" maxItems:"20" expect:"the full names of scopes, such as \"objects/read\""`

	// Public makes the route answer without a token. Not with scopes.
	// Default: false.
	Public bool `json:"public,omitempty"`

	// Entry is the Go package of a function for this route: its folder, relative to the CDK app. It gets the memory, the
	// timeout, the environment and the permissions of the function behind the API; routes with the same folder share one.
	// Default: the function behind the API. Allowed: the folder of a main package.
	Entry string `json:"entry,omitempty"`

	// RatePerSecond is the sustained rate of requests that this route takes, in each Region. Unit: requests per second.
	// Default: that of throttling. Allowed: 1 to 100000.
	RatePerSecond int `json:"ratePerSecond,omitempty" min:"1" max:"100000"`

	// Burst is the number of requests that this route takes at once. Only with ratePerSecond.
	// Default: twice ratePerSecond. Allowed: 1 to 100000.
	Burst int `json:"burst,omitempty" min:"1" max:"100000"`
}

// Secret is a secret of your own.
type Secret struct {
	// Description is for people.
	// Default: none. Allowed: up to 2048 characters.
	Description string `json:"description,omitempty" maxLength:"2048" why:"Secrets Manager's limit"`
}

// Parameter is a Parameter Store parameter of your own.
type Parameter struct {
	// Value is the value in the primary Region, and in the other one, too, unless that has its own.
	// Allowed: 1 to 4096 characters, without "{{" before a "}}".
	Value string `json:"value" required:"true" minLength:"1" maxLength:"4096" why:"Parameter Store's limit" expect:"a text such as \"100\""`

	// SecondaryValue is the value in the secondary Region.
	// Default: value. Allowed: 1 to 4096 characters, without "{{" before a "}}".
	SecondaryValue string `json:"secondaryValue,omitempty" minLength:"1" maxLength:"4096" why:"Parameter Store's limit"`

	// Description is for people.
	// Default: none. Allowed: up to 1024 characters.
	Description string `json:"description,omitempty" maxLength:"1024" why:"Parameter Store's limit"`
}

// Certificates are certificates of your own for the domain name. ACM must trust them and renews only what it issued.
type Certificates struct {
	// Primary is the ARN of the certificate in the primary Region.
	// Default: ACM issues one, and the hosted zone proves the name. Allowed: an ACM certificate of that Region.
	Primary string `json:"primary,omitempty" pattern:"^arn:aws:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$" expect:"an ARN such as \"arn:aws:acm:eu-west-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef\""`

	// Secondary is the ARN of the certificate in the secondary Region.
	// Default: ACM issues one, and the hosted zone proves the name. Allowed: an ACM certificate of that Region.
	Secondary string `json:"secondary,omitempty" pattern:"^arn:aws:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$" expect:"an ARN such as \"arn:aws:acm:eu-west-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef\""`
}

// Tokens are the access tokens that clients get.
type Tokens struct {
	// ValidityMinutes is how long an access token is valid. A longer time bridges a longer outage of the token issuer, and
	// leaves a revoked client its access for longer. Unit: minutes.
	// Default: 60. Allowed: 5 to 1440.
	ValidityMinutes int `json:"validityMinutes,omitempty" default:"60" min:"5" max:"1440" why:"Cognito's limits"`
}

// Health is how Route 53 decides whether a Region is healthy.
type Health struct {
	// Depth is what the health endpoint looks at: "static" = the API and the function answer; "dependencies" = also bucket,
	// key, tables, token issuer and parameters; "api" = also the API itself, by its own name: certificate, mapping, token
	// endpoint, authorizer and handler. Not with mutualTls or allowedCidrs, which refuse the check.
	// Default: dependencies. Allowed: static, dependencies, api.
	Depth HealthDepth `json:"depth,omitempty" default:"dependencies" enum:"static|dependencies|api"`

	// Client is the machine client whose credentials depth "api" uses.
	// Default: none; required with depth "api", unless the route of path is public. Allowed: one of clients, with the scopes of that route.
	Client string `json:"client,omitempty"`

	// Path is what depth "api" asks of the API with GET, in each Region every 5 s. Any answer of the handler is a good one,
	// except for 401, 403 and 5xx.
	// Default: an object that does not exist, with the bundled objects function; required with depth "api" and another handler. Allowed: a path of a GET route.
	Path string `json:"path,omitempty" pattern:"^/[^ ?#]*$" expect:"a path such as \"/orders/0\""`

	// IntervalSeconds is the time between two requests of one Route 53 checker; changing it makes a new health check.
	// Unit: seconds.
	// Default: 10; 30 with posture "economy". Allowed: 10, 30.
	IntervalSeconds int `json:"intervalSeconds,omitempty" default:"10" enum:"10|30"`

	// FailureThreshold is the number of requests in a row that must fail before a checker calls the Region unhealthy, and
	// succeed before it calls it healthy again.
	// Default: 3; 2 with the postures "fast" and "economy". Allowed: 1 to 10.
	FailureThreshold int `json:"failureThreshold,omitempty" default:"3" min:"1" max:"10" why:"Route 53's limits"`

	// CheckerRegions are the Regions that Route 53 checks from.
	// Default: all eight; us-east-1, eu-west-1 and ap-southeast-1 with posture "economy", and for the check of the standby's
	// endpoint, which only feeds an alarm. Allowed: at least 3 of us-east-1, us-west-1, us-west-2, eu-west-1, ap-southeast-1,
	// ap-southeast-2, ap-northeast-1, sa-east-1.
	CheckerRegions []string `json:"checkerRegions,omitempty" minItems:"3" maxItems:"8" enum:"us-east-1|us-west-1|us-west-2|eu-west-1|ap-southeast-1|ap-southeast-2|ap-northeast-1|sa-east-1" why:"Route 53 wants at least 3"`

	// MeasureLatency publishes the latency that the checkers see; changing it makes a new health check.
	// Default: false.
	MeasureLatency bool `json:"measureLatency,omitempty"`

	// PreferredCIDRs are the networks that the health endpoint answers whatever all others send: Route 53's checkers, which
	// "aws route53 get-checker-ip-ranges" lists. All others together then have 10 requests a second, by a web ACL in each
	// Region. A list that has gone stale makes no Region red.
	// Default: no web ACL; every network is answered alike. Allowed: up to 500 IPv4 or IPv6 networks such as "15.177.0.0/18",
	// none of every address.
	PreferredCIDRs []string `json:"preferredCidrs,omitempty" maxItems:"500" why:"more are no list of Route 53's"`

	// GrayFailure moves clients away from a primary that is healthy by every check, and does not serve them: after three bad
	// minutes in a row. It needs failback.mode "guarded" or "manual".
	GrayFailure GrayFailure `json:"grayFailure,omitzero"`

	// Probes are functions of your own that take part in the health of a Region, by the name of their check.
	// Default: none. Allowed: up to 10; other names than those of the checks that there are: bucket, key, tokens, issuer,
	// parameters, front-door, request.
	Probes map[string]Probe `json:"probes,omitempty" maxItems:"10" why:"each is invoked every few seconds" keys:"^[a-z0-9-]{1,32}$" keyExpect:"1 to 32 lower-case letters, digits or hyphens"`
}

// GrayFailure is what the guard of the failback takes for a failure of a primary that is healthy: three bad minutes in a
// row, as API Gateway measures them, after good ones. Clients are moved while the standby is healthy, and only a person
// moves them back. It needs failback.mode "guarded" or "manual".
type GrayFailure struct {
	// Enabled lets the guard look at the primary's traffic.
	// Default: false.
	Enabled bool `json:"enabled,omitempty"`

	// ErrorPercent is the share of requests answered with 5xx from which a minute is bad. Unit: percent.
	// Default: 20; none while it is off. Allowed: 1 to 100.
	ErrorPercent int `json:"errorPercent,omitempty" min:"1" max:"100"`

	// P99Milliseconds is the latency that makes a minute bad when one request of 100 takes as long. Unit: milliseconds.
	// Default: no latency does. Allowed: 100 to 29000.
	P99Milliseconds int `json:"p99Milliseconds,omitempty" min:"100" max:"29000" why:"API Gateway waits for 29 s at most"`

	// MinRequests is the number of requests below which a minute counts neither as good nor as bad: of fewer than 100, the p99
	// is the slowest.
	// Default: 100; none while it is off. Allowed: 1 to 1000000.
	MinRequests int `json:"minRequests,omitempty" min:"1" max:"1000000"`
}

// Probe is a health probe of your own: a Go program for Lambda that answers {"status": "healthy"}, "degraded" or
// "unhealthy" within 1.2 s.
type Probe struct {
	// Entry is the Go package of the probe: its folder, relative to the CDK app.
	// Required.
	Entry string `json:"entry" required:"true" pattern:"^[^ ]+$" expect:"a folder such as \"./probes/table\""`
}

// Routing is how Route 53 distributes clients over the two Regions.
type Routing struct {
	// Policy is "failover" (the primary serves, the secondary stands by), or one of the active-active policies "latency" and
	// "weighted".
	// Default: failover. Allowed: failover, latency, weighted.
	Policy RoutingPolicy `json:"policy,omitempty" default:"failover" enum:"failover|latency|weighted"`

	// PrimaryWeight is the primary's share of the clients: its weight divided by the sum of both. Only with policy
	// "weighted".
	// Default: required with "weighted". Allowed: 0 to 255, not 0 in both Regions.
	PrimaryWeight *int `json:"primaryWeight,omitempty" min:"0" max:"255" why:"Route 53's limits"`

	// SecondaryWeight is the secondary's share of the clients. Only with policy "weighted".
	// Default: required with "weighted". Allowed: 0 to 255, not 0 in both Regions.
	SecondaryWeight *int `json:"secondaryWeight,omitempty" min:"0" max:"255" why:"Route 53's limits"`

	// Records point the domain name at the Regions: "cname" with a TTL of their own, or "alias", whose TTL AWS fixes at 60 s.
	// No deployment turns one into the other; docs/how-to/deploy.md says how a pair moves.
	// Default: cname; alias when the domain name is the hosted zone's own name. Allowed: cname, alias.
	Records RecordKind `json:"records,omitempty" enum:"cname|alias"`

	// TTLSeconds is how long resolvers keep an answer: the last part of every recovery. Only with records "cname".
	// Unit: seconds.
	// Default: 10; 5 with posture "fast". Allowed: 1 to 300.
	TTLSeconds int `json:"ttlSeconds,omitempty" min:"1" max:"300" why:"clients wait for it at every failover"`
}

// Failback is who lets a primary that has failed serve again.
type Failback struct {
	// Mode is "guarded" = a function in the standby keeps the primary out until it is healthy and has got the standby's
	// writes; "manual" = the function tells when it is, and a person lets it serve; "auto" = Route 53 alone, as soon as the
	// primary is healthy, behind or not.
	// Default: guarded; auto with another routing policy than "failover". Allowed: auto, guarded, manual.
	Mode FailbackMode `json:"mode,omitempty" enum:"auto|guarded|manual"`

	// StableMinutes is how long the primary must have been healthy before clients return. It doubles with every further
	// failover within a day, up to an hour. Unit: minutes.
	// Default: 3; none with mode "auto". Allowed: 1 to 1440.
	StableMinutes int `json:"stableMinutes,omitempty" min:"1" max:"1440"`
}

// Throttling limits the requests that each method of one Region's API accepts.
type Throttling struct {
	// RatePerSecond is the sustained rate of requests. Unit: requests per second.
	// Default: 500. Allowed: 1 to 100000.
	RatePerSecond int `json:"ratePerSecond,omitempty" default:"500" min:"1" max:"100000"`

	// Burst is the number of requests accepted at once.
	// Default: 1000. Allowed: 1 to 100000.
	Burst int `json:"burst,omitempty" default:"1000" min:"1" max:"100000"`
}

// Logs are the logs of the API and of the functions.
type Logs struct {
	// RetentionDays is how long CloudWatch keeps the logs. Unit: days.
	// Default: 90. Allowed: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
	// 3288, 3653.
	RetentionDays int `json:"retentionDays,omitempty" default:"90" enum:"1|3|5|7|14|30|60|90|120|150|180|365|400|545|731|1096|1827|2192|2557|2922|3288|3653"`
}

// Storage is the bucket of each Region.
type Storage struct {
	// Durability is when the bundled objects function acknowledges a write. "async" = when its own Region has it; S3 replicates it
	// within seconds to minutes, and what has not been replicated is lost with the Region. "sync" = when both Regions have it,
	// which every answer says in the header Durability; slower by about two round trips between Regions. An index in DynamoDB, the table <name of the pair>-objects, is a part of it.
	// Default: async. Allowed: async, sync; sync only with the bundled function and in the Regions that docs/how-to/tables.md lists.
	Durability ObjectDurability `json:"durability,omitempty" default:"async" enum:"async|sync"`

	// WhenPeerIsDown is what happens to a write with durability "sync" while the other Region's bucket does not take it.
	// "accept" = it is acknowledged with "Durability: regions=1" and copied later; "refuse" = it gets status 503.
	// Default: accept; has no meaning with durability "async". Allowed: accept, refuse.
	WhenPeerIsDown PeerDownMode `json:"whenPeerIsDown,omitempty" enum:"accept|refuse"`

	// WitnessRegion is the third Region of the index. It holds the keys and sizes of objects, no contents, and serves nobody.
	// Default: none; required with durability "sync". Allowed: another Region of the same set, see docs/how-to/tables.md.
	WitnessRegion string `json:"witnessRegion,omitempty" set:"regions" noun:"Region" expect:"an AWS Region such as \"eu-west-2\""`

	// NoncurrentVersionDays is how long the versions are kept that a newer one has replaced or a deletion has hidden: the
	// time in which an accident can be undone. Unit: days.
	// Default: 30. Allowed: 1 to 3650.
	NoncurrentVersionDays int `json:"noncurrentVersionDays,omitempty" default:"30" min:"1" max:"3650"`

	// Keys are KMS keys that exist already and encrypt the buckets, one in each Region.
	Keys RegionKeys `json:"keys,omitzero"`

	// IndexKeys are KMS keys that exist already and encrypt the index of objects with durability "sync", one in each Region.
	IndexKeys RegionKeys `json:"indexKeys,omitzero"`
}

// RegionKeys are KMS keys of your own. What their key policies must allow is in docs/how-to/deploy.md.
type RegionKeys struct {
	// Primary is the ARN of the key in the primary Region.
	// Default: a key that the stack makes. Allowed: a symmetric key of that Region; for buckets also one of another account.
	Primary string `json:"primary,omitempty" pattern:"^arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$" expect:"an ARN such as \"arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef\""`

	// Secondary is the ARN of the key in the secondary Region.
	// Default: a key that the stack makes. Allowed: a symmetric key of that Region; for buckets also one of another account.
	Secondary string `json:"secondary,omitempty" pattern:"^arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$" expect:"an ARN such as \"arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef\""`
}

// Table is a DynamoDB table with a replica in each Region.
type Table struct {
	// PartitionKey is the attribute that decides where an item is stored. It cannot change later.
	// Allowed: the name of an attribute, of 1 to 255 characters.
	PartitionKey string `json:"partitionKey" required:"true" minLength:"1" maxLength:"255" why:"DynamoDB's limit" expect:"the name of an attribute such as \"id\""`

	// SortKey is the attribute that orders the items of one partition key. It cannot change later.
	// Default: none; the partition key alone is the key of an item. Allowed: the name of another attribute.
	SortKey string `json:"sortKey,omitempty" minLength:"1" maxLength:"255" why:"DynamoDB's limit"`

	// AttributeTypes are the types of attributes in the keys of the table and its indexes, by name. They cannot change later.
	// Default: each is a string. Allowed: string, number, binary.
	AttributeTypes map[string]AttributeType `json:"attributeTypes,omitempty" enum:"string|number|binary"`

	// Indexes are the global secondary indexes of the table, by name. DynamoDB adds or removes one in each deployment.
	// Default: none. Allowed: up to 20; names of 3 to 255 letters, digits and . _ -.
	Indexes map[string]Index `json:"indexes,omitempty" maxItems:"20" why:"DynamoDB's limit" keys:"^[A-Za-z0-9_.-]{3,255}$" keyExpect:"3 to 255 letters, digits, dots, underscores or hyphens"`

	// Consistency is what a write to one Region means for the other. "eventual" = it arrives within about a second, and of two
	// writes of one item the last one wins. "strong" = it is acknowledged when another Region has it, conditional writes hold in
	// all Regions, and no acknowledged write is lost with a Region; without TTL and transactions, and slower by a round trip
	// between Regions. It cannot change later.
	// Default: eventual. Allowed: eventual, strong; strong only in the Regions that docs/how-to/tables.md lists.
	Consistency TableConsistency `json:"consistency,omitempty" default:"eventual" enum:"eventual|strong"`

	// WitnessRegion is the third Region of a strongly consistent table. It holds what was written and serves nobody.
	// Default: none; required with consistency "strong". Allowed: another Region of the same set, see docs/how-to/tables.md.
	WitnessRegion string `json:"witnessRegion,omitempty" set:"regions" noun:"Region" expect:"an AWS Region such as \"eu-west-2\""`

	// TimeToLiveAttribute is the attribute with the time, in seconds since 1970, after which DynamoDB deletes an item.
	// Default: items stay until they are deleted. Allowed: the name of an attribute; not with consistency "strong".
	TimeToLiveAttribute string `json:"timeToLiveAttribute,omitempty" minLength:"1" maxLength:"255"`

	// Stream is what each replica's stream of changes holds. Tables with consistency "eventual" replicate by it, and allow the
	// default only.
	// Default: new-and-old-images. Allowed: keys-only, new-image, old-image, new-and-old-images.
	Stream TableStream `json:"stream,omitempty" default:"new-and-old-images" enum:"keys-only|new-image|old-image|new-and-old-images"`

	// Billing is by request, or for provisioned capacity that scales by itself.
	// Default: on-demand. Allowed: on-demand, provisioned.
	Billing TableBilling `json:"billing,omitempty" default:"on-demand" enum:"on-demand|provisioned"`

	// Capacity is what the table has in each Region. Only with billing "provisioned".
	Capacity Capacity `json:"capacity,omitzero"`

	// PointInTimeRecoveryDays is how far back each replica can be restored; it has a price per GB. Unit: days.
	// Default: 35. Allowed: 1 to 35.
	PointInTimeRecoveryDays int `json:"pointInTimeRecoveryDays,omitempty" default:"35" min:"1" max:"35" why:"DynamoDB's limits"`

	// Keys are KMS keys that exist already and encrypt the replicas, one in each Region.
	Keys RegionKeys `json:"keys,omitzero"`
}

// Index is a global secondary index of a table.
type Index struct {
	// PartitionKey is the attribute that the index finds items by.
	// Allowed: the name of an attribute, of 1 to 255 characters.
	PartitionKey string `json:"partitionKey" required:"true" minLength:"1" maxLength:"255" why:"DynamoDB's limit" expect:"the name of an attribute such as \"customer\""`

	// SortKey is the attribute that orders the items of one partition key.
	// Default: none. Allowed: the name of another attribute.
	SortKey string `json:"sortKey,omitempty" minLength:"1" maxLength:"255" why:"DynamoDB's limit"`

	// Attributes are the attributes that the index holds besides all keys. An empty list = the keys alone.
	// Default: all attributes. Allowed: up to 20 names of 1 to 255 characters, and 100 in all indexes of a table together.
	Attributes []string `json:"attributes,omitempty" maxItems:"20" minLength:"1" maxLength:"255" why:"DynamoDB's limits"`
}

// Capacity is what a table has in each Region, and scales between. After a failover one Region serves the load of both.
type Capacity struct {
	// MinRead is the least number of read units, each a strongly consistent read of 4 KB a second.
	// Default: 1. Allowed: 1 to 40000.
	MinRead int `json:"minRead,omitempty" default:"1" min:"1" max:"40000" why:"DynamoDB's default quota for a table"`

	// MaxRead is the largest number of read units.
	// Default: 1000. Allowed: 1 to 40000, at least minRead.
	MaxRead int `json:"maxRead,omitempty" default:"1000" min:"1" max:"40000" why:"DynamoDB's default quota for a table"`

	// MinWrite is the least number of write units, each a write of 1 KB a second.
	// Default: 1. Allowed: 1 to 40000.
	MinWrite int `json:"minWrite,omitempty" default:"1" min:"1" max:"40000" why:"DynamoDB's default quota for a table"`

	// MaxWrite is the largest number of write units.
	// Default: 1000. Allowed: 1 to 40000, at least minWrite.
	MaxWrite int `json:"maxWrite,omitempty" default:"1000" min:"1" max:"40000" why:"DynamoDB's default quota for a table"`

	// TargetPercent is the share of the capacity that should be in use. Unit: percent.
	// Default: 70. Allowed: 20 to 90.
	TargetPercent int `json:"targetPercent,omitempty" default:"70" min:"20" max:"90" why:"the limits of DynamoDB's auto scaling"`
}

// Egress is a VPC with fixed outgoing IP addresses for the user's function, in each Region.
type Egress struct {
	// Enabled creates the VPC and puts the function into it.
	// Default: false.
	Enabled bool `json:"enabled,omitempty"`

	// MaxAZs is the number of Availability Zones that the VPC spans.
	// Default: 2. Allowed: 1 to 3.
	MaxAZs int `json:"maxAzs,omitempty" default:"2" min:"1" max:"3"`

	// NatGateways is the number of NAT gateways, each with its own fixed IP address. Fewer than zones is cheaper, and a
	// failed zone can then cut the others off.
	// Default: one per zone (maxAzs). Allowed: 1 to maxAzs.
	NatGateways int `json:"natGateways,omitempty" min:"1" max:"3"`

	// CIDR is the address range of the VPC.
	// Default: 10.0.0.0/16. Allowed: an IPv4 network from /16 to /24.
	CIDR string `json:"cidr,omitempty" default:"10.0.0.0/16" pattern:"^[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}/(1[6-9]|2[0-4])$" expect:"an IPv4 network from /16 to /24 such as \"10.0.0.0/16\""`

	// InterfaceEndpoints are the AWS services that the VPC reaches through interface endpoints rather than the NAT gateways,
	// by the last part of their service name. S3 always has its gateway endpoint.
	// Default: none. Allowed: service names such as "secretsmanager", "ssm", "kms", "logs".
	InterfaceEndpoints []string `json:"interfaceEndpoints,omitempty" maxItems:"50" pattern:"^[a-z][a-z0-9.-]*[a-z0-9]$" expect:"the last part of an endpoint service name, such as \"secretsmanager\""`
}

// Alarms are the CloudWatch alarms of the pair.
type Alarms struct {
	// Email are the addresses that get the alarms; each must confirm its subscription once per Region.
	// Default: none. Allowed: up to 20 addresses.
	Email []string `json:"email,omitempty" maxItems:"20" pattern:"^[^@ ]+@[^@ ]+[.][^@ ]+$" expect:"an address such as \"oncall@example.com\""`

	// Enabled creates the alarms.
	// Default: true.
	Enabled *bool `json:"enabled,omitempty" default:"true"`

	// Set is which alarms there are: "all", or the "essential" ones, which tell that clients suffer, that data is at risk or
	// that a failover would fail. docs/reference/alarms.md marks them.
	// Default: all; essential with posture "economy". Allowed: all, essential.
	Set AlarmSet `json:"set,omitempty" default:"all" enum:"all|essential"`

	// Slack is a channel that gets the alarms of all three stacks. Somebody must authorize the workspace once, in the
	// console of Amazon Q Developer in chat applications.
	Slack Slack `json:"slack,omitzero"`

	// Tuning changes single alarms, by the names that docs/reference/alarms.md lists them under, without pair and role. The names
	// of groups stand for all alarms of the group: "function-errors", "function-throttles", "function-concurrency",
	// "table-replication-latency", "table-throttles", "serves" and "takeover".
	Tuning map[string]AlarmTuning `json:"tuning,omitempty" noun:"alarm" keyEnum:"server-errors|latency|throttles|denials|authorizer-failures|function-errors|function-throttles|function-concurrency|account-concurrency|replication-latency|replication-backlog|replication-failures|table-replication-latency|table-throttles|single-region-writes|single-region-objects|lost-objects|certificate-expiry|degraded|kept-out|failback-waits|guard-silent|token-failures|token-cache-hits|primary-endpoint|secondary-endpoint|serves|takeover"`
}

// Slack is a channel of a Slack workspace.
type Slack struct {
	// WorkspaceID is the id of the workspace.
	// Default: no channel gets the alarms. Allowed: an id such as "T0123456789".
	WorkspaceID string `json:"workspaceId,omitempty" pattern:"^[0-9A-Z]{1,255}$" expect:"an id such as \"T0123456789\""`

	// ChannelID is the id of the channel. An account can configure a channel only once: two pairs of one account need
	// two channels.
	// Default: no channel gets the alarms. Allowed: an id such as "C0123456789", not the channel's name.
	ChannelID string `json:"channelId,omitempty" pattern:"^[0-9A-Z]{1,255}$" expect:"an id such as \"C0123456789\", not the channel's name"`
}

// AlarmTuning changes an alarm. What is not given stays as the alarm has it.
type AlarmTuning struct {
	// Enabled creates the alarm.
	// Default: true.
	Enabled *bool `json:"enabled,omitempty" default:"true"`

	// Threshold is the value from which the alarm goes off, in its own unit.
	// Default: the alarm's. Allowed: 1 to 1000000000.
	Threshold int `json:"threshold,omitempty" min:"1" max:"1000000000"`

	// PeriodMinutes is the time that the metric is aggregated over. Unit: minutes.
	// Default: the alarm's. Allowed: 1 to 1440; together with evaluationPeriods a day, or 7 days with periods from an hour.
	PeriodMinutes int `json:"periodMinutes,omitempty" min:"1" max:"1440"`

	// EvaluationPeriods is the number of periods that are evaluated.
	// Default: the alarm's. Allowed: 1 to 1440.
	EvaluationPeriods int `json:"evaluationPeriods,omitempty" min:"1" max:"1440"`

	// DatapointsToAlarm is the number of these periods in which the threshold must be crossed.
	// Default: the alarm's; all periods when evaluationPeriods is given. Allowed: 1 to 1440, at most evaluationPeriods, which must be given too.
	DatapointsToAlarm int `json:"datapointsToAlarm,omitempty" min:"1" max:"1440"`
}

// WAF is an AWS WAF web ACL in front of each Region's API.
type WAF struct {
	// Enabled creates the web ACL: managed core rules, known bad inputs, rate limit.
	// Default: false.
	Enabled bool `json:"enabled,omitempty"`

	// RateLimitPer5Minutes is the number of requests in five minutes after which an IP address is blocked.
	// Default: 2000. Allowed: 10 to 2000000000.
	RateLimitPer5Minutes int `json:"rateLimitPer5Minutes,omitempty" default:"2000" min:"10" max:"2000000000" why:"AWS WAF's limits"`
}

// MutualTLS makes the API ask its clients for a certificate.
type MutualTLS struct {
	// TruststoreURI is the S3 object with the certificate authorities that the API trusts, in PEM.
	// Default: no mutual TLS. Allowed: an S3 URI such as "s3://trust.example.com/ca.pem".
	TruststoreURI string `json:"truststoreUri,omitempty" pattern:"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[^ ]+$" expect:"an S3 URI such as \"s3://bucket/ca.pem\"" maxLength:"1093" why:"S3 allows 63 characters for the bucket and 1024 for the key"`

	// TruststoreVersion is the version of that object. API Gateway looks at the truststore only when the domain changes:
	// give the version, so that a new one is a change.
	// Default: the newest version at the time of deployment. Allowed: an S3 version id.
	TruststoreVersion string `json:"truststoreVersion,omitempty" maxLength:"1024"`
}
