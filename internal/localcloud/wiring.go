package localcloud

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/failover"
	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/restapi"
)

// Who is who is read from what the templates wire, and not from names: an app
// may have buckets, functions, APIs, checks and records beside the pair.

// names are the records that give a name to the APIs of two Regions, with the
// checks that they rest on.
type names struct {
	records []failover.Record
	checks  []failover.Check
}

// wiredNames reads the records and checks that are the pair's, and lists the
// others.
func (c *Cloud) wiredNames() (names, error) {
	n := names{}
	var problems []error
	foreign := func(created cloudformation.Created, err error) {
		created.Read().LeaveAll("listed as a whole")
		c.leaveOut(created.Resource, fmt.Sprintf("not part of the pair: %v", err))
	}
	for _, created := range c.deployment.Resources("AWS::Route53::RecordSet") {
		record, err := failover.ParseRecord(created.Read())
		switch {
		case err == nil:
			n.records = append(n.records, record)
		case text(created.Resource, "SetIdentifier") != "":
			problems = append(problems, err)
		default:
			foreign(created, err)
		}
	}
	used := usedChecks(c.deployment, n.records)
	for _, created := range c.deployment.Resources("AWS::Route53::HealthCheck") {
		check, err := failover.ParseCheck(created.Ref, created.Read())
		_, served := c.network.AddressOf(check.Host)
		switch {
		case err == nil && (check.Calculated() || served):
			n.checks = append(n.checks, check)
		case used[created.Ref]:
			problems = append(problems, cmp.Or(err, fmt.Errorf("health check %s asks %s, which is not served in the local cloud", created.LogicalID, check.Host)))
		default:
			foreign(created, cmp.Or(err, fmt.Errorf("it asks %s", check.Host)))
		}
	}
	return n, errors.Join(problems...)
}

// usedChecks are the checks that records rest on, with their children.
func usedChecks(d *cloudformation.Deployment, records []failover.Record) map[string]bool {
	used := map[string]bool{}
	var use func(id string)
	use = func(id string) {
		used[id] = true
		for _, created := range d.Resources("AWS::Route53::HealthCheck") {
			if created.Ref == id {
				for _, child := range created.Read().Object("HealthCheckConfig").Texts("ChildHealthChecks") {
					use(child)
				}
			}
		}
	}
	for _, record := range records {
		if record.Check != "" {
			use(record.Check)
		}
	}
	return used
}

// leaves are the checks with checkers that a check rests on.
func (n names) leaves(id string) []failover.Check {
	for _, check := range n.checks {
		if check.ID != id {
			continue
		}
		if !check.Calculated() {
			return []failover.Check{check}
		}
		found := []failover.Check{}
		for _, child := range check.Children {
			found = append(found, n.leaves(child)...)
		}
		return found
	}
	return nil
}

// domain is a custom domain name of a REST API in a Region.
type domain struct {
	region string
	api    *restapi.API
}

func (c *Cloud) domainAt(target string) (domain, bool) {
	for _, created := range c.deployment.Resources("AWS::ApiGateway::DomainName") {
		if textOf(created.Att["RegionalDomainName"]) != target {
			continue
		}
		for _, mapping := range c.deployment.Resources("AWS::ApiGateway::BasePathMapping") {
			if mapping.Region == created.Region && text(mapping.Resource, "DomainName") == created.Ref {
				return domain{created.Region, c.apis[text(mapping.Resource, "RestApiId")]}, true
			}
		}
		return domain{region: created.Region}, true
	}
	return domain{}, false
}

// describe finds out who is who.
func (c *Cloud) describe(n names) (Pair, error) {
	p := Pair{Clients: map[string]string{}, Scopes: map[string][]string{}}
	first, second, err := c.pairOfRecords(n.records)
	if err != nil {
		return p, err
	}
	p.DomainName, p.TTL, p.Policy = first.Name, first.TTL, first.Policy
	p.Weights = [2]int{first.Weight, second.Weight}
	if p.Primary, err = c.describeRegion(first); err != nil {
		return p, err
	}
	if p.Secondary, err = c.describeRegion(second); err != nil {
		return p, err
	}
	p.PrimaryCheck, p.SecondaryCheck = first.Check, second.Check
	takeover := ""
	for _, check := range n.leaves(first.Check) {
		if check.Inverted {
			takeover = check.Host
			continue
		}
		p.Check, p.Primary.HealthURL = check, "https://"+check.Host+check.Path
	}
	if p.Check.Host == "" {
		return p, fmt.Errorf("record %s of %s has no health check that asks an endpoint of the primary Region", first.SetIdentifier, first.Name)
	}
	p.Secondary.HealthURL = c.standbyHealth(n, second, p, takeover)
	for _, check := range n.leaves(second.Check) {
		if check.ConnectOnly {
			p.StandbyCheck, p.NoticesDeadStandby = check, true
		}
	}
	c.describeSwitches(&p, takeover)
	c.describeBuckets(&p)
	c.describeDurability(&p)
	c.describeRenewals(&p)
	c.findRoutes(&p, first)
	return p, c.describeClients(&p)
}

// pairOfRecords finds the name that two Regions' APIs have, the primary first.
func (c *Cloud) pairOfRecords(records []failover.Record) (first, second failover.Record, err error) {
	byName := map[string]map[string]failover.Record{}
	for _, record := range records {
		if at, found := c.domainAt(record.Target); found && record.Answers("A") {
			if byName[record.Name] == nil {
				byName[record.Name] = map[string]failover.Record{}
			}
			byName[record.Name][at.region] = record
		}
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		pair := slices.Collect(maps.Values(byName[name]))
		if len(pair) != 2 {
			continue
		}
		slices.SortFunc(pair, func(a, b failover.Record) int {
			return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.SetIdentifier, b.SetIdentifier))
		})
		return pair[0], pair[1], nil
	}
	return first, second, errors.New("the assembly is not a pair: no name has records that point to REST APIs in two Regions. " +
		"A pair has FailoverDns in its global stack, for the custom domain names of both Regions")
}

// rank sorts the primary first; records of active-active routing are alike but
// for the names that the constructs give them.
func rank(r failover.Record) int {
	if r.Primary || r.SetIdentifier == "primary" {
		return 0
	}
	return 1
}

func (c *Cloud) describeRegion(record failover.Record) (Region, error) {
	address, known := c.network.AddressOf(record.Target)
	if !known {
		return Region{}, fmt.Errorf("record %s points to %s, which is not served", record.SetIdentifier, record.Target)
	}
	at, _ := c.domainAt(record.Target)
	return Region{Name: at.region, Address: address, RegionalDomainName: record.Target}, nil
}

// standbyHealth is the endpoint check of the secondary: that of its record, or
// else one that only raises an alarm.
func (c *Cloud) standbyHealth(n names, second failover.Record, p Pair, takeover string) string {
	primary := map[string]bool{}
	for _, check := range n.leaves(p.PrimaryCheck) {
		primary[check.ID] = true
	}
	asksNobody := func(check failover.Check) bool { return check.Inverted || check.Calculated() || check.ConnectOnly }
	candidates := slices.DeleteFunc(n.leaves(second.Check), asksNobody)
	if len(candidates) == 0 {
		candidates = n.checks
	}
	best := ""
	for _, check := range candidates {
		if asksNobody(check) || primary[check.ID] || c.regionOfHost(check.Host) != p.Secondary.Name {
			continue
		}
		if best == "" || check.Host == takeover {
			best = "https://" + check.Host + check.Path
		}
	}
	return best
}

func (c *Cloud) regionOfHost(host string) string {
	parts := strings.Split(host, ".")
	if len(parts) < 3 {
		return ""
	}
	return parts[2]
}

// describeSwitches finds the parameters that the functions behind health
// endpoints read.
func (c *Cloud) describeSwitches(p *Pair, takeover string) {
	for _, region := range []*Region{&p.Primary, &p.Secondary} {
		for _, created := range c.deployment.Resources("AWS::Lambda::Function") {
			variables := variablesOf(created.Resource)
			name := variables[contract.SwitchVariable]
			if created.Region != region.Name || name == "" {
				continue
			}
			asked := c.mayBeCalledBy(created, hostOf(region.HealthURL)) || c.mayBeCalledBy(created, takeover)
			if region.SwitchParameter == "" || asked {
				region.SwitchParameter, region.HoldParameter = name, variables[contract.HoldVariable]
				if region == &p.Primary {
					p.HealthDepth = contract.HealthDepth(variables[contract.HealthDepthVariable])
				}
			}
		}
	}
}

func hostOf(url string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(url, "https://"), "/")
	return host
}

func (c *Cloud) mayBeCalledBy(function cloudformation.Created, host string) bool {
	api, _, _ := strings.Cut(host, ".")
	return api != "" && c.region(function.Region, function.Account).mayInvoke(textOf(function.Att["Arn"]), api)
}

// describeDurability finds the functions that keep synchronous objects.
func (c *Cloud) describeDurability(p *Pair) {
	p.peerBuckets = map[string]string{}
	for _, created := range c.deployment.Resources("AWS::Lambda::Function") {
		variables := variablesOf(created.Resource)
		if variables[contract.IndexVariable] != "" {
			p.Synchronous = true
			p.peerBuckets[created.Region+"/"+created.LogicalID] = variables[contract.PeerBucketVariable]
		}
	}
}

// describeRenewals finds the functions that ask the peer for its keys every now and
// then.
func (c *Cloud) describeRenewals(p *Pair) {
	p.renewals = map[string]bool{}
	for _, created := range c.deployment.Resources("AWS::Lambda::Function") {
		variables := variablesOf(created.Resource)
		if variables[contract.PeerIssuerParameter] != "" {
			p.renewals[created.Region+"/"+created.LogicalID] = true
		}
	}
}

// describeBuckets finds the buckets that replicate to each other.
func (c *Cloud) describeBuckets(p *Pair) {
	for _, created := range c.deployment.Resources(contract.TypeBucketReplication) {
		for _, region := range []*Region{&p.Primary, &p.Secondary} {
			if text(created.Resource, "Region") == region.Name && region.Bucket == "" {
				region.Bucket = text(created.Resource, "Bucket")
			}
		}
	}
}

// findRoutes reads the routes of the primary's API, and from its authorizer
// the scopes that they need.
func (c *Cloud) findRoutes(p *Pair, first failover.Record) {
	at, _ := c.domainAt(first.Target)
	if at.api == nil {
		return
	}
	scopes := c.authorizedRoutes(at.api)
	for _, method := range at.api.Methods {
		route := Route{Method: method.HTTPMethod, Path: method.Path, Public: method.AuthorizerID == "", RatePerSecond: at.api.RatePerSecond(method)}
		route.Scopes = scopes[method.HTTPMethod+" "+method.Path]
		p.Routes = append(p.Routes, route)
	}
}

func (c *Cloud) authorizedRoutes(api *restapi.API) map[string][]string {
	scopes := map[string][]string{}
	for _, authorizer := range api.Authorizers {
		for _, created := range c.deployment.Resources("AWS::Lambda::Function") {
			asset, found := c.assembly.Asset(created.Read().Object("Code").Text("S3Key"))
			if textOf(created.Att["Arn"]) != authorizer.FunctionARN || !found {
				continue
			}
			readScopes(asset, scopes)
		}
	}
	return scopes
}

// describeClients finds the machine clients: secrets that hold a client id which
// an app client of the primary has a scope for.
func (c *Cloud) describeClients(p *Pair) error {
	for _, created := range c.deployment.Resources("AWS::Cognito::UserPoolClient") {
		if created.Region != p.Primary.Name {
			continue
		}
		p.addScopes(created.Read().Texts("AllowedOAuthScopes"))
	}
	for _, created := range c.deployment.Resources("AWS::SecretsManager::Secret") {
		value, exists := c.region(created.Region, created.Account).services.SecretValue(text(created.Resource, "Name"))
		var client struct {
			ID     string `json:"client_id"`
			Secret string `json:"client_secret"`
		}
		if exists && json.Unmarshal([]byte(value), &client) == nil && p.Scopes[client.ID] != nil && client.Secret != "" {
			p.Clients[client.ID] = client.Secret
		}
	}
	if len(p.Scopes) > 0 && len(p.Clients) == 0 {
		return errors.New("no secret of a machine client can be read: a client's secret is a JSON document with client_id and client_secret")
	}
	return nil
}

// addScopes notes what an app client may ask for, if it is a machine client: one
// that has a scope with its own name.
func (p *Pair) addScopes(allowed []string) (id string) {
	scopes := []string{}
	for _, scope := range allowed {
		if of, named := strings.CutPrefix(scope, contract.ClientScope("")); named {
			id = of
		} else {
			scopes = append(scopes, scope)
		}
	}
	if id != "" {
		p.Scopes[id] = scopes
	}
	return id
}
