package call

import (
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// inboxSize is how many events may wait for a call. A call that is further behind is our own fault and ends.
const inboxSize = 256

// Options are what a Switch stands on.
type Options struct {
	Journal fmc.Journal
	// Healthy reports whether what happens is written: where it is not, calls that live go on from memory, and new ones are
	// refused. nil: always.
	Healthy   func() bool
	Directory fmc.Directory
	Dialer    Dialer
	// Reach returns which lines may reach a device of a company now. It does not wait.
	Reach func(*fmc.Company, fmc.DeviceID) []fmc.LineState
	// Open makes the room of a call. What the room has to say goes to post, which does not wait.
	Open func(id fmc.CallID, company *fmc.Company, post func(Event)) Room
	// Watch sees every step of every call, from the call's own goroutine; nil: nobody looks. It must not wait.
	Watch func(was, is Call, facts []fmc.Fact)
	// PINs are people's PINs; nil: nobody has one. Looking one up takes some 30 ms.
	PINs interface {
		Has(fmc.CompanyID, fmc.EmployeeID) bool
		Right(who fmc.CompanyID, of fmc.EmployeeID, digits string) bool
	}
	// Text sends a person of a company a text about a call; nil: nothing is sent. It does not wait.
	Text func(fmc.CompanyID, fmc.CallID, Text)
	// Messages are those that were left for a person and not heard yet, the oldest first; nil: none. It does not wait.
	Messages func(fmc.CompanyID, fmc.EmployeeID) []fmc.NewMail
	// Modes are how the people of a company wish to be rung; nil: as the document has it. It does not wait.
	Modes func(fmc.CompanyID) fmc.Modes
	Log   *slog.Logger
}

// Switch owns all calls of the node. It is the only place where calls touch: it knows which call has which leg, hands
// legs from one to another, takes people and limits at dialling, and tells the head of a waiting line that its turn
// came. Its methods may be called by any goroutine and do not wait.
type Switch struct {
	o Options

	mu       sync.Mutex // guards what follows; nothing is called with it held
	calls    map[fmc.CallID]*running
	legs     map[fmc.LegID]owned
	boards   map[fmc.CompanyID]*board
	later    map[*time.Timer]struct{} // calls that are to begin; a node that ends begins none of them
	draining bool
	running  sync.WaitGroup
}

// owned is a leg and the call that has it.
type owned struct {
	leg  Leg
	call fmc.CallID
}

// NewSwitch returns a Switch without calls.
func NewSwitch(o Options) *Switch {
	return &Switch{
		o: o, calls: map[fmc.CallID]*running{}, legs: map[fmc.LegID]owned{}, boards: map[fmc.CompanyID]*board{}, later: map[*time.Timer]struct{}{},
	}
}

// NewCall returns the id of a call that is about to be offered: its first leg is number 1 of it.
func (s *Switch) NewCall() fmc.CallID {
	id, err := uuid.NewV7FromReader(rand.Reader)
	if err != nil {
		panic("no random numbers: " + err.Error())
	}
	return fmc.CallID(id.String())
}

// Offer begins a call with a leg that calls us; the call has the id that bore the leg. Errors: cause.Unavailable while
// the node drains, cause.NotFound for a company that is not here. After an error the leg is still the caller's.
func (s *Switch) Offer(leg Leg, r plan.Request) error {
	company, ok := s.o.Directory.Company(r.Company)
	if !ok {
		return cause.Errorf(cause.NotFound, "offer a call: company %q is not on this node", r.Company)
	}
	r = plan.Read(company, r)
	first := offeredBy(company, r, leg.ID())
	if s, ok := leg.(Standing); ok {
		first.Dialog = s.Dialog()
	}
	return s.start(newNow(leg.ID().Call, r), company, leg, first)
}

// Begin begins a call that nobody offered: somebody wants to be called. Who asks for it from their mobile is called back so
// often an hour and no more: each time counts, and it is for whoever asks Decide to look at fmc.Caller before.
func (s *Switch) Begin(r plan.Request) (fmc.CallID, error) {
	c, err := s.callBack(r)
	if err == nil && r.From.E164 != "" {
		s.mu.Lock()
		s.board(r.Company).calledBack(r, c.Began)
		s.mu.Unlock()
	}
	return c.ID, err
}

// callBack begins a call for who is to be called.
func (s *Switch) callBack(r plan.Request) (Call, error) {
	company, ok := s.o.Directory.Company(r.Company)
	if !ok {
		return Call{}, cause.Errorf(cause.NotFound, "begin a call: company %q is not on this node", r.Company)
	}
	c := newNow(s.NewCall(), plan.Read(company, r))
	return c, s.start(c, company, nil, Wished{Wish{Kind: WishBegin}})
}

func (s *Switch) start(c Call, company *fmc.Company, leg Leg, first Event) error {
	r := &running{inbox: make(chan Event, inboxSize), overflow: make(chan struct{}, 1)}
	r.snapshot.Store(&c)
	if s.o.Healthy != nil && !s.o.Healthy() {
		return cause.Errorf(cause.Unavailable, "offer a call: the journal cannot be written, and what is not written does not happen")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return cause.Errorf(cause.Unavailable, "offer a call: the server is stopping")
	}
	s.board(c.Company).zone = company.Profile.Zone
	if _, ok := s.calls[c.ID]; ok {
		return cause.Errorf(cause.Conflict, "offer a call: %s exists", c.ID)
	}
	s.calls[c.ID] = r
	if leg != nil {
		s.legs[leg.ID()] = owned{leg, c.ID}
		if n, ok := company.NumberOf(c.Request.To.E164); ok && (c.Request.Direction == fmc.Inbound || c.Request.CalledThrough()) {
			s.board(c.Company).use(n.Limit(), leg.ID(), 0)
		}
	}
	offered := leg
	if _, given := first.(LegGiven); given { // it comes into the room with the event
		offered = nil
	}
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		(&runner{s: s, r: r, c: c, began: c.Began, room: s.o.Open(c.ID, company, r.post), leg: offered}).run(first)
	}()
	return nil
}

// board returns a company's board. mu is held.
func (s *Switch) board(id fmc.CompanyID) *board {
	b, ok := s.boards[id]
	if !ok {
		b = newBoard()
		s.boards[id] = b
	}
	return b
}

// Post tells the call that has the leg what happened to it. A leg that no call has is nobody's: the event is lost.
func (s *Switch) Post(id fmc.LegID, ev Event) {
	if w, ok := ev.(Wished); ok && w.Wish.Kind == WishHandOver {
		w.Wish = s.turned(w.Wish)
		id, ev = w.Wish.Leg, w
	}
	s.mu.Lock()
	r := s.calls[s.legs[id].call]
	s.mu.Unlock()
	if r != nil {
		r.post(ev)
	}
}

// Wish asks something of a company's call. An error of kind cause.NotFound: it is not the company's, or is over.
func (s *Switch) Wish(company fmc.CompanyID, id fmc.CallID, w Wish) error {
	s.mu.Lock()
	r := s.calls[id]
	s.mu.Unlock()
	if r == nil || r.snapshot.Load().Company != company {
		return cause.Errorf(cause.NotFound, "call %s: there is no such call now", id)
	}
	if w.Kind == WishHandOver {
		s.Post(w.Leg, Wished{w})
		return nil
	}
	r.post(Wished{w})
	return nil
}

// Calls returns the snapshots of the calls that live, the oldest first.
func (s *Switch) Calls() []Call {
	s.mu.Lock()
	calls := make([]Call, 0, len(s.calls))
	for _, r := range s.calls {
		calls = append(calls, *r.snapshot.Load())
	}
	s.mu.Unlock()
	slices.SortFunc(calls, func(a, b Call) int { return a.Began.Compare(b.Began) })
	return calls
}

// Drain refuses new calls from now on, and begins none that were to come.
func (s *Switch) Drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
	for t := range s.later {
		t.Stop()
	}
	clear(s.later)
}

// HangUp ends every call.
func (s *Switch) HangUp(c cause.Cause) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.calls {
		r.post(Wished{Wish{Kind: WishHangUp, Cause: c}})
	}
}

// Wait returns when no call is left, or with ctx's error. It is called after Drain.
func (s *Switch) Wait(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run looks after the waiting lines, once a second, until ctx is done: a person's hours may begin without any call
// having changed.
func (s *Switch) Run(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			s.mu.Lock()
			waiting := make([]fmc.CompanyID, 0, len(s.boards))
			for id, b := range s.boards {
				if len(b.lines) > 0 {
					waiting = append(waiting, id)
				}
			}
			s.mu.Unlock()
			for _, id := range waiting {
				s.tellTurns(id, now)
			}
		}
	}
}

// modes are how the people of a company wish to be rung.
func (s *Switch) modes(id fmc.CompanyID) fmc.Modes {
	if s.o.Modes == nil {
		return nil
	}
	return s.o.Modes(id)
}

// tellTurns tells whose turn came in a company's lines.
func (s *Switch) tellTurns(id fmc.CompanyID, now time.Time) {
	company, ok := s.o.Directory.Company(id)
	if !ok {
		return
	}
	modes := s.modes(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	for call, group := range s.board(id).turns(company, modes, now) {
		if r := s.calls[call]; r != nil {
			r.post(TurnCame{group})
		}
	}
}

// publish makes a call's new value known.
func (s *Switch) publish(r *running, was, is Call, now time.Time) {
	r.snapshot.Store(&is)
	s.mu.Lock()
	b := s.board(is.Company)
	b.publish(was, is, now)
	maps.DeleteFunc(b.rooms, func(_ fmc.ConferenceID, by fmc.CallID) bool { return by == is.ID }) // the snapshot says it now
	lines := len(b.lines) > 0
	s.allow(b, is.Company, now)
	for _, p := range is.Parties {
		if p.Link == fmc.Gone {
			delete(s.legs, p.Leg)
		}
	}
	if is.Over() {
		delete(s.calls, is.ID)
	}
	s.mu.Unlock()
	if lines {
		s.tellTurns(is.Company, now)
	}
}

// allow tells the calls of people whose talks outside changed how long each may still last. mu is held.
func (s *Switch) allow(b *board, id fmc.CompanyID, now time.Time) {
	if len(b.shifted) == 0 {
		return
	}
	company, ok := s.o.Directory.Company(id)
	if !ok {
		b.shifted = nil
		return
	}
	for _, a := range b.allowances(company, now) {
		if r := s.calls[s.legs[a.Leg].call]; r != nil {
			r.post(a)
		}
	}
}

// dial takes what a try needs.
func (s *Switch) dial(c Call, d Dial, company *fmc.Company, now time.Time) (plan.Try, *cause.Cause) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.board(c.Company).dial(c.ID, d, company, now)
}

// own notes which call has a leg. leg is nil while it is dialled: only its call asks for it.
func (s *Switch) own(id fmc.LegID, leg Leg, to fmc.CallID) {
	s.mu.Lock()
	s.legs[id] = owned{leg, to}
	s.mu.Unlock()
}

// disown forgets a leg that came to a call which was over and let it go, and gives back what it had taken.
func (s *Switch) disown(c Call, p Party, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.legs, p.Leg)
	b := s.board(c.Company)
	b.release(p.Leg)
	b.part(p.Who.Employee, c.ID, now)
}

// owner returns the leg and the call that has it.
func (s *Switch) owner(id fmc.LegID) (owned, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.legs[id]
	return o, ok
}
