package localcloud

import (
	"context"
	"slices"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/tablestore"
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
	name := physicalName(resource, "TableName")
	c.encryptTable(r, resource, name, resource.Properties)
	regions := []string{r.name}
	for _, one := range list(resource.Properties["Replicas"]) {
		replica := object(one)
		region := textOf(replica["Region"])
		if !c.hasRegion(region) {
			continue
		}
		c.encryptTable(c.region(region, resource.Account), resource, name, replica)
		if region != r.name {
			regions = append(regions, region)
		}
	}
	err := c.tables.Create(context.Background(), tablestore.Table{
		Name: name, Regions: regions, Strong: text(resource, "MultiRegionConsistency") == "STRONG",
		KeySchema: resource.Properties["KeySchema"], AttributeDefinitions: resource.Properties["AttributeDefinitions"],
		GlobalSecondaryIndexes: resource.Properties["GlobalSecondaryIndexes"], LocalSecondaryIndexes: resource.Properties["LocalSecondaryIndexes"],
	})
	if resource.Properties["TimeToLiveSpecification"] != nil {
		c.leaveOut(resource, "items that have expired are not deleted")
	}
	return cloudformation.Attributes{Ref: name, Att: map[string]any{
		"Arn": arn("dynamodb", resource, "table/"+name), "TableId": newID(),
		"StreamArn": arn("dynamodb", resource, "table/"+name+"/stream/2026-01-01T00:00:00.000"),
	}}, err
}

// encryptTable remembers the key of a table, or of a replica, in a Region.
func (c *Cloud) encryptTable(r *region, resource cloudformation.Resource, name string, replica map[string]any) {
	if key := textOf(object(replica["SSESpecification"])["KMSMasterKeyId"]); key != "" {
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

// leaveOut notes a property that is not emulated.
func (c *Cloud) leaveOut(resource cloudformation.Resource, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unsupported = append(c.unsupported, resource.Stack+"/"+resource.LogicalID+" ("+resource.Type+"): "+what)
}

func (c *Cloud) hasRegion(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.regions[name] != nil
}
