package regionpair

import (
	"regexp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// unitFunction is one function of a Region.
type unitFunction struct {
	// label is a short name such as "token" or "clients-rotation".
	label    string
	function awslambda.IFunction
	// decides says that the function refuses callers by failing.
	decides bool
	// scheduled says that the function runs rarely and in nobody's request.
	scheduled bool
}

// reserved is how many may run at once; 0 when it shares the account's limit.
func (f unitFunction) reserved() float64 {
	defined, ok := f.function.(awslambda.Function)
	if !ok {
		return 0
	}
	resource, ok := defined.Node().DefaultChild().(awslambda.CfnFunction)
	if !ok || resource.ReservedConcurrentExecutions() == nil {
		return 0
	}
	return *resource.ReservedConcurrentExecutions()
}

// partsOf are the functions of a unit, by names that do not depend on where they
// are defined: they are part of the names of alarms.
func partsOf(unit RegionUnit) []unitFunction {
	u := unit.unit()
	parts := []unitFunction{
		{label: "keyrenewal", function: u.renewal.Function(), scheduled: true},
		{label: "handler", function: u.handler},
		{label: "token", function: u.token.Function()},
		{label: "authorizer", function: u.authorizer.Function(), decides: true},
		{label: "health", function: u.health.Function()},
	}
	if u.clients != nil && u.clients.RotationFunction() != nil {
		parts = append(parts, unitFunction{label: "clients-rotation", function: u.clients.RotationFunction(), scheduled: true})
	}
	if u.guard != nil {
		parts = append(parts, unitFunction{label: "guard", function: u.guard.Function(), scheduled: true})
	}
	if u.repair != nil {
		parts = append(parts, unitFunction{label: "repair", function: u.repair.Function(), scheduled: true},
			unitFunction{label: "collector", function: u.collector.Function(), scheduled: true})
	}
	return append(parts, routeFunctions(u)...)
}

// routeFunctions answer single routes; each is named after the first of them.
func routeFunctions(u *regionUnit) []unitFunction {
	var found []unitFunction
	seen := map[string]bool{*u.handler.Node().Path(): true}
	for _, r := range u.routes {
		if r.Handler == nil || seen[*r.Handler.Node().Path()] {
			continue
		}
		seen[*r.Handler.Node().Path()] = true
		found = append(found, unitFunction{label: labelOf(r), function: r.Handler})
	}
	return found
}

var notInLabels = regexp.MustCompile(`[^a-z0-9]+`)

// labelOf turns "GET /reports/{id}" into "get-reports-id".
func labelOf(r Route) string {
	return strings.Trim(notInLabels.ReplaceAllString(strings.ToLower(r.Method+r.Path), "-"), "-")
}

// certificateOf is the certificate of the API's domain name.
func certificateOf(unit RegionUnit) awscertificatemanager.ICertificate {
	if given := unit.unit().props.Certificate; given != nil {
		return given
	}
	certificate, _ := unit.Api().Node().TryFindChild(jsii.String("Certificate")).(awscertificatemanager.ICertificate)
	return certificate
}
