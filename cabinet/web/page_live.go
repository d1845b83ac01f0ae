package web

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/cabinet"
	"roadline/cabinet/access"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var liveRoutes = []route{
	{pattern: "GET /live", right: access.CallsWatch, do: live},
	{pattern: "GET /live/feed", right: access.CallsWatch, do: liveFeed},
	{pattern: "POST /live/{call}/{act}", right: access.CallsAct, do: liveAct},
	{pattern: "GET /calls/fresh", right: access.CallsRead, do: freshFeed},
}

var liveScreens = shows{
	"live": liveView{}, "live#live-counts": liveCounts{}, "live#live-list": []liveCall(nil), "live#live-call": liveCall{}, "live#fresh": freshView{},
}

// liveView is the calls that go on.
type liveView struct {
	Counts liveCounts
	Calls  []liveCall
	Scope  string              // whose calls the visitor sees
	Phases []cabinet.PhaseKind // what a strip may show
}

// liveCounts is how many calls go on, and how many of them do what: each is in one of the three.
type liveCounts struct{ All, Talk, Ring, Wait int }

// liveCall is a call that goes on.
type liveCall struct {
	ID        fmc.CallID
	Element   string // id of its element
	Icon      string
	Direction string
	Client    string // by name, else by number, else what is known
	Number    string // of the company; empty: internal
	Group     string
	Private   bool
	Began     moment
	Phase     string
	Since     moment // of the phase
	Strip     []stripPart
	Length    int // of the strip, in seconds
	People    []livePerson
	Line      string
	Tape      cabinet.BoardTape
	Grab, Act bool
	To        []choice // whom it may be moved to
}

// stripPart is a phase as a part of the strip, in seconds.
type stripPart struct {
	Kind     cabinet.PhaseKind
	From, To int
}

// For is how long it lasted.
func (p stripPart) For() time.Duration { return time.Duration(p.To-p.From) * time.Second }

// Width is its part of the strip; what lasts less than a second is seen too.
func (p stripPart) Width() int { return max(p.To-p.From, 1) }

// livePerson is a person of the company in a call that goes on.
type livePerson struct {
	Name, Device string
	State        cabinet.BoardState
}

// scopeWords are the last words of the keys of how far a right reaches. Without the right there is no page.
var scopeWords = [...]string{access.None: "own", access.Own: "own", access.Groups: "groups", access.Company: "company"}

func live(v *visit) (answer, error) {
	view := v.board()
	view.Scope = v.say("live.scope-" + scopeWords[v.viewer.Reach(access.CallsWatch)])
	view.Phases = []cabinet.PhaseKind{cabinet.PhaseMenu, cabinet.PhaseWait, cabinet.PhaseRing, cabinet.PhaseTalk, cabinet.PhaseHold}
	return page{screen: "live", title: v.say("live.title"), view: view}, nil
}

// board is the calls that go on as the visitor sees them.
func (v *visit) board() liveView {
	var view liveView
	for _, b := range v.site.o.API.Board(v.ctx(), v.viewer, v.company) {
		c := v.liveCall(b)
		view.Calls = append(view.Calls, c)
		view.Counts.All++
		switch b.Phases[len(b.Phases)-1].Kind {
		case cabinet.PhaseTalk, cabinet.PhaseHold:
			view.Counts.Talk++
		case cabinet.PhaseRing:
			view.Counts.Ring++
		case cabinet.PhaseWait, cabinet.PhasePark, cabinet.PhaseMenu, cabinet.PhaseMail, cabinet.PhaseStart, cabinet.PhaseEnd:
			view.Counts.Wait++
		}
	}
	return view
}

func (v *visit) liveCall(b cabinet.BoardCall) liveCall {
	now := v.now().Sub(b.Began)
	last := b.Phases[len(b.Phases)-1]
	c := liveCall{
		ID: b.ID, Element: "call-" + string(b.ID), Direction: b.Direction.String(), Icon: callIcons[b.Direction.String()], Private: b.Private, Began: v.at(b.Began),
		Group: v.groupName(b.Group), Phase: string(last.Kind), Since: v.at(b.Began.Add(last.From)), Length: max(int(math.Ceil(now.Seconds())), 1),
		Tape: b.Tape, Grab: b.Grab, Act: b.Act, Client: v.say("calls.hidden"), Line: v.lineName(b.Line),
	}
	switch {
	case b.Private:
		c.Client = v.say("live.private")
	case b.Called != "":
		c.Client = b.Called
	case b.Client.E164 != "":
		c.Client = v.phone(b.Client)
	case b.Direction == fmc.Internal:
		c.Client = v.say("calls.colleague")
	case b.Client.Kind != callerid.Hidden && b.Client.String() != "":
		c.Client = b.Client.String()
	}
	if b.Number.E164 != "" {
		c.Number = v.phone(b.Number)
	}
	for i, p := range b.Phases {
		to := now
		if i+1 < len(b.Phases) {
			to = b.Phases[i+1].From
		}
		c.Strip = append(c.Strip, stripPart{Kind: p.Kind, From: int(p.From.Seconds()), To: int(max(to, p.From).Seconds())})
	}
	for _, p := range b.Parties {
		c.People = append(c.People, livePerson{v.personName(p.Employee), v.deviceName(p.Employee, p.Device), p.State})
	}
	if b.Move {
		c.To = v.movesTo(b)
	}
	return c
}

// movesTo is whom a call may be moved to: who has an extension and is not in it.
func (v *visit) movesTo(b cabinet.BoardCall) []choice {
	var all []choice
	for _, e := range v.company.Employees {
		in := slices.ContainsFunc(b.Parties, func(p cabinet.BoardParty) bool { return p.Employee == e.ID })
		if e.Extension != "" && !in && e.ID != v.viewer.Employee {
			all = append(all, choice{Value: string(e.ID), Label: cmp.Or(e.Name, string(e.ID))})
		}
	}
	return all
}

// lineName is what carries a call, as people know it.
func (v *visit) lineName(id fmc.LineID) string {
	if card, ok := id.SIM(); ok {
		if s, known := v.company.SIM(card); known && s.Number.E164 != "" {
			return v.say("live.sim", "Number", v.phone(s.Number))
		}
		return v.say("live.sim", "Number", string(card))
	}
	_, name, _ := strings.Cut(string(id), ":")
	return name
}

// deviceName says in a word at which phone a person is.
func (v *visit) deviceName(who fmc.EmployeeID, id fmc.DeviceID) string {
	if e, ok := v.company.Employee(who); ok {
		if d, ok := e.Device(id); ok && d.Kind == fmc.Mobile {
			return v.say("live.mobile")
		} else if ok {
			return v.say("live.phone")
		}
	}
	return ""
}

// livePace is how long the board rests between two looks: whoever takes a call in turn looks at it while it rings.
const livePace = 150 * time.Millisecond

// liveFeed keeps the board as things are: a call that changed is drawn anew, and the list where one came or went.
func liveFeed(v *visit) (answer, error) {
	var shown []fmc.CallID
	first := true
	return feed{
		pace: livePace,
		wake: func() []<-chan struct{} {
			_, calls := v.site.o.News.Next(v.viewer.Company)
			return []<-chan struct{}{calls}
		},
		draw: func() ([]piece, error) {
			view := v.board()
			pieces := []piece{{"live-counts", "live#live-counts", view.Counts}}
			var ids []fmc.CallID
			for _, c := range view.Calls {
				ids = append(ids, c.ID)
				pieces = append(pieces, piece{c.Element, "live#live-call", c})
			}
			if first || !slices.Equal(ids, shown) {
				pieces = append(pieces[:1], piece{"live-list", "live#live-list", view.Calls})
			}
			shown, first = ids, false
			return pieces, nil
		},
	}, nil
}

// liveAct does something to a call that goes on.
func liveAct(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	act, id := cabinet.BoardAct(v.PathValue("act")), fmc.CallID(v.PathValue("call"))
	if err := v.site.o.API.ActOn(v.viewer, v.company, id, act, fmc.EmployeeID(f.Value("to"))); err != nil {
		return nil, err
	}
	if err := v.keep().Audit(v.ctx(), access.Entry(v.ctx(), "calls."+string(act), string(id))); err != nil {
		return nil, err
	}
	return redirect{"/live", notice{Text: v.say("live.done-" + string(act))}}, nil
}

// freshView is how many calls ended since a list was drawn.
type freshView struct {
	N    int
	Path string // of the list
}

// freshMost is how many are counted.
const freshMost = 99

// freshFeed counts the calls that ended since a list of calls was drawn: the list itself stands still.
func freshFeed(v *visit) (answer, error) {
	after, err := strconv.ParseInt(v.URL.Query().Get("after"), 10, 64)
	if err != nil || after < 0 {
		return nil, v.problem(cause.NotFound, "problem.no-page")
	}
	view := freshView{Path: "/calls"}
	return feed{
		wake: func() []<-chan struct{} {
			events, _ := v.site.o.News.Next(v.viewer.Company)
			return []<-chan struct{}{events}
		},
		draw: func() ([]piece, error) {
			p, err := v.site.o.API.Events(v.ctx(), v.viewer, cabinet.EventsAsked{Types: string(fmc.EventCallEnded), After: strconv.FormatInt(after, 10), Limit: freshMost})
			if err != nil {
				return nil, err
			}
			after, view.N = p.Next, min(view.N+len(p.Events), freshMost)
			return []piece{{"fresh", "live#fresh", view}}, nil
		},
	}, nil
}
