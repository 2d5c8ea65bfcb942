package restapi

import (
	"errors"
	"io"
	"net/http"
)

// handler serves an API under one of its names.
type handler struct {
	api    *API
	invoke InvokeFunc
	split  func(path string) (paths, bool)
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, found := h.split(r.URL.EscapedPath())
	x := newExchange(h.api, h.invoke, r, p)
	if !found {
		x.forbid().write(w, r, x)
		return
	}
	result, f := x.serve()
	if f != nil {
		result = x.answerTo(f)
	}
	x.status, x.length = result.status, len(result.body)
	result.write(w, r, x)
	h.api.logAccess(x)
	h.api.logReason(x)
}

// forbid is the answer to a name or stage that leads to no API. The service
// gives it before it knows the API, so that neither gateway responses nor the
// access log see the request.
func (x *exchange) forbid() answer {
	header := http.Header{"Content-Type": {"application/json"}, "X-Amzn-Errortype": {"ForbiddenException"}}
	return answer{status: http.StatusForbidden, header: header, body: []byte(`{"message":"Forbidden"}`)}
}

// serve takes the request through the steps of a REST API, in its order.
func (x *exchange) serve() (answer, *fault) {
	if f := x.admit(); f != nil {
		return answer{}, f
	}
	var found bool
	if x.match, found = x.api.root.route(x.request.Method, x.paths.route); !found {
		return answer{}, faultMissingToken.of()
	}
	method := x.match.method
	if !method.limiter.allow(x.received) {
		return answer{}, faultThrottled.of()
	}
	if f := x.read(); f != nil {
		return answer{}, f
	}
	if f := x.authorize(method.AuthorizerID); f != nil {
		return answer{}, f
	}
	for _, parameter := range method.required {
		if _, ok := parameter.value(x); !ok {
			return answer{}, faultParameters(parameter.name).of()
		}
	}
	return method.integration.serve(x)
}

func (x *exchange) read() *fault {
	if x.request.ContentLength > payloadLimit {
		return faultTooLarge.of()
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, x.request.Body, payloadLimit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return faultTooLarge.of()
	case err != nil:
		return faultUnreadable.because(err)
	}
	x.body = body
	return nil
}
