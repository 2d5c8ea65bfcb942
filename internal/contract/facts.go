package contract

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
	// EventualTables are the full names of tables that can be behind in the peer.
	EventualTables []string `json:"eventualTables,omitempty"`
	// Functions by what they are for, such as "handler".
	Functions map[string]string `json:"functions"`
}
