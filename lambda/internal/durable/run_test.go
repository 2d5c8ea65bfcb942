package durable

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/cryptotest"
	"testing/synctest"
	"time"

	"github.com/anishathalye/porcupine"
)

const (
	clientCount  = 4
	keyCount     = 2
	opsPerClient = 12
	opLimit      = 12 * time.Second
)

// rules are what a run does other than the package, when a mutation is tried.
type rules struct {
	index  func(Index) Index
	shelf  func(Shelf) Shelf
	bucket func(Bucket) Bucket
	store  func(*world, Store) Store
	fetch  func(func(context.Context, Entry) error) func(context.Context, Entry) error
	grace  time.Duration
	refuse bool
	// faults instead of those of the seed, where clients follow DNS.
	faults []fault
	follow func(client int, since time.Duration) string
}

// operation is one of a client's, as the checker sees it.
type operation struct {
	kind      string // put, delete or get
	key       string
	condition Condition
}

// result of an operation.
type result struct {
	// state that was written or read; empty for no object.
	state string
	// failed: the condition did not hold.
	failed  bool
	regions int
}

// history is what all clients saw.
type history struct {
	mu         sync.Mutex
	start      time.Time
	operations []porcupine.Operation
	problems   []string
	acked      map[string]int
	counts     map[string]int
}

func (h *history) complain(format string, values ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.problems = append(h.problems, fmt.Sprintf(format, values...))
}

func (h *history) add(client int, op operation, called time.Time, out result, open bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	returned := time.Since(h.start)
	if open {
		// It may take effect whenever it likes.
		returned = 1 << 60
	}
	h.operations = append(h.operations, porcupine.Operation{
		ClientId: client, Input: op, Call: int64(called.Sub(h.start)), Output: out, Return: int64(returned),
	})
	if !open && op.kind != "get" && !out.failed {
		h.acked[out.state] = out.regions
		h.counts[fmt.Sprintf("acknowledged with %d", out.regions)]++
	}
	if open {
		h.counts["unknown"]++
	}
}

// model is one object: the state that it has. What a lost answer has done is
// decided by the checker.
var model = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := map[string][]porcupine.Operation{}
		for _, op := range history {
			key := op.Input.(operation).key
			byKey[key] = append(byKey[key], op)
		}
		list := [][]porcupine.Operation{}
		for _, key := range testKeys() {
			list = append(list, byKey[key])
		}
		return list
	},
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		now, op, out := state.(string), input.(operation), output.(result)
		holds := (!op.condition.Absent || now == "") && (op.condition.State == "" || op.condition.State == now)
		switch {
		case op.kind == "get":
			return out.state == now, now
		case out.failed:
			return !holds, now
		case out.regions == 0 && !holds:
			return true, now
		case op.kind == "delete":
			return holds, ""
		}
		return holds, out.state
	},
	DescribeOperation: func(input, output any) string {
		return fmt.Sprintf("%+v -> %+v", input, output)
	},
}

func testKeys() []string {
	keys := []string{}
	for i := range keyCount {
		keys = append(keys, fmt.Sprintf("key-%d", i))
	}
	return keys
}

func keyIn(content string) string {
	key, _, _ := strings.Cut(content, " ")
	return key
}

// schedule of faults of a seed.
func schedule(seed uint64) []fault {
	d := newDice(seed, 99)
	list := []fault{}
	for range d.below(4) {
		from := d.between(0, 30*time.Second)
		f := fault{faultKind(d.below(int(faultKinds))), testRegions[d.below(2)], from, from + d.between(time.Second, 25*time.Second)}
		final := func(f fault) bool { return f.kind == destroy || f.kind == wiped }
		// What was wiped may have been the only copy that a destroyed Region leaves.
		if final(f) && slices.ContainsFunc(list, final) {
			continue
		}
		list = append(list, f)
	}
	return list
}

// run simulates a seed and returns what is wrong.
func run(t *testing.T, seed uint64, r rules) (problems []string, counts map[string]int) {
	t.Helper()
	cryptotest.SetGlobalRandom(t, seed)
	synctest.Test(t, func(*testing.T) {
		faults := schedule(seed)
		if r.follow != nil {
			faults = r.faults
		}
		w := newWorld(faults)
		w.wipe()
		h := &history{start: time.Now(), acked: map[string]int{}, counts: map[string]int{}}
		var group sync.WaitGroup
		for i := range clientCount {
			c := newClient(w, h, i, seed, r)
			group.Go(c.work)
		}
		for i, region := range testRegions {
			group.Go(func() { keep(w, newKeeper(w, region, newDice(seed, uint64(50+i)), r)) })
		}
		group.Wait()
		time.Sleep(requestLife)
		w.calm()
		settle(w, h, seed, r)
		problems, counts = h.problems, h.counts
		if result := porcupine.CheckOperationsTimeout(model, h.operations, 20*time.Second); result != porcupine.Ok {
			problems = append(problems, fmt.Sprintf("the history is not linearizable (%s)", result))
		}
	})
	return problems, counts
}

// client works in one Region and goes to the other when its own is down.
type client struct {
	world   *world
	history *history
	number  int
	dice    *dice
	apis    map[string]*Objects
	network map[string]map[string]*dice
	known   map[string]string
	rules   rules
}

func newClient(w *world, h *history, number int, seed uint64, r rules) *client {
	c := &client{
		world: w, history: h, number: number, dice: newDice(seed, uint64(number)), rules: r, known: map[string]string{},
		apis: map[string]*Objects{}, network: map[string]map[string]*dice{},
	}
	for i, region := range testRegions {
		stream := uint64(1000 + 100*number + 10*i)
		var table Index = &index{w, newDice(seed, stream), region}
		if r.index != nil {
			table = r.index(table)
		}
		peer := testRegions[1-i]
		c.network[region] = map[string]*dice{west: newDice(seed, stream+1), central: newDice(seed, stream+2)}
		c.apis[region] = &Objects{
			Index: table, Here: region, Peer: peer, Alone: !r.refuse, Patience: time.Second, Breaker: &Breaker{Pause: 5 * time.Second},
		}
	}
	return c
}

func (c *client) work() {
	region := testRegions[c.number%2]
	for range opsPerClient {
		time.Sleep(c.dice.between(0, 4*time.Second))
		if c.rules.follow != nil {
			region = c.rules.follow(c.number, time.Since(c.world.start))
		} else if c.world.down(region) || c.dice.chance(5) {
			region = testRegions[1-slices.Index(testRegions, region)]
		}
		if c.world.down(region) {
			continue
		}
		c.operate(region)
	}
}

// operate makes one request, which ends with its Region.
func (c *client) operate(region string) {
	ctx, cancel := context.WithTimeout(context.Background(), opLimit)
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if c.world.down(region) {
				cancel()
			}
			time.Sleep(50 * time.Millisecond)
		}
	}()
	key := testKeys()[c.dice.below(keyCount)]
	op := operation{kind: []string{"put", "put", "put", "get", "get", "delete"}[c.dice.below(6)], key: key}
	if op.kind != "get" && c.dice.chance(40) {
		op.condition = Condition{State: c.known[key]}
		if op.kind == "put" && (c.known[key] == "" || c.dice.chance(30)) {
			op.condition = Condition{Absent: true}
		}
	}
	called := time.Now()
	if op.kind == "get" {
		c.get(ctx, region, op, called)
		return
	}
	c.change(ctx, region, op, called)
}

func (c *client) get(ctx context.Context, region string, op operation, called time.Time) {
	api, content := c.apis[region], ""
	entry, err := api.Read(ctx, op.key, func(Entry) error { return nil }, func(ctx context.Context, at string, e Entry) error {
		var err error
		content, err = c.world.get(ctx, c.network[region][at], region, at, e.State)
		return err
	})
	switch {
	case err == nil:
		if content != op.key+" "+entry.State {
			c.history.complain("%s at %s has the content %q", op.key, entry.State, content)
		}
	case errors.Is(err, ErrNotFound):
	case errors.Is(err, ErrBlobMissing) && !errors.Is(err, ErrContentAway) && !c.hadDisaster():
		c.history.complain("the blob of %s is gone: %v", op.key, err)
		return
	default:
		return
	}
	c.known[op.key] = entry.State
	c.history.add(c.number, op, called, result{state: entry.State}, false)
}

func (c *client) hadDisaster() bool {
	return slices.ContainsFunc(c.world.faults, func(f fault) bool { return f.kind == destroy || f.kind == wiped })
}

func (c *client) change(ctx context.Context, region string, op operation, called time.Time) {
	api := c.apis[region]
	var state string
	var entry Entry
	var err error
	if op.kind == "delete" {
		entry, err = api.Delete(ctx, op.key, op.condition)
	} else {
		var mu sync.Mutex
		store := func(ctx context.Context, at, blob string) error {
			mu.Lock()
			state = blob
			mu.Unlock()
			return c.world.put(ctx, c.network[region][at], region, at, blob, op.key+" "+blob)
		}
		if c.rules.store != nil {
			store = c.rules.store(c.world, store)
		}
		entry, err = api.Put(ctx, op.key, 1, op.condition, store)
		mu.Lock()
		defer mu.Unlock()
	}
	switch {
	case err == nil && entry.State == "":
		// There was nothing to delete.
		c.history.add(c.number, operation{kind: "get", key: op.key}, called, result{}, false)
	case err == nil:
		c.known[op.key] = entry.State
		c.history.add(c.number, op, called, result{state: entry.State, regions: entry.Regions()}, false)
	case errors.Is(err, ErrCondition):
		c.history.add(c.number, op, called, result{failed: true}, false)
	case errors.Is(err, ErrUnknown):
		c.history.add(c.number, op, called, result{state: state}, true)
	case !errors.Is(err, ErrUnavailable):
		c.history.complain("%v fails with an error of another kind: %v", op, err)
	}
}

func newKeeper(w *world, region string, d *dice, r rules) *Keeper {
	k := &Keeper{Shelf: &index{w, d, region}, Bucket: &bucket{w, d, region}, Here: region, Grace: requestLife + opLimit}
	k.Fetch = func(ctx context.Context, e Entry) error {
		content, err := w.get(ctx, d, region, testRegions[1-slices.Index(testRegions, region)], e.State)
		if err != nil {
			return err
		}
		return w.put(ctx, d, region, region, e.State, content)
	}
	if r.shelf != nil {
		k.Shelf = r.shelf(k.Shelf)
	}
	if r.bucket != nil {
		k.Bucket = r.bucket(k.Bucket)
	}
	if r.fetch != nil {
		k.Fetch = r.fetch(k.Fetch)
	}
	if r.grace > 0 {
		k.Grace = r.grace
	}
	return k
}

// keep repairs and collects while clients work, more often than in life.
func keep(w *world, k *Keeper) {
	for time.Since(w.start) < 60*time.Second {
		time.Sleep(3 * time.Second)
		if w.down(k.Here) {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		_, _, _ = k.Repair(ctx, "", 100)
		for _, key := range testKeys() {
			_, _ = k.Collect(ctx, PartitionOf(key))
		}
		cancel()
	}
}

// settle looks at what is left when everything is calm: each Region that is there
// must serve what was acknowledged, and nothing else is kept.
func settle(w *world, h *history, seed uint64, r rules) {
	alive := slices.DeleteFunc(slices.Clone(testRegions), func(region string) bool { return w.is(destroy, region) })
	ctx := context.Background()
	for range 3 {
		for i, region := range alive {
			k := newKeeper(w, region, newDice(seed, uint64(200+i)), r)
			time.Sleep(2 * k.Grace)
			for _, key := range testKeys() {
				if _, err := k.Collect(ctx, PartitionOf(key)); err != nil {
					h.complain("collect in %s: %v", region, err)
				}
			}
			_, _, _ = k.Repair(ctx, "", 100)
			_, _, _ = k.Repair(ctx, "", 100)
		}
	}
	for i, region := range alive {
		c := newClient(w, h, clientCount+i, seed+1, rules{})
		for _, key := range testKeys() {
			c.mustServe(ctx, region, key)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	objects := 0
	for _, entry := range w.entries {
		if entry.Deleted {
			h.problems = append(h.problems, "the entry of a deleted object stays: "+entry.Key)
			continue
		}
		objects++
	}
	for _, region := range alive {
		if len(w.blobs[region]) > objects {
			h.problems = append(h.problems, fmt.Sprintf("%s has %d blobs of %d objects", region, len(w.blobs[region]), objects))
		}
	}
}

func (c *client) mustServe(ctx context.Context, region, key string) {
	c.get(ctx, region, operation{kind: "get", key: key}, time.Now())
	entry, err := c.apis[region].Look(ctx, key)
	if err != nil {
		return
	}
	c.world.mu.Lock()
	_, here := c.world.blobs[region][entry.State]
	c.world.mu.Unlock()
	if c.history.acked[entry.State] == 2 && !here {
		c.history.complain("%s does not have %s, which was acknowledged with two Regions: %+v", region, key, entry)
	}
}
