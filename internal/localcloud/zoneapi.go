package localcloud

import (
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
	"github.com/regionpair/regionpair/internal/localcloud/iam"
)

// route53Host is Route 53's control plane. It belongs to no Region of a pair.
const route53Host = "route53.amazonaws.com"

func (c *Cloud) serveZone() error {
	_, err := c.network.Handle(route53Host, egress.Endpoint{Service: "route53"}, c.gate.Handler(iam.Service{Name: "route53"}, c.zoneAPI()))
	return err
}

const route53Namespace = "https://route53.amazonaws.com/doc/2013-04-01/"

// zoneAPI describes records and health checks.
func (c *Cloud) zoneAPI() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2013-04-01/hostedzone/{zone}/rrset", func(w http.ResponseWriter, r *http.Request) {
		answer := recordSets{Namespace: route53Namespace, MaxItems: 300}
		for _, record := range c.described("AWS::Route53::RecordSet", "") {
			if text(record.Resource, "HostedZoneId") == r.PathValue("zone") {
				answer.Records = append(answer.Records, describeRecord(record))
			}
		}
		answerXML(w, http.StatusOK, answer)
	})
	mux.HandleFunc("GET /2013-04-01/healthcheck/{id}", func(w http.ResponseWriter, r *http.Request) {
		check, exists := c.describedOne("AWS::Route53::HealthCheck", "", r.PathValue("id"))
		if !exists {
			answerXML(w, http.StatusNotFound, zoneError{Namespace: route53Namespace, Type: "Sender", Code: "NoSuchHealthCheck", Message: "No health check exists with the specified ID."})
			return
		}
		answerXML(w, http.StatusOK, describeCheck(check))
	})
	mux.HandleFunc("GET /2013-04-01/healthcheck/{id}/status", func(w http.ResponseWriter, r *http.Request) {
		status := "Failure: the endpoint did not answer as expected"
		if c.dns != nil && c.dns.Healthy(r.PathValue("id")) {
			status = "Success: HTTP Status Code 200, OK"
		}
		answerXML(w, http.StatusOK, checkStatus{Namespace: route53Namespace, Observations: []observation{{Region: "us-east-1", IP: "192.0.2.254", Status: status}}})
	})
	return mux
}

func answerXML(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_ = xml.NewEncoder(w).Encode(body)
}

type recordSets struct {
	XMLName     xml.Name    `xml:"ListResourceRecordSetsResponse"`
	Namespace   string      `xml:"xmlns,attr"`
	Records     []recordSet `xml:"ResourceRecordSets>ResourceRecordSet"`
	IsTruncated bool
	MaxItems    int
}

type recordSet struct {
	Name, Type    string
	SetIdentifier string       `xml:",omitempty"`
	Weight        string       `xml:",omitempty"`
	Region        string       `xml:",omitempty"`
	Failover      string       `xml:",omitempty"`
	TTL           string       `xml:",omitempty"`
	Records       []string     `xml:"ResourceRecords>ResourceRecord>Value,omitempty"`
	AliasTarget   *aliasTarget `xml:",omitempty"`
	HealthCheckID string       `xml:"HealthCheckId,omitempty"`
}

type aliasTarget struct {
	HostedZoneID         string `xml:"HostedZoneId"`
	DNSName              string
	EvaluateTargetHealth string
}

func describeRecord(record cloudformation.Created) recordSet {
	described := recordSet{
		Name: text(record.Resource, "Name") + ".", Type: text(record.Resource, "Type"), SetIdentifier: text(record.Resource, "SetIdentifier"),
		Weight: text(record.Resource, "Weight"), Region: text(record.Resource, "Region"), Failover: text(record.Resource, "Failover"),
		TTL: text(record.Resource, "TTL"), Records: record.Read().Texts("ResourceRecords"), HealthCheckID: text(record.Resource, "HealthCheckId"),
	}
	if p := record.Read(); p.Has("AliasTarget") {
		alias := p.Object("AliasTarget")
		described.AliasTarget = &aliasTarget{alias.Text("HostedZoneId"), strings.TrimSuffix(alias.Text("DNSName"), ".") + ".", alias.Text("EvaluateTargetHealth")}
	}
	return described
}

type healthCheck struct {
	XMLName   xml.Name    `xml:"GetHealthCheckResponse"`
	Namespace string      `xml:"xmlns,attr"`
	ID        string      `xml:"HealthCheck>Id"`
	Reference string      `xml:"HealthCheck>CallerReference"`
	Version   int         `xml:"HealthCheck>HealthCheckVersion"`
	Config    checkConfig `xml:"HealthCheck>HealthCheckConfig"`
}

type checkConfig struct {
	Type                     string
	FullyQualifiedDomainName string   `xml:",omitempty"`
	ResourcePath             string   `xml:",omitempty"`
	RequestInterval          string   `xml:",omitempty"`
	FailureThreshold         string   `xml:",omitempty"`
	Inverted                 string   `xml:",omitempty"`
	Disabled                 string   `xml:",omitempty"`
	HealthThreshold          string   `xml:",omitempty"`
	ChildHealthChecks        []string `xml:"ChildHealthChecks>ChildHealthCheck,omitempty"`
}

func describeCheck(check cloudformation.Created) healthCheck {
	config := check.Read().Object("HealthCheckConfig")
	return healthCheck{Namespace: route53Namespace, ID: check.Ref, Reference: check.LogicalID, Version: 1, Config: checkConfig{
		Type: config.Text("Type"), FullyQualifiedDomainName: config.Text("FullyQualifiedDomainName"), ResourcePath: config.Text("ResourcePath"),
		RequestInterval: config.Text("RequestInterval"), FailureThreshold: config.Text("FailureThreshold"), Inverted: config.Text("Inverted"),
		Disabled: config.Text("Disabled"), HealthThreshold: config.Text("HealthThreshold"), ChildHealthChecks: config.Texts("ChildHealthChecks"),
	}}
}

type checkStatus struct {
	XMLName      xml.Name      `xml:"GetHealthCheckStatusResponse"`
	Namespace    string        `xml:"xmlns,attr"`
	Observations []observation `xml:"HealthCheckObservations>HealthCheckObservation"`
}

type observation struct {
	Region string
	IP     string `xml:"IPAddress"`
	Status string `xml:"StatusReport>Status"`
}

type zoneError struct {
	XMLName   xml.Name `xml:"ErrorResponse"`
	Namespace string   `xml:"xmlns,attr"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
}
