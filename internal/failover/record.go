package failover

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/property"
)

// Policy is how a name's records are chosen from.
type Policy = contract.RoutingPolicy

// Routing policies.
const (
	Failover = contract.RoutingFailover
	Latency  = contract.RoutingLatency
	Weighted = contract.RoutingWeighted
)

// Record is an alias record, a CNAME or a text with a routing policy.
type Record struct {
	// Name without a trailing dot, and Type: A or AAAA for an alias, CNAME or TXT.
	Name, Type string
	// SetIdentifier tells the records of a name apart.
	SetIdentifier string
	// Policy of the name.
	Policy Policy
	// Primary with failover routing.
	Primary bool
	// Weight with weighted routing: 0 to 255.
	Weight int
	// Region with latency routing.
	Region string
	// Check that decides whether the record is healthy; without one it always
	// is.
	Check string
	// Target is the host that the record points to.
	Target string
	// Texts of a TXT record, which has no target.
	Texts []string
	// TTL is how long resolvers keep the answer: AliasTTL for an alias.
	TTL time.Duration
}

// Answers reports whether a question for a type of address gets the record: a
// CNAME answers for all of them.
func (r Record) Answers(recordType string) bool { return r.Type == recordType || r.Type == "CNAME" }

// reader reads a record.
type reader struct{ *property.Reader }

// ParseRecord reads an AWS::Route53::RecordSet. Errors name the property.
func ParseRecord(p *property.Reader) (Record, error) {
	p.Leave("there is one zone here", "HostedZoneId", "HostedZoneName")
	p.Leave("it is for people", "Comment")
	r := reader{p}
	record := Record{
		Name: strings.TrimSuffix(r.Text("Name"), "."), Type: r.Text("Type"),
		SetIdentifier: r.Text("SetIdentifier"), Check: r.Text("HealthCheckId"),
	}
	r.policy(&record)
	switch record.Type {
	case "A", "AAAA":
		r.alias(&record)
	case "CNAME":
		r.cname(&record)
	case "TXT":
		r.txt(&record)
	default:
		r.Fail("Type", "must be A, AAAA, CNAME or TXT, got %q", record.Type)
	}
	if record.Name == "" || record.SetIdentifier == "" {
		r.Fail("Name", "and 'SetIdentifier' must not be empty")
	}
	if err := r.Problems(); err != nil {
		return Record{}, fmt.Errorf("record %s %s: %w", record.Name, record.SetIdentifier, err)
	}
	return record, nil
}

func (r reader) alias(record *Record) {
	if !r.Has("AliasTarget") {
		r.Fail("AliasTarget", "is missing: records of addresses are not emulated")
		return
	}
	alias := r.Object("AliasTarget")
	record.Target, record.TTL = strings.TrimSuffix(alias.RequiredText("DNSName"), "."), AliasTTL
	if healthy := alias.Flag("EvaluateTargetHealth"); record.Policy == Failover && !healthy {
		alias.Fail("EvaluateTargetHealth", "must be true: Route 53 refuses other failover alias records")
	}
	alias.Leave("the name leads to the Region's API, whatever its zone", "HostedZoneId")
}

func (r reader) cname(record *Record) {
	targets := r.Texts("ResourceRecords")
	if len(targets) != 1 {
		r.Fail("ResourceRecords", "must have one host, got %d: Route 53 refuses other CNAME records", len(targets))
		return
	}
	record.Target = strings.TrimSuffix(targets[0], ".")
	r.kept(record)
}

// maxTextBytes is what DNS allows for one text of a TXT record.
const maxTextBytes = 255

// quotedText is one of the texts of a record, in Route 53's notation.
var quotedText = regexp.MustCompile(`"([^"\\]*)"`)

func (r reader) txt(record *Record) {
	values := r.Texts("ResourceRecords")
	if len(values) != 1 {
		r.Fail("ResourceRecords", "of a TXT record must have one value here, got %d: more are not emulated", len(values))
		return
	}
	for _, quoted := range quotedText.FindAllStringSubmatch(values[0], -1) {
		if len(quoted[1]) > maxTextBytes {
			r.Fail("ResourceRecords", "must have texts of at most %d bytes, got %d", maxTextBytes, len(quoted[1]))
		}
		record.Texts = append(record.Texts, quoted[1])
	}
	if rest := strings.TrimSpace(quotedText.ReplaceAllString(values[0], "")); rest != "" || len(record.Texts) == 0 {
		r.Fail("ResourceRecords", "of a TXT record must be texts in quotation marks, got %s", values[0])
	}
	r.kept(record)
}

// kept reads what records with a TTL of their own have in common.
func (r reader) kept(record *Record) {
	seconds := r.Count("TTL", 0)
	if seconds < 1 {
		r.Fail("TTL", "must be at least 1, got %d", seconds)
	}
	if record.Policy == Failover && record.Primary && record.Check == "" {
		r.Fail("HealthCheckId", "is missing: Route 53 refuses a primary failover record without it")
	}
	record.TTL = time.Duration(seconds) * time.Second
}

func (r reader) policy(record *Record) {
	weighted, byLatency := r.Has("Weight"), r.Has("Region")
	switch role := r.Text("Failover"); {
	case role == "PRIMARY", role == "SECONDARY":
		record.Policy, record.Primary = Failover, role == "PRIMARY"
	case weighted:
		record.Policy, record.Weight = Weighted, r.Count("Weight", 0)
		if record.Weight < 0 || record.Weight > 255 {
			r.Fail("Weight", "must be 0 to 255, got %d", record.Weight)
		}
	case byLatency:
		record.Policy, record.Region = Latency, r.Text("Region")
	default:
		r.Fail("Failover", "is missing: 'Failover', 'Weight' or 'Region' must say how the record is chosen")
	}
}
