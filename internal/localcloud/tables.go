package localcloud

import (
	"context"
	"slices"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/tablestore"
	"github.com/regionpair/regionpair/internal/property"
)

var tableTypes = []string{"AWS::DynamoDB::GlobalTable", "AWS::DynamoDB::Table"}

// dynaliteFolders are the assembly's, which lies in the app, and the working folder.
func dynaliteFolders(a *assembly.Assembly) []string { return []string{a.Dir, "."} }

// mustHaveDynalite refuses a pair with tables before anything starts.
func mustHaveDynalite(a *assembly.Assembly) error {
	for _, stack := range a.Stacks {
		for _, resource := range stack.Template.Resources {
			if slices.Contains(tableTypes, resource.Type) {
				_, err := tablestore.Find(dynaliteFolders(a)...)
				return err
			}
		}
	}
	return nil
}

// createTable makes a table in its Region, or a global one in those of its
// replicas that this cloud has. A witness serves nobody, so there is none.
func (c *Cloud) createTable(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	p := resource.Read()
	name := physicalName(resource, "TableName")
	c.encryptTable(r, resource, name, p)
	leaveOutOfTables(p)
	regions := []string{r.name}
	for _, replica := range p.Objects("Replicas") {
		leaveOutOfTables(replica)
		region := replica.Text("Region")
		if !c.hasRegion(region) {
			continue
		}
		c.encryptTable(c.region(region, resource.Account), resource, name, replica)
		if region != r.name {
			regions = append(regions, region)
		}
	}
	table := tablestore.Table{Name: name, Regions: regions, Strong: p.Text("MultiRegionConsistency") == "STRONG"}
	table.KeySchema, _ = p.Any("KeySchema")
	table.AttributeDefinitions, _ = p.Any("AttributeDefinitions")
	table.GlobalSecondaryIndexes, _ = p.Any("GlobalSecondaryIndexes")
	table.LocalSecondaryIndexes, _ = p.Any("LocalSecondaryIndexes")
	err := c.createInEngine(table)
	if _, expires := p.Any("TimeToLiveSpecification"); expires {
		p.Missing("TimeToLiveSpecification", "items that have expired are not deleted")
	}
	return cloudformation.Attributes{Ref: name, Att: map[string]any{
		"Arn": arn("dynamodb", resource, "table/"+name), "TableId": newID(),
		"StreamArn": arn("dynamodb", resource, "table/"+name+"/stream/2026-01-01T00:00:00.000"),
	}}, err
}

func (c *Cloud) createInEngine(table tablestore.Table) error {
	if c.onPaper {
		return nil
	}
	return c.tables.Create(context.Background(), table)
}

// leaveOutOfTables names what is of a table or of a replica and need not be read.
func leaveOutOfTables(p *property.Reader) {
	p.Leave("functions that ask for streams are refused", "StreamSpecification")
	p.Leave("a witness serves nobody", "GlobalTableWitnesses")
	p.Leave("requests have no price here", "BillingMode")
	p.Leave(oneRun, "DeletionProtectionEnabled", "PointInTimeRecoverySpecification", "TableClass")
	p.Leave(forPeople, "Tags")
}

// encryptTable remembers the key of a table, or of a replica, in a Region.
func (c *Cloud) encryptTable(r *region, resource cloudformation.Resource, name string, replica *property.Reader) {
	encryption := replica.Object("SSESpecification")
	encryption.Leave("what matters here is the key", "SSEEnabled", "SSEType")
	if key := encryption.Text("KMSMasterKeyId"); key != "" {
		c.encrypt(r, "arn:aws:dynamodb:"+r.name+":"+resource.Account+":table/"+name, key)
	}
}

// Written is what the functions of a pair have stored.
type Written struct {
	// Objects that are in the replicated buckets now.
	Objects int `json:"objects"`
	// EventualItems and StrongItems are the writes of items in eventually and in
	// strongly consistent tables.
	EventualItems int `json:"eventualItems"`
	StrongItems   int `json:"strongItems"`
}

// Strong reports whether all of it was in both Regions before it was
// acknowledged.
func (w Written) Strong() bool { return w.StrongItems > 0 && w.Objects+w.EventualItems == 0 }

// Written returns what functions have stored until now.
func (c *Cloud) Written() Written {
	w := Written{}
	w.EventualItems, w.StrongItems = c.tables.Written()
	pair := c.Pair()
	for _, r := range []Region{pair.Primary, pair.Secondary} {
		w.Objects += c.Store(r.Name).Count(r.Bucket)
	}
	return w
}

// leaveOut notes what is not emulated of a resource as a whole.
func (c *Cloud) leaveOut(resource cloudformation.Resource, what string) {
	c.note(resource.Read().Owner().String() + ": " + what)
}

func (c *Cloud) hasRegion(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.regions[name] != nil
}
