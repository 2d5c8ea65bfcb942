package contract

// Parameters of a pair in each of its Regions. The command-line tool computes
// their names from the pair's.

// SwitchParameter holds "on" while its Region is to take over all traffic.
func SwitchParameter(pair string) string { return "/" + pair + "/failover/switch" }

// JournalParameter says how the last switch to its Region went.
func JournalParameter(pair string) string { return "/" + pair + "/failover/journal" }

// FactsParameter holds the [Facts] about its Region.
func FactsParameter(pair string) string { return "/" + pair + "/facts" }

// IssuerParameter holds a token issuer that a Region trusts: its "own", or that
// of its "peer".
func IssuerParameter(pair, whose string) string { return "/" + pair + "/issuers/" + whose }

// ClientSecret holds the stable credential of a machine client.
func ClientSecret(pair, client string) string { return pair + "/clients/" + client }

// Facts are what cannot be computed from the name of a pair and is needed to
// operate it: one Region's share, in that Region, so that it can be read while
// the other one is down.
type Facts struct {
	Role       string `json:"role"`
	PeerRegion string `json:"peerRegion"`
	DomainName string `json:"domainName"`
	// HostedZone of DomainName, by its id.
	HostedZone string `json:"hostedZone"`
	// RegionalDomainName is where DomainName points to while the Region serves.
	RegionalDomainName string `json:"regionalDomainName"`
	// HealthHost is the host of the health endpoint.
	HealthHost string `json:"healthHost"`
	HealthPath string `json:"healthPath"`
	SwitchPath string `json:"switchPath"`
	Bucket     string `json:"bucket"`
	Key        string `json:"key"`
	// Rule is the id of the replication rule of Bucket.
	Rule string `json:"rule"`
	// API and HealthAPI are ids of REST APIs.
	API       string `json:"api"`
	APIName   string `json:"apiName"`
	HealthAPI string `json:"healthApi"`
	Stage     string `json:"stage"`
	// Certificate of DomainName, an ARN; empty when the unit does not know it.
	Certificate string `json:"certificate,omitempty"`
	UserPool    string `json:"userPool"`
	// Credentials is the secret with the Region's own app clients.
	Credentials string `json:"credentials"`
	// Clients are the stable machine clients, by their names.
	Clients []string `json:"clients"`
	// Functions by what they are for, such as "handler".
	Functions map[string]string `json:"functions"`
}
