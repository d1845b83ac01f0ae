package smpp

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	tpdu "roadline/hardware/pdu"
)

// validity is how long a message is tried.
const validity = 24 * time.Hour

// Begin writes a message of a company to the journal, to leave by a centre that was chosen; until zero: a day from now. The
// message is taken up by goOn, which is called when the journal is on disk, and whatever else happens: one that is in the
// journal goes on. Errors are of kind invalid, denied, busy (too many wait) and unavailable (the journal).
func (c *Centres) Begin(company *fmc.Company, o fmc.MessageOrder, way fmc.MessageWay, until time.Time) (m fmc.Message, goOn func(), err error) {
	x, ok := c.of(way.By.Centre)
	if !ok {
		return m, nil, cause.Errorf(cause.NotFound, "there is no message centre %q in roadline.yaml", way.By.Centre)
	}
	if x.queue.full() {
		return m, nil, cause.Errorf(cause.NoRoom, "%d messages wait for centre %s already: send this one later", mostQueued, x.ID)
	}
	to, err := company.MessagePeer(o.To)
	if err != nil {
		return m, nil, err
	}
	now := x.o.Now().UTC()
	if until.IsZero() {
		until = now.Add(validity)
	}
	a := fmc.MessageAccepted{
		At: now, To: to.Canonical(), Text: o.Text, By: o.By, Until: until.UTC(), Report: true,
		Centre: x.ID, Why: way.Why, Program: o.Program, Receipt: o.Receipt,
	}
	if n := callerid.Received(way.From, company.Profile.Country); n.E164 != "" {
		a.Number = n.Canonical()
	} else {
		a.Sender = way.From
	}
	frames, alphabet, err := x.compose(way.From, cmp.Or(to.E164, to.Code()), o)
	if err != nil {
		return m, nil, err
	}
	for _, f := range frames {
		a.PDUs = append(a.PDUs, hex.EncodeToString(f))
	}
	fact := fmc.Fact{Company: company.Profile.ID, Message: x.o.NewMessage(), Body: a}
	if err := x.o.Journal.Append(fact); err != nil {
		return m, nil, cause.Errorf(cause.Unavailable, "the message could not be kept, and is not sent: %w", err)
	}
	m = fmc.Message{ID: fact.Message, Number: a.Number, To: a.To, Parts: len(frames), Alphabet: alphabet, Until: a.Until, Centre: x.ID, Why: a.Why}
	return m, func() { x.queue.add(&outgoing{MessageRecord: fmc.FoldMessage([]fmc.Fact{fact})}) }, nil
}

// wantReceipt is registered_delivery for a final receipt, whatever became of the message.
const wantReceipt = 1

// compose writes a message as submit_sm.
func (x *centre) compose(from, to string, o fmc.MessageOrder) (frames []frame, alphabet string, err error) {
	texts, coding, letters := x.Alphabet.encode(o.Text)
	if len(texts) > tpdu.MaxParts {
		return nil, "", cause.Errorf(cause.Invalid, "the text takes %d parts and may take %d: shorten it, or send it as several messages", len(texts), tpdu.MaxParts)
	}
	if x.Long == Payload && len(texts) > 1 {
		whole := []byte{}
		for _, t := range texts {
			whole = append(whole, t...)
		}
		texts = [][]byte{whole}
	}
	var ref [1]byte
	_, _ = rand.Read(ref[:]) // never fails: crypto/rand
	for i, t := range texts {
		s := short{source: addressOf(from), dest: addressOf(to), registered: wantReceipt, coding: coding, data: t}
		switch {
		case len(texts) > 1:
			s.joined(x.Long, place{int(ref[0]), i + 1, len(texts)})
		case o.Part.Parts > 1:
			s.joined(x.Long, place{o.Part.Ref, o.Part.Part, o.Part.Parts})
		}
		f, err := s.write(pdu.NewSubmitSM(nil))
		if err != nil {
			return nil, "", err
		}
		frames = append(frames, f)
	}
	return frames, string(letters), nil
}

// Restore takes on messages that an earlier start accepted and did not settle; their facts are in the journal of this start
// already. One of which a part was tried, and nobody knows with what end, is uncertain. Before Run.
func (c *Centres) Restore(left []fmc.MessageRecord) {
	for _, r := range left {
		now := c.o.Now().UTC()
		x, ok := c.of(r.Accepted.Centre)
		if !ok {
			x = &centre{o: &c.o, log: c.log}
		}
		tried := func(p fmc.PartRecord) bool { return p.State == fmc.PartTried }
		m := &outgoing{MessageRecord: r}
		switch i := indexPart(r, tried); {
		case i >= 0:
			x.settle(m, fmc.MessageUncertain, cause.Because(cause.Interrupted, "The server stopped while part %d was at the centre.", i+1))
		case m.whole():
			x.note(r.Company, r.ID, fmc.MessageSettled{At: now, State: fmc.MessageSent})
		case !ok:
			x.settle(m, fmc.MessageFailed, cause.Because(cause.Refused, "There is no message centre %s any more.", r.Accepted.Centre))
		default:
			x.queue.add(m)
		}
	}
}

func indexPart(r fmc.MessageRecord, is func(fmc.PartRecord) bool) int {
	for i, p := range r.Parts {
		if is(p) {
			return i
		}
	}
	return -1
}

// settle writes a message's end.
func (x *centre) settle(m *outgoing, state fmc.MessageState, c cause.Cause) {
	s := fmc.MessageSettled{At: x.o.Now().UTC(), State: state}
	if c != (cause.Cause{}) {
		s.Cause = &c
	}
	x.note(m.Company, m.ID, s)
}

// atOncePut is how many parts are brought to disk together at most.
const atOncePut = 128

// send sends what waits until the link or ctx ends. That a part is tried is on disk before the centre has it.
func (x *centre) send(ctx context.Context, s *Session) {
	for {
		room := s.reserve(ctx, atOncePut)
		if room == 0 {
			return
		}
		parts := x.next(ctx, s, room)
		s.release(room - len(parts))
		if len(parts) == 0 {
			return
		}
		if !x.tried(ctx, parts) {
			s.release(len(parts))
			x.queue.back(parts)
			pause(ctx, relinkFirst)
			continue
		}
		for _, p := range parts {
			f, err := p.frame()
			if err != nil {
				s.release(1)
				x.over(p, fmc.MessageFailed, cause.Because(cause.Failed, "Part %d cannot be sent: %v.", p.n, err))
				continue
			}
			s.put(ctx, f, func(answer frame, err error) { x.told(p, answer, err) })
		}
	}
}

// next waits for parts that may go; none: the link or ctx ended.
func (x *centre) next(ctx context.Context, s *Session, room int) []part {
	for {
		news := x.queue.changed()
		parts, expired, when := x.queue.take(x.o.Now(), room)
		x.late(expired)
		if len(parts) > 0 {
			return parts
		}
		if !x.wait(ctx, s, news, when) {
			return nil
		}
	}
}

// wait waits for news, or until when; false: the link or ctx ended.
func (x *centre) wait(ctx context.Context, s *Session, news <-chan struct{}, when time.Time) bool {
	var due <-chan time.Time
	if !when.IsZero() {
		t := time.NewTimer(when.Sub(x.o.Now()))
		defer t.Stop()
		due = t.C
	}
	select {
	case <-news:
		return true
	case <-due:
		return true
	case <-s.done:
	case <-ctx.Done():
	}
	return false
}

// tried brings to disk that parts are about to be given to the centre.
func (x *centre) tried(ctx context.Context, parts []part) bool {
	now := x.o.Now().UTC()
	facts := make([]fmc.Fact, len(parts))
	for i, p := range parts {
		facts[i] = fmc.Fact{Company: p.Company, Message: p.ID, Body: fmc.MessageTried{At: now, Part: p.n}}
	}
	err := x.o.Journal.Append(facts...)
	if err == nil {
		err = x.o.Journal.Sync(ctx)
	}
	if err != nil {
		x.log.Error("messages are not sent: that they are tried cannot be kept", "count", len(parts), "err", err)
		return false
	}
	x.queue.change(func() {
		for _, p := range parts {
			r := &p.Parts[p.n-1]
			r.State, r.Tried = fmc.PartTried, now
			r.Tries++
		}
	})
	return true
}
