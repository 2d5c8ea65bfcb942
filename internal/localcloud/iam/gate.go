package iam

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

// AccessKeyID is that of the credentials which Lambda gives a function with a
// role.
func AccessKeyID(roleARN string) string {
	sum := sha256.Sum256([]byte(roleARN))
	return signature.RoleKeyPrefix + strings.ToUpper(hex.EncodeToString(sum[:6]))
}

// Access is one action on one resource that somebody asked for.
type Access struct {
	// Who asked: the name of a role, or an access key id.
	Who, Action, Resource string
	Denied                bool
}

// String says what was denied.
func (a Access) String() string { return a.Who + " may not " + a.Action + " on " + a.Resource }

// Gate stands before the services and lets through what policies allow. It is
// safe for concurrent use.
type Gate struct {
	refuse func(w http.ResponseWriter, service, message string)

	mu         sync.Mutex
	identities map[string]*identity // by access key id
}

type identity struct {
	name       string
	statements []Statement
	accesses   map[Access]bool
}

// NewGate returns a gate without identities. Refuse answers a request to a
// service as the service does.
func NewGate(refuse func(w http.ResponseWriter, service, message string)) *Gate {
	return &Gate{refuse: refuse, identities: map[string]*identity{}}
}

// Allow adds statements to a role.
func (g *Gate) Allow(roleARN string, statements []Statement) {
	g.mu.Lock()
	defer g.mu.Unlock()
	known := g.identity(AccessKeyID(roleARN))
	known.name = roleARN[strings.LastIndex(roleARN, "/")+1:]
	known.statements = append(known.statements, statements...)
}

// Restrict holds whoever signs with an access key to the statements.
func (g *Gate) Restrict(accessKey string, statements []Statement) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.identity(accessKey).statements = statements
}

// identity of an access key, which is made when there is none. The lock is held.
func (g *Gate) identity(accessKey string) *identity {
	known := g.identities[accessKey]
	if known == nil {
		known = &identity{name: accessKey, accesses: map[Access]bool{}}
		g.identities[accessKey] = known
	}
	return known
}

// Accesses are those of an access key so far, each once.
func (g *Gate) Accesses(accessKey string) []Access {
	return g.find(func(key string, _ Access) bool { return key == accessKey })
}

// Denied are the accesses that roles did not allow.
func (g *Gate) Denied() []Access {
	return g.find(func(key string, a Access) bool { return a.Denied && strings.HasPrefix(key, signature.RoleKeyPrefix) })
}

func (g *Gate) find(wanted func(key string, a Access) bool) []Access {
	g.mu.Lock()
	defer g.mu.Unlock()
	found := []Access{}
	for key, known := range g.identities {
		for a := range known.accesses {
			if wanted(key, a) {
				found = append(found, a)
			}
		}
	}
	slices.SortFunc(found, func(a, b Access) int { return cmp.Compare(a.String(), b.String()) })
	return found
}

// Handler asks the gate before next. Roles, and the access keys that are
// restricted, are asked for; all others are the owner of the account, or nobody.
func (g *Gate) Handler(service Service, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := signature.AccessKey(r)
		if !g.asksFor(key) {
			next.ServeHTTP(w, r)
			return
		}
		calls, err := service.Calls(r)
		if err != nil {
			// The caller has gone: its request neither is served nor was denied.
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		for _, call := range calls {
			if access := g.check(key, call); access.Denied {
				g.refuse(w, service.Name, "User: "+access.Who+" is not authorized to perform: "+call.Action+" on resource: "+call.Resource+
					" because no identity-based policy allows the "+call.Action+" action")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (g *Gate) asksFor(key string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.identities[key] != nil || strings.HasPrefix(key, signature.RoleKeyPrefix)
}

func (g *Gate) check(key string, call Call) Access {
	g.mu.Lock()
	defer g.mu.Unlock()
	known := g.identity(key)
	access := Access{Who: known.name, Action: call.Action, Resource: call.Resource, Denied: !Allows(known.statements, call)}
	known.accesses[access] = true
	return access
}
