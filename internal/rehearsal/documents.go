package rehearsal

import (
	"maps"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/localcloud"
)

// SchemaVersion of the documents.
const SchemaVersion = 1

// Ready is what programs get to know when both Regions serve.
type Ready struct {
	SchemaVersion int    `json:"schemaVersion"`
	DomainName    string `json:"domainName"`
	// DNSAddress is the clients' resolver, NameServer the authoritative one.
	DNSAddress string `json:"dnsAddress"`
	NameServer string `json:"nameServer"`
	HTTPSProxy string `json:"httpsProxy"`
	// CAFile holds the certificate of the throw-away authority.
	CAFile   string `json:"caFile"`
	TokenURL string `json:"tokenUrl"`
	// ClientAddress is the address that clients call from, whether through the proxy or not.
	ClientAddress string `json:"clientAddress"`
	// ClientCertFile is a certificate that the API accepts; empty where it asks for none.
	ClientCertFile string `json:"clientCertFile,omitempty"`
	// ClientKeyFile is its private key.
	ClientKeyFile string `json:"clientKeyFile,omitempty"`
	// ClientID and ClientSecret are those of the first of Clients.
	ClientID     string   `json:"clientId"`
	ClientSecret string   `json:"clientSecret"`
	Clients      []Client `json:"clients"`
	Regions      []Region `json:"regions"`
	// ConsoleURL is empty without a console.
	ConsoleURL string `json:"consoleUrl,omitempty"`
}

// Client is a machine client.
type Client struct {
	ID     string   `json:"id"`
	Secret string   `json:"secret"`
	Scopes []string `json:"scopes"`
}

// Region that runs.
type Region struct {
	Name string `json:"name"`
	Role string `json:"role" enum:"primary|secondary"`
	// APIAddress is where the Region's API listens, past DNS.
	APIAddress string `json:"apiAddress"`
	HealthURL  string `json:"healthUrl"`
}

// Describe says how a pair that runs is called.
func Describe(cloud *localcloud.Cloud) Ready {
	pair := cloud.Pair()
	d := Ready{
		SchemaVersion: SchemaVersion, DomainName: pair.DomainName, DNSAddress: cloud.Resolver().Address(), NameServer: cloud.NameServer().Address(),
		HTTPSProxy: cloud.Network().ProxyURL("client").String(), CAFile: cloud.Network().CAFile(), TokenURL: "https://" + pair.DomainName + "/oauth2/token",
		Clients: []Client{}, Regions: []Region{},
	}
	clients := cloud.Clients()
	d.ClientAddress, d.ClientCertFile, d.ClientKeyFile = clients.Address.String(), clients.CertificateFile, clients.KeyFile
	for _, id := range slices.Sorted(maps.Keys(pair.Clients)) {
		d.Clients = append(d.Clients, Client{ID: id, Secret: pair.Clients[id], Scopes: slices.Concat([]string{}, pair.Scopes[id])})
	}
	if len(d.Clients) > 0 {
		d.ClientID, d.ClientSecret = d.Clients[0].ID, d.Clients[0].Secret
	}
	for role, region := range map[string]localcloud.Region{"primary": pair.Primary, "secondary": pair.Secondary} {
		address, _ := cloud.Network().ListenAddress(region.Address)
		d.Regions = append(d.Regions, Region{Name: region.Name, Role: role, APIAddress: address, HealthURL: region.HealthURL})
	}
	slices.SortFunc(d.Regions, func(a, b Region) int { return strings.Compare(a.Role, b.Role) })
	return d
}

// Status answers the verb "status".
type Status struct {
	SchemaVersion int `json:"schemaVersion"`
	// Answer is the Region that the name servers give out.
	Answer string `json:"answer"`
	// PrimaryHealthy is what the records see.
	PrimaryHealthy bool `json:"primaryHealthy"`
	// Switch of the standby.
	Switch string `json:"switch"`
	// Pending and Objects of each Region's bucket.
	Pending    map[string]int `json:"pendingReplication"`
	Objects    map[string]int `json:"objects"`
	Unexpected []string       `json:"unexpectedHosts"`
	// Faults of Regions, and Broken things by their names.
	Faults map[string]string `json:"faults"`
	Broken []string          `json:"broken"`
}

// Calls answers the verb "calls": hosts by who asked for them, in the order in
// which they were asked for.
type Calls struct {
	SchemaVersion int                 `json:"schemaVersion"`
	Calls         map[string][]string `json:"calls"`
}

// Done answers verbs that change something.
type Done struct {
	SchemaVersion int  `json:"schemaVersion"`
	OK            bool `json:"ok"`
	// Finds are the checks of `regionpair readiness` that find what was broken.
	Finds []string `json:"finds,omitempty"`
	// Error says what is wrong with a line.
	Error string `json:"error,omitempty"`
}

// Help answers the verbs "help" and "break".
type Help struct {
	SchemaVersion int    `json:"schemaVersion"`
	Verbs         []Verb `json:"verbs,omitempty"`
	// Breakages that "break" knows.
	Breakages []BreakageHelp `json:"breakages,omitempty"`
}

// Verb of a line.
type Verb struct {
	Usage string `json:"usage"`
	Does  string `json:"does"`
}

// BreakageHelp is a breakage in a list.
type BreakageHelp struct {
	Name string `json:"name"`
	What string `json:"what"`
}
