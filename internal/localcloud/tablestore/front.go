package tablestore

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxRequestBytes is DynamoDB's limit for a request.
const maxRequestBytes = 16 << 20

// reads change nothing; the engine answers them.
var reads = []string{"BatchGetItem", "DescribeTable", "DescribeTimeToLive", "GetItem", "ListTables", "ListTagsOfResource", "Query", "Scan"}

// writes are copied to the other Regions.
var writes = []string{"BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"}

// Handler serves the Region's endpoint.
func (r *Region) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		operation, isDynamoDB := strings.CutPrefix(request.Header.Get("X-Amz-Target"), target)
		isWrite := slices.Contains(writes, operation)
		if !isDynamoDB || !isWrite && !slices.Contains(reads, operation) {
			refusal("UnknownOperationException", "the local cloud does not emulate DynamoDB's "+operation+"; it answers "+strings.Join(slices.Concat(reads, writes), ", ")).write(w)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxRequestBytes))
		if err != nil {
			refusal("ValidationException", "the request cannot be read: "+err.Error()).write(w)
			return
		}
		r.answer(request.Context(), operation, body, isWrite).write(w)
	})
}

func (r *Region) answer(ctx context.Context, operation string, body []byte, isWrite bool) answer {
	r.mu.Lock()
	engine, down := r.engine, r.down
	r.mu.Unlock()
	switch {
	case down:
		return failure("the Region is down")
	case engine == nil:
		return refusal("ResourceNotFoundException", "Requested resource not found")
	case isWrite:
		return r.write(ctx, engine, operation, body)
	}
	a, err := engine.call(ctx, operation, body)
	if err != nil {
		return failure(err.Error())
	}
	return a
}

func refusal(code, message string) answer { return problem(http.StatusBadRequest, code, message) }

func failure(message string) answer {
	return problem(http.StatusInternalServerError, "InternalServerError", message)
}

func problem(status int, code, message string) answer {
	body, _ := json.Marshal(map[string]string{"__type": "com.amazonaws.dynamodb.v20120810#" + code, "message": message})
	return answer{status, http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, body}
}

// write performs a write while it holds the items, and hands them on.
func (r *Region) write(ctx context.Context, engine *engine, operation string, body []byte) answer {
	touched, known := r.touched(operation, body)
	if !known {
		// The engine says what is wrong in DynamoDB's words.
		if a, err := engine.call(ctx, operation, body); err == nil {
			return a
		}
		return failure("dynalite cannot be reached")
	}
	ids, strong := []string{}, false
	for _, t := range touched {
		ids, strong = append(ids, lockID(t.table, r.name, t.id)), strong || t.table.strong
	}
	unlock, free := r.world.locks.lock(r.name, ids, strong)
	if !free {
		return refusal("ReplicatedWriteConflictException", "One or more items in this request are being modified in another Region")
	}
	defer unlock()
	// A caller that leaves must not end a write between its Regions.
	ctx = context.WithoutCancel(ctx)
	a, err := engine.call(ctx, operation, body)
	if err != nil {
		return failure(err.Error())
	}
	if !a.ok() {
		return a
	}
	for _, t := range touched {
		if err := r.handOn(ctx, engine, t); err != nil {
			return failure(err.Error())
		}
	}
	return a
}

// touch is an item that a request writes.
type touch struct {
	table *table
	key   item
	id    string
}

// touched returns the items that a request writes; false when it is not one that
// the engine would accept.
func (r *Region) touched(operation string, body []byte) ([]touch, bool) {
	var input struct {
		TableName    string
		Item, Key    item
		RequestItems map[string][]struct {
			PutRequest    *struct{ Item item }
			DeleteRequest *struct{ Key item }
		}
	}
	if json.Unmarshal(body, &input) != nil {
		return nil, false
	}
	list := []touch{}
	add := func(name string, of item) bool {
		t, _ := r.table(name)
		if t == nil || of == nil {
			return false
		}
		key, id := t.keyOf(of)
		list = append(list, touch{t, key, id})
		return true
	}
	switch operation {
	case "PutItem":
		known := add(input.TableName, input.Item)
		return list, known
	case "UpdateItem", "DeleteItem":
		known := add(input.TableName, input.Key)
		return list, known
	}
	for name, requests := range input.RequestItems {
		for _, request := range requests {
			var of item
			switch {
			case request.PutRequest != nil:
				of = request.PutRequest.Item
			case request.DeleteRequest != nil:
				of = request.DeleteRequest.Key
			}
			if !add(name, of) {
				return nil, false
			}
		}
	}
	return list, len(list) > 0
}

// handOn copies an item that was just written: at once to the peers of a strongly
// consistent table, and later to the others. The item is held.
func (r *Region) handOn(ctx context.Context, engine *engine, t touch) error {
	var read struct{ Item item }
	input := map[string]any{"TableName": t.table.name, "Key": t.key, "ConsistentRead": true}
	if err := engine.do(ctx, "GetItem", input, &read); err != nil {
		return fmt.Errorf("read what was written: %w", err)
	}
	r.mu.Lock()
	now := time.Now()
	if last := r.written[t.id]; !now.After(last) {
		now = last.Add(1)
	}
	r.written[t.id] = now
	r.mu.Unlock()
	if t.table.strong {
		r.world.strong.Add(1)
	} else {
		r.world.eventual.Add(1)
	}
	for _, peer := range t.table.peers(r.name) {
		j := job{from: r.name, to: peer, table: t.table, key: t.key, id: t.id, item: read.Item, written: now, due: now}
		switch {
		case !t.table.strong:
			j.due = now.Add(r.world.options.Lag())
			r.world.replicator.enqueue(j)
		case r.world.isDown(peer):
			r.world.replicator.enqueue(j)
		default:
			r.world.Region(peer).copyHeld(ctx, j)
		}
	}
	return nil
}
