package cabinet

import (
	"context"
	"slices"
	"time"

	"roadline/cabinet/access"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// BoardCall is a call that goes on, as the board shows it.
type BoardCall struct {
	ID        fmc.CallID
	Direction fmc.Direction
	Private   bool
	Began     time.Time
	Client    callerid.Number // zero: internal, private or hidden
	Called    string          // who the client is; empty: nobody wrote it
	Number    callerid.Number // of the company
	Group     fmc.GroupID     // for whom it rings or waits
	Phases    []Phase         // the last one goes on
	Parties   []BoardParty    // people of the company
	Line      fmc.LineID      // that brought the client, or by which they are called
	Tape      BoardTape
	Grab      bool // the viewer may take it
	Act       bool // may hang it up
	Move      bool // and may move it to somebody else
}

// BoardParty is a person of the company in a call that goes on.
type BoardParty struct {
	Employee fmc.EmployeeID
	Device   fmc.DeviceID
	State    BoardState
}

// BoardState is how far a person is in a call.
type BoardState string

// The states.
const (
	StateRings    BoardState = "rings"
	StateConfirms BoardState = "confirms" // picked up, and must confirm
	StateTalks    BoardState = "talks"
	StateHeld     BoardState = "held"
)

// BoardTape is what is on tape.
type BoardTape string

// The states of a tape.
const (
	TapeOff    BoardTape = "off"
	TapeOn     BoardTape = "on"
	TapePaused BoardTape = "paused"
	TapeFailed BoardTape = "failed"
)

// PhaseKind is what happens in a call to the client, or to who called.
type PhaseKind string

// The phases.
const (
	PhaseMenu  PhaseKind = "menu"
	PhaseWait  PhaseKind = "wait"
	PhaseRing  PhaseKind = "ring"
	PhaseTalk  PhaseKind = "talk"
	PhaseHold  PhaseKind = "hold"
	PhaseMail  PhaseKind = "mail"
	PhasePark  PhaseKind = "park"
	PhaseStart PhaseKind = "start" // before anything of these
	PhaseEnd   PhaseKind = "end"
)

// Phase is a part of a call's life.
type Phase struct {
	Kind PhaseKind
	From time.Duration // since the call began
}

// phaseOf is what happens in a call now.
func phaseOf(c call.Call) PhaseKind {
	if c.End != nil {
		return PhaseEnd
	}
	for _, t := range c.Wiring.Talks {
		switch {
		case t.Mail:
			return PhaseMail
		case len(t.Legs) > 1:
			return PhaseTalk
		}
	}
	if slices.ContainsFunc(c.Parties, func(p call.Party) bool { return p.Held || p.OnHold }) {
		return PhaseHold
	}
	if len(c.Threads) == 0 {
		return PhaseStart
	}
	switch c.Threads[0].Node().Do {
	case plan.Ring:
		return PhaseRing
	case plan.Wait:
		return PhaseWait
	case plan.Say, plan.Gather:
		return PhaseMenu
	case plan.Mail:
		return PhaseMail
	case plan.Park:
		return PhasePark
	case plan.Talk:
		return PhaseHold // nobody hears anybody
	case plan.Ask, plan.Give, plan.End:
		return PhaseStart
	default:
		return PhaseStart
	}
}

// phasesMost is how many phases of a call are remembered.
const phasesMost = 60

// follow notes a phase that begins. A part of an array that was handed out is never written again.
func follow(phases []Phase, c call.Call) []Phase {
	now := Phase{Kind: phaseOf(c), From: c.Now}
	last := len(phases) - 1
	switch {
	case last < 0:
		now.From = 0
	case phases[last].Kind == now.Kind || now.Kind == PhaseStart || now.Kind == PhaseEnd:
		return phases
	case len(phases) >= phasesMost:
		phases = append([]Phase{phases[0]}, phases[2:]...)
	}
	return append(slices.Clip(phases), now)
}

// Board returns the calls that go on and that a viewer may watch, the oldest first, from the node's memory.
func (a *API) Board(ctx context.Context, v access.Viewer, c *fmc.Company) []BoardCall {
	var shown []BoardCall
	var clients []string
	for _, x := range a.o.Calls.Calls() {
		if x.Company == v.Company && x.End == nil && watches(v, access.CallsWatch, x) {
			shown, clients = append(shown, a.boardCall(v, c, x)), append(clients, liveClient(x).E164)
		}
	}
	called := a.calledNow(ctx, v.Company, clients)
	for i, n := range clients {
		shown[i].Called = called[n]
	}
	return shown
}

func (a *API) boardCall(v access.Viewer, c *fmc.Company, x call.Call) BoardCall {
	b := BoardCall{
		ID: x.ID, Direction: x.Request.Direction, Private: x.Request.Private, Began: x.Began.UTC(), Tape: tapeOf(x), Act: mayEnd(v, x),
		Phases: follow(a.o.News.phases(x.ID), x),
	}
	if len(x.Threads) > 0 {
		b.Group = x.Threads[0].Node().Group
	}
	switch x.Request.Direction {
	case fmc.Inbound:
		b.Client, b.Number = x.Request.From, x.Request.To
	case fmc.Outbound:
		b.Client = x.Request.To
	case fmc.Internal:
	}
	for _, p := range x.Parties {
		b.take(p)
	}
	me, known := c.Employee(v.Employee)
	g := grabOf(v, c, b)
	b.Grab = watches(v, access.CallsAct, x) && !b.Private && known && me.Extension != "" && !b.has(v.Employee) && g != (grab{})
	b.Move = b.Act && g.from != ""
	return b
}

// mayEnd reports whether a viewer may end a call that goes on, or bring its client to somebody else: who is up in it, and
// whoever's right reaches further than to what is their own. Who is only rung, alone or with a group, may pick up and no
// more.
func mayEnd(v access.Viewer, x call.Call) bool {
	if !watches(v, access.CallsAct, x) {
		return false
	}
	if slices.ContainsFunc(x.Parties, func(p call.Party) bool {
		return p.Role == fmc.Worker && p.Link == fmc.Up && p.Who.Employee != "" && p.Who.Employee == v.Employee
	}) {
		return true
	}
	v.Groups = v.Heads
	return v.Reach(access.CallsAct) > access.Own && watches(v, access.CallsAct, x)
}

// take adds a party.
func (b *BoardCall) take(p call.Party) {
	if p.Link == fmc.Gone || p.Link == fmc.Leaving {
		return
	}
	if p.Role == fmc.Client {
		if b.Line = p.Line; b.Client.IsZero() {
			b.Client = p.Number
		}
		return
	}
	if p.Who.Group != "" {
		b.Group = p.Who.Group
	}
	state := StateRings
	switch {
	case p.Link == fmc.Up && p.Assent == fmc.Awaited:
		state = StateConfirms
	case p.Link == fmc.Up && (p.Held || p.OnHold):
		state = StateHeld
	case p.Link == fmc.Up || p.Link == fmc.Offered:
		state = StateTalks
	}
	b.Parties = append(b.Parties, BoardParty{p.Who.Employee, p.Who.Device, state})
}

func (b *BoardCall) has(id fmc.EmployeeID) bool {
	return slices.ContainsFunc(b.Parties, func(p BoardParty) bool { return p.Employee == id })
}

func tapeOf(c call.Call) BoardTape {
	switch {
	case c.Tape.State == fmc.TapeFailed:
		return TapeFailed
	case c.Tape.Pause != nil:
		return TapePaused
	case c.Tape.State == fmc.TapeReady && !c.Tape.Refused:
		return TapeOn
	default:
		return TapeOff
	}
}

// grab is how a call is taken over: from a person who talks and for whom the viewer may act, or, where it rings only, by the
// extension that rings.
type grab struct {
	from fmc.EmployeeID
	code string
}

func grabOf(v access.Viewer, c *fmc.Company, b BoardCall) grab {
	for _, p := range b.Parties {
		if p.Employee != "" && (p.State == StateTalks || p.State == StateHeld) && v.Sees(access.CallsAct, p.Employee, "") {
			return grab{from: p.Employee}
		}
	}
	for _, p := range b.Parties {
		if e, ok := c.Employee(p.Employee); ok && p.State == StateRings && e.Extension != "" {
			return grab{code: plan.PickUp(e.Extension)}
		}
	}
	return grab{}
}

// BoardAct is what may be done to a call on the board.
type BoardAct string

// The acts.
const (
	ActGrab   BoardAct = "grab"    // who looks takes the call
	ActHangUp BoardAct = "hang-up" // end it
	ActMove   BoardAct = "move"    // somebody else goes on with the client
)

// ActOn does something to a call that goes on; to is whom it moves to.
func (a *API) ActOn(v access.Viewer, c *fmc.Company, id fmc.CallID, act BoardAct, to fmc.EmployeeID) error {
	live := a.o.Calls.Calls()
	i := slices.IndexFunc(live, func(x call.Call) bool {
		return x.ID == id && x.Company == v.Company && x.End == nil && watches(v, access.CallsAct, x)
	})
	if i < 0 {
		return cause.Errorf(cause.NotFound, "call %s does not go on now", id)
	}
	b := a.boardCall(v, c, live[i])
	var w Wish
	switch g := grabOf(v, c, b); act {
	case ActHangUp:
		if !b.Act {
			return errNotInIt
		}
		w = Wish{Kind: "hang-up"}
		if v.Reach(access.CallsAct) == access.Own {
			w.Employee = v.Employee
		}
	case ActGrab:
		if !b.Grab {
			return cause.Errorf(cause.Denied, "you cannot take this call")
		}
		if g.code != "" {
			_, err := a.begin(c, Make{Employee: v.Employee, To: g.code})
			return err
		}
		to = v.Employee
		fallthrough
	case ActMove:
		if act == ActMove && !b.Act {
			return errNotInIt
		}
		e, ok := c.Employee(to)
		if !ok || e.Extension == "" || g.from == "" || b.has(to) {
			return cause.Errorf(cause.Invalid, "it cannot be moved there: choose a person with an extension who is not in the call, while somebody talks")
		}
		w = Wish{Kind: "transfer", Employee: g.from, Digits: e.Extension}
	default:
		return cause.Errorf(cause.Invalid, "act %q: write grab, hang-up or move", act)
	}
	_, err := a.tell(v.Company, id, w, func(x call.Call) bool { return mayEnd(v, x) || act == ActGrab && watches(v, access.CallsAct, x) })
	return err
}

// errNotInIt is told to those who may act in their own calls alone.
var errNotInIt = cause.Errorf(cause.Denied, "you may do this only in a call in which you talk")
