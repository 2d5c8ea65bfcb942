package tablestore

import (
	"slices"
	"sync"
)

// locks hold items while they are written.
type locks struct {
	mu   sync.Mutex
	held map[string]*hold
}

type hold struct {
	region  string
	waiting int
	free    chan struct{} // has one element while nobody holds the item
}

// lock takes items in one order, so that two callers never wait for each other.
// exclusive makes it give up, with false, when another Region holds one of them.
func (l *locks) lock(region string, ids []string, exclusive bool) (unlock func(), ok bool) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	taken := []string{}
	unlock = func() {
		for _, id := range taken {
			l.release(id)
		}
	}
	for _, id := range ids {
		if !l.take(region, id, exclusive) {
			unlock()
			return nil, false
		}
		taken = append(taken, id)
	}
	return unlock, true
}

func (l *locks) take(region, id string, exclusive bool) bool {
	l.mu.Lock()
	if l.held == nil {
		l.held = map[string]*hold{}
	}
	h, exists := l.held[id]
	if !exists {
		h = &hold{region: region, free: make(chan struct{}, 1)}
		h.free <- struct{}{}
		l.held[id] = h
	}
	if exclusive && h.region != region {
		l.mu.Unlock()
		return false
	}
	h.waiting++
	l.mu.Unlock()
	<-h.free
	return true
}

func (l *locks) release(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.held[id]
	h.waiting--
	if h.waiting == 0 {
		delete(l.held, id)
		return
	}
	h.free <- struct{}{}
}
