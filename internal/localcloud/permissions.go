package localcloud

import (
	"net/http"
	"strings"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/iam"
)

// createRole makes a role with the policies that stand in it. Managed policies
// of AWS are about services that do not run here, such as logs.
func (c *Cloud) createRole(_ *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	name := physicalName(resource, "RoleName")
	arn := roleARN(resource.Account, name)
	c.gate.Allow(arn, nil)
	for _, policy := range list(resource.Properties["Policies"]) {
		c.allow(resource, arn, object(policy)["PolicyDocument"])
	}
	return cloudformation.Attributes{Ref: name, Att: map[string]any{"Arn": arn, "RoleId": newID()}}, nil
}

func (c *Cloud) createPolicy(_ *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	for _, name := range texts(resource.Properties["Roles"]) {
		c.allow(resource, roleARN(resource.Account, name), resource.Properties["PolicyDocument"])
	}
	arn := "arn:aws:iam::" + resource.Account + ":policy/" + resource.LogicalID
	return cloudformation.Attributes{Ref: arn, Att: map[string]any{"Id": newID(), "PolicyArn": arn}}, nil
}

func roleARN(account, name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return "arn:aws:iam::" + account + ":role/" + name
}

// allow adds a policy to a role. One that cannot be evaluated allows nothing and
// is listed.
func (c *Cloud) allow(resource cloudformation.Resource, role string, document any) {
	statements, err := iam.Parse(resource.LogicalID, document)
	if err != nil {
		c.leaveOut(resource, err.Error())
		return
	}
	c.gate.Allow(role, statements)
}

// guard lets functions ask a service for what their roles allow only.
func (c *Cloud) guard(service, region, account string, next http.Handler) http.Handler {
	return c.gate.Handler(iam.Service{Name: service, Region: region, Account: account, BucketKey: c.bucketKey(region)}, next)
}

// DeniedCalls are the calls of functions that their roles did not allow.
func (c *Cloud) DeniedCalls() []iam.Denial { return c.gate.Denied() }

// Permissions are, by the name of a role, the actions that its policies name
// and those that were used.
func (c *Cloud) Permissions() (granted, used map[string][]string) {
	return c.gate.Granted(), c.gate.Used()
}

// defaultKey is the ARN of the key that a bucket encrypts with by default.
func defaultKey(bucket cloudformation.Resource) string {
	for _, rule := range list(object(bucket.Properties["BucketEncryption"])["ServerSideEncryptionConfiguration"]) {
		if key := textOf(object(object(rule)["ServerSideEncryptionByDefault"])["KMSMasterKeyID"]); key != "" {
			return key
		}
	}
	return ""
}

func (c *Cloud) setBucketKey(bucket, key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bucketKeys[bucket] = key
}

// bucketKey is what the gate asks about the buckets of a Region.
func (c *Cloud) bucketKey(region string) func(bucket, object string) string {
	return func(bucket, object string) string {
		if _, exists := c.region(region, "").store.Current(bucket, object); object != "" && !exists {
			return ""
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.bucketKeys[bucket]
	}
}
