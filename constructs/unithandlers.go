package regionpair

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"

	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/entry"
)

func (c *check) handler(p *RegionUnitProps) {
	c.refuse(p.Handler != nil && p.HandlerEntry != "", "takes 'Handler' or 'HandlerEntry', and not both")
	c.refuse(p.Handler != nil && p.HandlerOverrides != nil, "'HandlerOverrides' are for the function that is compiled from 'HandlerEntry': set them on your own 'Handler'")
	c.refuse(p.ownHandler() && len(p.Routes) == 0, "with a handler of your own needs 'Routes'")
	if p.HandlerEntry != "" {
		c.add((&GoFunctionProps{Entry: p.HandlerEntry}).Validate())
	}
	entries := map[string]string{}
	for _, r := range p.Routes {
		if r.HandlerEntry == "" {
			continue
		}
		id, folder := entryID(r.HandlerEntry), entry.Folder(r.HandlerEntry)
		other, taken := entries[id]
		c.refuse(taken && other != folder, "'HandlerEntry' '%s' and '%s' have names that are too much alike for two functions: rename a folder", other, folder)
		entries[id] = folder
	}
}

func (p *RegionUnitProps) ownHandler() bool { return p.Handler != nil || p.HandlerEntry != "" }

// newHandler returns what answers the routes that name nothing else.
func (u *regionUnit) newHandler() awslambda.IFunction {
	if u.props.Handler != nil {
		return u.props.Handler
	}
	if u.props.HandlerEntry == "" {
		return u.compile("Handler", supportFolder("objects"))
	}
	return u.compile("Handler", u.props.HandlerEntry)
}

// newRoutes returns the routes with the functions that are compiled for them.
func (u *regionUnit) newRoutes() []Route {
	routes := slices.Clone(u.props.Routes)
	if len(routes) == 0 {
		return ObjectRoutes(u.props.auth().resourceServer())
	}
	compiled := map[string]awslambda.IFunction{}
	if u.props.HandlerEntry != "" {
		compiled[entryID(u.props.HandlerEntry)] = u.handler
	}
	for i, r := range routes {
		if r.HandlerEntry == "" {
			continue
		}
		id := entryID(r.HandlerEntry)
		if compiled[id] == nil {
			compiled[id] = u.compile("Handler-"+id, r.HandlerEntry)
		}
		routes[i].Handler, routes[i].HandlerEntry = compiled[id], ""
	}
	return routes
}

// entryID turns "./functions/reports" into "functions-reports".
func entryID(folder string) string {
	return strings.Trim(notInLabels.ReplaceAllString(strings.ToLower(folder), "-"), "-")
}

// compile defines a function behind the API, which may use what the unit has.
func (u *regionUnit) compile(id, folder string) awslambda.Function {
	environment, synchronous := u.handlerEnvironment(), folder == supportFolder("objects") && u.index() != nil
	if synchronous {
		maps.Copy(environment, u.indexEnvironment())
		environment["BUCKET_NAME"] = u.bucket.BucketName()
		environment[contract.PeerDownVariable] = string(cmp.Or(u.props.WhenPeerIsDown, PeerDownAccept))
	}
	handler := NewGoFunction(u, &id, &GoFunctionProps{
		Pair:             u.pair,
		Entry:            folder,
		Environment:      environment,
		LogEncryptionKey: u.logKey,
		Overrides: override(awslambda.FunctionOptions{
			// More memory is more CPU: bodies of several megabytes are decoded here.
			MemorySize: jsii.Number(512),
		}, u.props.HandlerOverrides),
	})
	allow(handler, []string{"ssm:GetParameter"}, *u.fence.ParameterArn())
	switch {
	case synchronous:
		u.grantSynchronousObjects(handler)
	case u.index() == nil:
		u.grantObjects(handler)
	}
	u.grantTables(handler.Function())
	if u.index() != nil && !synchronous && len(u.props.Tables) > 0 {
		suppressOnPolicy(handler, allOfItsOwn)
	}
	u.compiled = append(u.compiled, handler.Function())
	return handler.Function()
}

// handlers are the functions behind the API that the unit knows the roles of, or
// was given as its handler.
func (u *regionUnit) handlers() []awslambda.IFunction {
	list := []awslambda.IFunction{}
	if u.props.Handler != nil {
		list = append(list, u.props.Handler)
	}
	for _, function := range u.compiled {
		list = append(list, function)
	}
	return list
}

// tell lets the compiled functions know under which name they find something.
func (u *regionUnit) tell(variable, value string) {
	if other, taken := u.told[variable]; taken && other != value {
		misuse("RegionUnit would tell its functions '%s' and '%s' in one variable, '%s': use names that differ by more than punctuation", other, value, variable)
	}
	u.told[variable] = value
	for _, function := range u.compiled {
		function.AddEnvironment(&variable, &value, nil)
	}
}

// grantObjects allows what the object API does and no more: it never reads old
// versions or changes the bucket. A compiled handler of your own is told the
// bucket's name and may do the same.
func (u *regionUnit) grantObjects(handler GoFunction) {
	bucket := u.bucket.Bucket()
	allow(handler, []string{"s3:ListBucket"}, *bucket.BucketArn())
	allow(handler, []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}, *bucket.ArnForObjects(jsii.String("*")))
	allow(handler, []string{"kms:Decrypt", "kms:GenerateDataKey"}, *keyArnOf(u.bucket.Key()))
	suppressOnPolicy(handler, allOfItsOwn)
}

var allOfItsOwn = suppression{
	rule:   "AwsSolutions-IAM5",
	reason: "The handler serves every key of its own bucket, and every index of its own tables.",
}
