package regionpair

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"regexp"
	"slices"
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
	child, _ := cfnResourceOf(defined)
	resource, ok := child.(awslambda.CfnFunction)
	if !ok {
		return 0
	}
	reserved := resource.ReservedConcurrentExecutions()
	if reserved == nil {
		return 0
	}
	return *reserved
}

// parts are the functions of the Region, by names that do not depend on where
// they are defined: they are part of the names of alarms.
func (w *Watched) parts() []unitFunction {
	list := []unitFunction{}
	if w.KeyRenewal != nil {
		list = append(list, unitFunction{label: "keyrenewal", function: w.KeyRenewal.Function(), scheduled: true})
	}
	for _, label := range slices.Sorted(maps.Keys(w.Functions)) {
		list = append(list, unitFunction{label: label, function: w.Functions[label]})
	}
	if w.Token != nil {
		list = append(list, unitFunction{label: "token", function: w.Token.Function()})
	}
	if w.Authorizer != nil {
		list = append(list, unitFunction{label: "authorizer", function: w.Authorizer.Function(), decides: true})
	}
	if w.Health != nil {
		list = append(list, unitFunction{label: "health", function: w.Health.Function()})
	}
	if w.ClientSecrets != nil && w.ClientSecrets.RotationFunction() != nil {
		list = append(list, unitFunction{label: "clients-rotation", function: w.ClientSecrets.RotationFunction(), scheduled: true})
	}
	if w.Guard != nil {
		list = append(list, unitFunction{label: "guard", function: w.Guard.Function(), scheduled: true})
	}
	if w.repair != nil {
		list = append(list, unitFunction{label: "repair", function: w.repair.Function(), scheduled: true},
			unitFunction{label: "collector", function: w.collector.Function(), scheduled: true})
	}
	return list
}

// routeFunctions answer single routes; each is named after the first of them.
func (u *regionUnit) routeFunctions() map[string]awslambda.IFunction {
	found := map[string]awslambda.IFunction{}
	seen := map[string]bool{pathOf(u.handler): true}
	for _, r := range u.routes {
		if r.Handler == nil || seen[pathOf(r.Handler)] {
			continue
		}
		seen[pathOf(r.Handler)] = true
		found[labelOf(r, u.pair.longestLabel(), found)] = r.Handler
	}
	return found
}

var notInLabels = regexp.MustCompile(`[^a-z0-9]+`)

// labelOf turns "GET /reports/{id}" into "get-reports-id". Where that is too long,
// or taken by "GET /reports/id", it ends in a hash of the route.
func labelOf(r Route, longest int, taken map[string]awslambda.IFunction) string {
	label := strings.Trim(notInLabels.ReplaceAllString(strings.ToLower(r.Method+r.Path), "-"), "-")
	if len(label) <= longest && taken[label] == nil {
		return label
	}
	sum := sha256.Sum256([]byte(r.Method + " " + r.Path))
	hash := fmt.Sprintf("-%x", sum[:4])
	return strings.TrimRight(label[:min(len(label), longest-len(hash))], "-") + hash
}

// maxAlarmName is what CloudWatch allows.
const maxAlarmName = 255

// longestLabel leaves room for the rest of an alarm's name, in either Region.
func (p *Pair) longestLabel() int {
	return maxAlarmName - len(p.AlarmName(RoleSecondary, AlarmFunctionConcurrency.Of("")))
}

// certificate of the API's domain name.
func (u *regionUnit) certificate() awscertificatemanager.ICertificate {
	if given := u.props.Certificate; given != nil {
		return given
	}
	return once(u.api, "certificate", func() awscertificatemanager.ICertificate {
		certificate, _ := nodeOf(u.api).TryFindChild(jsii.String("Certificate")).(awscertificatemanager.ICertificate)
		return certificate
	})
}
