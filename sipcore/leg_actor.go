package sipcore

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/emiago/sipgo/sip"
)

// actor is the goroutine that owns a leg's state. Whatever happens to the leg (a message, a wish of the call, a timer)
// comes to it as a function through the inbox, so that nothing of the leg needs a lock and everything happens in one
// order.
type actor struct {
	box *inbox
	log *slog.Logger

	// owned by the actor's goroutine
	open map[*sip.ClientTx]struct{} // transactions of ours without a final response: the actor stays for them
	acks <-chan *sip.Request        // ACKs that bear the branch of the INVITE they answer; nil: none expected
}

// alarm is a timer whose function runs on the actor, unless it was stopped before.
type alarm struct {
	timer   *time.Timer
	stopped bool // owned by the actor
}

func (a *alarm) stop() {
	if a != nil {
		a.stopped = true
		a.timer.Stop()
	}
}

// after runs f on the actor when d has passed.
func (a *actor) after(d time.Duration, f func()) *alarm {
	al := &alarm{}
	al.timer = time.AfterFunc(d, func() {
		a.box.post(func() {
			if !al.stopped {
				f()
			}
		})
	})
	return al
}

// loop deals with what comes until finished says so, then with what was already waiting. A panic is our bug: failed is
// told, so that the leg still ends in an orderly way.
func (a *actor) loop(finished func() bool, gotAck func(*sip.Request), failed func(error)) {
	step := func(f func()) {
		defer func() {
			if p := recover(); p != nil {
				a.log.Error("leg panicked", "text", fmt.Sprint(p), "stack", string(debug.Stack()))
				failed(fmt.Errorf("panic: %v", p))
			}
		}()
		f()
	}
	for !finished() {
		select {
		case <-a.box.wake:
			for _, f := range a.box.take() {
				step(f)
			}
		case ack := <-a.acks:
			step(func() { gotAck(ack) })
		}
	}
	for _, f := range a.box.close() {
		step(f)
	}
}

// follow carries the responses of a client transaction to the actor: got for each of them, then ended once, with nil
// after a final response. The transaction's channel is unbuffered and written under its lock, so somebody must always
// be reading until the final response.
func (a *actor) follow(s *Legs, tx *sip.ClientTx, got func(*sip.Response), ended func(error)) {
	if a.open == nil {
		a.open = map[*sip.ClientTx]struct{}{}
	}
	a.open[tx] = struct{}{}
	finish := func(err error) {
		a.box.post(func() {
			delete(a.open, tx)
			ended(err)
		})
	}
	s.wait.Go(func() {
		for {
			select {
			case res := <-tx.Responses():
				if res.IsProvisional() {
					a.box.offer(func() { got(res) }) // of a flood of them some are enough
					continue
				}
				a.box.post(func() { got(res) })
				finish(nil)
				return
			case <-tx.Done():
				finish(tx.Err())
				return
			}
		}
	})
}
