// Package contract holds the strings that two programs must agree on: names of
// environment variables, properties of custom resources, metrics, parameters,
// secrets and headers. Constructs write them into a template; functions, the
// local cloud and the command-line tool read them from there. It imports
// nothing, so that all of them can import it.
package contract

import "time"

// RegionHeader names, in every answer, the Region that gave it.
const RegionHeader = "X-Served-By-Region"

// DirectoryVersion is how the text of a pair's directory record begins. Words of
// the form key=value follow: serving and peer, each the host of a Region.
const DirectoryVersion = "v=regionpair1"

// DirectoryRecord is the name of the TXT record that tells clients where the
// Regions of a pair are.
func DirectoryRecord(domainName string) string { return "_regionpair." + domainName }

// RoutesFile is the file beside the authorizer's binary that lists the routes
// it decides about: too long for an environment variable.
const RoutesFile = "routes.json"

// ReplicationClaim is the parameter, in a bucket's Region, that says which
// resource of which stack owns the replication rule of the bucket.
func ReplicationClaim(bucket string) string { return "/regionpair/replication/" + bucket }

// Types of the custom resources that the pairing function serves.
const (
	TypeBucketReplication = "Custom::BucketReplication"
	TypeTrustedIssuer     = "Custom::TrustedIssuer"
	TypeSecretReplicas    = "Custom::SecretReplicas"
)

// OutcomeUnknown is the type of the problem that answers a change of an object
// when the bucket did not say whether it was made.
const OutcomeUnknown = "https://github.com/regionpair/regionpair/blob/main/docs/reference/objects.md#outcome-unknown"

// TokenValiditySeconds is the environment variable with the life of an access
// token, in seconds: how long a client's last good secret may be relied on.
const TokenValiditySeconds = "TOKEN_VALIDITY_SECONDS"

// Metrics of the token function, in namespace MetricNamespace with the dimension
// FunctionName.
const (
	MetricNamespace = "regionpair"
	// MetricTokenCacheHits counts requests answered without asking Cognito.
	MetricTokenCacheHits = "TokenCacheHits"
	// MetricTokenCacheMisses counts requests for which Cognito was asked, which it bills.
	MetricTokenCacheMisses = "TokenCacheMisses"
	// MetricCognitoFailures counts requests to Cognito that brought no token, also
	// when a kept one was good enough.
	MetricCognitoFailures = "CognitoFailures"
	// MetricTokenFailures counts answers with a status of 500 and above, whatever
	// the cause: Cognito, Secrets Manager, or a set-up that does not fit.
	MetricTokenFailures = "TokenFailures"
)

// Metrics of the health function, in the same namespace and with the same
// dimension.
const (
	// MetricDegraded counts reports in which something was wrong that is no
	// reason to move the clients.
	MetricDegraded = "Degraded"
)

// PeerIssuerParameter is the environment variable with the name of the parameter
// that holds the peer's issuer.
const PeerIssuerParameter = "PEER_ISSUER_PARAMETER"

// ClientScopes is the resource server whose scopes name clients. A token carries
// the scope of its own client, so that whichever Region checks it knows the
// stable client id: the client id in a token is that of a Region's app client.
const ClientScopes = "regionpair-client"

// ClientScope is the scope that names a client, by its stable id.
func ClientScope(clientID string) string { return ClientScopes + "/" + clientID }

// HealthContextKey and HealthContextValue are the encryption context of the only
// texts that the health function may have encrypted and decrypted.
const (
	HealthContextKey   = "regionpair"
	HealthContextValue = "health"
)

// HealthObject is the key of an object that does not exist. The health function
// asks for it: S3's answer that it is missing proves that S3 reads.
const HealthObject = ".regionpair/health"

// HealthChecks are the names of the health function's own checks, beside those of
// tables, which have a slash. No probe of one's own can have one.
func HealthChecks() []string {
	return []string{"bucket", "key", "tokens", "issuer", "parameters", "front-door", "request"}
}

// HealthProbes is the environment variable of the health function with the
// functions that it asks, a JSON object of names by check.
const HealthProbes = "HEALTH_PROBES"

// ProbeEvent is what a health probe of one's own is invoked with.
const ProbeEvent = `{"source":"regionpair.health"}`

// ProbeAnswer is what it answers: "healthy", "degraded" or "unhealthy".
type ProbeAnswer struct {
	Status string `json:"status"`
}

// Metadata of every object that the object API stores, replicated with it.
const (
	// ObjectMetadataPrefix begins the names that clients cannot use.
	ObjectMetadataPrefix = "regionpair-"
	// ObjectStateMetadata is the id of this state of the object: its ETag in both
	// Regions, without quotes.
	ObjectStateMetadata = ObjectMetadataPrefix + "state"
	// ObjectWriterMetadata is the Region that wrote it and when, separated by a
	// space; the time as RFC 3339.
	ObjectWriterMetadata = ObjectMetadataPrefix + "writer"
	// ObjectKeyMetadata is a digest of the key that an upload by URL is meant for,
	// where objects are synchronous.
	ObjectKeyMetadata = ObjectMetadataPrefix + "key"
)

// BuildForContext is the key of CDK's context that has functions compiled for
// the machine which synthesizes, such as "linux/amd64": `regionpair drill` and
// `regionpair up` run them there.
const BuildForContext = "regionpair:buildFor"

// HealthDepthVariable is the environment variable of the health function with how
// much it looks at, a [HealthDepth].
const HealthDepthVariable = "HEALTH_DEPTH"

// SwitchVariable is the environment variable of the health function with the
// parameter that makes its Region take over.
const SwitchVariable = "SWITCH_PARAMETER"

// HoldVariable is the one with the parameter that keeps its Region out.
const HoldVariable = "HOLD_PARAMETER"

// Positions of a switch and of a hold. Those that the guard has set are told
// from those that a person has set, which it leaves alone.
const (
	PositionOff     = "off"
	PositionOn      = "on"
	PositionByGuard = "guard"
	// PositionPattern is what Parameter Store lets be written.
	PositionPattern = "^(on|off|guard)$"
)

// FenceVariable is the environment variable of handlers with the parameter that
// ends writes in their Region.
const FenceVariable = "FENCE_PARAMETER"

// Positions of a fence, beside "off": it keeps uploads by URL from being signed
// and, once it is on, every write from being made.
const (
	PositionUploads = "uploads"
	// FencePattern is what Parameter Store lets be written.
	FencePattern = "^(off|uploads|on)$"
)

// UploadLifetime is how long a URL that was signed for an upload can be used. The
// bucket takes it whatever the fence says.
const UploadLifetime = 5 * time.Minute

// Environment variables of the guard's function.
const (
	GuardMode          = "FAILBACK_MODE"
	GuardStableMinutes = "STABLE_MINUTES"
	GuardPair          = "PAIR_NAME"
	GuardDomainName    = "DOMAIN_NAME"
	GuardMutualTLS     = "MUTUAL_TLS"
	GuardPrimaryRegion = "PRIMARY_REGION"
	GuardBucket        = "BUCKET_NAME"
	GuardPeerBucket    = "PEER_BUCKET_NAME"
	GuardHealthURL     = "HEALTH_URL"
	// What is a gray failure: the API whose requests count, by its name and its stage
	// in the primary, and from where on they are bad.
	GuardAPI             = "PRIMARY_API"
	GuardStage           = "PRIMARY_STAGE"
	GuardErrorPercent    = "GRAY_ERROR_PERCENT"
	GuardP99Milliseconds = "GRAY_P99_MILLISECONDS"
	GuardMinRequests     = "GRAY_MIN_REQUESTS"
)

// Environment variables of the standby's health function: the guard that it wakes,
// and the parameter with what the guard remembers.
const (
	WakeFunction  = "GUARD_FUNCTION"
	WakeParameter = "GUARD_PARAMETER"
)

// WakeEvent is what the guard is woken with.
const WakeEvent = `{"source":"regionpair.health"}`

// Metrics of the guard's function, one value a minute: 1 while it keeps the
// primary out, and 1 while the primary is fit and a person has to let it serve.
// Their dimension is the pair's name, so that another stack can show them.
const (
	PairDimension        = "Pair"
	MetricKeptOut        = "PrimaryKeptOut"
	MetricWaitsForPerson = "FailbackWaitsForPerson"
)

// MarkerPrefix begins the keys of objects that are the pair's own, and MarkerKey
// is the one that shows how far replication is.
const (
	MarkerPrefix = ".regionpair/"
	MarkerKey    = MarkerPrefix + "guard"
)
