package localcloud

import (
	"cmp"
	"maps"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/iam"
	"github.com/regionpair/regionpair/internal/localcloud/lambdaruntime"
)

// createFunction makes a function as it was planned.
func (c *Cloud) createFunction(r *region, resource cloudformation.Resource) (cloudformation.Attributes, error) {
	plan := c.plans[resource.Stack+"/"+resource.LogicalID]
	if plan.reason != "" {
		r.mu.Lock()
		r.notRun[cmp.Or(text(resource, "FunctionName"), resource.LogicalID)] = plan.reason
		r.mu.Unlock()
		return cloudformation.Attributes{}, &cloudformation.NotRunError{Reason: plan.reason}
	}
	if plan.Version != "" {
		c.leaveOut(resource, "its runtime is "+text(resource, "Runtime")+": it runs on "+plan.Version)
	}
	p := resource.Read()
	if !isCompiled(resource) {
		p.Leave(planned, "Layers")
	}
	p.Leave(planned, "Code", "Architectures", "PackageType")
	p.Leave(logsAreFiles, "LoggingConfig")
	p.Leave(forPeople, "Description", "Tags")
	environment, err := c.environmentOf(resource, plan)
	if err != nil {
		return cloudformation.Attributes{}, err
	}
	log, err := c.logs.open(resource.Region + "-" + resource.LogicalID)
	if err != nil {
		return cloudformation.Attributes{}, err
	}
	name := physicalName(resource, "FunctionName")
	functionARN := arn("lambda", resource, "function:"+name)
	f := lambdaruntime.New(lambdaruntime.Spec{
		Name: name, ARN: functionARN, Region: resource.Region, Binary: plan.Program, Arguments: plan.Arguments, Root: plan.root,
		Runtime: text(resource, "Runtime"), Handler: text(resource, "Handler"), Environment: environment,
		AccessKeyID: iam.AccessKeyID(text(resource, "Role")),
		MemoryMiB:   p.Count("MemorySize", 128),
		Timeout:     time.Duration(p.Count("Timeout", 3)) * time.Second,
		Log:         log.line,
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.functions[name] = f
	return cloudformation.Attributes{Ref: name, Att: map[string]any{"Arn": functionARN}}, nil
}

// gatewayVariable tells programs that do not heed HTTPS_PROXY where to connect.
const gatewayVariable = "LOCALCLOUD_GATEWAY"

// environmentOf is what a function finds in its environment: what leads it to the
// local cloud, and what its template says.
func (c *Cloud) environmentOf(resource cloudformation.Resource, plan functionPlan) (map[string]string, error) {
	caller := resource.Region + "/" + resource.LogicalID
	proxy, authority := c.network.ProxyURL(caller).String(), c.network.CAFile()
	environment := map[string]string{"HTTPS_PROXY": proxy, "HTTP_PROXY": proxy, "SSL_CERT_FILE": authority}
	if !isCompiled(resource) {
		gateway, err := c.network.Gateway(caller)
		if err != nil {
			return nil, err
		}
		environment[gatewayVariable] = gateway
		for _, name := range []string{"AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"} {
			environment[name] = authority
		}
	}
	maps.Copy(environment, variablesOf(resource))
	for key, value := range plan.Environment {
		switch own := environment[key]; {
		case own == "" || key == "PATH":
			environment[key] = value
		case key == "NODE_OPTIONS":
			environment[key] = own + " " + value
		default:
			environment[key] = own + ":" + value
		}
	}
	return environment, nil
}

func isCompiled(function cloudformation.Resource) bool {
	return strings.HasPrefix(text(function, "Runtime"), "provided.")
}
