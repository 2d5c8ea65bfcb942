package localcloud

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
	"github.com/regionpair/regionpair/internal/localcloud/services"
)

// The services that describe what was deployed answer from the properties of
// the templates, as they are after Alter.

// Alter changes a property of a deployed resource by hand, as a console would:
// what the services say of it changes, what runs does not. path leads into the
// properties; a nil value removes what is there.
func (c *Cloud) Alter(created cloudformation.Created, value any, path ...string) (undo func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := created.Stack + "/" + created.LogicalID
	before, changed := c.altered[key]
	if !changed {
		before = created.Properties
	}
	c.altered[key] = with(before, value, path)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.altered[key] = before
	}
}

// Add creates a resource by hand, which no template knows.
func (c *Cloud) Add(created cloudformation.Created) (undo func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.added
	c.added = append(slices.Clone(before), created)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.added = before
	}
}

// Find returns the deployed resource of a type in a Region whose logical id
// begins with a text.
func (c *Cloud) Find(region, resourceType, prefix string) (cloudformation.Created, error) {
	for _, created := range c.described(resourceType, region) {
		if strings.HasPrefix(created.LogicalID, prefix) {
			return created, nil
		}
	}
	return cloudformation.Created{}, fmt.Errorf("no %s in %s has a logical id that begins with %q", resourceType, region, prefix)
}

// Services of a Region.
func (c *Cloud) Services(region string) *services.Region { return c.region(region, "").services }

// with returns a copy in which one value differs.
func with(properties map[string]any, value any, path []string) map[string]any {
	changed := maps.Clone(properties)
	if changed == nil {
		changed = map[string]any{}
	}
	switch {
	case len(path) > 1:
		changed[path[0]] = with(object(properties[path[0]]), value, path[1:])
	case value == nil:
		delete(changed, path[0])
	default:
		changed[path[0]] = value
	}
	return changed
}

// described are the resources of a type in a Region, as they are now; all of
// them when the Region is empty.
func (c *Cloud) described(resourceType, region string) []cloudformation.Created {
	if c.deployment == nil {
		return nil
	}
	found := []cloudformation.Created{}
	for _, created := range c.deployment.Resources(resourceType) {
		if region != "" && created.Region != region {
			continue
		}
		c.mu.Lock()
		properties, changed := c.altered[created.Stack+"/"+created.LogicalID]
		c.mu.Unlock()
		if !changed {
			properties = created.Properties
		}
		created.Resource = created.Detached(properties)
		found = append(found, created)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, created := range c.added {
		if created.Type == resourceType && (region == "" || created.Region == region) {
			found = append(found, created)
		}
	}
	return found
}

// describedOne is the resource with a physical id.
func (c *Cloud) describedOne(resourceType, region, ref string) (cloudformation.Created, bool) {
	for _, created := range c.described(resourceType, region) {
		if created.Ref == ref {
			return created, true
		}
	}
	return cloudformation.Created{}, false
}

// serveDescriptions puts the services that describe a Region on the network.
func (c *Cloud) serveDescriptions(r *region) error {
	suffix := "." + r.name + ".amazonaws.com"
	for service, handler := range map[string]http.Handler{"lambda": c.lambda(r), "apigateway": c.apiGateway(r)} {
		if _, err := c.network.Handle(service+suffix, egress.Endpoint{Region: r.name, Service: service}, c.guard(service, r, handler)); err != nil {
			return err
		}
	}
	return nil
}

func answerJSON(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func refuseJSON(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-ErrorType", code)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}

// notHere answers what does not exist.
func notHere(w http.ResponseWriter, what string) {
	refuseJSON(w, http.StatusNotFound, "ResourceNotFoundException", what+" does not exist here")
}

// lambda describes functions.
func (c *Cloud) lambda(r *region) *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("POST /2015-03-31/functions/{name}/invocations", lambdaService{r})
	mux.HandleFunc("GET /2015-03-31/functions/{name}/configuration", func(w http.ResponseWriter, request *http.Request) {
		function, exists := c.describedOne("AWS::Lambda::Function", r.name, request.PathValue("name"))
		if !exists {
			notHere(w, "function "+request.PathValue("name"))
			return
		}
		answerJSON(w, functionConfiguration(function))
	})
	for _, pattern := range []string{"PUT /2017-10-31/functions/{name}/concurrency", "DELETE /2017-10-31/functions/{name}/concurrency", "GET /2019-09-30/functions/{name}/concurrency"} {
		mux.HandleFunc(pattern, r.concurrency)
	}
	mux.HandleFunc("GET /2016-08-19/account-settings/", func(w http.ResponseWriter, _ *http.Request) {
		limit := r.services.Quota("lambda", "L-B99A9384")
		answerJSON(w, map[string]any{"AccountLimit": map[string]any{"ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": limit}})
	})
	return mux
}

func functionConfiguration(f cloudformation.Created) map[string]any {
	p := f.Read()
	code := sha256.Sum256([]byte(p.Object("Code").Text("S3Key")))
	architectures := p.Texts("Architectures")
	if len(architectures) == 0 {
		architectures = []string{"x86_64"}
	}
	layers := []map[string]string{}
	for _, layer := range p.Texts("Layers") {
		layers = append(layers, map[string]string{"Arn": layer})
	}
	return map[string]any{
		"FunctionName": f.Ref, "FunctionArn": f.Att["Arn"], "Runtime": p.Text("Runtime"), "Handler": p.Text("Handler"),
		"MemorySize": p.Count("MemorySize", 128), "Timeout": p.Count("Timeout", 3), "CodeSha256": base64.StdEncoding.EncodeToString(code[:]),
		"Environment": map[string]any{"Variables": variablesOf(f.Resource)}, "Architectures": architectures, "Layers": layers,
		"State": "Active", "LastUpdateStatus": cmp.Or(text(f.Resource, "LastUpdateStatus"), "Successful"), "Version": "$LATEST", "PackageType": "Zip",
	}
}

// apiGateway describes REST APIs and domain names.
func (c *Cloud) apiGateway(r *region) *http.ServeMux {
	mux := http.NewServeMux()
	handle := func(pattern, resourceType, ref string, describe func(cloudformation.Created) any) {
		mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, request *http.Request) {
			created, exists := c.describedOne(resourceType, r.name, request.PathValue(ref))
			if !exists {
				refuseJSON(w, http.StatusNotFound, "NotFoundException", "Invalid identifier specified")
				return
			}
			answerJSON(w, describe(created))
		})
	}
	handle("/restapis/{api}", "AWS::ApiGateway::RestApi", "api", func(api cloudformation.Created) any {
		return map[string]any{
			"id": api.Ref, "name": text(api.Resource, "Name"), "securityPolicy": text(api.Resource, "SecurityPolicy"),
			"disableExecuteApiEndpoint": api.Read().Flag("DisableExecuteApiEndpoint"),
		}
	})
	handle("/restapis/{api}/resources", "AWS::ApiGateway::RestApi", "api", func(api cloudformation.Created) any {
		return map[string]any{"item": c.describeRoutes(r.name, api.Ref)}
	})
	handle("/domainnames/{domain}", "AWS::ApiGateway::DomainName", "domain", func(domain cloudformation.Created) any {
		return map[string]any{
			"domainName": domain.Ref, "regionalDomainName": domain.Att["RegionalDomainName"], "domainNameStatus": "AVAILABLE",
			"regionalCertificateArn": text(domain.Resource, "RegionalCertificateArn"), "securityPolicy": text(domain.Resource, "SecurityPolicy"),
		}
	})
	handle("/domainnames/{domain}/basepathmappings", "AWS::ApiGateway::DomainName", "domain", func(domain cloudformation.Created) any {
		items := []map[string]string{}
		for _, mapping := range c.described("AWS::ApiGateway::BasePathMapping", r.name) {
			if text(mapping.Resource, "DomainName") == domain.Ref {
				path := text(mapping.Resource, "BasePath")
				if path == "" {
					path = "(none)"
				}
				items = append(items, map[string]string{"basePath": path, "restApiId": text(mapping.Resource, "RestApiId"), "stage": text(mapping.Resource, "Stage")})
			}
		}
		return map[string]any{"item": items}
	})
	mux.HandleFunc("GET /restapis/{api}/stages/{stage}", func(w http.ResponseWriter, request *http.Request) {
		for _, stage := range c.described("AWS::ApiGateway::Stage", r.name) {
			if text(stage.Resource, "RestApiId") == request.PathValue("api") && text(stage.Resource, "StageName") == request.PathValue("stage") {
				answerJSON(w, describeStage(stage))
				return
			}
		}
		refuseJSON(w, http.StatusNotFound, "NotFoundException", "Invalid stage identifier specified")
	})
	mux.HandleFunc("GET /account", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, map[string]any{"throttleSettings": map[string]any{"rateLimit": r.services.Quota("apigateway", "L-8A5B8E43"), "burstLimit": 5000}})
	})
	return mux
}

func describeStage(stage cloudformation.Created) any {
	settings := map[string]any{}
	for _, setting := range stage.Read().Objects("MethodSettings") {
		described := map[string]any{}
		for from, to := range map[string]string{"ThrottlingRateLimit": "throttlingRateLimit", "ThrottlingBurstLimit": "throttlingBurstLimit"} {
			if setting.Has(from) {
				described[to] = setting.Number(from, 0)
			}
		}
		settings[strings.TrimPrefix(setting.Text("ResourcePath"), "/")+"/"+setting.Text("HttpMethod")] = described
	}
	return map[string]any{"stageName": text(stage.Resource, "StageName"), "deploymentId": text(stage.Resource, "DeploymentId"), "methodSettings": settings}
}

// describeRoutes are the resources of an API with their methods.
func (c *Cloud) describeRoutes(region, api string) []map[string]any {
	parents, parts := map[string]string{}, map[string]string{}
	for _, resource := range c.described("AWS::ApiGateway::Resource", region) {
		parents[resource.Ref], parts[resource.Ref] = text(resource.Resource, "ParentId"), text(resource.Resource, "PathPart")
	}
	pathOf := func(id string) string {
		path := ""
		for ; parts[id] != ""; id = parents[id] {
			path = "/" + parts[id] + path
		}
		if path == "" {
			return "/"
		}
		return path
	}
	items := map[string]map[string]any{}
	for _, method := range c.described("AWS::ApiGateway::Method", region) {
		if text(method.Resource, "RestApiId") != api {
			continue
		}
		id := text(method.Resource, "ResourceId")
		if items[id] == nil {
			items[id] = map[string]any{"id": id, "path": pathOf(id), "resourceMethods": map[string]any{}}
		}
		object(items[id]["resourceMethods"])[text(method.Resource, "HttpMethod")] = map[string]any{
			"httpMethod": text(method.Resource, "HttpMethod"), "authorizationType": text(method.Resource, "AuthorizationType"),
		}
	}
	return slices.Collect(maps.Values(items))
}
