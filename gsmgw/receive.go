package gsmgw

import (
	"bytes"
	"context"
	"encoding/hex"
	"slices"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
	"roadline/hardware/pdu"
)

// texting is how a slot stands with its messages.
type texting struct {
	sending  bool
	sweeping bool
	again    bool    // something came while it was sweeping
	early    []early // came before it was known whose card it is, or could not be kept
	sat      int     // how many times a card was put in or left: what came between is of no card that is known
}

// early is what waits to be kept.
type early struct {
	modem.Event
	card  fmc.ICCID // of a PDU: that was in when it came; empty: the one that is found, if no other was in meanwhile
	sat   int
	of    modem.Of // of a whole text or its report: whose it is
	token string   // under which the gateway tells it again
}

// Waits for what a module does with messages.
const (
	readWait  = 30 * time.Second
	sweepWait = 2 * time.Minute
)

// fullAt is how full a storage may stay after a sweep, in hundredths.
const fullAt = 80

// arrived takes a message that lies in a storage: it is kept, and only then deleted.
func (s *slot) arrived(at modem.Place) {
	if at.Index < 0 || s.card.company == "" || !s.up {
		s.sweep()
		return
	}
	m, owner := s.m, s.card
	s.hands.ask(job{
		how: soon, wait: readWait,
		do: func(ctx context.Context) error {
			got, ok, err := m.Read(ctx, at)
			if err != nil || !ok || got.Sent || len(got.PDU) == 0 {
				return err
			}
			if err := s.g.keepTexts(ctx, owner, got.PDU); err != nil {
				return err
			}
			return discard(ctx, m, got)
		},
		done: func(err error) {
			if err != nil && s.m == m {
				s.log.Warn("message not fetched", "err", err)
				s.alarms.set(sweepAlarm, s.g.o.Now().Add(10*time.Second))
			}
		},
	})
}

// delivered takes a message that the module did not store: nobody has it but us, and the network until it is acknowledged.
// It is written by the slot's own hands, which outlive the module.
func (s *slot) delivered(ev modem.Delivered) {
	if s.last.company == "" {
		s.hold(early{Event: ev})
		if s.up && s.card.id != "" { // it is known whose the card is: nobody's
			s.keepEarly()
		}
		return
	}
	s.keepDelivered(s.last, ev)
}

func (s *slot) keepDelivered(owner holder, ev modem.Delivered) {
	m, a := s.m, arrival{At: s.g.o.Now().UTC(), Port: s.name, Of: modem.Of{Card: string(owner.id)}, PDU: hex.EncodeToString(ev.PDU)}
	s.keeper.ask(job{
		how: soon, wait: readWait,
		do: func(ctx context.Context) error {
			if err := s.g.keepArrival(ctx, owner, a); err != nil || !ev.Owed || m == nil {
				return err
			}
			return m.Acknowledge(ctx)
		},
		done: func(err error) {
			if err != nil {
				s.log.Error("message that came is not kept, or not acknowledged", "err", err)
			}
		},
	})
}

// mostEarly is how many messages are held until it is known whose they are.
const mostEarly = 64

// hold puts a message by until it can be kept. What finds no room is not acknowledged: it is told again.
func (s *slot) hold(x early) {
	if len(s.text.early) >= mostEarly {
		return
	}
	if x.sat = s.text.sat; s.up {
		x.card = s.card.id
	}
	s.text.early = append(s.text.early, x)
}

// keepEarly writes what came before it was known whose card it is. It goes to the card that it came to, whichever is in now.
func (s *slot) keepEarly() {
	all := s.text.early
	s.text.early = nil
	for _, x := range all {
		ev, isPDU := x.Event.(modem.Delivered)
		if !isPDU {
			s.gave(x.Event, x.token, x.of)
			continue
		}
		if x.card == "" && x.sat == s.text.sat {
			x.card = s.card.id
		}
		card, _ := s.g.card(x.card)
		switch {
		case x.card == "" && x.sat == s.text.sat && s.sim.State != modem.SIMAbsent && s.sim.State != modem.SIMFailed:
			s.text.early = append(s.text.early, x) // its card has yet to say which it is
		case x.card == "": // the network tells again what it was not told that we have
			s.log.Error("message not kept: it came while the card was changed, and nobody knows to which")
		default:
			ev.Owed = ev.Owed && x.sat == s.text.sat
			s.keepDelivered(holder{id: x.card, company: card.Company}, ev)
		}
	}
}

// sweep fetches everything that lies in the module's storages: what its lines told, and what they did not.
func (s *slot) sweep() {
	if s.m == nil || !s.up {
		return
	}
	s.keepEarly()
	if s.card.company == "" || s.card.twice || s.sim.State != modem.SIMReady {
		return
	}
	if s.text.sweeping {
		s.text.again = true
		return
	}
	s.text.sweeping, s.text.again = true, false
	s.alarms.set(sweepAlarm, s.g.o.Now().Add(s.g.o.Rules.SweepEvery))
	m, owner := s.m, s.card
	s.hands.ask(job{
		how: idle, wait: sweepWait,
		do: func(ctx context.Context) error { return s.fetch(ctx, m, owner) },
		done: func(err error) {
			s.text.sweeping = false
			if err != nil && s.m == m {
				s.log.Warn("storages not swept", "err", err)
				s.alarms.set(sweepAlarm, s.g.o.Now().Add(30*time.Second))
				return
			}
			if s.text.again {
				s.sweep()
			}
		},
	})
}

// fetch keeps and deletes what lies in the storages. It runs in the module's hands.
func (s *slot) fetch(ctx context.Context, m modem.Modem, owner holder) error {
	all, err := m.Stored(ctx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(x modem.Stored) bool { return x.Sent || len(x.PDU) == 0 })
	// A message lies where there was room: which came first is told by the service centre's time stamp alone.
	slices.SortStableFunc(all, func(a, b modem.Stored) int { return stamp(a).Compare(stamp(b)) })
	if len(all) > 0 {
		pdus := make([][]byte, len(all))
		for i, x := range all {
			pdus[i] = x.PDU
		}
		if err := s.g.keepTexts(ctx, owner, pdus...); err != nil {
			return err
		}
		for _, x := range all {
			if err := discard(ctx, m, x); err != nil {
				return err
			}
		}
	}
	if used, total, err := m.Room(ctx); err == nil && total > 0 && used*100 >= total*fullAt {
		s.log.Warn("storage is nearly full of what cannot be fetched", "count", used)
	}
	return nil
}

// discard deletes a message that is on disk. What lies there is looked at once more: a card may have been changed for
// another, and a place belongs to whatever card is in.
func discard(ctx context.Context, m modem.Modem, kept modem.Stored) error {
	now, ok, err := m.Read(ctx, kept.Place)
	switch {
	case err != nil || !ok:
		return err
	case !bytes.Equal(now.PDU, kept.PDU):
		return cause.Errorf(cause.Conflict, "place %d of %q holds another message now", kept.Index, kept.Storage)
	}
	return m.Delete(ctx, kept.Place)
}

// stamp is when a message was sent; zero of one that cannot be read.
func stamp(x modem.Stored) time.Time {
	m, err := pdu.Read(x.PDU)
	if err != nil {
		return time.Time{}
	}
	return m.Sent
}

// keepTexts writes messages and reports that a card received, and returns when they are on disk.
func (g *Gateway) keepTexts(ctx context.Context, owner holder, pdus ...[]byte) error {
	if err := g.has(owner); err != nil {
		return err
	}
	now, bodies := g.o.Now().UTC(), make([]fmc.Happening, len(pdus))
	for i, p := range pdus {
		bodies[i] = g.came(owner, now, p)
	}
	return g.keepCame(ctx, owner, bodies...)
}

// has refuses what came to a card of a company that is not known here.
func (g *Gateway) has(owner holder) error {
	if _, ok := g.o.Companies.Company(owner.company); !ok {
		return cause.Errorf(cause.Denied, "the card is of no company that this node has: its messages stay on it")
	}
	return nil
}

// keepCame writes what came to a card, and returns when it is on disk.
func (g *Gateway) keepCame(ctx context.Context, owner holder, bodies ...fmc.Happening) error {
	facts := make([]fmc.Fact, len(bodies))
	for i, b := range bodies {
		facts[i] = fmc.Fact{Company: owner.company, Message: g.o.NewMessage(), Body: b}
	}
	if err := g.put(ctx, facts...); err != nil {
		return err
	}
	g.tell(facts)
	return nil
}

// tell tells whoever asked of messages that are on disk. One that a module shows again, since it could not delete it, is
// told once.
func (g *Gateway) tell(facts []fmc.Fact) {
	for _, f := range facts {
		if r, ok := f.Body.(fmc.MessageReported); ok {
			g.shadowReported(r)
		}
		came, ok := f.Body.(fmc.MessageCame)
		switch {
		case !ok:
		case came.Shadow:
			g.shadowCame(came)
		case g.o.Came != nil && g.told.first(came.Key):
			g.o.Came(f.Company, came)
		}
	}
}

// came is what a PDU says. One that cannot be read is kept as it is: it must not fill the card for ever.
func (g *Gateway) came(owner holder, at time.Time, raw []byte) fmc.Happening {
	m, err := pdu.Read(raw)
	key := pdu.Key(string(owner.id), raw)
	if err == nil && m.Report != nil {
		g.log.Info("report came", "company", owner.company, "line", string(owner.id.Line()), "state", string(m.Report.Status.Outcome()), "cause", m.Report.Status.String())
		return fmc.MessageReported{
			At: at, SIM: owner.id, To: m.From, Reference: m.Report.Reference, Status: byte(m.Report.Status), Done: m.Report.Done.UTC(),
			PDU: hex.EncodeToString(raw), Key: key,
		}
	}
	came := fmc.MessageCame{At: at, SIM: owner.id, From: m.From, Text: m.Text, Ref: m.Ref, Part: m.Part, Parts: m.Parts, Class: m.Class, PDU: hex.EncodeToString(raw), Key: key}
	if !m.Sent.IsZero() {
		came.Sent = m.Sent.UTC()
	}
	if err != nil {
		came.Broken = sentence(err)
	}
	came.Number = g.numberOf(owner)
	came.Shadow = g.isShadow(owner, came)
	return came
}

// numberOf is a card's number as its company's document has it; zero where it does not.
func (g *Gateway) numberOf(owner holder) callerid.Number {
	if c, ok := g.o.Companies.Company(owner.company); ok {
		if sim, ok := c.SIM(owner.id); ok {
			return sim.Number
		}
	}
	return callerid.Number{}
}
