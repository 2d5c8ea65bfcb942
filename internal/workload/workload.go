package workload

import (
	"cmp"
	"slices"
)

// Workload is what all clients of a drill ask, together.
type Workload struct {
	// Schema is where editors find the JSON Schema of the file; the drill does not read it.
	// Default: none.
	Schema string `json:"$schema,omitempty"`

	// Client is the machine client that sends the requests: its name in the configuration, or its full client id.
	// Default: the client whose scopes allow most of the requests.
	Client string `json:"client,omitempty"`

	// RequestsPerSecond is the rate of all callers together, in real time. It is lowered to 70 % of what the routes' throttles
	// let through.
	// Default: 240. Allowed: 1 to 2000.
	RequestsPerSecond int `json:"requestsPerSecond,omitempty" default:"240" min:"1" max:"2000"`

	// Callers is how many callers share the rate. Each waits for an answer before it sends its next request.
	// Default: 12. Allowed: 1 to 200.
	Callers int `json:"callers,omitempty" default:"12" min:"1" max:"200"`

	// TokensPerSecond is how often a new token is requested. Real clients keep a token for its lifetime; asking more often finds
	// more.
	// Default: 10. Allowed: 1 to 100.
	TokensPerSecond int `json:"tokensPerSecond,omitempty" default:"10" min:"1" max:"100"`

	// Requests are what the callers send, each drawn by its weight.
	// Allowed: 1 to 50 requests.
	Requests []Request `json:"requests" required:"true" minItems:"1" maxItems:"50" expect:"at least one request such as {\"method\": \"GET\", \"path\": \"/orders\"}"`
}

// Request is one kind of request.
type Request struct {
	// Method is the HTTP method.
	// Allowed: GET, HEAD, POST, PUT, PATCH, DELETE.
	Method string `json:"method" required:"true" enum:"GET|HEAD|POST|PUT|PATCH|DELETE" noun:"method"`

	// Path is the path with its query, such as "/orders/{id}?full=true". Values are escaped where they are put in.
	Path string `json:"path" required:"true" pattern:"^/[^\\s#]*$" maxLength:"2048" expect:"a path such as \"/orders/{id}\""`

	// Headers are sent with the request. The drill adds Authorization.
	// Default: none. Allowed: up to 50 headers.
	Headers map[string]string `json:"headers,omitempty" maxItems:"50" keys:"^[A-Za-z0-9!#$%&'*+.^_|~-]+$" keyExpect:"the name of an HTTP header"`

	// Body is what is sent: a text, or any other JSON value, which is sent as application/json. In a JSON value a text that is
	// nothing but {n} or {previous} becomes a number.
	// Default: no body.
	Body any `json:"body,omitempty"`

	// Status are the statuses that mean success.
	// Default: 200 to 299. Allowed: statuses from 100 to 599.
	Status []int `json:"status,omitempty" min:"100" max:"599" maxItems:"20"`

	// Weight is the request's share of all requests, relative to the other weights.
	// Default: 1. Allowed: 1 to 1000.
	Weight int `json:"weight,omitempty" default:"1" min:"1" max:"1000"`

	// Data is what the request does to a key: "create" writes a new one, "overwrite" and "delete" change one that exists, "read"
	// reads one that was written. Acknowledged writes are read back in both Regions at the end, with the first request that
	// reads.
	// Default: nothing; the request has no key. Allowed: create, overwrite, delete, read.
	Data Effect `json:"data,omitempty" enum:"create|overwrite|delete|read" noun:"effect"`

	// Missing are the statuses of a read that say that there is no such key. Before a write has been replicated such an answer is
	// a stale read, not a failure; for a deleted key it is right.
	// Default: 404. Allowed: statuses from 100 to 599, for reads only.
	Missing []int `json:"missing,omitempty" min:"100" max:"599" maxItems:"20"`

	// Conflict are the statuses of a write that say that its condition did not hold and nothing was written. In a Region that has
	// not yet received an earlier write that is a stale condition, not a failure.
	// Default: none. Allowed: statuses from 100 to 599, for writes only.
	Conflict []int `json:"conflict,omitempty" min:"100" max:"599" maxItems:"20"`

	// Answer is what the answer of this request must hold.
	// Default: anything.
	Answer Answer `json:"answer,omitzero"`

	// ReadBack is what a read must hold after this write, beside its own answer.
	// Default: nothing more. Allowed: for create and overwrite only.
	ReadBack Answer `json:"readBack,omitzero"`
}

// Answer is what an answer must hold.
type Answer struct {
	// JSON is what the JSON answer must contain: every field of an object, every element of a list in its place.
	// Default: anything.
	JSON any `json:"json,omitempty"`

	// Text is what the answer's body must contain.
	// Default: anything.
	Text string `json:"text,omitempty"`

	// Headers are the headers that the answer must have, with their values.
	// Default: any.
	Headers map[string]string `json:"headers,omitempty" maxItems:"50"`
}

// Effect is what a request does to a key.
type Effect string

// Effects.
const (
	None      Effect = ""
	Create    Effect = "create"
	Overwrite Effect = "overwrite"
	Delete    Effect = "delete"
	Read      Effect = "read"
)

// Writes reports whether a request with the effect changes data.
func (e Effect) Writes() bool { return e == Create || e == Overwrite || e == Delete }

// WithDefaults returns the workload with every default filled in.
func (w Workload) WithDefaults() Workload {
	w.RequestsPerSecond = cmp.Or(w.RequestsPerSecond, 240)
	w.Callers = cmp.Or(w.Callers, 12)
	w.TokensPerSecond = cmp.Or(w.TokensPerSecond, 10)
	w.Requests = slices.Clone(w.Requests)
	for i := range w.Requests {
		r := &w.Requests[i]
		r.Weight = cmp.Or(r.Weight, 1)
		if r.Data == Read && r.Missing == nil {
			r.Missing = []int{404}
		}
	}
	return w
}

// Succeeds reports whether a status means success.
func (r Request) Succeeds(status int) bool {
	if len(r.Status) == 0 {
		return status >= 200 && status < 300
	}
	return slices.Contains(r.Status, status)
}

// ChecksData reports whether what the workload writes is read back.
func (w Workload) ChecksData() bool {
	_, reads := w.Reader()
	return reads && slices.ContainsFunc(w.Requests, func(r Request) bool { return r.Data == Create })
}

// Reader returns the request that acknowledged writes are verified with.
func (w Workload) Reader() (Request, bool) {
	i := slices.IndexFunc(w.Requests, func(r Request) bool { return r.Data == Read })
	if i < 0 {
		return Request{}, false
	}
	return w.Requests[i], true
}
