package iam

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
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

// Denial is a call that a role does not allow.
type Denial struct {
	Role     string `json:"role"`
	Action   string `json:"action"`
	Resource string `json:"resource"`
}

func (d Denial) String() string { return d.Role + " may not " + d.Action + " on " + d.Resource }

// Gate stands before the services and lets through what roles allow. It is safe
// for concurrent use.
type Gate struct {
	mu     sync.Mutex
	roles  map[string]*role // by access key id
	denied map[Denial]int
}

type role struct {
	arn        string
	statements []Statement
	used       map[string]bool // action and source of its statement
}

// NewGate returns a gate without roles.
func NewGate() *Gate { return &Gate{roles: map[string]*role{}, denied: map[Denial]int{}} }

// Allow adds statements to a role.
func (g *Gate) Allow(roleARN string, statements []Statement) {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := AccessKeyID(roleARN)
	if g.roles[key] == nil {
		g.roles[key] = &role{arn: roleARN, used: map[string]bool{}}
	}
	g.roles[key].statements = append(g.roles[key].statements, statements...)
}

// Denied are the calls that were refused, sorted.
func (g *Gate) Denied() []Denial {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := []Denial{}
	for denial := range g.denied {
		list = append(list, denial)
	}
	slices.SortFunc(list, func(a, b Denial) int { return cmp.Compare(a.String(), b.String()) })
	return list
}

// Used are the actions that were allowed, by the name of the role, sorted.
func (g *Gate) Used() map[string][]string {
	g.mu.Lock()
	defer g.mu.Unlock()
	used := map[string][]string{}
	for _, r := range g.roles {
		for action := range r.used {
			used[r.name()] = append(used[r.name()], action)
		}
		slices.Sort(used[r.name()])
	}
	return used
}

// Granted are the actions that statements name, by the name of the role, sorted.
func (g *Gate) Granted() map[string][]string {
	g.mu.Lock()
	defer g.mu.Unlock()
	granted := map[string][]string{}
	for _, r := range g.roles {
		for _, s := range r.statements {
			if !s.Deny {
				granted[r.name()] = append(granted[r.name()], s.Actions...)
			}
		}
		slices.Sort(granted[r.name()])
		granted[r.name()] = slices.Compact(granted[r.name()])
	}
	return granted
}

func (r *role) name() string { return r.arn[strings.LastIndex(r.arn, "/")+1:] }

// Handler asks the gate before next. Only callers with the credentials of a role
// are asked for; all others are the owner of the account, or nobody.
func (g *Gate) Handler(service Service, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := callerKey(r)
		if !strings.HasPrefix(key, signature.RoleKeyPrefix) {
			next.ServeHTTP(w, r)
			return
		}
		for _, call := range service.Calls(r) {
			if denial, denied := g.check(key, call); denied {
				refuse(w, service, denial)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (g *Gate) check(key string, call Call) (Denial, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	known := g.roles[key]
	if known == nil {
		known = &role{arn: "role/without-a-policy", used: map[string]bool{}}
	}
	if _, allowed := Allows(known.statements, call); allowed {
		known.used[call.Action] = true
		return Denial{}, false
	}
	denial := Denial{known.name(), call.Action, call.Resource}
	g.denied[denial]++
	return denial, true
}

// callerKey is the access key id of a signed request.
func callerKey(r *http.Request) string {
	credential := r.URL.Query().Get("X-Amz-Credential")
	if _, rest, found := strings.Cut(r.Header.Get("Authorization"), "Credential="); found {
		credential = rest
	}
	key, _, _ := strings.Cut(credential, "/")
	return key
}

// refuse answers as the services do.
func refuse(w http.ResponseWriter, service Service, d Denial) {
	message := fmt.Sprintf("User: arn:aws:sts::%s:assumed-role/%s/function is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action",
		service.Account, d.Role, d.Action, d.Resource, d.Action)
	if service.Name == "s3" {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, xml.Header)
		_ = xml.NewEncoder(w).Encode(struct {
			XMLName       xml.Name `xml:"Error"`
			Code, Message string
		}{Code: "AccessDenied", Message: message})
		return
	}
	status := http.StatusBadRequest
	if service.Name == "lambda" {
		status = http.StatusForbidden
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-ErrorType", "AccessDeniedException")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": "AccessDeniedException", "message": message})
}
