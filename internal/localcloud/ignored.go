package localcloud

import (
	"fmt"
	"maps"
	"slices"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
)

// heeded are the properties that a resource's emulation heeds, or that no
// request can notice. What a template sets besides is listed.
var heeded = map[string][]string{
	"AWS::ApiGateway::DomainName": {"DomainName", "RegionalCertificateArn", "EndpointConfiguration", "Tags"},
	"AWS::Lambda::Function": {
		"Architectures", "Code", "Description", "Environment", "FunctionName", "Handler", "Layers", "LoggingConfig", "MemorySize", "Role", "Runtime", "Tags", "Timeout",
	},
	"AWS::S3::Bucket": {"BucketName", "VersioningConfiguration", "Tags"},
}

// noteIgnored lists what a resource asks for and does not get.
func (c *Cloud) noteIgnored(resource cloudformation.Resource) {
	known, listed := heeded[resource.Type]
	if !listed {
		return
	}
	for _, property := range slices.Sorted(maps.Keys(resource.Properties)) {
		if !slices.Contains(known, property) {
			c.note(fmt.Sprintf("%s/%s (%s): %s: not emulated", resource.Stack, resource.LogicalID, resource.Type, property))
		}
	}
}

func (c *Cloud) note(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unsupported = append(c.unsupported, line)
}
