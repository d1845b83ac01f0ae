package gsmgw

import "sync"

// inbox is what others want of a slot: functions that run on its goroutine. Posting never waits.
type inbox struct {
	mu     sync.Mutex
	queue  []func()      // guarded by mu
	closed bool          // guarded by mu
	wake   chan struct{} // holds one signal
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1)} }

// post puts a function into the queue; false when nobody will run it any more.
func (b *inbox) post(f func()) bool {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return false
	}
	b.queue = append(b.queue, f)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return true
}

// take returns everything that waits.
func (b *inbox) take() []func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.queue
	b.queue = nil
	return q
}

// close ends the inbox and returns what waited.
func (b *inbox) close() []func() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	return b.take()
}
