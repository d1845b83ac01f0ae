package smpp

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fiorix/go-smpp/smpp/pdu"
	"github.com/fiorix/go-smpp/smpp/pdu/pdufield"

	"roadline/fmc"
	"roadline/fmc/cause"
)

// member is a link of a program, or of somebody who has not said which.
type member struct {
	server *Server
	s      *Session
	from   netip.Addr
	known  chan struct{} // closed when it is bound
	sent   atomic.Uint64
	budget budget // owned by the session's reader

	mu   sync.Mutex     // guards:
	who  fmc.ProgramRef // zero: it is not bound
	bind Bind
}

// is returns whose link it is.
func (m *member) is() (fmc.ProgramRef, Bind) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.who, m.bind
}

// take takes a request.
func (m *member) take(f frame) pending {
	who, bind := m.is()
	switch f.id() {
	case pdu.BindTransceiverID, pdu.BindTransmitterID, pdu.BindReceiverID:
		if who != (fmc.ProgramRef{}) {
			return atOnce(bare(f.id()|responseBit, statusBound, f.sequence()))
		}
		return pending{answer: func(ctx context.Context, _ error) frame { return m.admit(ctx, f) }}
	case pdu.SubmitSMID:
		if who == (fmc.ProgramRef{}) || bind == Receiver {
			return atOnce(bare(pdu.SubmitSMRespID, statusBindState, f.sequence()))
		}
		return m.submit(f, who)
	default:
		return atOnce(unserved(f))
	}
}

// asked are the ways of the requests to bind.
var asked = map[pdu.ID]Bind{pdu.BindTransceiverID: Transceiver, pdu.BindTransmitterID: Transmitter, pdu.BindReceiverID: Receiver}

// admit answers a bind. A wrong secret is answered late, and not told apart from a wrong name.
func (m *member) admit(ctx context.Context, f frame) frame {
	id := f.id() | responseBit
	b, err := f.body()
	if err != nil {
		return bare(id, statusBind, f.sequence())
	}
	who, status := m.judge(ctx, textOf(b.Fields(), pdufield.SystemID), textOf(b.Fields(), pdufield.Password))
	if status != statusOK {
		m.server.log.Warn("bind refused", "company", who.Company, "state", status.Error())
		pause(ctx, wrongWait)
		return bare(id, status, f.sequence())
	}
	if !m.join(who, asked[f.id()]) {
		return bare(id, statusBind, f.sequence())
	}
	answer := bindAnswers[f.id()]()
	answer.Header().Seq = f.sequence()
	if err := answer.Fields().Set(pdufield.SystemID, "roadline"); err != nil {
		return bare(id, statusSystem, f.sequence())
	}
	out, err := frameOf(answer)
	if err != nil {
		return bare(id, statusSystem, f.sequence())
	}
	m.server.log.Info("program bound", "company", who.Company, "state", string(asked[f.id()]))
	return out
}

// bindAnswers are the answers of the three ways.
var bindAnswers = map[pdu.ID]func() pdu.Body{
	pdu.BindTransceiverID: pdu.NewBindTransceiverResp, pdu.BindTransmitterID: pdu.NewBindTransmitterResp, pdu.BindReceiverID: pdu.NewBindReceiverResp,
}

// judge finds whose program a bind is.
func (m *member) judge(ctx context.Context, name, password string) (fmc.ProgramRef, pdu.Status) {
	select {
	case m.server.admission <- struct{}{}:
		defer func() { <-m.server.admission }()
	case <-ctx.Done():
		return fmc.ProgramRef{}, statusBind
	}
	company, id, err := m.server.o.Admit(ctx, name, password)
	who := fmc.ProgramRef{Company: company, Program: id}
	switch {
	case cause.KindOf(err) == cause.Unavailable:
		return who, statusSystem
	case err != nil:
		return who, statusPassword
	}
	p, ok := m.server.program(who)
	switch {
	case !ok:
		return who, statusBind
	case len(p.From) > 0 && !slices.ContainsFunc(p.From, func(n netip.Prefix) bool { return n.Contains(m.from) }):
		return who, statusBind
	}
	return who, statusOK
}

// program returns what the company's document has of a program now.
func (s *Server) program(who fmc.ProgramRef) (*fmc.Program, bool) {
	c, ok := s.o.Companies.Company(who.Company)
	if !ok || c.Profile.Suspended {
		return nil, false
	}
	return c.Program(who.Program)
}

// join adds the link to its program's; false: it has as many as it may.
func (m *member) join(who fmc.ProgramRef, bind Bind) bool {
	p, ok := m.server.program(who)
	s := m.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok || len(s.bound[who]) >= p.Binds {
		return false
	}
	s.bound[who] = append(s.bound[who], m)
	m.mu.Lock()
	m.who, m.bind = who, bind
	m.mu.Unlock()
	close(m.known)
	return true
}

// submit takes a message of a program: it is in the journal before the next is looked at, and on disk before it is answered.
func (m *member) submit(f frame, who fmc.ProgramRef) pending {
	refuse := func(status pdu.Status) pending { return atOnce(bare(pdu.SubmitSMRespID, status, f.sequence())) }
	p, ok := m.server.program(who)
	if !ok {
		return refuse(statusBindState)
	}
	now := m.server.o.Now()
	if !m.budget.allows(p.Rate, now) {
		return refuse(statusThrottled)
	}
	order, until, status := m.order(f, p, now)
	if status != statusOK {
		return refuse(status)
	}
	c, ok := m.server.o.Companies.Company(who.Company)
	if !ok {
		return refuse(statusBindState)
	}
	id, goOn, err := m.server.o.Begin(c, order, until)
	if err != nil {
		m.server.log.Info("message of a program refused", "company", who.Company, "err", err)
		return refuse(statusOf(err))
	}
	return pending{durable: true, answer: func(_ context.Context, kept error) frame {
		goOn()
		if kept != nil {
			return nil
		}
		m.sent.Add(1)
		return submitAnswer(f, string(id))
	}}
}

// submitAnswer is a submit_sm_resp.
func submitAnswer(f frame, id string) frame {
	b := pdu.NewSubmitSMResp()
	b.Header().Seq = f.sequence()
	if err := b.Fields().Set(pdufield.MessageID, id); err != nil {
		return nil
	}
	answer, err := frameOf(b)
	if err != nil {
		return nil
	}
	return answer
}

// order reads what a program wants sent.
func (m *member) order(f frame, p *fmc.Program, now time.Time) (o fmc.MessageOrder, until time.Time, status pdu.Status) {
	b, err := f.body()
	if err != nil {
		return o, until, statusLength
	}
	s, err := readShort(b)
	if err != nil || s.isReceipt() {
		return o, until, statusClass
	}
	if s.schedule != "" {
		return o, until, statusSchedule
	}
	if until, err = validUntil(s.validity, now, validity); err != nil {
		return o, until, statusExpiry
	}
	if most := now.Add(validity); until.After(most) {
		until = most
	}
	text, plain := alphabetOf(p).decode(s.coding, s.data)
	if !plain || text == "" {
		return o, until, statusSubmit
	}
	from := s.source.String()
	if from == "" && len(p.Numbers) > 0 {
		from = p.Numbers[0].E164
	}
	return fmc.MessageOrder{
		From: from, To: s.dest.String(), Text: text, By: "program " + string(p.ID), Program: p.ID, Receipt: s.registered,
		Part: fmc.MessagePart{Ref: s.place.ref, Part: s.place.part, Parts: s.place.parts},
	}, until, statusOK
}

// alphabetOf is what a program's data_coding 0 means.
func alphabetOf(p *fmc.Program) Alphabet {
	if p.Latin {
		return Latin1
	}
	return GSM7
}

// budget is how many messages a program may still send now: as many as a second's at once.
type budget struct {
	left float64
	at   time.Time
}

func (b *budget) allows(rate int, now time.Time) bool {
	most := float64(rate)
	if b.at.IsZero() {
		b.left = most
	} else {
		b.left = min(most, b.left+now.Sub(b.at).Seconds()*most)
	}
	b.at = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}
