package smpptest

import (
	"context"
	"errors"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// Far is the far side of a link, over and over: it asks, some at a time, and takes what it is asked. What is refused for now
// is asked again.
type Far struct {
	// Take takes a message and returns the id that it is given, and what is to be asked because of it. It asks nothing of the
	// Far itself, which is locked.
	Take func(Short) (id string, more []Asking)
	// Repeats says that what was not answered when a link was lost is asked again by the next.
	Repeats bool

	mu    sync.Mutex // guards:
	conn  net.Conn   // nil: no link is bound
	seq   uint32
	todo  []Asking
	open  map[uint32]Asking
	blow  int // above 0: so many requests more are taken and not answered, and then the link is cut
	wrong []uint32
}

// Asking is one request, and who is told of its answer, with the id of the message in it; nil: nobody.
type Asking struct {
	Command uint32 // SubmitSM or DeliverSM
	Short   Short
	Told    func(id string)
}

// window is how many requests of a far side are not answered at most.
const window = 32

// Wants has requests asked when there is room.
func (f *Far) Wants(all ...Asking) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.todo = append(f.todo, all...)
	f.pump()
}

// Cut has the link swallow five requests and break.
func (f *Far) Cut() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.blow = 5
}

// Idle reports that everything was asked and answered.
func (f *Far) Idle() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.todo)+len(f.open) == 0
}

// Wrong are the statuses with which requests were refused for good.
func (f *Far) Wrong() []uint32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.wrong)
}

// Serve is a message centre at l until ctx ends: whoever binds as transceiver is let in.
func (f *Far) Serve(ctx context.Context, l net.Listener) {
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		lived(ctx, conn, func() {
			x, err := read(conn)
			if err != nil || x.id != bindTransceiver {
				return
			}
			if _, err := conn.Write(frame{id: x.id | response, seq: x.seq, body: zero("far")}.bytes()); err == nil {
				f.live(conn)
			}
		})
	}
}

// rebind is how long a program waits before it binds again.
const rebind = 50 * time.Millisecond

// Bind is a program that binds at an address whenever it is not bound, until ctx ends.
func (f *Far) Bind(ctx context.Context, address, systemID, password string) {
	tick := time.NewTicker(rebind)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			continue
		}
		lived(ctx, conn, func() {
			body := append(zero(systemID, password, ""), 0x34, 0, 0, 0)
			if _, err := conn.Write(frame{id: bindTransceiver, seq: 1, body: body}.bytes()); err != nil {
				return
			}
			if x, err := read(conn); err == nil && x.status == ok {
				f.live(conn)
			}
		})
	}
}

// lived does something with a link that is closed after it, or with ctx.
func lived(ctx context.Context, conn net.Conn, do func()) {
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	do()
	stop()
	_ = conn.Close()
}

// pump asks what there is room for. mu is held.
func (f *Far) pump() {
	for f.conn != nil && len(f.todo) > 0 && len(f.open) < window {
		f.seq++
		a := f.todo[0]
		f.todo, f.open[f.seq] = f.todo[1:], a
		_, _ = f.conn.Write(frame{id: a.Command, seq: f.seq, body: a.Short.bytes()}.bytes()) // a lost link shows where it is read
	}
}

// live works on a link that is bound until it is lost.
func (f *Far) live(conn net.Conn) {
	f.mu.Lock()
	f.conn, f.open = conn, map[uint32]Asking{}
	f.pump()
	f.mu.Unlock()
	for {
		x, err := read(conn)
		f.mu.Lock()
		if err == nil {
			err = f.got(x)
		}
		if err != nil {
			f.lost()
			f.mu.Unlock()
			return
		}
		f.pump()
		f.mu.Unlock()
	}
}

// lost takes that the link is. mu is held.
func (f *Far) lost() {
	var left []Asking
	for _, n := range slices.Sorted(maps.Keys(f.open)) {
		left = append(left, f.open[n])
	}
	f.conn, f.open = nil, nil
	if f.Repeats {
		f.todo = append(left, f.todo...)
	}
}

// errOver ends a link on purpose.
var errOver = errors.New("the link is over")

// got takes one PDU. mu is held.
func (f *Far) got(x frame) error {
	if x.id&response != 0 {
		f.answered(x)
		return nil
	}
	answer := frame{id: x.id | response, seq: x.seq}
	if x.id == SubmitSM || x.id == DeliverSM {
		id, more := f.Take(readShort(x.body))
		answer.body = zero(id)
		f.todo = append(f.todo, more...)
		if f.blow > 0 {
			if f.blow--; f.blow == 0 {
				return errors.Join(errOver, f.conn.Close())
			}
			return nil
		}
	}
	_, err := f.conn.Write(answer.bytes())
	if x.id == unbind {
		return errOver
	}
	return err
}

// answered takes an answer. mu is held.
func (f *Far) answered(x frame) {
	a, asked := f.open[x.seq]
	if !asked {
		return
	}
	delete(f.open, x.seq)
	switch x.status {
	case ok:
		if a.Told != nil {
			a.Told(strings.TrimRight(string(x.body), "\x00"))
		}
	case system, queueFull, throttled:
		f.todo = append(f.todo, a)
	default:
		f.wrong = append(f.wrong, x.status)
	}
}
