package smpp

import (
	"context"
	"net"
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
	wire   net.Conn      // below TLS: it closes at once
	known  chan struct{} // closed when it is bound
	sent   atomic.Uint64

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
	p, rests, ok := m.server.find(who)
	switch {
	case ok && !m.comesFrom(p):
		return who, statusPassword // elsewhere nobody learns that it is right
	case rests || !ok:
		return who, statusBind
	}
	return who, statusOK
}

// comesFrom reports that the link is from where the program may come from.
func (m *member) comesFrom(p *fmc.Program) bool {
	return len(p.From) == 0 || slices.ContainsFunc(p.From, func(n netip.Prefix) bool { return n.Contains(m.from) })
}

// may reports that a link of a program may go on.
func (m *member) may(who fmc.ProgramRef) bool {
	p, ok := m.server.program(who)
	return ok && m.comesFrom(p)
}

// find returns what the company's document has of a program now. rests: the company is suspended, or not known.
func (s *Server) find(who fmc.ProgramRef) (p *fmc.Program, rests, ok bool) {
	c, known := s.o.Companies.Company(who.Company)
	if !known {
		return nil, true, false
	}
	p, ok = c.Program(who.Program)
	return p, c.Profile.Suspended, ok
}

// program is the same of one whose company is not suspended.
func (s *Server) program(who fmc.ProgramRef) (*fmc.Program, bool) {
	p, rests, ok := s.find(who)
	return p, ok && !rests
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
	s.known(m)
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
	if !m.server.allows(who, p.Rate, now) {
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

// allows reports that a program may send one more, over whichever of its links.
func (s *Server) allows(who fmc.ProgramRef, rate int, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.budgets[who]
	if b == nil {
		b = &budget{}
		s.budgets[who] = b
	}
	return b.allows(rate, now)
}

// budget is how many messages a program may still send now: as many as a second's at once.
type budget struct {
	left    float64
	at      time.Time
	refused uint64 // for they were too many
}

func (b *budget) allows(rate int, now time.Time) bool {
	most := float64(rate)
	if b.at.IsZero() {
		b.left = most
	} else {
		b.left = min(most, b.left+max(0, now.Sub(b.at).Seconds())*most)
	}
	b.at = now
	if b.left < 1 {
		b.refused++
		return false
	}
	b.left--
	return true
}
