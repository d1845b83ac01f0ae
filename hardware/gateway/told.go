package gateway

import "sync"

// Told is which events of a box were passed on, and which of them are kept, by their tokens: boxes repeat themselves. The
// oldest are forgotten. Any goroutine may use it.
type Told struct {
	mu    sync.Mutex // guards:
	order []string
	is    map[string]Standing
}

// Standing is how far an event is.
type Standing int

// The standings.
const (
	Unknown Standing = iota
	Passed           // somebody was told, and did not say that he keeps it
	Kept
)

// mostTold is how many events are remembered.
const mostTold = 1024

// NewTold remembers nothing yet.
func NewTold() *Told { return &Told{is: map[string]Standing{}} }

// Stands is how far an event is.
func (t *Told) Stands(token string) Standing {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.is[token]
}

// Note notes it.
func (t *Told) Note(token string, s Standing) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.is[token]; !known {
		t.order = append(t.order, token)
	}
	t.is[token] = s
	if len(t.order) > mostTold {
		delete(t.is, t.order[0])
		t.order = t.order[1:]
	}
}
