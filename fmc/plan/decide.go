package plan

import (
	"fmt"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// Decide says where a call goes: the plan for a request at an instant, on what the company wrote and what the World
// answers. It is pure: the same company, answers, request and instant give the same bytes. It is total: whatever it is
// given, the plan passes Check, and one that leads nowhere says why.
func Decide(c *fmc.Company, w World, q Request, now time.Time) Plan {
	d := decision{now: now, w: &witness{world: w, because: make([]Reason, 0, usualReasons)}, nodes: make([]Node, 0, usualNodes)}
	if c == nil || q.Company != "" && q.Company != c.Profile.ID {
		d.c = &fmc.Company{}
		d.refuse(cause.Refused, "company", string(q.Company), "this is not the company that the call belongs to")
		return d.plan()
	}
	d.c, d.w.zone = c, c.Profile.Zone
	d.q = Read(c, q)
	d.decide()
	p := d.plan()
	if err := p.Check(); err != nil { // our own mistake: the call ends with a reason instead of going astray
		broken := decision{c: c, w: d.w, now: now}
		broken.refuse(cause.Failed, "plan", "", "the plan that was made cannot be followed: %v", err)
		return broken.plan()
	}
	return p
}

// What most plans stay below; more only costs time.
const (
	usualNodes   = 12
	usualReasons = 24
)

// decision is one run of Decide: what was given, and the plan in the making.
type decision struct {
	c   *fmc.Company
	w   *witness
	q   Request
	now time.Time

	nodes  []Node
	tails  [tails]int // where the shared endings stand; 0: not yet
	policy Policy
	shows  shows
	shown  identity // by the call out that was planned last
	digits string   // of the number that a person keyed

	client bool          // the subject is an outside party
	dials  bool          // the subject is a person whom we answered: another number may be keyed when a call is over
	hold   time.Duration // the subject called a SIM: so long it rings unanswered, unless somebody takes it; 0: it is answered as it comes
	left   time.Duration // what the person who calls out may still talk today; 0: as long as a call may last

	became *Caller      // who the subject turned out to be
	mode   *fmc.ModeSet // how the subject wishes to be rung from now on
	alerts []fmc.Alert

	depth  int  // scenarios inside each other
	warned bool // the caller hears a notice first
	keyed  bool // the caller keys something first
	closed bool // it is outside the hours that this way is for
}

func (d *decision) plan() Plan {
	return Plan{Generation: d.c.Generation, Nodes: d.nodes, Recording: d.policy, Caller: d.became, Mode: d.mode, Alerts: d.alerts, Because: d.w.because}
}

func (d *decision) decide() {
	d.client = subjectIsClient(d.q)
	d.dials = !d.client && d.q.So.Answered && d.q.Query.Proof > fmc.ByNothing
	if d.q.Query.What == AskConsult {
		d.dials = false // they are in a conversation, whose rules hold
	}
	if d.dials && d.q.Query.What != AskOut {
		d.q.Direction = fmc.Internal // what a person asks for at the dial tone is inside, but for a number
	}
	d.policy = d.policyFor(d.q.Query.Group)
	switch d.q.Query.What {
	case AskStart:
		d.begin()
	case AskGroup:
		d.askedGroup()
	case AskPerson:
		d.askedPerson()
	case AskExtension:
		d.askedExtension()
	case AskScenario:
		d.askedScenario()
	case AskOut:
		d.askedOut()
	case AskWho:
		d.askedWho()
	case AskPIN:
		d.askedPIN()
	case AskJoin:
		d.askedJoin()
	case AskMail, AskRecord:
		d.askedMailbox()
	case AskRescue, AskConsult, AskTransfer, AskPark, AskRecall, AskMove, AskPickUp, AskRetrieve:
		d.askedInTalk()
	default:
		d.refuse(cause.Failed, "query", d.q.Query.What.String(), "nobody knows how to answer this question")
	}
}

// askedInTalk answers what a talk asks, and who comes to take a call from elsewhere.
func (d *decision) askedInTalk() {
	switch d.q.Query.What {
	case AskRescue:
		d.rescue()
	case AskConsult:
		d.consult()
	case AskTransfer:
		d.transfer()
	case AskPark:
		d.park()
	case AskRecall:
		d.recall()
	case AskMove:
		d.move()
	case AskPickUp, AskRetrieve:
		d.fetch()
	case AskStart, AskGroup, AskPerson, AskExtension, AskScenario, AskOut, AskWho, AskPIN, AskJoin, AskMail, AskRecord:
	}
}

// begin decides a call that begins.
func (d *decision) begin() {
	switch {
	case d.q.fromStaff() && d.dialsEmergency():
		d.emergency()
	case d.c.Profile.Suspended:
		d.refuse(cause.Refused, "company", string(d.c.Profile.ID), "the company is suspended")
	case d.q.CalledThrough():
		d.through()
	case d.q.fromStaff():
		d.fromStaff()
	case d.q.Direction == fmc.Inbound && d.q.Native:
		d.nativeIn()
	case d.q.Direction == fmc.Inbound:
		d.inbound()
	default:
		d.refuse(cause.Refused, "call", "", "nobody of the company is known to have made this call")
	}
}

// Read completes a request with what the company knows: which person calls, from a phone of the company or from their own
// mobile, what was dialled, and which way the call goes. A client's request it returns as it is.
func Read(c *fmc.Company, q Request) Request {
	if e, _, ok := c.Account(q.Account); ok {
		q.Employee = e.ID
	}
	if q.Dialled != "" && q.To.IsZero() {
		q.To = callerid.Received(q.Dialled, c.Profile.Country)
	}
	if e, ok := onTheRoad(c, q); ok {
		q.Employee, q.Direction = e.ID, fmc.Outbound
	}
	if !q.fromStaff() || q.CalledThrough() {
		return q
	}
	_, own := c.NumberOf(q.To.E164)
	inside := q.To.Kind == callerid.Short && !redials(q.Dialled) || own && q.To.E164 != "" || !c.Extension(q.dialled()).IsZero()
	if q.Native && !inside {
		_, inside = c.Mobile(q.To.E164)
	}
	q.Direction = fmc.Outbound
	if inside && q.To.Kind != callerid.Emergency {
		q.Direction = fmc.Internal
	}
	return q
}

// fromStaff reports whether a person of the company made this call.
func (q Request) fromStaff() bool {
	return q.Account != "" || q.Employee != "" && q.Direction != fmc.Inbound
}

// CalledThrough reports whether a person called one of the company's numbers from their own mobile.
func (q Request) CalledThrough() bool {
	return q.Account == "" && q.Employee != "" && !q.Native && q.Direction != fmc.Inbound && (q.Trunk != "" || q.Line != "")
}

// Wished reports whether a person wants to be called: nobody is there yet.
func (q Request) Wished() bool {
	return q.Account == "" && q.Employee != "" && !q.Native && q.Trunk == "" && q.Line == ""
}

// dialled is what was dialled, as a phone keys it.
func (q Request) dialled() string {
	if q.Dialled != "" {
		return q.Dialled
	}
	return q.To.Code()
}

// subjectIsClient reports whether the plan is for an outside party: a fact of the question and the contact together.
func subjectIsClient(q Request) bool {
	switch q.Query.What {
	case AskOut, AskConsult, AskMove, AskPickUp, AskRetrieve:
		return false
	case AskStart:
		return q.Direction == fmc.Inbound
	default:
		return q.Direction != fmc.Internal && q.Query.Proof == fmc.ByNothing
	}
}

// because notes a choice or a refusal.
func (d *decision) because(topic, about, format string, args ...any) {
	d.w.note(topic, about, fmt.Sprintf(format, args...), nil)
}
