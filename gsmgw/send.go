package gsmgw

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"math"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/hardware/modem"
	"roadline/hardware/pdu"
)

// validity is how long a message is tried, and how long the network may keep it.
const validity = 24 * time.Hour

// Begin writes a message of a company to the journal, to be sent once by a card of its own, or marked as uncertain: From is
// the card's number or ICCID; empty: the first card that may. It does not wait for the disk: whoever called it does, and then
// says by goOn whether the message goes on. until zero: a day from now. Errors say what to do: invalid (number or text), not
// found (no such card), denied (mandate, limits, rules of dialling), busy (too many wait), unavailable (it could not be kept).
func (g *Gateway) Begin(c *fmc.Company, o fmc.MessageOrder, until time.Time) (m fmc.Message, goOn func(bool), err error) {
	peer, err := c.MessagePeer(o.To)
	if err != nil {
		return m, nil, err
	}
	sim, err := g.sender(c, o.From, peer)
	if err != nil {
		return m, nil, err
	}
	if v, ok := g.where(sim.ICCID); ok && v.Whole && o.Part.Parts > 1 {
		return m, nil, errCut
	}
	now := g.o.Now().UTC()
	if until.IsZero() {
		until = now.Add(validity)
	}
	text := pdu.Text{To: cmp.Or(peer.E164, peer.Code()), Text: o.Text, Report: true, Validity: until.Sub(now), Reference: reference(), Wide: true}
	if o.Part.Parts > 1 {
		text.Part, text.Parts, text.Reference, text.Wide = o.Part.Part, o.Part.Parts, uint16(o.Part.Ref), o.Part.Ref > 0xff //nolint:gosec // 16 bits, as it came
	}
	parts, alphabet, err := pdu.Compose(text)
	if err != nil {
		return m, nil, err
	}
	box := g.outbox(sim.ICCID)
	if err := g.within(c, sim, box, len(parts)); err != nil {
		return m, nil, err
	}
	r := fmc.MessageAccepted{
		At: now, SIM: sim.ICCID, Number: sim.Number, To: peer.Canonical(), Text: o.Text, By: o.By, Until: until.UTC(), Report: true,
		Why: o.Why, Program: o.Program, Receipt: o.Receipt, Shadow: o.Shadow,
	}
	for _, p := range parts {
		r.PDUs = append(r.PDUs, hex.EncodeToString(p))
	}
	fact := fmc.Fact{Company: c.Profile.ID, Message: g.o.NewMessage(), Body: r}
	if err := g.o.Journal.Append(fact); err != nil {
		box.forgo(len(parts))
		return m, nil, cause.Errorf(cause.Unavailable, "the message could not be kept, and is not sent: %w", err)
	}
	m = fmc.Message{ID: fact.Message, SIM: sim.ICCID, Number: sim.Number, To: r.To, Parts: len(parts), Alphabet: string(alphabet), Until: r.Until, Why: r.Why}
	return m, func(kept bool) {
		if !kept {
			box.forgo(len(parts))
			return
		}
		box.fulfil(&outgoing{MessageRecord: fmc.FoldMessage([]fmc.Fact{fact})})
		g.wakeCard(sim.ICCID)
	}, nil
}

// put writes facts and waits until they are on disk.
func (g *Gateway) put(ctx context.Context, facts ...fmc.Fact) error {
	if err := g.o.Journal.Append(facts...); err != nil {
		return err
	}
	return g.o.Journal.Sync(ctx)
}

// wakeCard has the slot of a card look at what is to be sent.
func (g *Gateway) wakeCard(id fmc.ICCID) {
	g.mu.Lock()
	s := g.cards[id]
	g.mu.Unlock()
	if s != nil {
		s.box.post(s.send)
	}
}

// sender is the card that a message goes out by.
func (g *Gateway) sender(c *fmc.Company, from string, to callerid.Number) (*fmc.SIM, error) {
	number := callerid.Received(from, c.Profile.Country)
	var why string
	var away *fmc.SIM // one that may, and cannot now
	for i := range c.SIMs {
		sim := &c.SIMs[i]
		if from != "" && from != string(sim.ICCID) && !sim.Number.Same(number) {
			continue
		}
		if card, ok := g.card(sim.ICCID); !ok || card.Company != c.Profile.ID {
			why = "the machine does not grant the card to the company"
			continue
		}
		if why = sim.Mandate.Allows(fmc.UseMessages, to.Country, c.Profile.Country, g.o.Now()); why != "" {
			continue
		}
		if v, ok := g.where(sim.ICCID); ok && (v.Radio.Registration == modem.Home || v.Radio.Registration == modem.Roaming && sim.Roaming) {
			return sim, nil
		}
		away = cmp.Or(away, sim)
	}
	switch {
	case away != nil:
		return away, nil
	case why != "":
		return nil, cause.Errorf(cause.Denied, "no card may send this: %s", why)
	case from == "":
		return nil, cause.Errorf(cause.NotFound, "the company has no SIM card to send by")
	}
	return nil, cause.Errorf(cause.NotFound, "the company has no SIM card %s: see roadline sim list", from)
}

// within refuses what the card's limit for a day does not allow, and else takes the room for it.
func (g *Gateway) within(c *fmc.Company, sim *fmc.SIM, box *outbox, parts int) error {
	most := sim.Limits.Messages
	if most == 0 {
		most = math.MaxInt32
	}
	sent := func() int { return g.uses.used(c, sim, g.o.Now()).Messages }
	left, err := box.promise(parts, most, sent)
	if err == nil && parts > left {
		return cause.Errorf(cause.Denied, "the card may send %d parts a day: %d are left, and this is %d", most, left, parts)
	}
	return err
}

// reference tells the parts of one message from those of another.
func reference() uint16 {
	var b [2]byte
	if _, err := rand.Read(b[:]); err != nil {
		panic("no random numbers: " + err.Error())
	}
	return binary.BigEndian.Uint16(b[:])
}

// sendWait bounds how long a module may take with one part.
const sendWait = 3 * time.Minute

// send gives the next part to the module, where it may go now.
func (s *slot) send() {
	c, sim, ok := s.company()
	if !ok || !s.up || s.card.twice || s.sim.State != modem.SIMReady || s.text.sending || s.talk != nil && s.talk.up.IsZero() ||
		!s.registered(sim) || s.g.draining() || s.vacated.Load() { // when it is vacated no more, the module starts anew, and sends
		return
	}
	box := s.g.outbox(s.card.id)
	for {
		now := s.g.o.Now()
		m, when := box.take(now)
		if m == nil {
			if !when.IsZero() {
				s.alarms.set(sendAlarm, when)
			}
			return
		}
		why := sim.Mandate.Allows(fmc.UseMessages, m.Accepted.To.Country, c.Profile.Country, now)
		switch {
		case s.vacated.Load(): // after the message is out: whoever vacates the line looks the other way round
			box.change(func() { m.out = false })
			return
		case !m.Accepted.Until.After(now):
			s.over(box, m, fmc.MessageExpired, cause.Because(cause.Unreachable, "The card could not send it in time."))
		case m.Company != s.card.company:
			s.over(box, m, fmc.MessageFailed, cause.Because(cause.Refused, "The card is granted to another company now."))
		case why != "":
			s.over(box, m, fmc.MessageFailed, cause.Because(cause.Refused, "%s.", why))
		case s.give(box, m):
			return
		}
	}
}

// registered reports whether the card may send from where it is.
func (s *slot) registered(sim *fmc.SIM) bool {
	r := s.radio.Registration
	return r == modem.Home || r == modem.Roaming && sim.Roaming
}

var errCut = cause.Errorf(cause.Unsupported, "a program cut the text into parts, and a gateway sends whole texts only: have the program send the text whole")

// handover is what a module is given at once: one part, or, where it takes whole texts, all of them.
type handover struct {
	m     *outgoing
	parts []*fmc.PartRecord // not passed yet
	send  func(context.Context) (reference byte, err error)
	whole bool
}

// handover is what goes next of a message by the module that is there.
func (s *slot) handover(m *outgoing) (handover, error) {
	box, whole := s.m.(modem.Texter)
	if !whole {
		part, dev := m.part(), s.m
		body, err := m.pdu(part.Part)
		return handover{m, []*fmc.PartRecord{part}, func(ctx context.Context) (byte, error) { return dev.Send(ctx, body) }, false}, err
	}
	h := handover{m: m, whole: true, send: func(ctx context.Context) (byte, error) {
		to := m.Accepted.To
		return box.SendText(ctx, cmp.Or(to.E164, to.Code()), m.Accepted.Text)
	}}
	if m.isPart() {
		return h, errCut
	}
	for i := range m.Parts {
		if m.Parts[i].State == fmc.PartPassed {
			return h, cause.Errorf(cause.Unsupported, "part %d went from a modem, and a gateway sends whole texts only", m.Parts[i].Part)
		}
		h.parts = append(h.parts, &m.Parts[i])
	}
	return h, nil
}

// facts makes a fact of each part.
func (h handover) facts(of func(*fmc.PartRecord) fmc.Happening) []fmc.Fact {
	all := make([]fmc.Fact, len(h.parts))
	for i, p := range h.parts {
		all[i] = fmc.Fact{Company: h.m.Company, Message: h.m.ID, Body: of(p)}
	}
	return all
}

// give sends what is next of a message; false: the message is settled, since it cannot be sent. That it is tried is on disk
// before the module has it.
func (s *slot) give(box *outbox, m *outgoing) bool {
	h, err := s.handover(m)
	if err != nil {
		s.over(box, m, fmc.MessageFailed, cause.Because(cause.Failed, "%s.", sentence(err)))
		return false
	}
	s.text.sending = true
	s.g.sent.Add(1)
	now := s.g.o.Now().UTC()
	tried := h.facts(func(p *fmc.PartRecord) fmc.Happening { return fmc.MessageTried{At: now, Part: p.Part} })
	var ref byte
	kept := false
	hands := s.hands
	if h.whole {
		hands = s.texter
	}
	hands.ask(job{
		how: idle, wait: sendWait,
		do: func(ctx context.Context) (err error) {
			if err = s.g.put(ctx, tried...); err != nil {
				return err
			}
			kept = true
			ref, err = h.send(ctx)
			return err
		},
		done: func(err error) {
			s.text.sending = false
			s.g.sent.Add(-1)
			box.change(func() {
				m.out = false
				for _, p := range h.parts {
					if kept {
						p.State, p.Tried = fmc.PartTried, now
						p.Tries++
					}
				}
			})
			switch {
			case !kept:
				s.alarms.set(sendAlarm, s.g.o.Now().Add(10*time.Second))
				if s.card.id != m.Accepted.SIM {
					s.g.wakeCard(m.Accepted.SIM) // it is elsewhere by now
				}
				return
			case err == nil:
				s.passed(box, h, ref)
			default:
				s.refused(box, h, err)
			}
			s.g.wakeCard(m.Accepted.SIM)
		},
	})
	return true
}

// passed notes that the network has what was handed over.
func (s *slot) passed(box *outbox, h handover, ref byte) {
	now := s.g.o.Now().UTC()
	all := false
	box.change(func() { // at once: the limit of a day counts what is sent and what waits
		for _, p := range h.parts {
			s.g.uses.sent(h.m.Accepted.SIM, now)
			box.waiting--
			p.State, p.Passed, p.Reference = fmc.PartPassed, now, ref
		}
		h.m.refusals = 0
		all = h.m.part() == nil
	})
	s.g.noteAll(h.facts(func(p *fmc.PartRecord) fmc.Happening { return fmc.MessagePassed{At: now, Part: p.Part, Reference: ref} }))
	s.g.shadowPassed(h.m.Accepted.Shadow, now, ref)
	if all {
		s.over(box, h.m, fmc.MessageSent, cause.Cause{})
	}
}

// retries are the waits before a part is tried again that the network refused for now (FLOWS E6).
var retries = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute}

// cardWait is when a message is tried again that the card or the module was not ready for: no network refused it.
const cardWait = time.Minute

// refused takes that what was handed over did not go: for good, for now, or nobody knows whether.
func (s *slot) refused(box *outbox, h handover, err error) {
	now := s.g.o.Now().UTC()
	s.log.Warn("message not sent", "err", err)
	if modem.Uncertain(err) {
		box.change(func() { // the operator may have counted it
			for range h.parts {
				s.g.uses.sent(h.m.Accepted.SIM, now)
			}
			box.waiting -= len(h.parts)
			h.m.doubted += len(h.parts)
		})
		s.over(box, h.m, fmc.MessageUncertain, h.doubt(err))
		return
	}
	c := h.refusal(err)
	var again time.Time
	box.change(func() {
		switch {
		case modem.Unready(err):
			again = now.Add(cardWait)
		case modem.Temporary(err) && h.m.refusals < len(retries):
			again = now.Add(retries[h.m.refusals])
			h.m.refusals++
		}
		for _, p := range h.parts {
			p.State, p.Cause, p.Again = fmc.PartRefused, &c, again
		}
	})
	s.g.noteAll(h.facts(func(p *fmc.PartRecord) fmc.Happening {
		return fmc.MessageRefused{At: now, Part: p.Part, Cause: c, Again: again}
	}))
	if again.IsZero() {
		s.over(box, h.m, fmc.MessageFailed, c)
	}
	s.sweep() // a card that is full takes no answer either
}

// doubt is why nobody knows what became of it.
func (h handover) doubt(err error) cause.Cause {
	if h.whole {
		return cause.Because(cause.Lost, "The gateway had the text and did not say what became of it: %s.", sentence(err))
	}
	return cause.Because(cause.Lost, "The modem had part %d and did not say what became of it: %s.", h.parts[0].Part, sentence(err))
}

// refusal is why it did not go.
func (h handover) refusal(err error) cause.Cause {
	if h.whole {
		return cause.Because(cause.Refused, "The text was not taken: %s.", sentence(err))
	}
	return cause.Because(cause.Refused, "Part %d was not taken: %s.", h.parts[0].Part, sentence(err))
}

// over settles a message.
func (s *slot) over(box *outbox, m *outgoing, state fmc.MessageState, c cause.Cause) {
	settled := fmc.MessageSettled{At: s.g.o.Now().UTC(), State: state}
	if c != (cause.Cause{}) {
		settled.Cause = &c
	}
	box.change(func() { m.State = state })
	s.g.shadowSettled(m.Accepted.Shadow, state, c)
	s.g.note(m.Company, m.ID, settled)
	box.remove(m)
}
