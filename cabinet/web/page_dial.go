package web

import (
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"roadline/cabinet/access"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
)

var dialRoutes = []route{
	{pattern: "POST /dial", right: access.CallsMake, do: dial},
	{pattern: "GET /dial/{call}", right: access.CallsMake, do: dialPage},
	{pattern: "GET /dial/{call}/live", right: access.CallsMake, do: dialLive},
	{pattern: "POST /dial/{call}/cancel", right: access.CallsMake, do: cancelDial},
}

var dialScreens = shows{"dial": dialView{}, "dial#dial-sheet": dialView{}}

// dialView is how far a call is that the visitor wanted: my phone rings, I take it, the client is called.
type dialView struct {
	Call   fmc.CallID
	To     string // whom it is for, by name or as people write the number; empty: the visitor keys it
	Dialed string // the same, to be dialled again
	Shown  string // the number that the client sees; empty: that of the card by which it goes
	Steps  []dialStep
	Talks  bool
	Ending bool // it goes on no more, and its record is on its way
	Over   bool
	Failed string // why it came to nothing; empty: it did not
	Advice string // what to do then
}

// dialStep is one of the three.
type dialStep struct {
	N     int
	Text  string
	State string // "ahead", "now", "done", "failed"
	Word  string // the state for who does not see it
}

func dial(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	show := v.chosenNumber()
	if sent := f.Values("show"); len(sent) > 0 {
		show = sent[0]
	}
	made, err := v.site.o.API.CallOwn(v.ctx(), v.viewer, f.Value("to"), show)
	switch cause.KindOf(err) {
	case 0:
	case cause.Invalid:
		return v.homeAgain(f, "to", v.say("dial.invalid"))
	case cause.Denied:
		return v.homeAgain(f, "to", v.say("dial.denied", "Why", v.said(err.Error())))
	case cause.NoRoom, cause.Unavailable:
		return v.homeAgain(f, "to", v.say("dial.busy"))
	default:
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	return showSet{made.Show, "/dial/" + string(made.Call) + "?" + url.Values{"to": {f.Value("to")}}.Encode()}, nil
}

func dialPage(v *visit) (answer, error) {
	view, err := v.dialled()
	if err != nil {
		return nil, err
	}
	return page{screen: "dial", title: v.say("dial.title"), view: view}, nil
}

// dialLive streams the sheet until the call is over: the last picture holds no stream any more, so that the browser ends it.
func dialLive(v *visit) (answer, error) {
	if _, err := v.dialled(); err != nil {
		return nil, err
	}
	return feed{
		wake: func() []<-chan struct{} {
			events, calls := v.site.o.News.Next(v.viewer.Company)
			return []<-chan struct{}{calls, events}
		},
		draw: func() ([]piece, error) {
			view, err := v.dialled()
			return []piece{{"sheet", "dial#dial-sheet", view}}, err
		},
	}, nil
}

func cancelDial(v *visit) (answer, error) {
	id := fmc.CallID(v.PathValue("call"))
	if err := v.site.o.API.CancelOwn(v.viewer, id); err != nil && cause.KindOf(err) != cause.NotFound { // one that is over needs no end
		return nil, err
	}
	return redirect{to: "/", said: notice{Text: v.say("dial.cancelled")}}, nil
}

// recordWithin is how long after its beginning a call without a record may still be one whose record is on its way.
const recordWithin = 15 * time.Minute

// dialled is the sheet as the call stands now. One that is over without its record yet is told to be ending.
func (v *visit) dialled() (dialView, error) {
	id := fmc.CallID(v.PathValue("call"))
	view := dialView{Call: id, Dialed: v.URL.Query().Get("to"), Shown: v.ownNumber()}
	c, goes := v.site.o.API.OwnCall(v.viewer, id)
	if goes {
		view.Dialed = c.Request.Dialled
		view.shows(v, c.Request.Show)
	}
	view.To = v.clientCalled(v.calledOwn(view.Dialed), view.Dialed)
	switch {
	case goes && c.End == nil:
		at := reached(c)
		view.Talks = at == 4
		view.steps(v, at, false)
		return view, nil
	case goes:
		view.Over = true
		view.fail(v, c.End.Cause.Meaning, reached(c))
		return view, nil
	}
	record, err := v.site.o.API.RecordFor(v.ctx(), v.viewer, access.CallsRead, id)
	if cause.KindOf(err) == cause.NotFound {
		view.Ending = true
		return view, v.mayEnd(id)
	}
	view.Over = true
	view.shows(v, record.Who.Shown)
	if err == nil && record.Times.Talked == 0 {
		view.fail(v, record.Cause.Meaning, 0)
	}
	return view, err
}

// calledOwn is how a client is called whom the visitor talks with, or is about to; empty: it is not the visitor's to know,
// or nobody wrote it.
func (v *visit) calledOwn(number string) string {
	c, err := v.site.o.API.Client(v.ctx(), v.viewer, number)
	if err != nil {
		return ""
	}
	return c.Called()
}

// shows has the sheet say which number the client sees, where that is known of the call itself.
func (d *dialView) shows(v *visit, n callerid.Number) {
	if n.E164 != "" {
		d.Shown = v.phone(n)
	}
}

// mayEnd refuses the id of a call that never was: what has neither gone on nor a record a while after its beginning, which
// its id tells (RFC 9562 §5.7).
func (v *visit) mayEnd(id fmc.CallID) error {
	u, err := uuid.Parse(string(id))
	if err == nil && u.Version() == 7 {
		seconds, _ := u.Time().UnixTime()
		if age := v.site.o.Now().Sub(time.Unix(seconds, 0)); age > -recordWithin && age < recordWithin {
			return nil
		}
	}
	return v.problem(cause.NotFound, "dial.unknown")
}

// reached is the step at which a call is that somebody wanted: 1 their phone rings, 2 they are to press 1, 3 whom they want
// is called, 4 they talk.
func reached(c call.Call) int {
	mine := slices.IndexFunc(c.Parties, func(p call.Party) bool { return p.Who.Employee == c.Request.Employee && p.Link == fmc.Up })
	switch {
	case mine < 0:
		return 1
	case c.Parties[mine].Assent == fmc.Awaited:
		return 2
	case len(c.Wiring.Talks) > 0:
		return 4
	}
	return 3
}

// steps are the three, where the step at is now, or is where the call came to nothing.
func (d *dialView) steps(v *visit, at int, failed bool) {
	third := v.say("dial.step-keyed")
	if d.To != "" {
		third = v.say("dial.step-client", "To", d.To)
	}
	for i, text := range []string{v.say("dial.step-phone"), v.say("dial.step-press"), third} {
		s := dialStep{N: i + 1, Text: text, State: "ahead"}
		switch {
		case s.N < at:
			s.State = "done"
		case s.N == at && failed:
			s.State = "failed"
		case s.N == at:
			s.State = "now"
		}
		s.Word = v.say("dial.state-" + s.State)
		d.Steps = append(d.Steps, s)
	}
}

// fail says in words why a call came to nothing, and what to do.
func (d *dialView) fail(v *visit, why cause.Meaning, at int) {
	if why == cause.Hangup || at == 4 {
		return
	}
	key := "other"
	switch why {
	case cause.Busy, cause.NoAnswer, cause.Unreachable, cause.Declined, cause.Congested, cause.WrongNumber, cause.Unconfirmed, cause.Refused, cause.Cancelled:
		key = why.String()
	default:
	}
	d.Failed, d.Advice = v.say("dial.failed-"+key), v.say("dial.advice-"+key)
	if at > 0 {
		d.steps(v, at, true)
	}
}
