package modemtest

import (
	"errors"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
	"roadline/hardware/modem"
)

const (
	client = "+79161234567" // somebody outside
	nobody = "+79169999999" // a number that does not exist
)

func isKind(err error, k cause.Kind) bool { return errors.Is(err, k) }

func any1[E modem.Event](E) bool { return true }

// ring lets somebody call the module's card, and waits for the one Ringing.
func (b *bench) ring(card *gsmsim.Card, o gsmsim.CallOptions) (*gsmsim.Handset, modem.Ringing) {
	b.Helper()
	h, err := b.net.Call(client, card.Number, o)
	b.check(err)
	return h, await(b, "ringing", any1[modem.Ringing])
}

func incoming(b *bench) {
	card := b.ready()
	h, r := b.ring(card, gsmsim.CallOptions{})
	if r.Number != client || r.Hidden {
		b.Errorf("it rings from %+v", r)
	}
	b.until("the call is listed", func() bool {
		calls, err := b.modem.Calls(b.ctx())
		b.check(err)
		return len(calls) == 1 && calls[0].Incoming && calls[0].State == modem.CallIncoming && calls[0].Number == client
	})
	b.check(b.modem.Answer(b.ctx()))
	b.callIs(modem.CallActive)
	b.arrives("the caller is answered", h.Answered())
	h.HangUp()
	end := b.callIs(modem.CallEnded)
	if c := b.why(end); c.Meaning != cause.Hangup {
		b.Errorf("it ended by %v", c)
	}
	if n := count(b, any1[modem.Ringing]); n != 1 {
		b.Errorf("it rang %d times for one call", n)
	}
}

// why is the cause of a call that ended: as the line said, else as the module says when it is asked.
func (b *bench) why(end modem.CallIs) cause.Cause {
	b.Helper()
	if end.Cause != (cause.Cause{}) {
		return end.Cause
	}
	c, err := b.modem.Released(b.ctx())
	b.check(err)
	return c
}

func incomingHidden(b *bench) {
	card := b.ready()
	h, r := b.ring(card, gsmsim.CallOptions{Hidden: true})
	if r.Number != "" {
		b.Errorf("a hidden number is %+v", r)
	}
	b.check(b.modem.Answer(b.ctx()))
	b.callIs(modem.CallActive)
	b.check(b.modem.HangUp(b.ctx()))
	b.callIs(modem.CallEnded)
	b.arrives("the caller's call ends", h.Ended())
}

func incomingMissed(b *bench) {
	card := b.ready()
	h, _ := b.ring(card, gsmsim.CallOptions{GiveUp: 10 * time.Second})
	b.arrives("the caller gives up", h.Ended())
	b.callIs(modem.CallEnded)
	if n := count(b, func(c modem.CallIs) bool { return c.State == modem.CallActive }); n != 0 {
		b.Error("a call that nobody took was active")
	}
	b.kindOrNil(b.modem.HangUp(b.ctx()))
}

// kindOrNil: hanging up where there is nothing to hang up is no error.
func (b *bench) kindOrNil(err error) {
	b.Helper()
	b.check(err)
}

func incomingRefused(b *bench) {
	card := b.ready()
	h, _ := b.ring(card, gsmsim.CallOptions{})
	b.check(b.modem.HangUp(b.ctx()))
	b.callIs(modem.CallEnded)
	b.arrives("the caller's call ends", h.Ended())
}

func outgoing(b *bench) {
	b.ready()
	s := b.net.Subscriber(client, gsmsim.Behaviour{Does: gsmsim.Ignores})
	b.check(b.modem.Dial(b.ctx(), client))
	if c := b.callIs(modem.CallDialing); c.Incoming {
		b.Error("a call that goes out comes in")
	}
	h, err := s.Next(b.ctx())
	b.check(err)
	b.callIs(modem.CallAlerting)
	h.Answer()
	c := b.callIs(modem.CallActive)
	if c.Number != client {
		b.Errorf("the call is with %q", c.Number)
	}
	h.HangUp()
	if c := b.why(b.callIs(modem.CallEnded)); c.Meaning != cause.Hangup {
		b.Errorf("it ended by %v", c)
	}
	calls, err := b.modem.Calls(b.ctx())
	if err != nil || len(calls) != 0 {
		b.Errorf("after it there are %+v, %v", calls, err)
	}
	b.kind(b.modem.Dial(b.ctx(), "112;H"), cause.Invalid)
}

func failures(b *bench) {
	b.ready()
	for _, row := range []struct {
		number string
		does   gsmsim.Answering
		want   cause.Meaning
	}{
		{client, gsmsim.Busy, cause.Busy},
		{client, gsmsim.Refuses, cause.Declined},
		{client, gsmsim.OutOfCover, cause.NoAnswer}, // cause 18: the network looked in vain
		{client, gsmsim.SwitchedOff, cause.Unreachable},
		{nobody, gsmsim.Ignores, cause.WrongNumber},
	} {
		if row.number == client {
			b.net.Subscriber(client, gsmsim.Behaviour{Does: row.does, After: time.Second})
		}
		b.check(b.modem.Dial(b.ctx(), row.number))
		if c := b.why(b.callIs(modem.CallEnded)); c.Meaning != row.want {
			b.Errorf("%s, %d: ended by %v, want %v", row.number, row.does, c, row.want)
		}
	}
	if n := count(b, func(c modem.CallIs) bool { return c.State == modem.CallActive }); n != 0 {
		b.Errorf("%d of them were active", n)
	}
}

func hangUpDialling(b *bench) {
	b.ready()
	b.net.Subscriber(client, gsmsim.Behaviour{Does: gsmsim.OutOfCover})
	b.check(b.modem.Dial(b.ctx(), client))
	b.check(b.modem.HangUp(b.ctx()))
	b.callIs(modem.CallEnded)
	b.noCalls()
}

func (b *bench) noCalls() {
	b.Helper()
	b.until("there is no call", func() bool {
		calls, err := b.modem.Calls(b.ctx())
		b.check(err)
		return len(calls) == 0
	})
}

func hangUpAlerting(b *bench) {
	b.ready()
	s := b.net.Subscriber(client, gsmsim.Behaviour{Does: gsmsim.Ignores})
	b.check(b.modem.Dial(b.ctx(), client))
	h, err := s.Next(b.ctx())
	b.check(err)
	b.check(b.modem.HangUp(b.ctx()))
	b.callIs(modem.CallEnded)
	b.arrives("it stops to ring there", h.Ended())
	b.noCalls()
}

// talk makes a call that is answered.
func (b *bench) talk(does gsmsim.Behaviour) *gsmsim.Handset {
	b.Helper()
	s := b.net.Subscriber(client, does)
	b.check(b.modem.Dial(b.ctx(), client))
	h, err := s.Next(b.ctx())
	b.check(err)
	b.callIs(modem.CallActive)
	return h
}

func keysOut(b *bench) {
	b.ready()
	h := b.talk(gsmsim.Behaviour{})
	const keys = "0123456789*#"
	b.check(b.modem.Press(b.ctx(), keys))
	b.until("the keys are there", func() bool { return h.Pressed() == keys })
	b.kind(b.modem.Press(b.ctx(), "x"), cause.Invalid)
	b.check(b.modem.HangUp(b.ctx()))
	b.callIs(modem.CallEnded)
}

func keysIn(b *bench) {
	b.ready()
	h := b.talk(gsmsim.Behaviour{})
	b.check(h.Press("1#"))
	for _, want := range []byte("1#") {
		if k := await(b, "a key", any1[modem.Keyed]); k.Key != want {
			b.Errorf("key %q, want %q", k.Key, want)
		}
	}
	h.HangUp()
	b.callIs(modem.CallEnded)
}

func endsSilently(b *bench) {
	b.ready()
	h := b.talk(gsmsim.Behaviour{})
	b.device.Fault(gsmsim.MissingNoCarrier)
	begun := time.Now()
	h.HangUp()
	b.callIs(modem.CallEnded)
	if d := time.Since(begun); d > 6*time.Second {
		b.Errorf("it took %v to notice", d)
	}
}

func dropped(b *bench) {
	b.ready()
	b.talk(gsmsim.Behaviour{})
	b.device.Drop(41)
	if c := b.why(b.callIs(modem.CallEnded)); c.Meaning != cause.Lost {
		b.Errorf("it ended by %v", c)
	}
}
