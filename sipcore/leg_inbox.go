package sipcore

import "sync"

// inboxLimit is how many messages from outside may wait for one leg. A leg deals with one in microseconds; more than
// this is a flood, and what does not fit is refused where it came from: a request with 503, a response by its own
// retransmission.
const inboxLimit = 64

// inbox is a leg's queue: the only way anything reaches the leg. Nothing that puts into it ever waits, since some of it
// runs under the transaction's lock and some in the call's goroutine.
type inbox struct {
	mu     sync.Mutex
	queue  []func()      // guarded by mu
	closed bool          // guarded by mu
	wake   chan struct{} // holds one signal
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1)} }

// offer puts a message from the network; false when the leg is gone or has too much to do.
func (b *inbox) offer(f func()) bool { return b.put(f, inboxLimit) }

// post puts a message of our own (a wish of the call, a timer, the end of a transaction): these are few and must not be
// lost. False when the leg is gone.
func (b *inbox) post(f func()) bool { return b.put(f, 1<<20) }

func (b *inbox) put(f func(), limit int) bool {
	b.mu.Lock()
	if b.closed || len(b.queue) >= limit {
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

// close ends the inbox and returns what nobody will deal with any more.
func (b *inbox) close() []func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	q := b.queue
	b.queue = nil
	return q
}
