package outside

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
	"roadline/media"
)

// Insert says that a number is that of one of the server's SIM cards: whoever calls it does so over the air.
func (n *Network) Insert(card callerid.Number) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cards[card.E164] = true
}

func (n *Network) isCard(e164 string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.o.Air != nil && n.cards[e164]
}

// onAir tells the mobile network whether somebody is free: a habit takes the call of a telephone that rings, and the
// network refuses what comes while they are in another. n.mu is held.
func (n *Network) onAir(s *Subscriber) {
	if n.o.Air == nil {
		return
	}
	does := gsmsim.Ignores
	if s.inUse >= s.Lines {
		does = gsmsim.Busy
	}
	n.o.Air.Subscriber(s.number, gsmsim.Behaviour{Does: does})
}

// airLives lets everybody take calls of the mobile network until ctx ends; then its telephones hang up.
func (n *Network) airLives(ctx context.Context, people *errgroup.Group) {
	if n.o.Air == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.subscribers {
		phone := n.o.Air.Subscriber(s.number, gsmsim.Behaviour{Does: gsmsim.Ignores})
		people.Go(func() error {
			for {
				rings, err := phone.Next(ctx)
				switch {
				case err != nil: // ctx has ended
					return nil
				case ctx.Err() != nil:
					rings.HangUp()
				default:
					n.calledByAir(s, rings)
				}
			}
		})
	}
	people.Go(func() error {
		<-ctx.Done()
		n.mu.Lock()
		defer n.mu.Unlock()
		for _, l := range n.lines {
			if l.seen.Air {
				l.leg.Release(cause.Of(cause.Hangup))
			}
		}
		return nil
	})
}

// calledByAir takes a call of one of the server's cards.
func (n *Network) calledByAir(s *Subscriber, phone *gsmsim.Handset) {
	if n.engage(s) != nil { // they began a call of their own this moment
		phone.HangUp()
		return
	}
	l := n.newLine(Seen{Number: s.number, Other: phone.Caller(), Called: true, Air: true})
	l.free = func() { n.disengage(s) }
	n.byAir(l, phone, s.Answers)
}

// beginByAir calls one of the server's cards.
func (n *Network) beginByAir(l *Line, does Habit) error {
	l.seen.Air = true
	phone, err := n.o.Air.Call(l.seen.Number, l.seen.Other, gsmsim.CallOptions{})
	if err != nil {
		l.free()
		return err
	}
	n.byAir(l, phone, does)
	return nil
}

// byAir gives a line its leg, and lets somebody do what they do on it.
func (n *Network) byAir(l *Line, phone *gsmsim.Handset, does Habit) {
	a := &airLeg{id: fmc.LegID{Call: l.callID(), N: 1}, phone: phone, tuned: tuned{ear: l.ear}}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines[a.id] = l
	l.leg, l.sound = a, a
	n.scripts.Go(func() { n.follow(a) })
	n.live(l, does)
}

// airLook is how often what was heard over the air is listened to.
const airLook = 50 * time.Millisecond

// follow tells a line what becomes of its call, and lets it hear, until the call is over.
func (n *Network) follow(a *airLeg) {
	tick := time.NewTicker(airLook)
	defer tick.Stop()
	alerted, answered := a.phone.Alerted(), a.phone.Answered()
	is := func(link fmc.Link, c cause.Cause) { n.post(a.id, call.LinkIs{Leg: a.id, Link: link, Cause: c}) }
	for {
		select {
		case <-alerted:
			alerted = nil
			is(fmc.Alerting, cause.Cause{})
		case <-answered:
			answered = nil
			is(fmc.Up, cause.Cause{})
		case <-tick.C:
			a.listen(n.now())
		case <-a.phone.Ended():
			for link, told := range map[fmc.Link]<-chan struct{}{fmc.Alerting: alerted, fmc.Up: answered} { // of a call that ends at once
				select {
				case <-told:
					is(link, cause.Cause{})
				default:
				}
			}
			a.listen(n.now())
			is(fmc.Gone, airCause(a.phone.Cause()))
			return
		}
	}
}

// airCause is a cause of 24.008, whose numbers are those of Q.850.
func airCause(why int) cause.Cause {
	m := cause.Hangup
	switch why {
	case 17:
		m = cause.Busy
	case 18, 27:
		m = cause.Unreachable
	case 19:
		m = cause.NoAnswer
	case 21:
		m = cause.Declined
	case 38, 41:
		m = cause.Lost
	}
	c := cause.Of(m)
	c.Q850 = why
	return c
}

// airLeg is a line's leg in the mobile network: a call at a telephone.
type airLeg struct {
	id    fmc.LegID
	phone *gsmsim.Handset

	// owned by follow
	at    int // samples that were listened to
	tuned tuned
}

// ID implements call.Leg.
func (a *airLeg) ID() fmc.LegID { return a.id }

// Progress implements call.Leg: the network has said already that it rings.
func (a *airLeg) Progress(bool) {}

// Answer implements call.Leg.
func (a *airLeg) Answer() { a.phone.Answer() }

// Release implements call.Leg.
func (a *airLeg) Release(cause.Cause) { a.phone.HangUp() }

func (a *airLeg) hear(*ear) {} // follow listens from the first moment

func (a *airLeg) speak(_ *ear, m *mouth) { a.phone.Say(m.linear) }

func (a *airLeg) press(keys string) error { return a.phone.Press(keys) }

// listen brings what has been heard since the last time to the ear.
func (a *airLeg) listen(now time.Duration) {
	heard := a.phone.Heard()[a.at:]
	a.at += len(heard)
	a.tuned.hear(heard, now)
}

// linear is what the mouth says next, as the air carries it.
func (m *mouth) linear(f *[media.FrameSamples]int16) {
	var alaw frame
	m.Frame(&alaw)
	for i, b := range alaw {
		f[i] = media.DecodeALaw(b)
	}
}

// tuned is an ear for sound that is not cut into frames as it was said: a module takes the sound at a pace of its own,
// and each frame of it holds the end of one that was said and the beginning of the next.
type tuned struct {
	ear  *ear
	rest []byte // A-law, not listened to yet
}

// hear finds the frames in what was heard. It begins where the one before ended, and where that is none of a phrase,
// looks for one in the 20 ms after.
func (t *tuned) hear(samples []int16, now time.Duration) {
	for _, s := range samples {
		t.rest = append(t.rest, media.EncodeALaw(s))
	}
	for len(t.rest) >= 2*media.FrameSamples {
		at := t.next()
		t.ear.Voice(media.Voice{Codec: media.PCMA, At: now, Payload: t.rest[at : at+media.FrameSamples]})
		t.rest = t.rest[at+media.FrameSamples:]
	}
}

// next is where a frame of a phrase begins; 0 where none does.
func (t *tuned) next() int {
	if !isLoud(t.rest[:2*media.FrameSamples]) {
		return 0
	}
	for at := range media.FrameSamples {
		if _, ok := t.ear.phrases.frames[frame(t.rest[at:at+media.FrameSamples])]; ok {
			return at
		}
	}
	return 0
}

var (
	_ call.Leg = (*airLeg)(nil)
	_ sound    = (*airLeg)(nil)
)
