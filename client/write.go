package client

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync/atomic"
	"time"
)

// unsettled are writes without an answer, by URL: until they can have no effect
// any more, the same URL is written in the same Region only.
type unsettled map[string]pending

type pending struct {
	region string
	until  time.Time
}

// write sends a PUT or DELETE to the Region that serves, and to its peer when
// that can reorder nothing.
func (t *Transport) write(request *http.Request, regions Regions) (*http.Response, error) {
	if request.Body != nil && request.GetBody != nil {
		defer func() { _ = request.Body.Close() }()
	}
	if err := t.waitUntilSettled(request, regions.Serving); err != nil {
		return nil, err
	}
	response, err := t.writeOnce(request, regions.Serving)
	reason := failure(response, err)
	if reason == nil || request.Context().Err() != nil {
		return response, err
	}
	t.avoid(regions.Serving, retryAfter(response, t.now()))
	if t.waitUntilSettled(request, regions.Peer) != nil {
		return response, err
	}
	t.repeats(request, regions.Serving, regions.Peer, reason)
	if response != nil {
		_ = response.Body.Close()
	}
	return t.writeOnce(request, regions.Peer)
}

// writeOnce leaves the write unsettled if the Region may have got it and does
// not say that it was made or refused.
func (t *Transport) writeOnce(request *http.Request, region string) (*http.Response, error) {
	body, err := bodyCopy(request)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(request.Context(), t.options.WriteDeadline)
	connected := atomic.Bool{}
	ctx, giveUp := context.WithCancelCause(ctx)
	impatient := time.AfterFunc(t.options.RepeatAfter, func() {
		if !connected.Load() {
			giveUp(fmt.Errorf("no connection to %s within %s: %w", region, t.options.RepeatAfter, os.ErrDeadlineExceeded))
		}
	})
	defer impatient.Stop()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	response, err := t.send(request.WithContext(ctx), body, pool{region: region, ordered: true})
	if connected.Load() && failure(response, err) != nil {
		t.leaveUnsettled(request, region)
	}
	if err != nil {
		cancel()
		return nil, err
	}
	response.Body = &endingBody{response.Body, request.Context(), cancel}
	return response, nil
}

func (t *Transport) leaveUnsettled(request *http.Request, region string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for url, write := range t.writes {
		if !now.Before(write.until) {
			delete(t.writes, url)
		}
	}
	t.writes[request.URL.String()] = pending{region, now.Add(t.options.WriteDeadline)}
}

// waitUntilSettled waits while an earlier write of the URL may still be made in
// the other Region.
func (t *Transport) waitUntilSettled(request *http.Request, region string) error {
	t.mu.Lock()
	write, exists := t.writes[request.URL.String()]
	now := t.now()
	t.mu.Unlock()
	wait := write.until.Sub(now)
	if !exists || write.region == region || wait <= 0 {
		return nil
	}
	if deadline, has := request.Context().Deadline(); has && deadline.Before(now.Add(wait)) {
		return fmt.Errorf("%s waits until a write in %s can have no effect any more, longer than the request may take: %w", request.Method, write.region, context.DeadlineExceeded)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-request.Context().Done():
		return request.Context().Err()
	}
}
