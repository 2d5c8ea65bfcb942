package localcloud

import (
	"path"
	"strings"

	"github.com/regionpair/regionpair/internal/localcloud/cloudformation"
)

// permission is a resource-based policy statement of a function.
type permission struct {
	function, principal, source string
}

func permissionOf(r cloudformation.Resource) permission {
	p := permission{principal: text(r, "Principal"), source: text(r, "SourceArn")}
	if action := text(r, "Action"); action != "lambda:InvokeFunction" {
		r.Read().Missing("Action", "not evaluated: %s", action)
	}
	p.function = functionName(text(r, "FunctionName"))
	return p
}

// mayInvoke reports whether API Gateway may invoke a function for an API. AWS
// answers 500 without the permission, which no synthesis finds.
func (r *region) mayInvoke(function, api string) bool {
	name := functionName(function)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.permissions {
		if p.function != name || p.principal != "apigateway.amazonaws.com" {
			continue
		}
		apiPart := p.source[strings.LastIndex(p.source, ":")+1:]
		id, _, _ := strings.Cut(apiPart, "/")
		if matches, err := path.Match(id, api); err == nil && matches {
			return true
		}
	}
	return false
}
