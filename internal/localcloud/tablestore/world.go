package tablestore

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a [World].
type Options struct {
	// Dirs are where to look for dynalite, in turns; see [Find].
	// Default: the working folder.
	Dirs []string
	// Lag of the replication of an eventually consistent table, for each write.
	// Default: none.
	Lag func() time.Duration
}

// World is DynamoDB in all Regions.
type World struct {
	options    Options
	locks      locks
	replicator *replicator

	// eventual and strong count the writes of items.
	eventual, strong atomic.Int64

	mu      sync.Mutex
	regions map[string]*Region
}

// New returns a world without Regions. It starts nothing until there is a table.
func New(options Options) *World {
	if len(options.Dirs) == 0 {
		options.Dirs = []string{"."}
	}
	if options.Lag == nil {
		options.Lag = func() time.Duration { return 0 }
	}
	w := &World{options: options, regions: map[string]*Region{}}
	w.replicator = newReplicator(w)
	return w
}

// Region is DynamoDB in one Region.
type Region struct {
	world *World
	name  string

	mu     sync.Mutex
	engine *engine
	tables map[string]*table
	// written is when an item was last written, by [table.keyOf]: the timestamp
	// by which the last writer wins.
	written map[string]time.Time
	// down while the Region is lost.
	down bool
}

// table is one Region's replica.
type table struct {
	name     string
	keys     []string
	strong   bool
	replicas []string
}

// Region returns DynamoDB in a Region, which is there from now on.
func (w *World) Region(name string) *Region {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, exists := w.regions[name]
	if !exists {
		r = &Region{world: w, name: name, tables: map[string]*table{}, written: map[string]time.Time{}}
		w.regions[name] = r
	}
	return r
}

// known returns a Region that exists already.
func (w *World) known(name string) *Region {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.regions[name]
}

// PartitionKey returns the name of a table's partition key; empty when no Region
// has the table.
func (w *World) PartitionKey(table string) string {
	w.mu.Lock()
	regions := slices.Collect(maps.Values(w.regions))
	w.mu.Unlock()
	for _, r := range regions {
		r.mu.Lock()
		t := r.tables[table]
		r.mu.Unlock()
		if t != nil {
			return t.keys[0]
		}
	}
	return ""
}

// Table describes a table to be created.
type Table struct {
	// Name is the same in all Regions.
	Name string
	// KeySchema, AttributeDefinitions and the indexes are CloudFormation's.
	KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes any
	// Regions with a replica.
	Regions []string
	// Strong tables write to all Regions before they acknowledge.
	Strong bool
}

// keyElement is an element of a key schema.
type keyElement struct{ AttributeName, KeyType string }

// Create makes the table in all its Regions.
func (w *World) Create(ctx context.Context, t Table) error {
	var schema []keyElement
	if err := convert(t.KeySchema, &schema); err != nil || len(schema) == 0 {
		return fmt.Errorf("the key schema of table %s cannot be read: %w", t.Name, err)
	}
	keys := []string{}
	for _, element := range schema {
		keys = append(keys, element.AttributeName)
	}
	for _, name := range t.Regions {
		engine, err := w.Region(name).start(ctx)
		if err != nil {
			return err
		}
		if err := engine.do(ctx, "CreateTable", t.input(), nil); err != nil {
			return fmt.Errorf("table %s in %s: %w", t.Name, name, err)
		}
		if err := engine.awaitTable(ctx, t.Name); err != nil {
			return fmt.Errorf("table %s in %s: %w", t.Name, name, err)
		}
	}
	for _, name := range t.Regions {
		r := w.Region(name)
		r.mu.Lock()
		r.tables[t.Name] = &table{name: t.Name, keys: keys, strong: t.Strong, replicas: t.Regions}
		r.mu.Unlock()
	}
	return nil
}

// input leaves out what dynalite has no use for: capacity, encryption, backups.
func (t Table) input() map[string]any {
	input := map[string]any{
		"TableName": t.Name, "BillingMode": "PAY_PER_REQUEST",
		"KeySchema": t.KeySchema, "AttributeDefinitions": t.AttributeDefinitions,
	}
	for name, indexes := range map[string]any{"GlobalSecondaryIndexes": t.GlobalSecondaryIndexes, "LocalSecondaryIndexes": t.LocalSecondaryIndexes} {
		var list []map[string]any
		if convert(indexes, &list) != nil || len(list) == 0 {
			continue
		}
		kept := []map[string]any{}
		for _, index := range list {
			kept = append(kept, map[string]any{"IndexName": index["IndexName"], "KeySchema": index["KeySchema"], "Projection": index["Projection"]})
		}
		input[name] = kept
	}
	return input
}

// convert turns a value of a template into a Go type.
func convert(from, to any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		return fmt.Errorf("decode: %w", err)
	}
	return nil
}

func (r *Region) start(ctx context.Context) (*engine, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.engine != nil {
		return r.engine, nil
	}
	installation, err := Find(r.world.options.Dirs...)
	if err != nil {
		return nil, err
	}
	r.engine, err = startEngine(ctx, installation)
	return r.engine, err
}

func (r *Region) table(name string) (*table, *engine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tables[name], r.engine
}

// peers are the other Regions with a replica.
func (t *table) peers(own string) []string {
	return slices.DeleteFunc(slices.Clone(t.replicas), func(name string) bool { return name == own })
}

// Pause loses a Region: nothing is copied from it or to it until Resume.
func (w *World) Pause(region string) { w.setDown(region, true) }

// Resume brings a Region back. A strongly consistent table has caught up when it
// returns: such a replica serves nobody before.
func (w *World) Resume(region string) {
	w.replicator.catchUp(region)
	w.setDown(region, false)
}

func (w *World) setDown(region string, down bool) {
	if r := w.known(region); r != nil {
		r.mu.Lock()
		r.down = down
		r.mu.Unlock()
	}
	w.replicator.wake()
}

func (w *World) isDown(region string) bool {
	r := w.known(region)
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.down
}

// Pending returns how many items wait to be copied out of a Region, and how long
// the first of them has waited.
func (w *World) Pending(region string) (count int, oldest time.Duration) {
	return w.replicator.pending(region)
}

// Written returns how many writes of items eventually and strongly consistent
// tables have accepted.
func (w *World) Written() (eventual, strong int) {
	return int(w.eventual.Load()), int(w.strong.Load())
}

// Close ends all processes; what waits is left.
func (w *World) Close() {
	w.replicator.close()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, r := range w.regions {
		r.mu.Lock()
		if r.engine != nil {
			r.engine.close()
			r.engine = nil
		}
		r.mu.Unlock()
	}
}
