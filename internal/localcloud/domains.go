package localcloud

import (
	"errors"
	"fmt"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
	"github.com/regionpair/regionpair/internal/localcloud/egress"
)

// serveDomains puts the custom domain names on the network, each under its own name
// and under that of its Region.
func (c *Cloud) serveDomains(d *cloudformation.Deployment) error {
	for _, mapping := range d.Resources("AWS::ApiGateway::BasePathMapping") {
		mapping.Read().Leave("an API has one stage here", "Stage")
		if _, exists := c.apis[text(mapping.Resource, "RestApiId")]; !exists {
			return fmt.Errorf("%s maps a REST API that is not deployed", mapping.LogicalID)
		}
		for _, domain := range d.Resources("AWS::ApiGateway::DomainName") {
			if domain.Ref != text(mapping.Resource, "DomainName") || domain.Region != mapping.Region {
				continue
			}
			if err := c.serveDomain(domain, mapping); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Cloud) serveDomain(domain, mapping cloudformation.Created) error {
	api, at := c.apis[text(mapping.Resource, "RestApiId")], egress.Endpoint{Region: domain.Region, Service: serviceAPI}
	handler := c.measured(api, api.Domain(text(mapping.Resource, "BasePath"), c.ailing(api, c.invoker(api))))
	target := textOf(domain.Att["RegionalDomainName"])
	if _, err := c.network.Handle(target, at, handler); err != nil {
		return err
	}
	if err := c.network.Alias(domain.Ref, at, handler); err != nil {
		return err
	}
	authorities, err := c.authoritiesOf(domain)
	if err != nil || authorities == nil {
		return err
	}
	return errors.Join(c.network.DemandCertificate(target, at, authorities), c.network.DemandCertificate(domain.Ref, at, authorities))
}
