package localcloud

import (
	"cmp"
	"encoding/xml"
	"net/http"
	"strings"

	"github.com/aws/smithy-go/encoding/cbor"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/iam"
)

// createRole makes a role with the policies that stand in it. Managed policies
// of AWS are about services that do not run here, such as logs.
func (c *Cloud) createRole(_ *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	name := physicalName(resource, "RoleName")
	arn := roleARN(resource.Account, name)
	c.gate.Allow(arn, nil)
	p := resource.Read()
	for _, policy := range p.Objects("Policies") {
		document, _ := policy.Any("PolicyDocument")
		policy.Leave(forPeople, "PolicyName")
		c.allow(resource, arn, document)
	}
	for _, managed := range p.Texts("ManagedPolicyArns") {
		if !strings.Contains(managed, ":iam::aws:policy/") {
			p.Missing("ManagedPolicyArns", "not evaluated: %s", managed)
		}
	}
	p.Leave("services here take the roles that templates give them", "AssumeRolePolicyDocument", "MaxSessionDuration")
	p.Leave(forPeople, "Description", "Path", "Tags")
	return cloudformation.Attributes{Ref: name, Att: map[string]any{"Arn": arn, "RoleId": newID()}}, nil
}

func (c *Cloud) createPolicy(_ *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	p := resource.Read()
	document, _ := p.Any("PolicyDocument")
	for _, name := range p.Texts("Roles") {
		c.allow(resource, roleARN(resource.Account, name), document)
	}
	p.Leave(forPeople, "PolicyName", "ManagedPolicyName", "Description", "Path")
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
	statements, err := iam.Parse(document)
	if err != nil {
		c.leaveOut(resource, err.Error())
		return
	}
	c.gate.Allow(role, statements)
}

// Restrict holds whoever signs with an access key to the statements.
func (c *Cloud) Restrict(accessKey string, statements []iam.Statement) {
	c.gate.Restrict(accessKey, statements)
}

// Accesses are those of a restricted access key so far, each once.
func (c *Cloud) Accesses(accessKey string) []iam.Access { return c.gate.Accesses(accessKey) }

// DeniedCalls are the calls of functions that their roles did not allow.
func (c *Cloud) DeniedCalls() []iam.Access { return c.gate.Denied() }

// guard lets through to a service of a Region what policies allow.
func (c *Cloud) guard(service string, r *region, next http.Handler) http.Handler {
	return c.gate.Handler(iam.Service{
		Name: service, Region: r.name, ARN: r.services.ARN, SecretARN: r.services.SecretARN, BucketKey: c.bucketKey(r),
		PartitionKey: c.tables.PartitionKey, TableKey: c.keyOf,
	}, next)
}

// deny answers a request that no policy allows as the service does.
func deny(w http.ResponseWriter, service, message string) {
	switch service {
	case "s3", "route53":
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusForbidden)
		if service == "s3" {
			_ = xml.NewEncoder(w).Encode(struct {
				XMLName       xml.Name `xml:"Error"`
				Code, Message string
			}{Code: "AccessDenied", Message: message})
			return
		}
		_ = xml.NewEncoder(w).Encode(zoneError{Namespace: route53Namespace, Type: "Sender", Code: "AccessDenied", Message: message})
	case "monitoring":
		w.Header().Set("Content-Type", "application/cbor")
		w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write(cbor.Encode(cbor.Map{"__type": cbor.String("AccessDenied"), "message": cbor.String(message)}))
	case "lambda", "apigateway":
		refuseJSON(w, http.StatusForbidden, "AccessDeniedException", message)
	default:
		refuseJSON(w, http.StatusBadRequest, "AccessDeniedException", message)
	}
}

// defaultKey is the ARN of the key that a bucket encrypts with by default.
func defaultKey(bucket cloudformation.Resource) string {
	key := ""
	for _, rule := range bucket.Read().Object("BucketEncryption").Objects("ServerSideEncryptionConfiguration") {
		rule.Leave("it saves money", "BucketKeyEnabled")
		byDefault := rule.Object("ServerSideEncryptionByDefault")
		byDefault.Leave("what matters here is the key", "SSEAlgorithm")
		key = cmp.Or(key, byDefault.Text("KMSMasterKeyID"))
	}
	return key
}

// encrypt remembers the key that a bucket or a table is encrypted with. One that
// no template defines exists already.
func (c *Cloud) encrypt(r *region, resourceARN, key string) {
	r.services.AdoptKey(key)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys[resourceARN] = key
}

// keyOf is the key of a bucket or a table; empty without one.
func (c *Cloud) keyOf(resourceARN string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keys[resourceARN]
}

// bucketKey is what the gate asks about the buckets of a Region.
func (c *Cloud) bucketKey(r *region) func(bucket, object string) string {
	return func(bucket, object string) string {
		if _, exists := r.store.Current(bucket, object); object != "" && !exists {
			return ""
		}
		return c.keyOf("arn:aws:s3:::" + bucket)
	}
}
