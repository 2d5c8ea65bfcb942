package regionpair

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscertificatemanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
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

// unitParts is what the alarms of a Region look at beyond what a unit shows.
type unitParts struct {
	functions []unitFunction
	// token answers the token requests; nil when the unit has no endpoint.
	token awslambda.IFunction
}

func partsOf(unit RegionUnit) unitParts {
	parts := unitParts{}
	authorizers, rotations := map[string]bool{}, []string{}
	prefix := *unit.Node().Path() + "/"
	found := []awslambda.Function{}
	for _, child := range *unit.Node().FindAll(constructs.ConstructOrder_PREORDER) {
		switch part := child.(type) {
		case awslambda.Function:
			found = append(found, part)
		case TokenEndpoint:
			parts.token = part.Function()
		case TokenAuthorizer:
			authorizers[*part.Function().Node().Path()] = true
		case *keyRenewal:
			rotations = append(rotations, *part.Node().Path()+"/")
		case ClientSecrets:
			rotations = append(rotations, *part.Node().Path()+"/")
		}
	}
	handlerFound, handlerPath := false, *unit.Handler().Node().Path()
	for _, function := range found {
		path := *function.Node().Path()
		handlerFound = handlerFound || path == handlerPath
		parts.functions = append(parts.functions, unitFunction{
			label:     labelOf(strings.TrimPrefix(path, prefix)),
			function:  function,
			decides:   authorizers[path],
			scheduled: hasAnyPrefix(path, rotations),
		})
	}
	if !handlerFound {
		parts.functions = append(parts.functions, unitFunction{label: "handler", function: unit.Handler()})
	}
	parts.functions = append(parts.functions, routeFunctions(unit, parts.functions)...)
	return parts
}

// routeFunctions are those that answer single routes and are defined elsewhere.
func routeFunctions(unit RegionUnit, known []unitFunction) []unitFunction {
	var found []unitFunction
	own, ok := unit.(*regionUnit)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for _, f := range known {
		seen[*f.function.Node().Path()] = true
	}
	for _, r := range own.props.Routes {
		if r.Handler == nil || seen[*r.Handler.Node().Path()] {
			continue
		}
		seen[*r.Handler.Node().Path()] = true
		found = append(found, unitFunction{label: labelOf(lastOf(*r.Handler.Node().Path())), function: r.Handler})
	}
	return found
}

// lastOf is the last part of a path that says something.
func lastOf(path string) string {
	path = strings.TrimSuffix(path, "/Function")
	return path[strings.LastIndex(path, "/")+1:]
}

func hasAnyPrefix(text string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// labelOf turns "Clients/Rotation/Function/Function" into "clients-rotation".
func labelOf(path string) string {
	for strings.HasSuffix(path, "/Function") {
		path = strings.TrimSuffix(path, "/Function")
	}
	return strings.ToLower(strings.ReplaceAll(path, "/", "-"))
}

// certificateOf is the certificate of the API's domain name.
func certificateOf(unit RegionUnit) awscertificatemanager.ICertificate {
	if u, ok := unit.(*regionUnit); ok && u.props.Certificate != nil {
		return u.props.Certificate
	}
	certificate, _ := unit.Api().Node().TryFindChild(jsii.String("Certificate")).(awscertificatemanager.ICertificate)
	return certificate
}
