package smpp

import (
	"context"
	"sync"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdufield"

	"roadline/fmc/cause"
)

// Waits of a link.
const (
	relinkFirst = time.Second
	relinkMost  = 2 * time.Minute
	leaveTime   = 5 * time.Second // what the answers that are owed may take at the stop
	doubtsWait  = time.Minute     // for what an earlier process took
	standsEvery = 10 * time.Second
)

// keepUp links again and again, with growing pauses while it fails.
func (x *centre) keepUp(ctx context.Context, bind Bind) {
	x.is(bind, LinkState{Why: "not tried yet"})
	if bind != Transmitter && x.o.Doubts != nil {
		x.recall.Do(func() {
			known, cancel := context.WithTimeout(ctx, doubtsWait)
			defer cancel()
			x.doubts.add(x.o.Now(), x.o.Doubts(known, x.ID)...)
		})
	}
	for wait := relinkFirst; ctx.Err() == nil; wait = min(2*wait, relinkMost) {
		began := x.o.Now()
		err := x.link(ctx, bind)
		if ctx.Err() != nil {
			return
		}
		if x.o.Now().Sub(began) > relinkMost {
			wait = relinkFirst
		}
		why := "the centre unbound"
		if err != nil {
			why = err.Error()
		}
		x.is(bind, LinkState{Why: why})
		x.log.Warn("link to a message centre is down", "err", why, "dur", wait)
		pause(ctx, wait)
	}
}

// is notes how a link stands.
func (x *centre) is(bind Bind, l LinkState) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if old, ok := x.links[bind]; ok && old.Up == l.Up {
		l.Since = old.Since
	} else {
		l.Since = x.o.Now()
	}
	x.links[bind] = l
}

// link connects, binds, and works until the link ends. At the stop what is on its way is answered first.
func (x *centre) link(ctx context.Context, bind Bind) error {
	conn, err := x.o.Dial(ctx, &x.Centre)
	if err != nil {
		return cause.Errorf(cause.Unavailable, "connect to %s: %w", x.Address, err)
	}
	took := &taken{}
	s := newSession(conn, x.Terms, server{take: func(f frame) pending { return x.take(took, f) }, keep: x.o.Journal.Sync}, x.o.Now, x.log)
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	var parts sync.WaitGroup
	parts.Go(func() {
		defer end()
		if err = x.bind(ctx, s, bind); err != nil {
			return
		}
		x.is(bind, LinkState{Up: true})
		x.log.Info("link to a message centre is up", "state", string(bind))
		parts.Go(func() { x.stand(life, bind) })
		x.work(ctx, s, bind)
		left, cancel := context.WithTimeout(life, leaveTime)
		defer cancel()
		s.Leave(left)
	})
	lost := s.Run(life)
	end()
	parts.Wait()
	open := took.open()
	if lost == nil && ctx.Err() == nil {
		open = nil // the centre unbound: it read to the end
	}
	x.doubts.add(x.o.Now(), open...)
	if err == nil && bind != Transmitter && x.o.Stands != nil {
		x.o.Stands(x.ID, len(open) > 0)
	}
	if err == nil {
		err = lost
	}
	return err
}

// stand says again and again that a link stands, until ctx is done.
func (x *centre) stand(ctx context.Context, bind Bind) {
	if bind == Transmitter || x.o.Stands == nil {
		return
	}
	tick := time.NewTicker(standsEvery)
	defer tick.Stop()
	for {
		x.o.Stands(x.ID, true)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// work sends, or waits, until the link or ctx ends.
func (x *centre) work(ctx context.Context, s *Session, bind Bind) {
	if bind != Receiver {
		x.send(ctx, s)
	}
	select {
	case <-ctx.Done():
	case <-s.done:
	}
}

// binds are the requests of the three ways.
var binds = map[Bind]func() pdu.Body{Transceiver: pdu.NewBindTransceiver, Transmitter: pdu.NewBindTransmitter, Receiver: pdu.NewBindReceiver}

// version is SMPP 3.4.
const version = 0x34

// bind says who we are.
func (x *centre) bind(ctx context.Context, s *Session, bind Bind) error {
	password, err := x.Password()
	if err != nil {
		return err
	}
	b := binds[bind]()
	for name, v := range map[pdufield.Name]any{
		pdufield.SystemID: x.SystemID, pdufield.Password: password, pdufield.SystemType: x.SystemType, pdufield.InterfaceVersion: version,
	} {
		if err := b.Fields().Set(name, v); err != nil {
			return cause.Errorf(cause.Invalid, "bind as %s: %w", x.SystemID, err)
		}
	}
	f, err := frameOf(b)
	if err != nil {
		return err
	}
	answer, err := s.do(ctx, f)
	switch {
	case err != nil:
		return cause.Errorf(cause.Unavailable, "bind as %s: %w", x.SystemID, err)
	case answer.status() != statusOK:
		return cause.Errorf(cause.Denied, "bind as %s: %w", x.SystemID, &refusal{"refused", answer.status()})
	}
	return nil
}
