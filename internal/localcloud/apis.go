package localcloud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
	"github.com/regionpair/regionpair/internal/localcloud/restapi"
)

// Services that the network knows, besides those of AWS.
const (
	serviceAPI    = "api"         // the custom domain name
	serviceHealth = "execute-api" // default endpoints
)

var apiTypes = []string{
	"RestApi", "Resource", "Method", "Authorizer", "Deployment", "Stage", "GatewayResponse", "RequestValidator", "Model",
}

// serveAPIs puts every REST API of the deployment on the network.
func (c *Cloud) serveAPIs(d *cloudformation.Deployment) error {
	resources := []restapi.Resource{}
	for _, name := range apiTypes {
		for _, created := range d.Resources("AWS::ApiGateway::" + name) {
			resources = append(resources, restapi.Resource{
				Stack: created.Stack, LogicalID: created.LogicalID, Type: created.Type, Ref: created.Ref, Properties: created.Properties,
			})
		}
	}
	apis, err := restapi.AllFromResources(resources)
	if err != nil {
		return fmt.Errorf("serve the REST APIs: %w", err)
	}
	c.noteForeignParts(d, resources)
	c.apis = map[string]*restapi.API{}
	for _, api := range apis {
		c.apis[api.ID] = api
		for _, line := range api.Unsupported() {
			c.note(line)
		}
		if err := c.serveAPI(api); err != nil {
			return err
		}
	}
	if err := c.serveDomains(d); err != nil {
		return fmt.Errorf("serve the custom domain names: %w", err)
	}
	return c.locateClients()
}

func isPartOfAPI(resourceType string) bool {
	name, isAPI := strings.CutPrefix(resourceType, "AWS::ApiGateway::")
	return isAPI && slices.Contains(apiTypes, name)
}

// noteForeignParts lists the parts of APIs that are not in the assembly.
func (c *Cloud) noteForeignParts(d *cloudformation.Deployment, resources []restapi.Resource) {
	apis := map[string]bool{}
	for _, api := range d.Resources("AWS::ApiGateway::RestApi") {
		apis[api.Stack+"/"+api.Ref] = true
	}
	for _, r := range resources {
		if id := textOf(r.Properties["RestApiId"]); id != "" && !apis[r.Stack+"/"+id] {
			c.note(r.String() + ": its API is not part of the stack")
		}
	}
}

func (c *Cloud) serveAPI(api *restapi.API) error {
	log, err := c.logs.open(api.Region + "-access-" + api.Name)
	if err != nil {
		return err
	}
	api.AccessLog = log
	execution, err := c.logs.open(api.Region + "-execution-" + api.Name)
	if err != nil {
		return err
	}
	api.ExecutionLog = execution
	host := api.ID + ".execute-api." + api.Region + ".amazonaws.com"
	_, err = c.network.Handle(host, egress.Endpoint{Region: api.Region, Service: serviceHealth}, c.measured(api, api.Handler(c.invoker(api))))
	return err
}

// invoker lets API Gateway run functions that it has a permission for.
func (c *Cloud) invoker(api *restapi.API) restapi.InvokeFunc {
	return func(ctx context.Context, functionARN string, payload []byte) ([]byte, string, error) {
		r := c.region(api.Region, api.Account)
		f, exists := r.function(functionARN)
		if !exists {
			return nil, "", fmt.Errorf("there is no function %s", functionARN)
		}
		if !r.mayInvoke(functionARN, api.ID) {
			return nil, "", fmt.Errorf("API Gateway has no permission to invoke %s for %s", functionARN, api.ID)
		}
		return outcome(f.Invoke(ctx, payload))
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
