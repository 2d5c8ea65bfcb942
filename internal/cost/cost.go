package cost

import (
	_ "embed" // the list of prices
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/guard"
	"github.com/regionpair/regionpair/internal/rule"
)

//go:embed prices.json
var priceList []byte

// prices of AWS's public lists, in US dollars, without free tiers.
type prices struct {
	Date   string
	Region string

	HealthCheck              float64
	HealthCheckOption        float64
	RestRequestsPerMillion   float64
	LambdaRequestsPerMillion float64
	LambdaGBSecond           float64
	KMSKey                   float64
	KMSRequestsPer10000      float64
	S3ReadsPer1000           float64
	S3WritesPer1000          float64
	TableReadsPerMillion     float64
	TableWritesPerMillion    float64
	Secret                   float64
	AlarmMetric              float64
	CompositeAlarm           float64
	MetricDataPer1000        float64
	Dashboard                float64
	WebACL                   float64
	WebACLRule               float64
	NatGatewayHour           float64
	PublicAddressHour        float64
	InterfaceEndpointHour    float64
}

func readPrices() prices {
	var p prices
	if err := json.Unmarshal(priceList, &p); err != nil {
		panic(fmt.Sprintf("the embedded list of prices: %v", err))
	}
	return p
}

// Item is one line of a bill.
type Item struct {
	// Name says what is billed and how much of it.
	Name string `json:"name"`
	// Monthly is in US dollars.
	Monthly float64 `json:"monthly"`
}

// Report is what an idle month costs.
type Report struct {
	SchemaVersion int `json:"schemaVersion"`
	// PricesOf is the date of the list, and Region the Region that it is for.
	PricesOf string `json:"pricesOf"`
	Region   string `json:"region"`
	Items    []Item `json:"items"`
	// Monthly is the sum, in US dollars.
	Monthly float64 `json:"monthly"`
	// AfterTwoRotations is the sum once every rotated key has two older versions,
	// which KMS bills like keys: two years after the deployment.
	AfterTwoRotations float64 `json:"afterTwoRotations"`
	// CheckerGB leave AWS with the answers to health checkers. The first 100 GB of
	// an account are free each month; they are no part of the sum.
	CheckerGB float64 `json:"checkerGB"`
	// Requests are what the bundled object API adds for its traffic, in each
	// durability; no part of the sum.
	Requests []Requests `json:"requests"`
}

const (
	hoursPerMonth   = 730
	secondsPerMonth = hoursPerMonth * 3600
	// checkersPerRegion: eight Regions have 16 checkers.
	checkersPerRegion = 2
	allCheckerRegions = 8
	// answerSeconds that the health function works on an answer that it has
	// kept, and answerBytes with TLS handshake, certificates and headers.
	answerSeconds = 0.005
	answerBytes   = 6_000
	// The health function asks S3 and KMS this often, in seconds.
	bucketProbeInterval = 5
	keyProbeInterval    = 15
	// With depth "api" it sends two requests each time. API Gateway keeps the
	// authorizer's answer, so each is one more invocation.
	requestsThroughAPI = 2
	// lookSeconds that the standby's health function waits for the primary's answer,
	// to wake the guard.
	lookSeconds = 0.1
)

// estimate collects items.
type estimate struct {
	prices
	resources []assembly.Resource
	report    Report
}

// Of returns the idle cost of stacks.
func Of(stacks []assembly.Stack) Report {
	e := estimate{prices: readPrices()}
	e.report = Report{SchemaVersion: 1, PricesOf: e.Date, Region: e.Region, Items: []Item{}, Requests: requestsOf(e.prices)}
	for _, stack := range stacks {
		for _, resource := range stack.Template.Resources {
			e.resources = append(e.resources, resource)
		}
	}
	e.healthChecks()
	e.probes()
	e.traffic()
	e.keys()
	e.secrets()
	e.alarms()
	e.webACLs()
	e.network()
	e.report.Monthly = round(e.report.Monthly)
	e.report.AfterTwoRotations = round(e.report.AfterTwoRotations + e.report.Monthly)
	return e.report
}

func (e *estimate) add(monthly float64, format string, args ...any) {
	if monthly == 0 {
		return
	}
	e.report.Items = append(e.report.Items, Item{fmt.Sprintf(format, args...), round(monthly)})
	e.report.Monthly += monthly
}

func round(dollars float64) float64 { return math.Round(dollars*100) / 100 }

func (e *estimate) of(kind string) []assembly.Resource {
	found := []assembly.Resource{}
	for _, resource := range e.resources {
		if resource.Type == kind {
			found = append(found, resource)
		}
	}
	return found
}

// healthChecks are billed by Route 53, and their requests by who answers.
func (e *estimate) healthChecks() {
	checks, requests, fee := 0, 0.0, 0.0
	for _, check := range e.of("AWS::Route53::HealthCheck") {
		config, _ := check.Properties["HealthCheckConfig"].(map[string]any)
		checks++
		fee += e.HealthCheck
		interval := numberOr(config["RequestInterval"], 30)
		fee += e.HealthCheckOption * float64(options(config, interval))
		// A connection without a request is free.
		if strings.HasPrefix(text(config["Type"]), "HTTP") && answeredByAPIGateway(config) {
			requests += float64(checkers(config)) * secondsPerMonth / interval
		}
	}
	e.add(fee, "Route 53: %d health checks", checks)
	millions := requests / 1e6
	e.add(millions*e.RestRequestsPerMillion, "API Gateway: %.1f million requests of health checkers", millions)
	e.add(millions*e.LambdaRequestsPerMillion+requests*answerSeconds*e.healthMemory()*e.LambdaGBSecond, "Lambda: their answers")
	e.report.CheckerGB = math.Round(requests * answerBytes / 1e9)
}

// options of a check that Route 53 bills.
func options(config map[string]any, interval float64) int {
	count := 0
	for _, on := range []bool{
		strings.HasPrefix(text(config["Type"]), "HTTPS"),
		interval < 30,
		strings.HasSuffix(text(config["Type"]), "STR_MATCH"),
		text(config["MeasureLatency"]) == "true",
	} {
		if on {
			count++
		}
	}
	return count
}

func checkers(config map[string]any) int {
	if regions, given := config["Regions"].([]any); given {
		return checkersPerRegion * len(regions)
	}
	return checkersPerRegion * allCheckerRegions
}

// answeredByAPIGateway: who answers elsewhere bills elsewhere.
func answeredByAPIGateway(config map[string]any) bool {
	host, _ := json.Marshal(config["FullyQualifiedDomainName"])
	return strings.Contains(string(host), ".execute-api.")
}

// healthMemory in GB.
func (e *estimate) healthMemory() float64 {
	for _, function := range e.healthFunctions() {
		return numberOr(function.Properties["MemorySize"], 128) / 1024
	}
	return 0
}

func (e *estimate) healthFunctions() []assembly.Resource {
	found := []assembly.Resource{}
	for _, function := range e.of("AWS::Lambda::Function") {
		if _, isHealth := variables(function)[contract.HealthDepthVariable]; isHealth {
			found = append(found, function)
		}
	}
	return found
}

func variables(function assembly.Resource) map[string]any {
	environment, _ := function.Properties["Environment"].(map[string]any)
	values, _ := environment["Variables"].(map[string]any)
	return values
}

// traffic is what the guard asks CloudWatch every minute, where it watches for gray
// failures.
func (e *estimate) traffic() {
	for _, function := range e.of("AWS::Lambda::Function") {
		known := variables(function)
		if known[contract.GuardAPI] == nil {
			continue
		}
		series := 2.0
		if text(known[contract.GuardP99Milliseconds]) != "0" {
			series++
		}
		e.add(series*secondsPerMonth/guard.Interval.Seconds()/1000*e.MetricDataPer1000, "CloudWatch: the guard reads %.0f metrics of the primary every minute", series)
	}
}

func (e *estimate) probes() {
	asking, throughAPI, looks := 0.0, 0.0, 0.0
	for _, function := range e.healthFunctions() {
		depth := text(variables(function)[contract.HealthDepthVariable])
		if depth != "static" {
			asking++
		}
		if depth == "api" {
			throughAPI += requestsThroughAPI * secondsPerMonth / bucketProbeInterval
		}
		if variables(function)[contract.WakeFunction] != nil {
			looks += secondsPerMonth / guard.WakeInterval.Seconds()
		}
	}
	reads, uses := asking*secondsPerMonth/bucketProbeInterval, asking*secondsPerMonth/keyProbeInterval
	e.add(reads/1000*e.S3ReadsPer1000+uses/10_000*e.KMSRequestsPer10000, "S3 and KMS: probes of %.0f health functions, one warm instance each", asking)
	millions := throughAPI / 1e6
	e.add(millions*(e.RestRequestsPerMillion+e.LambdaRequestsPerMillion)+throughAPI*answerSeconds*e.healthMemory()*e.LambdaGBSecond,
		"API Gateway and Lambda: %.1f million requests of health functions through the API", millions)
	millions = looks / 1e6
	e.add(millions*(e.RestRequestsPerMillion+e.LambdaRequestsPerMillion)+looks*(answerSeconds+lookSeconds)*e.healthMemory()*e.LambdaGBSecond,
		"API Gateway and Lambda: %.1f million looks of the standby at the primary, one warm instance", millions)
}

func (e *estimate) keys() {
	keys, rotated := e.of("AWS::KMS::Key"), 0
	for _, key := range keys {
		if text(key.Properties["EnableKeyRotation"]) == "true" {
			rotated++
		}
	}
	e.add(float64(len(keys))*e.KMSKey, "KMS: %s", rule.Count(len(keys), "key", "keys"))
	e.report.AfterTwoRotations = float64(2*rotated) * e.KMSKey
}

func (e *estimate) secrets() {
	count := 0
	for _, secret := range e.of("AWS::SecretsManager::Secret") {
		replicas, _ := secret.Properties["ReplicaRegions"].([]any)
		count += 1 + len(replicas)
	}
	e.add(float64(count)*e.Secret, "Secrets Manager: %d secrets and replicas", count)
}

func (e *estimate) alarms() {
	alarms, metrics := e.of("AWS::CloudWatch::Alarm"), 0
	for _, alarm := range alarms {
		metrics += max(1, metricsOf(alarm))
	}
	e.add(float64(metrics)*e.AlarmMetric, "CloudWatch: %d alarms on %d metrics", len(alarms), metrics)
	composite := len(e.of("AWS::CloudWatch::CompositeAlarm"))
	e.add(float64(composite)*e.CompositeAlarm, "CloudWatch: %d composite alarms", composite)
	dashboards := len(e.of("AWS::CloudWatch::Dashboard"))
	e.add(float64(dashboards)*e.Dashboard, "CloudWatch: %d dashboard", dashboards)
}

// metricsOf counts those that an alarm calculates with.
func metricsOf(alarm assembly.Resource) int {
	queries, _ := alarm.Properties["Metrics"].([]any)
	count := 0
	for _, query := range queries {
		if properties, ok := query.(map[string]any); ok && properties["MetricStat"] != nil {
			count++
		}
	}
	return count
}

func (e *estimate) webACLs() {
	acls, rules := e.of("AWS::WAFv2::WebACL"), 0
	for _, acl := range acls {
		list, _ := acl.Properties["Rules"].([]any)
		rules += len(list)
	}
	e.add(float64(len(acls))*e.WebACL+float64(rules)*e.WebACLRule, "WAF: %d web ACLs with %d rules", len(acls), rules)
}

func (e *estimate) network() {
	gateways, addresses := len(e.of("AWS::EC2::NatGateway")), len(e.of("AWS::EC2::EIP"))
	e.add(float64(gateways)*hoursPerMonth*e.NatGatewayHour, "NAT: %d gateways", gateways)
	e.add(float64(addresses)*hoursPerMonth*e.PublicAddressHour, "VPC: %d public addresses", addresses)
	zones := 0
	for _, endpoint := range e.of("AWS::EC2::VPCEndpoint") {
		subnets, _ := endpoint.Properties["SubnetIds"].([]any)
		if text(endpoint.Properties["VpcEndpointType"]) == "Interface" {
			zones += len(subnets)
		}
	}
	e.add(float64(zones)*hoursPerMonth*e.InterfaceEndpointHour, "VPC: interface endpoints, %d zones", zones)
}

func text(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

func numberOr(value any, standard float64) float64 {
	if number, err := strconv.ParseFloat(text(value), 64); err == nil {
		return number
	}
	return standard
}
