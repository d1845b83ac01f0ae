package cabinet

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// Calls are the calls of the node.
type Calls interface {
	Calls() []call.Call
	World(c *fmc.Company, now time.Time) plan.World
	Begin(plan.Request) (fmc.CallID, error)
	Wish(fmc.CompanyID, fmc.CallID, call.Wish) error
}

var _ Calls = (*call.Switch)(nil)

// Make is a call that a person of the company wants: they are called, and when they took it, whom they want to speak to.
type Make struct {
	Employee fmc.EmployeeID `json:"employee"`
	To       string         `json:"to,omitempty"`   // a number or an extension; empty: the person keys it
	Show     string         `json:"show,omitempty"` // the number that is to be seen; empty: as the company's rules say
}

// Made is a call that began.
type Made struct {
	Call     fmc.CallID     `json:"call"`
	Employee fmc.EmployeeID `json:"employee"`
	To       string         `json:"to,omitempty"`   // as it was read
	Show     string         `json:"show,omitempty"` // that was chosen, as it was read
}

// mostDialled is how much can be dialled: an international number with its prefix, written with blanks.
const mostDialled = 40

// makeCall begins a call that a person wants. What the rules forbid is refused here, before anybody's phone rings.
func (a *API) makeCall(r *http.Request) (any, error) {
	c, err := a.companyOf(r)
	if err != nil {
		return nil, err
	}
	var m Make
	if err := read(r, &m); err != nil {
		return nil, err
	}
	return a.begin(c, m)
}

// begin begins a call that a person wants.
func (a *API) begin(c *fmc.Company, m Make) (Made, error) {
	switch _, ok := c.Employee(m.Employee); {
	case m.Employee == "":
		return Made{}, cause.Errorf(cause.Invalid, "employee: write who is to be called first")
	case !ok:
		return Made{}, cause.Errorf(cause.NotFound, "there is no person %q in the company", m.Employee)
	case len(m.To) > mostDialled || strings.Trim(m.To, "+0123456789*#()-. ") != "" || m.To != "" && !strings.ContainsAny(m.To, "0123456789"):
		return Made{}, cause.Errorf(cause.Invalid, "to: write a number, such as \"+79161234567\", or an extension")
	}
	request := plan.Read(c, plan.Request{Company: c.Profile.ID, Direction: fmc.Outbound, Employee: m.Employee, Dialled: m.To})
	if m.Show != "" {
		show, err := callerid.Read(m.Show, c.Profile.Country)
		if err != nil {
			return Made{}, cause.Errorf(cause.Invalid, "show: write one of the company's numbers, such as \"+74951234567\"")
		}
		request.Show = show.Canonical()
	}
	if err := a.forbidden(c, request); err != nil {
		return Made{}, err
	}
	id, err := a.o.Calls.Begin(request)
	if err != nil {
		return Made{}, err
	}
	a.o.Log.Info("call wanted", "company", c.Profile.ID, "call", id, "account", m.Employee)
	return Made{Call: id, Employee: m.Employee, To: request.To.String(), Show: request.Show.E164}, nil
}

// lastRound is a round in which who keyed something that is refused is not asked to key again.
const lastRound = 1000

// forbidden says why a call that a person wants would lead nowhere: they cannot be called, or may not call there.
func (a *API) forbidden(c *fmc.Company, wanted plan.Request) error {
	asked := []plan.Request{wanted}
	if wanted.Dialled != "" {
		then := wanted
		then.Query = plan.Query{What: plan.AskOut, Employee: wanted.Employee, Digits: wanted.Dialled, Proof: fmc.ByCallBack, Round: lastRound}
		then.So.Answered = true
		asked = append(asked, then)
	}
	now := a.o.Now()
	world := a.o.Calls.World(c, now)
	for _, r := range asked {
		nodes := plan.Decide(c, world, r, now).Nodes
		if slices.ContainsFunc(nodes, func(n plan.Node) bool { return n.Do != plan.Say && n.Do != plan.End }) {
			continue
		}
		if end := nodes[len(nodes)-1]; end.Cause != nil {
			return cause.Errorf(cause.Denied, "%s", end.Cause.Text)
		}
	}
	return nil
}

// Wish is what a person wants of a call in which they talk: what they could key there as well. Leg or Employee says who;
// neither: the one person of the company who is in it.
type Wish struct {
	Leg      fmc.LegID      `json:"leg,omitzero"`
	Employee fmc.EmployeeID `json:"employee,omitempty"`
	Kind     string         `json:"kind"`             // a key of wishKinds
	Digits   string         `json:"digits,omitempty"` // of consult and transfer: whom; of park: where
	Why      string         `json:"why,omitempty"`    // of pause
}

// Wished is a wish that the call was told of. What it makes of it is seen in the call.
type Wished struct {
	Call fmc.CallID `json:"call"`
	Leg  fmc.LegID  `json:"leg"`
	Kind string     `json:"kind"`
}

// wishKinds are what may be wished, by name.
var wishKinds = map[string]call.WishKind{
	"hold": call.WishHold, "consult": call.WishConsult, "complete": call.WishComplete, "return": call.WishReturn, "three-way": call.WishThreeWay,
	"transfer": call.WishTransfer, "park": call.WishPark, "move": call.WishMove, "pause": call.WishPause, "mark": call.WishMark, "drop": call.WishDropLast,
	"hang-up": call.WishHangUp,
}

// mostWhy is how long the reason of a wish may be, in bytes.
const mostWhy = 200

func (w Wish) check() error {
	kind, ok := wishKinds[w.Kind]
	switch {
	case !ok:
		return cause.Errorf(cause.Invalid, "kind %q: write one of %s", w.Kind, strings.Join(slices.Sorted(maps.Keys(wishKinds)), ", "))
	case w.Digits == "" && (kind == call.WishConsult || kind == call.WishTransfer):
		return cause.Errorf(cause.Invalid, "digits: write whom, a number or an extension")
	case len(w.Digits) > mostDialled || strings.Trim(w.Digits, "+0123456789*#") != "":
		return cause.Errorf(cause.Invalid, "digits: write a number or an extension, without blanks")
	case w.Digits != "" && !slices.Contains([]call.WishKind{call.WishConsult, call.WishTransfer, call.WishPark, call.WishMove}, kind):
		return cause.Errorf(cause.Invalid, "digits: %s takes none", w.Kind)
	case len(w.Why) > mostWhy || strings.ContainsFunc(w.Why, unicode.IsControl):
		return cause.Errorf(cause.Invalid, "why: write one line of at most %d bytes", mostWhy)
	}
	return nil
}

// wish asks something of a call that goes on.
func (a *API) wish(r *http.Request) (any, error) {
	id, of, err := a.callIn(r)
	if err != nil {
		return nil, err
	}
	var w Wish
	if err := read(r, &w); err != nil {
		return nil, err
	}
	return a.tell(id, of, w, w.knows)
}

// tell tells a call that goes on, and that whoever wishes may know of, what is wished.
func (a *API) tell(id fmc.CompanyID, of fmc.CallID, w Wish, knows func(call.Call) bool) (Wished, error) {
	if err := w.check(); err != nil {
		return Wished{}, err
	}
	live := a.o.Calls.Calls()
	i := slices.IndexFunc(live, func(c call.Call) bool { return c.ID == of && c.Company == id && c.End == nil && knows(c) })
	if i < 0 {
		return Wished{}, cause.Errorf(cause.NotFound, "call %s does not go on now", of)
	}
	leg, err := w.legOf(live[i])
	if err != nil {
		return Wished{}, err
	}
	if err := a.o.Calls.Wish(id, of, call.Wish{Kind: wishKinds[w.Kind], Leg: leg, Digits: w.Digits, Why: w.Why}); err != nil {
		return Wished{}, err
	}
	a.o.Log.Info("wish", "company", id, "call", of, "leg", leg, "method", w.Kind)
	return Wished{Call: of, Leg: leg, Kind: w.Kind}, nil
}

// knows reports whether who wishes may know of a call: of a person alone they do who are that person, and say so.
func (w Wish) knows(c call.Call) bool {
	return !c.Request.Private || slices.ContainsFunc(c.Parties, func(p call.Party) bool {
		return p.Role == fmc.Worker && w.Employee != "" && p.Who.Employee == w.Employee
	})
}

// legOf returns the leg of whose wish it is: a person of the company who is up in the call, by the leg that came last.
func (w Wish) legOf(c call.Call) (fmc.LegID, error) {
	nobody := w.Leg == fmc.LegID{} && w.Employee == ""
	var there []call.Party
	for _, p := range slices.Backward(c.Parties) {
		if p.Role == fmc.Worker && p.Link == fmc.Up && (nobody || w.Leg == p.Leg || w.Leg == fmc.LegID{} && w.Employee == p.Who.Employee) {
			there = append(there, p)
		}
	}
	switch {
	case nobody && wishKinds[w.Kind] == call.WishHangUp:
		return fmc.LegID{}, nil
	case len(there) == 0 && nobody:
		return fmc.LegID{}, cause.Errorf(cause.NotFound, "nobody of the company is in call %s now", c.ID)
	case len(there) == 0:
		return fmc.LegID{}, cause.Errorf(cause.NotFound, "%s is not in call %s now", cmp.Or(string(w.Employee), "leg "+w.Leg.String()), c.ID)
	case len(there) > 1 && nobody:
		return fmc.LegID{}, cause.Errorf(cause.Invalid, "employee: %s and %s are in the call: write whose wish it is", there[1].Who.Employee, there[0].Who.Employee)
	}
	return there[0].Leg, nil
}
