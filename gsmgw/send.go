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

// Send accepts a message of a company, to be sent by a card of its own: from is the card's number or ICCID; empty: the
// first card that may. When it returns nil the message is on disk, and is sent once, or marked as uncertain. by is who
// asked. Errors say what to do: invalid (number or text), not found (no such card), denied (mandate, limits, rules of
// dialling), unavailable (it could not be kept).
func (g *Gateway) Send(ctx context.Context, company fmc.CompanyID, from, to, text, by string) (fmc.Message, error) {
	c, ok := g.o.Companies.Company(company)
	if !ok {
		return fmc.Message{}, cause.Errorf(cause.NotFound, "there is no company %q on this node", company)
	}
	peer, err := g.peer(c, to)
	if err != nil {
		return fmc.Message{}, err
	}
	sim, err := g.sender(c, from, peer)
	if err != nil {
		return fmc.Message{}, err
	}
	now := g.o.Now().UTC()
	parts, alphabet, err := pdu.Compose(pdu.Text{To: cmp.Or(peer.E164, peer.Code()), Text: text, Report: true, Validity: validity, Reference: reference(), Wide: true})
	if err != nil {
		return fmc.Message{}, err
	}
	box := g.outbox(sim.ICCID)
	if err := g.within(c, sim, box, len(parts)); err != nil {
		return fmc.Message{}, err
	}
	r := fmc.MessageAccepted{At: now, SIM: sim.ICCID, Number: sim.Number, To: peer.Canonical(), Text: text, By: by, Until: now.Add(validity), Report: true}
	for _, p := range parts {
		r.PDUs = append(r.PDUs, hex.EncodeToString(p))
	}
	fact := fmc.Fact{Company: company, Message: g.o.NewMessage(), Body: r}
	if err := g.put(ctx, fact); err != nil {
		box.forgo(len(parts))
		return fmc.Message{}, cause.Errorf(cause.Unavailable, "the message could not be kept, and is not sent: %w", err)
	}
	box.fulfil(&outgoing{MessageRecord: fmc.FoldMessage([]fmc.Fact{fact})})
	g.wakeCard(sim.ICCID)
	return fmc.Message{ID: fact.Message, SIM: sim.ICCID, Number: sim.Number, To: r.To, Parts: len(parts), Alphabet: string(alphabet), Until: r.Until}, nil
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

// peer reads whom a message goes to, and refuses whom the company does not call.
func (g *Gateway) peer(c *fmc.Company, to string) (callerid.Number, error) {
	country := c.Profile.Country
	if callerid.IsEmergency(to, country) {
		return callerid.Number{}, cause.Errorf(cause.Denied, "%s is an emergency number: call it on a telephone", to)
	}
	n, err := callerid.Read(to, country)
	if err != nil {
		return n, err
	}
	switch n.Class(country) {
	case callerid.ToEmergency:
		return n, cause.Errorf(cause.Denied, "%s is an emergency number: call it on a telephone", to)
	case callerid.DomesticPremium, callerid.AbroadPremium:
		if !c.Rules.Dialling.Premium {
			return n, cause.Errorf(cause.Denied, "%s is a premium number, which the company does not allow", to)
		}
	case callerid.Internal, callerid.Unclassed:
		return n, cause.Errorf(cause.Invalid, "%s is no number that takes messages: write it with its country, such as +79161234567", to)
	case callerid.ToService, callerid.DomesticFixed, callerid.DomesticMobile, callerid.DomesticFree, callerid.DomesticShared, callerid.Abroad:
	}
	return n, nil
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
	if left, ok := box.promise(parts, most, sent); !ok {
		return cause.Errorf(cause.Denied, "the card may send %d parts a day: %d are left, and this is %d", most, left, parts)
	}
	return nil
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
		!s.registered(sim) || s.g.draining() {
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

// give sends one part; false: the message is settled, since it cannot be sent. That it is tried is on disk before the
// module has it.
func (s *slot) give(box *outbox, m *outgoing) bool {
	part := m.part()
	body, err := m.pdu(part.Part)
	if err != nil {
		s.over(box, m, fmc.MessageFailed, cause.Because(cause.Failed, "%s.", sentence(err)))
		return false
	}
	s.text.sending = true
	s.g.sent.Add(1)
	tried := fmc.MessageTried{At: s.g.o.Now().UTC(), Part: part.Part}
	fact := fmc.Fact{Company: m.Company, Message: m.ID, Body: tried}
	dev := s.m
	var ref byte
	kept := false
	s.hands.ask(job{
		how: idle, wait: sendWait,
		do: func(ctx context.Context) (err error) {
			if err = s.g.put(ctx, fact); err != nil {
				return err
			}
			kept = true
			ref, err = dev.Send(ctx, body)
			return err
		},
		done: func(err error) {
			s.text.sending = false
			s.g.sent.Add(-1)
			box.change(func() {
				m.out = false
				if kept {
					part.State, part.Tried = fmc.PartTried, tried.At
					part.Tries++
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
				s.passed(box, m, part, ref)
			default:
				s.refused(box, m, part, err)
			}
			s.g.wakeCard(m.Accepted.SIM)
		},
	})
	return true
}

// passed notes that the network has a part.
func (s *slot) passed(box *outbox, m *outgoing, part *fmc.PartRecord, ref byte) {
	now := s.g.o.Now().UTC()
	whole := false
	box.change(func() { // at once: the limit of a day counts what is sent and what waits
		s.g.uses.sent(m.Accepted.SIM, now)
		part.State, part.Passed, part.Reference = fmc.PartPassed, now, ref
		m.refusals = 0
		whole = m.part() == nil
	})
	s.g.note(m.Company, m.ID, fmc.MessagePassed{At: now, Part: part.Part, Reference: ref})
	if whole {
		s.over(box, m, fmc.MessageSent, cause.Cause{})
	}
}

// retries are the waits before a part is tried again that the network refused for now (FLOWS E6).
var retries = []time.Duration{30 * time.Second, 2 * time.Minute, 10 * time.Minute}

// cardWait is when a message is tried again that the card or the module was not ready for: no network refused it.
const cardWait = time.Minute

// refused takes that a part did not go: for good, for now, or nobody knows whether.
func (s *slot) refused(box *outbox, m *outgoing, part *fmc.PartRecord, err error) {
	now := s.g.o.Now().UTC()
	s.log.Warn("message not sent", "err", err)
	if modem.Uncertain(err) {
		s.over(box, m, fmc.MessageUncertain, cause.Because(cause.Lost, "The modem had part %d and did not say what became of it: %s.", part.Part, sentence(err)))
		return
	}
	c := cause.Because(cause.Refused, "Part %d was not taken: %s.", part.Part, sentence(err))
	var again time.Time
	box.change(func() {
		switch {
		case modem.Unready(err):
			again = now.Add(cardWait)
		case modem.Temporary(err) && m.refusals < len(retries):
			again = now.Add(retries[m.refusals])
			m.refusals++
		}
		part.State, part.Cause, part.Again = fmc.PartRefused, &c, again
	})
	s.g.note(m.Company, m.ID, fmc.MessageRefused{At: now, Part: part.Part, Cause: c, Again: again})
	if again.IsZero() {
		s.over(box, m, fmc.MessageFailed, c)
	}
	s.sweep() // a card that is full takes no answer either
}

// over settles a message.
func (s *slot) over(box *outbox, m *outgoing, state fmc.MessageState, c cause.Cause) {
	settled := fmc.MessageSettled{At: s.g.o.Now().UTC(), State: state}
	if c != (cause.Cause{}) {
		settled.Cause = &c
	}
	box.change(func() { m.State = state })
	s.g.note(m.Company, m.ID, settled)
	box.remove(m)
}
