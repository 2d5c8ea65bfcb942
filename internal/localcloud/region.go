package localcloud

import (
	"sync"

	"github.com/regionpair/regionpair/internal/localcloud/lambdaruntime"
	"github.com/regionpair/regionpair/internal/localcloud/objectstore"
	"github.com/regionpair/regionpair/internal/localcloud/services"
)

// region is one emulated Region.
type region struct {
	name     string
	services *services.Region
	store    *objectstore.Store

	mu          sync.Mutex
	functions   map[string]*lambdaruntime.Function // by name
	notRun      map[string]string                  // why, by name
	permissions []permission
}

// function returns the function with a name or an ARN, with or without a
// qualifier.
func (r *region) function(name string) (*lambdaruntime.Function, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f, exists := r.functions[functionName(name)]
	return f, exists
}

func (r *region) notRunHere(name string) (reason string, listed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	reason, listed = r.notRun[name]
	return reason, listed
}

func (r *region) all() []*lambdaruntime.Function {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]*lambdaruntime.Function, 0, len(r.functions))
	for _, f := range r.functions {
		list = append(list, f)
	}
	return list
}
