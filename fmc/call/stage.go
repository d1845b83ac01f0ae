package call

import (
	"container/heap"
	"fmt"
	"slices"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// stage carries out what Step commands in virtual time: whole calls, several that share legs, in a moment and the same
// every time. It is to Rehearse and to the tests of this package what Switch and runner are to the node.
type stage struct {
	start   time.Time
	now     time.Duration // since start
	serial  int
	agenda  agenda
	calls   map[fmc.CallID]*Call
	order   []fmc.CallID // in which they began
	began   map[fmc.CallID]time.Duration
	legs    map[fmc.LegID]fmc.CallID
	boards  map[fmc.CompanyID]*board
	facts   map[fmc.CallID][]fmc.Fact
	modes   fmc.Modes // how people wish to be rung, where they keyed it
	own     []cue     // at once, before time goes on
	playing bool

	company func(fmc.CompanyID) *fmc.Company
	// decide answers an Ask; false: nobody answers.
	decide func(c Call, a Ask, now time.Time) (plan.Plan, bool)
	// act has the outside world answer a command that goes there: all but Note, Ask and Give.
	act func(c Call, cmd Command)
	// see looks at every step.
	see func(was, is Call, ev Event, cmds []Command)
}

// cue is an event that comes to a call at a time.
type cue struct {
	at     time.Duration
	serial int
	call   fmc.CallID
	ev     Event
}

// agenda is the cues by time, then by the order they were set.
type agenda []cue

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].serial < a[j].serial
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(cue)) } //nolint:forcetypeassert // heap.Push is called with cues only
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}

func newStage(start time.Time) *stage {
	return &stage{
		start: start, calls: map[fmc.CallID]*Call{}, began: map[fmc.CallID]time.Duration{}, legs: map[fmc.LegID]fmc.CallID{},
		boards: map[fmc.CompanyID]*board{}, facts: map[fmc.CallID][]fmc.Fact{},
	}
}

func (s *stage) clock() time.Time { return s.start.Add(s.now) }

func (s *stage) board(id fmc.CompanyID) *board {
	b, ok := s.boards[id]
	if !ok {
		b = newBoard()
		s.boards[id] = b
	}
	return b
}

// open begins a call.
func (s *stage) open(id fmc.CallID, r plan.Request, first Event) {
	c := New(id, s.clock(), r)
	s.calls[id], s.began[id] = &c, s.now
	s.order = append(s.order, id)
	s.board(r.Company).zone = s.company(r.Company).Profile.Zone
	if g, ok := first.(LegGiven); ok {
		s.legs[g.Party.Leg] = id
	}
	if o, ok := first.(LegOffered); ok {
		s.legs[o.Leg] = id
		if n, ok := s.company(r.Company).NumberOf(r.To.E164); ok && (r.Direction == fmc.Inbound || r.CalledThrough()) {
			s.board(r.Company).use(n.Limit(), o.Leg, 0)
		}
	}
	s.post(id, first)
}

// after sets an event of a leg for later.
func (s *stage) after(d time.Duration, leg fmc.LegID, ev Event) { s.cue(d, s.legs[leg], ev) }

func (s *stage) cue(d time.Duration, id fmc.CallID, ev Event) {
	s.serial++
	heap.Push(&s.agenda, cue{at: s.now + d, serial: s.serial, call: id, ev: ev})
}

// post brings an event to a call now. Called from within a step it waits until that step is done.
func (s *stage) post(id fmc.CallID, ev Event) {
	s.own = append(s.own, cue{call: id, ev: ev})
	if s.playing {
		return
	}
	s.playing = true
	for len(s.own) > 0 {
		next := s.own[0]
		s.own = s.own[1:]
		s.step(next.call, next.ev)
	}
	s.playing = false
}

// run lets time go on until a moment, or until nothing is left to happen.
func (s *stage) run(until time.Duration) {
	for {
		at, id, ev := s.next(until)
		if at < 0 || at > until {
			s.now = max(s.now, until)
			return
		}
		s.now = max(s.now, at)
		if ev == nil {
			ev = Due{}
		}
		s.post(id, ev)
	}
}

// live reports whether a call is not over.
func (s *stage) live() bool {
	return slices.ContainsFunc(s.order, func(id fmc.CallID) bool { return !s.calls[id].Over() })
}

// next takes what happens next: a cue, or a deadline of a call. What happens after until stays for later.
func (s *stage) next(until time.Duration) (time.Duration, fmc.CallID, Event) {
	best, who := time.Duration(-1), fmc.CallID("")
	for _, id := range s.order {
		if due, ok := s.calls[id].Next(); ok && (best < 0 || s.began[id]+due < best) {
			best, who = s.began[id]+due, id
		}
	}
	if len(s.agenda) > 0 && s.agenda[0].at <= until && (best < 0 || s.agenda[0].at <= best) {
		c := heap.Pop(&s.agenda).(cue) //nolint:forcetypeassert // the agenda holds cues only
		return c.at, c.call, c.ev
	}
	return best, who, nil
}

func (s *stage) step(id fmc.CallID, ev Event) {
	if leg, ok := legOf(ev); ok && s.legs[leg] != "" {
		id = s.legs[leg] // the call that has the leg now
	}
	c, ok := s.calls[id]
	if !ok {
		return
	}
	was := *c
	is, commands := Step(was, s.now-s.began[id], ev)
	*c = is
	for _, cmd := range commands {
		if n, ok := cmd.(Note); ok {
			s.facts[id] = append(s.facts[id], n.Fact)
			s.takeMode(n.Fact)
		}
	}
	b := s.board(is.Company)
	b.publish(was, is, s.clock())
	for _, a := range b.allowances(s.company(is.Company), s.clock()) {
		s.post(s.legs[a.Leg], a)
	}
	if s.see != nil {
		s.see(was, is, ev, commands)
	}
	for _, cmd := range commands {
		s.carryOut(is, cmd)
	}
	s.turns(is.Company)
}

// takeMode takes how a person wishes to be rung from now on.
func (s *stage) takeMode(f fmc.Fact) {
	m, ok := f.Body.(fmc.ModeSet)
	if !ok {
		return
	}
	if s.modes == nil {
		s.modes = fmc.Modes{}
	}
	s.modes[m.Employee] = m
}

func (s *stage) turns(id fmc.CompanyID) {
	if b := s.board(id); len(b.lines) > 0 {
		told := b.turns(s.company(id), s.modes, s.clock())
		for _, call := range s.order {
			if group, ok := told[call]; ok {
				s.post(call, TurnCame{group})
			}
		}
	}
}

func (s *stage) carryOut(c Call, cmd Command) {
	switch cmd := cmd.(type) {
	case Note:
	case Dial:
		try, why := s.board(c.Company).dial(c.ID, cmd, s.company(c.Company), s.clock())
		s.legs[cmd.Leg] = c.ID
		if why != nil {
			s.post(c.ID, LinkIs{Leg: cmd.Leg, Link: fmc.Gone, Cause: *why})
			return
		}
		cmd.Try = try
		s.act(c, cmd)
	case Ask:
		if p, ok := s.decide(c, cmd, s.clock()); ok {
			s.post(c.ID, Decided{Asked: cmd.Asked, Request: cmd.Request, Plan: p, At: s.clock()})
		}
	case Give:
		s.give(c, cmd)
	case Begin:
		s.board(c.Company).calledBack(cmd.Request, s.clock())
		s.act(c, cmd)
	case Progress, Answer, Release, OpenTape, Wire, Press, Text:
		s.act(c, cmd)
	}
}

func (s *stage) give(from Call, g Give) {
	if g.Gift == fmc.Anew {
		id := fmc.CallID(fmt.Sprintf("%s+%d", from.ID, len(s.order)))
		s.open(id, from.next(id, g), LegGiven{Party: g.Party, From: from.ID, Gift: fmc.Anew})
		s.post(from.ID, LegTaken{Leg: g.Party.Leg, To: id})
		return
	}
	for _, id := range s.order {
		c := *s.calls[id]
		if c.Company == from.Company && id != from.ID && c.End == nil && c.wants(g) {
			s.legs[g.Party.Leg] = id
			s.post(id, LegGiven{Party: g.Party, From: from.ID, Gift: g.Gift, Whom: g.Whom})
			s.post(from.ID, LegTaken{Leg: g.Party.Leg, To: id})
			return
		}
	}
	s.post(from.ID, LegReturned{Leg: g.Party.Leg, Why: "There is no such call to take."})
}

// gone is the event of a leg that went.
func gone(leg fmc.LegID, m cause.Meaning) LinkIs {
	return LinkIs{Leg: leg, Link: fmc.Gone, Cause: cause.Of(m)}
}
