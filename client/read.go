package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// attempt is a request to one Region, and what became of it.
type attempt struct {
	region   string
	response *http.Response
	err      error
	// caller is the context of the caller's request.
	caller context.Context
	// unbind separates it from the caller's request, whose end would end it.
	unbind func() bool
	cancel context.CancelFunc
}

func (a *attempt) end() {
	a.unbind()
	a.cancel()
}

func (a *attempt) failure() error { return failure(a.response, a.err) }

// discard ends an attempt whose answer nobody gets.
func (a *attempt) discard() {
	if a.response != nil {
		_ = a.response.Body.Close()
	}
	a.end()
}

// deliver hands over the answer. The attempt ends with the answer's body.
func (a *attempt) deliver() (*http.Response, error) {
	if a.err != nil {
		a.end()
		return nil, a.err
	}
	a.response.Body = &endingBody{a.response.Body, a.caller, a.end}
	return a.response, nil
}

type endingBody struct {
	io.ReadCloser
	caller context.Context
	end    func()
}

// Read implements io.Reader. A body that the caller's deadline cuts knows only
// that it was cancelled.
func (b *endingBody) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	if ended := b.caller.Err(); ended != nil && errors.Is(err, context.Canceled) {
		err = ended
	}
	return n, err
}

// Close implements io.Closer.
func (b *endingBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

// read is one request in up to two Regions at once.
type read struct {
	transport *Transport
	request   *http.Request
	results   chan *attempt
	waiting   map[string]*attempt
	// failed is the attempt whose outcome the caller gets if none is better.
	failed *attempt
}

// read asks one Region, and the other one when the first fails or takes its
// time. The first good answer counts; if there is none, that of the Region that
// answered at all.
func (t *Transport) read(request *http.Request, regions Regions) (*http.Response, error) {
	if request.Body != nil && request.GetBody != nil {
		defer func() { _ = request.Body.Close() }()
	}
	first, second := t.order(regions)
	r := &read{transport: t, request: request, results: make(chan *attempt, 2), waiting: map[string]*attempt{}}
	r.start(first)
	patience := time.NewTimer(t.options.RepeatAfter)
	defer patience.Stop()
	for {
		select {
		case <-patience.C:
			r.repeat(first, &second, nil)
		case done := <-r.results:
			delete(r.waiting, done.region)
			reason := done.failure()
			if reason == nil {
				r.succeed(done, first)
				return done.deliver()
			}
			r.fail(done)
			if request.Context().Err() == nil {
				r.repeat(first, &second, reason)
			}
			if len(r.waiting) == 0 {
				return r.giveUp()
			}
		}
	}
}

func (r *read) start(region string) {
	body, err := bodyCopy(r.request)
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.request.Context()))
	a := &attempt{region: region, caller: r.request.Context(), cancel: cancel, err: err}
	a.unbind = context.AfterFunc(a.caller, cancel)
	r.waiting[region] = a
	if err != nil {
		r.results <- a
		return
	}
	go func() {
		a.response, a.err = r.transport.send( //nolint:bodyclose // the reader of the results closes it
			r.request.WithContext(ctx), body, pool{region: region})
		r.results <- a
	}()
}

// repeat starts the second attempt, once.
func (r *read) repeat(first string, second *string, reason error) {
	if *second == "" {
		return
	}
	r.transport.repeats(r.request, first, *second, reason)
	r.start(*second)
	*second = ""
}

// giveUp delivers the better one of two failures, or says that the caller ended
// the request: the attempts know only that something did.
func (r *read) giveUp() (*http.Response, error) {
	if err := r.request.Context().Err(); err != nil {
		r.failed.discard()
		return nil, err
	}
	return r.failed.deliver()
}

// fail keeps the better one of two bad outcomes: an answer says more than none.
func (r *read) fail(done *attempt) {
	if r.request.Context().Err() == nil {
		r.transport.avoid(done.region, retryAfter(done.response, r.transport.now()))
	}
	switch {
	case r.failed == nil:
		r.failed = done
	case r.failed.response == nil && done.response != nil:
		r.failed.discard()
		r.failed = done
	default:
		done.discard()
	}
}

// succeed stays with the Region that answered. An attempt that is still under
// way may prove that the other Region was slow and no more.
func (r *read) succeed(done *attempt, first string) {
	if r.failed != nil {
		r.failed.discard()
	}
	if done.region != first {
		for _, late := range r.waiting {
			r.transport.avoid(late.region, 0)
		}
	}
	for _, late := range r.waiting {
		late.unbind()
		end := time.AfterFunc(r.transport.options.RepeatAfter, late.cancel)
		go func() {
			defer end.Stop()
			late := <-r.results
			if late.failure() == nil {
				r.transport.trust(late.region)
			}
			late.discard()
		}()
	}
}
