package workload

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/regionpair/regionpair/internal/rule"
	"github.com/regionpair/regionpair/internal/strict"
)

// validator checks what concerns more than one field.
type validator struct {
	*strict.Reader
	workload Workload
}

func (v *validator) run() {
	for i, r := range v.workload.Requests {
		at := strict.At("requests", i)
		v.request(at, r)
		v.placeholders(at, r)
	}
	v.together()
}

func (v *validator) request(at strict.Path, r Request) {
	for name := range r.Headers {
		if strings.EqualFold(name, "Authorization") {
			v.Add(at.To("headers").To(name), "is set by the drill", "remove it: the drill sends a token of the client")
		}
	}
	if r.Body != nil && (r.Method == "GET" || r.Method == "HEAD") {
		v.Add(at.To("body"), "is not sent with "+r.Method, "remove it, or use another method")
	}
	if r.Missing != nil && r.Data != Read {
		v.Add(at.To("missing"), "is for reads only", `remove it, or write "data": "read"`)
	}
	if r.Conflict != nil && !r.Data.Writes() {
		v.Add(at.To("conflict"), "is for writes only", `remove it, or say in "data" what the request writes`)
	}
	if !r.ReadBack.empty() && r.Data != Create && r.Data != Overwrite {
		v.Add(at.To("readBack"), "is for requests that store something", `move it to a request with "data": "create" or "overwrite"`)
	}
	for _, list := range []struct {
		name     string
		statuses []int
	}{{"missing", r.Missing}, {"conflict", r.Conflict}} {
		for _, status := range list.statuses {
			if r.Succeeds(status) {
				v.Add(at.To(list.name), "has "+strconv.Itoa(status)+", which also means success", `list a status either in "status" or in "`+list.name+`"`)
			}
		}
	}
}

func (a Answer) empty() bool { return a.JSON == nil && a.Text == "" && len(a.Headers) == 0 }

// placeholders checks every text of a request.
func (v *validator) placeholders(at strict.Path, r Request) {
	sent := func(at strict.Path, text string) { v.text(at, text, allowedIn(r.Data)) }
	held := func(at strict.Path, text string) {
		v.text(at, text, slices.DeleteFunc(allowedIn(r.Data), func(name string) bool { return name == "random" }))
	}
	sent(at.To("path"), r.Path)
	for name, value := range r.Headers {
		sent(at.To("headers").To(name), value)
	}
	texts(at.To("body"), r.Body, sent)
	for name, answer := range map[string]Answer{"answer": r.Answer, "readBack": r.ReadBack} {
		texts(at.To(name).To("json"), answer.JSON, held)
		held(at.To(name).To("text"), answer.Text)
		for header, value := range answer.Headers {
			held(at.To(name).To("headers").To(header), value)
		}
	}
	if r.Data != None && !v.Blamed(at.To("path")) && !strings.Contains(r.Path, "{id}") && !mentions(r.Body, "{id}") {
		v.Add(at.To("path"), "names no key", `put {id} into the path or the body, so that each `+string(r.Data)+` has a key`)
	}
}

// allowedIn are the placeholders that a request with the effect may have.
func allowedIn(e Effect) []string {
	switch e {
	case None:
		return []string{"n", "random"}
	case Create:
		return []string{"id", "n", "value", "random"}
	}
	return []string{"id", "n", "previous", "value", "etag", "random"}
}

func (v *validator) text(at strict.Path, text string, allowed []string) {
	all := []string{}
	for _, p := range Placeholders {
		all = append(all, p.Name)
	}
	for _, found := range placeholder.FindAllString(text, -1) {
		name, _ := parts(found)
		switch {
		case slices.Contains(allowed, name):
		case slices.Contains(all, name):
			v.Add(at, found+" has no value here", "use "+braced(allowed))
		default:
			v.Add(at, "unknown value "+found, rule.Suggest(name, allowed, "use "+braced(allowed)))
		}
	}
}

func braced(names []string) string { return "{" + strings.Join(names, "}, {") + "}" }

// texts visits every text of a JSON value.
func texts(at strict.Path, in any, visit func(strict.Path, string)) {
	switch value := in.(type) {
	case string:
		visit(at, value)
	case []any:
		for i := range value {
			texts(at.To(i), value[i], visit)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			visit(at.To(key), key)
			texts(at.To(key), value[key], visit)
		}
	}
}

func mentions(in any, text string) bool {
	found := false
	texts(nil, in, func(_ strict.Path, s string) { found = found || strings.Contains(s, text) })
	return found
}

// together checks that what is written is read back.
func (v *validator) together() {
	has := map[Effect]int{}
	for i, r := range v.workload.Requests {
		if _, seen := has[r.Data]; !seen {
			has[r.Data] = i
		}
	}
	_, creates := has[Create]
	_, reads := has[Read]
	for _, effect := range []Effect{Overwrite, Delete, Read} {
		if i, given := has[effect]; given && !creates {
			v.Add(strict.At("requests", i, "data"), "is "+rule.Quote(string(effect))+", and no request creates a key", `add a request with "data": "create"`)
		}
	}
	if i := has[Create]; creates && !reads {
		v.Add(strict.At("requests", i, "data"), "writes keys that no request reads back", `add a request with "data": "read", with which acknowledged writes are verified in both Regions`)
	}
	if i, given := has[Read]; given {
		r := v.workload.Requests[i]
		if p := strict.At("requests", i, "answer"); creates && !v.Blamed(p) && !v.tellsWritesApart(r) {
			v.Add(p, "does not tell one write of a key from another", "let it hold {value}, {n} or {etag}, here or in the readBack of every write")
		}
	}
}

// tellsWritesApart reports whether a read shows which write of a key it found.
func (v *validator) tellsWritesApart(read Request) bool {
	if read.Answer.tells() {
		return true
	}
	for _, r := range v.workload.Requests {
		if (r.Data == Create || r.Data == Overwrite) && !r.ReadBack.tells() {
			return false
		}
	}
	return true
}

func (a Answer) tells() bool {
	tells := false
	look := func(_ strict.Path, text string) {
		for _, name := range []string{"{value}", "{n}", "{etag}"} {
			tells = tells || strings.Contains(text, name)
		}
	}
	texts(nil, a.JSON, look)
	look(nil, a.Text)
	for _, value := range a.Headers {
		look(nil, value)
	}
	return tells
}
