package sipcore

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
	"roadline/media"
)

// Calls is what legs speak to: *call.Switch.
type Calls interface {
	Offer(call.Leg, plan.Request) error
	Post(fmc.LegID, call.Event)
}

// LegOptions are what Legs stand on. All of it is required, but Native where there is no FMC trunk, and Trace.
type LegOptions struct {
	Calls     Calls
	Ports     *media.Ports
	Companies fmc.Directory
	Owner     func(fmc.AccountID) (fmc.CompanyID, bool) // whose an account is
	// Native returns the company whose person has a mobile (E.164), among those that an FMC trunk is granted to. Where
	// several have it, none is returned.
	Native  func(fmc.TrunkID, string) (*fmc.Company, bool)
	Trunks  *Trunks
	Lines   []BoxLine         // of gateways
	Boxes   Boxes             // who has their calls; required where there are Lines
	NewCall func() fmc.CallID // names the call of an INVITE
	Trace   fmc.Tracer        // told of the messages of every leg; nil: nobody asks
	Product string            // in Server, default "Roadline"
	Timing  Timing
}

// Timing is how long legs wait for what may never come (FLOWS E0). Zero values take the defaults named at each field.
type Timing struct {
	Known   time.Duration // for the first response of a target that answered lately, until the next line: 2 s
	Unknown time.Duration // likewise of one never heard: 4 s
	Silence time.Duration // without RTP and RTCP, until the far end is asked whether it lives; 0: 20 s; negative: never
}

func (t Timing) withDefaults() Timing {
	set(&t.Known, 2*time.Second)
	set(&t.Unknown, 4*time.Second)
	set(&t.Silence, 20*time.Second)
	return t
}

// Legs holds every SIP leg of the node: it makes a leg of an INVITE from outside, dials legs for calls, and brings each
// message of a dialog to the leg it belongs to.
type Legs struct {
	opts  LegOptions
	wire  sender
	boxes []*box
	log   *slog.Logger
	now   func() time.Time
	wait  sync.WaitGroup // every goroutine of every leg

	mu       sync.Mutex
	live     map[*leg]struct{}          // guarded by mu
	table    map[dialogKey]*leg         // guarded by mu
	stray    map[string]time.Time       // guarded by mu: 2xx nobody wanted, by Call-ID and To tag, until when they may come again
	byes     map[*sip.ClientTx]struct{} // guarded by mu: of legs that nobody has any more
	cancels  map[string]*early          // guarded by mu: CANCELs that overtook their INVITE, by branch
	trails   map[fmc.CallID]trail       // guarded by mu: of the calls that a leg of ours began
	traced   map[string]*leg            // guarded by mu: by Call-ID, whose messages the trace takes
	draining bool                       // guarded by mu
	stopped  bool                       // guarded by mu: no goroutine starts any more
}

// dialogKey finds a leg. Our own tag is random and made anew for every INVITE, so the peer's is not needed to find the
// leg, only to be sure: the early dialogs of a forked INVITE share one leg.
type dialogKey struct{ callID, localTag string }

var _ call.Dialer = (*Legs)(nil)

// NewLegs makes the legs of an agent and tells the agent to bring them what it lets pass. Before the agent runs.
func NewLegs(a *Agent, o LegOptions) (*Legs, error) {
	if o.Calls == nil || o.Ports == nil || o.Companies == nil || o.Owner == nil || o.Trunks == nil || o.NewCall == nil {
		return nil, cause.Errorf(cause.Invalid, "legs need calls, ports, companies, owners, trunks and a maker of call ids")
	}
	if o.Native == nil {
		if o.Trunks.native() {
			return nil, cause.Errorf(cause.Invalid, "legs of an FMC trunk need to know whose a mobile is")
		}
		o.Native = func(fmc.TrunkID, string) (*fmc.Company, bool) { return nil, false }
	}
	boxes, err := boxesOf(o.Lines)
	if err != nil {
		return nil, err
	}
	if len(boxes) > 0 && o.Boxes == nil {
		return nil, cause.Errorf(cause.Invalid, "legs of gateways need to know who has their calls")
	}
	set(&o.Product, a.product)
	o.Timing = o.Timing.withDefaults()
	s := newLegs(o, a, a.log, a.now)
	s.boxes = boxes
	u := uses{invite: s.Invite, inside: s.Inside, cancel: s.Cancel, stray: s.Stray, trunk: s.knows}
	if o.Trace != nil {
		u.passed = s.passed
	}
	a.serve(u)
	return s, nil
}

func newLegs(o LegOptions, w sender, log *slog.Logger, now func() time.Time) *Legs {
	return &Legs{
		opts: o, wire: w, log: log, now: now,
		live: map[*leg]struct{}{}, table: map[dialogKey]*leg{}, stray: map[string]time.Time{}, cancels: map[string]*early{},
		byes: map[*sip.ClientTx]struct{}{}, trails: map[fmc.CallID]trail{}, traced: map[string]*leg{},
	}
}

// newLeg makes a leg that nobody knows yet.
func (s *Legs) newLeg(id fmc.LegID) *leg {
	log := s.log.With("call", string(id.Call), "leg", id.String())
	return &leg{actor: actor{box: newInbox(), log: log}, set: s, id: id, line: carrier{profile: &Profile{}}}
}

// keep makes a leg one of ours until forget.
func (s *Legs) keep(l *leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live[l] = struct{}{}
}

// remember lets messages of a dialog find their leg.
func (s *Legs) remember(l *leg, k dialogKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live[l] = struct{}{}
	l.keys = append(l.keys, k)
	s.table[k] = l
}

// forget removes a leg that has ended.
func (s *Legs) forget(l *leg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, l)
	s.unhear(l)
	for _, k := range l.keys {
		delete(s.table, k)
	}
	if l.id.N == 1 {
		delete(s.trails, l.id.Call)
	}
}

func (s *Legs) find(k dialogKey) *leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.table[k]
}

// Inside brings a request within a dialog to its leg. What belongs to none gets 481 (RFC 3261 §12.2.2), an ACK nothing.
func (s *Legs) Inside(in inbound) {
	l := s.find(dialogKey{in.req.CallID().Value(), tagOf(in.req.To().Params)})
	switch {
	case l != nil && l.receive(in):
	case in.req.IsAck():
	case l != nil:
		s.respond(in, 503, sip.NewHeader("Retry-After", "1"))
	default:
		s.respond(in, 481)
	}
}

// Drain refuses new INVITEs with 503 from now on; what stands goes on.
func (s *Legs) Drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draining = true
}

func (s *Legs) isDraining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draining
}

// politeness is how long Run waits at its end for what the protocol owes: answers to BYE and CANCEL.
const politeness = 2 * time.Second

// Run watches the trunks until ctx ends, then hangs up what is left, and returns when every leg has ended. Calls that
// should end in order are ended before that: Drain, then the Switch.
func (s *Legs) Run(ctx context.Context) error {
	s.start(func() { s.watchAll(ctx) })
	<-ctx.Done()
	s.Drain()
	for _, l := range s.all() {
		//lint:ignore contextcheck a BYE at the end must not be cut short by that end
		l.Release(cause.Of(cause.Interrupted))
	}
	impatient := time.AfterFunc(politeness, func() {
		for _, l := range s.all() {
			l.box.post(l.cut)
		}
		s.cutStrays()
	})
	defer impatient.Stop()
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.wait.Wait()
	return nil
}

// start runs f as a goroutine that Run waits for. False: the server has stopped.
func (s *Legs) start(f func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		s.wait.Go(f)
	}
	return !s.stopped
}

func (s *Legs) all() []*leg {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Keys(s.live))
}

// Count is how many legs there are, with those that the protocol still keeps after their end.
func (s *Legs) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.live)
}
