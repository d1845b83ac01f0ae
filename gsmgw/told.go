package gsmgw

import "sync"

// told is which messages were told of lately. It is the node's memory: a restart tells anew what still lies on a card.
type told struct {
	mu    sync.Mutex // guards:
	keys  map[string]bool
	order []string // the oldest first
}

// mostTold is how many messages are remembered: more than the modules of one machine can store.
const mostTold = 4096

func newTold() *told { return &told{keys: map[string]bool{}} }

// first reports that a message was not told of before, and remembers it.
func (t *told) first(key string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys[key] {
		return false
	}
	if len(t.order) == mostTold {
		delete(t.keys, t.order[0])
		t.order = t.order[1:]
	}
	t.keys[key] = true
	t.order = append(t.order, key)
	return true
}
