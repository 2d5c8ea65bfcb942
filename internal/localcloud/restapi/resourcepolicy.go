package restapi

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/regionpair/regionpair/internal/localcloud/iam"
)

// relativeARN is how a resource policy names the API that it is of.
const relativeARN = "execute-api:/"

// admit looks for what the resource policy denies, before anything else is looked
// at. Whether it has to allow the request depends on the method.
func (x *exchange) admit() *fault {
	if x.api.policy == nil {
		return nil
	}
	// What is no address is in no network.
	source, _ := netip.ParseAddr(x.sourceIP())
	x.admission = x.api.admission(source, x.methodARN())
	if x.admission == iam.Denied {
		return faultNotAdmitted(x.methodARN(), " with an explicit deny").of()
	}
	return nil
}

// mustBeAdmitted is for methods without an authorizer: what the resource policy
// does not allow is refused.
func (x *exchange) mustBeAdmitted() *fault {
	if x.api.policy == nil || x.admission == iam.Allowed {
		return nil
	}
	return faultNotAdmitted(x.methodARN(), "").of()
}

func (a *API) admission(source netip.Addr, methodARN string) iam.Verdict {
	statements := make([]iam.Statement, 0, len(a.policy))
	for _, s := range a.policy {
		s.Resources = slices.Clone(s.Resources)
		for i, resource := range s.Resources {
			if rest, relative := strings.CutPrefix(resource, relativeARN); relative {
				s.Resources[i] = a.arn() + "/" + rest
			}
		}
		statements = append(statements, s)
	}
	return iam.Evaluate(statements, iam.Call{Action: invokeAction, Resource: methodARN, Context: iam.FromSource(source.Unmap())})
}

// arn of the API, in policies.
func (a *API) arn() string {
	return "arn:" + partition(a.Region) + ":execute-api:" + a.Region + ":" + a.Account + ":" + a.ID
}

// Networks that the resource policy names.
func (a *API) Networks() []netip.Prefix { return iam.Networks(a.policy) }

// Admits returns how many of the methods somebody at an address may call, as far as
// the resource policy decides that.
func (a *API) Admits(source netip.Addr) int {
	admitted := 0
	for _, m := range a.Methods {
		verdict := a.admission(source, a.arn()+"/"+a.Stage.Name+"/"+m.HTTPMethod+m.Path)
		if a.policy == nil || verdict == iam.Allowed || verdict == iam.Neither && m.AuthorizerID != "" {
			admitted++
		}
	}
	return admitted
}
