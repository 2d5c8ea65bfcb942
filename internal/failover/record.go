package failover

import (
	"errors"
	"fmt"
	"strings"
)

// Policy is how a name's records are chosen from.
type Policy string

// Routing policies.
const (
	Failover Policy = "failover"
	Latency  Policy = "latency"
	Weighted Policy = "weighted"
)

// Record is an alias record with a routing policy.
type Record struct {
	// Name without a trailing dot, and Type: A or AAAA.
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
	// Target is the host that the alias points to.
	Target string
}

// ParseRecord reads the properties of an AWS::Route53::RecordSet. Errors name
// the property.
func ParseRecord(properties map[string]any) (Record, error) {
	r := reader{values: properties}
	record := Record{
		Name: strings.TrimSuffix(r.text("Name"), "."), Type: r.text("Type"),
		SetIdentifier: r.text("SetIdentifier"), Check: r.text("HealthCheckId"),
	}
	r.policy(&record)
	alias, ok := properties["AliasTarget"].(map[string]any)
	if !ok {
		r.fail("'AliasTarget' is missing: other records are not emulated")
	}
	a := reader{values: alias}
	record.Target = strings.TrimSuffix(a.text("DNSName"), ".")
	if record.Policy == Failover && !a.boolean("EvaluateTargetHealth") {
		r.fail("'EvaluateTargetHealth' must be true: Route 53 refuses other failover alias records")
	}
	if record.Target == "" {
		r.fail("'DNSName' is missing")
	}
	if record.Type != "A" && record.Type != "AAAA" {
		r.fail("'Type' must be A or AAAA, got %q", record.Type)
	}
	if record.Name == "" || record.SetIdentifier == "" {
		r.fail("'Name' and 'SetIdentifier' must not be empty")
	}
	if err := errors.Join(append(r.problems, a.problems...)...); err != nil {
		return Record{}, fmt.Errorf("record %s %s: %w", record.Name, record.SetIdentifier, err)
	}
	return record, nil
}

func (r *reader) policy(record *Record) {
	_, weighted := r.values["Weight"]
	_, byLatency := r.values["Region"]
	switch role := r.text("Failover"); {
	case role == "PRIMARY", role == "SECONDARY":
		record.Policy, record.Primary = Failover, role == "PRIMARY"
	case weighted:
		record.Policy, record.Weight = Weighted, r.number("Weight", 0)
		if record.Weight < 0 || record.Weight > 255 {
			r.fail("'Weight' must be 0 to 255, got %d", record.Weight)
		}
	case byLatency:
		record.Policy, record.Region = Latency, r.text("Region")
	default:
		r.fail("'Failover', 'Weight' or 'Region' must say how the record is chosen")
	}
}
