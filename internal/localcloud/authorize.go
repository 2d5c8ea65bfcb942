package localcloud

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/aws/smithy-go/encoding/cbor"
)

// Access is one action on one resource that somebody asked for.
type Access struct {
	Action, Resource string
	Denied           bool
}

// Statement of a policy that is enforced. Conditions and denials are not.
type Statement struct{ Action, Resource []string }

// identities are the access keys whose policies are enforced. Others, those of
// functions among them, may do everything.
type identities struct {
	mu       sync.Mutex
	policies map[string][]Statement
	accesses map[string][]Access
}

// Restrict enforces a policy for whoever signs with the access key.
func (c *Cloud) Restrict(accessKey string, statements []Statement) {
	c.identities.mu.Lock()
	defer c.identities.mu.Unlock()
	if c.identities.policies == nil {
		c.identities.policies, c.identities.accesses = map[string][]Statement{}, map[string][]Access{}
	}
	c.identities.policies[accessKey] = statements
}

// Accesses are those of a restricted access key so far.
func (c *Cloud) Accesses(accessKey string) []Access {
	c.identities.mu.Lock()
	defer c.identities.mu.Unlock()
	return slices.Clone(c.identities.accesses[accessKey])
}

// Allows says whether a statement allows an access.
func (s Statement) Allows(a Access) bool {
	matches := func(pattern string, text string) bool {
		ok, err := path.Match(strings.NewReplacer("/", "\x01", "[", "\\[").Replace(pattern), strings.ReplaceAll(text, "/", "\x01"))
		return ok && err == nil
	}
	return slices.ContainsFunc(s.Action, func(pattern string) bool { return matches(pattern, a.Action) }) &&
		slices.ContainsFunc(s.Resource, func(pattern string) bool { return matches(pattern, a.Resource) })
}

// authorized lets those pass who may do what they ask for.
func (c *Cloud) authorized(r *region, service string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		key := accessKeyOf(request)
		c.identities.mu.Lock()
		statements, restricted := c.identities.policies[key]
		c.identities.mu.Unlock()
		if !restricted {
			h.ServeHTTP(w, request)
			return
		}
		for _, a := range c.accessesOf(r, service, request) {
			a.Denied = !slices.ContainsFunc(statements, func(s Statement) bool { return s.Allows(a) })
			c.identities.mu.Lock()
			c.identities.accesses[key] = append(c.identities.accesses[key], a)
			c.identities.mu.Unlock()
			if a.Denied {
				deny(w, service, "User: "+key+" is not authorized to perform: "+a.Action+" on resource: "+a.Resource)
				return
			}
		}
		h.ServeHTTP(w, request)
	})
}

func accessKeyOf(r *http.Request) string {
	_, rest, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	key, _, _ := strings.Cut(rest, "/")
	return key
}

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
	default:
		refuseJSON(w, http.StatusBadRequest, "AccessDeniedException", message)
	}
}

// accessesOf are the actions that a request stands for.
func (c *Cloud) accessesOf(r *region, service string, request *http.Request) []Access {
	one := func(action, resource string) []Access { return []Access{{Action: action, Resource: resource}} }
	parts := strings.Split(strings.Trim(request.URL.Path, "/"), "/")
	switch service {
	case "monitoring":
		return one("cloudwatch:"+path.Base(request.URL.Path), "*")
	case "lambda":
		if len(parts) > 2 && parts[1] == "functions" {
			return one("lambda:GetFunctionConfiguration", r.services.ARN("lambda", "function:"+parts[2]))
		}
		return one("lambda:GetAccountSettings", "*")
	case "apigateway":
		return one("apigateway:"+request.Method, "arn:aws:apigateway:"+r.name+"::"+request.URL.Path)
	case "route53":
		if parts[1] == "healthcheck" {
			return one("route53:GetHealthCheck", "arn:aws:route53:::healthcheck/"+parts[2])
		}
		return one("route53:ListResourceRecordSets", "arn:aws:route53:::hostedzone/"+parts[2])
	case "s3":
		return one(bucketAction(request), "arn:aws:s3:::"+strings.Split(request.Host, ".s3.")[0])
	}
	return c.jsonAccesses(r, service, request)
}

func bucketAction(request *http.Request) string {
	query := request.URL.Query()
	switch {
	case query.Has("replication"):
		return "s3:GetReplicationConfiguration"
	case query.Has("versioning"):
		return "s3:GetBucketVersioning"
	case query.Has("versions"):
		return "s3:ListBucketVersions"
	case strings.Trim(request.URL.Path, "/") == "":
		return "s3:ListBucket"
	}
	return "s3:" + request.Method + "Object"
}

// jsonAccesses reads the operation in the header and the resources in the body.
func (c *Cloud) jsonAccesses(r *region, service string, request *http.Request) []Access {
	body, _ := io.ReadAll(io.LimitReader(request.Body, 1<<20))
	request.Body = io.NopCloser(bytes.NewReader(body))
	var input struct {
		Name           string
		Names          []string
		CertificateArn string
		KeyID          string `json:"KeyId"`
		SecretID       string `json:"SecretId"`
	}
	_ = json.Unmarshal(body, &input)
	_, operation, _ := strings.Cut(request.Header.Get("X-Amz-Target"), ".")
	action := service + ":" + operation
	switch service {
	case "ssm":
		accesses := []Access{}
		for _, name := range append(input.Names, input.Name) {
			if name != "" {
				accesses = append(accesses, Access{Action: action, Resource: r.services.ParameterARN(name)})
			}
		}
		return accesses
	case "secretsmanager":
		return []Access{{Action: action, Resource: r.services.SecretARN(input.SecretID)}}
	case "acm":
		return []Access{{Action: action, Resource: input.CertificateArn}}
	}
	return []Access{{Action: action, Resource: input.KeyID}}
}
