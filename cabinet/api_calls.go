package cabinet

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/cabinet/times"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/store"
)

// within is whose things a right of a viewer reaches, for a list; nil: everybody's.
func within(v access.Viewer, right access.Right) *store.Within {
	switch v.Reach(right) {
	case access.Company:
		return nil
	case access.Groups:
		return &store.Within{People: v.Team, Groups: v.Heads, Nobodys: v.Groups}
	default:
		return &store.Within{People: []fmc.EmployeeID{v.Employee}, Nobodys: v.Groups}
	}
}

// PageIn asks for a page of a list.
type PageIn struct {
	After string `query:"after" maxLength:"400" doc:"The place behind which the page begins: \"next\" of the page before."`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many at most."`
}

// SpanIn chooses what happened in a time.
type SpanIn struct {
	From string `query:"from" maxLength:"40" example:"2026-11-27" doc:"Not before: RFC 3339, \"2026-11-27\", \"2026-11-27 10:00\", \"10:00\", \"Monday 10:00\"; without a zone in the company's."`
	To   string `query:"to" maxLength:"40" example:"2026-11-28" doc:"Before: as from."`
}

// times reads a span in the company's zone.
func (a *API) times(s SpanIn, c *fmc.Company) (from, to time.Time, err error) {
	return a.fromTo(url.Values{"from": {s.From}, "to": {s.To}}, c.Profile.Zone)
}

// CallPath names a call.
type CallPath struct {
	Call fmc.CallID `path:"call" maxLength:"128" doc:"The call's id."`
}

// callsIn chooses calls.
type callsIn struct {
	PageIn
	SpanIn
	Client    string         `query:"client" maxLength:"40" doc:"The client's number in E.164, or its beginning."`
	Employee  fmc.EmployeeID `query:"employee" maxLength:"128" doc:"Who talked."`
	Group     fmc.GroupID    `query:"group" maxLength:"128"`
	Number    string         `query:"number" maxLength:"40" doc:"The company's number, in E.164."`
	Direction string         `query:"direction" enum:"inbound,outbound,internal"`
	Status    fmc.Status     `query:"status" enum:"open,answered,voicemail,missed,abandoned_before_menu,not_answered,refused,failed,merged"`
	Result    string         `query:"result" maxLength:"64" doc:"The id of what came of it, as who talked says."`
	Merged    bool           `query:"merged" doc:"Also calls that another record tells."`
	Private   bool           `query:"private" doc:"Your own private calls, and no others."`
}

// liveIn chooses calls that go on.
type liveIn struct {
	Private bool `query:"private" doc:"Your own private calls, and no others."`
}

// CallDetail is one call with everything that is known of it.
type CallDetail struct {
	CallLine
	Shown      string        `json:"shown,omitempty"` // the number that the client saw, on a call out
	Why        string        `json:"why"`             // why it ended, in words
	Fault      string        `json:"fault"`           // whose fault that was
	Generation int64         `json:"generation"`      // of the company's document, by which it was decided
	Legs       []LegShown    `json:"legs"`
	Spans      []SpanShown   `json:"spans"` // of the recording
	Plans      []StoredShown `json:"plans"`
	Said       *ResultShown  `json:"said,omitempty" doc:"What came of it, as who talked says; absent: nothing was said."`
}

// LegShown is one party's connection.
type LegShown struct {
	Leg      string         `json:"leg"`
	Role     string         `json:"role"` // "client" or "worker"
	Employee fmc.EmployeeID `json:"employee,omitempty"`
	Device   fmc.DeviceID   `json:"device,omitempty"`
	Number   string         `json:"number,omitempty"`
	Line     fmc.LineID     `json:"line,omitempty"`
	Began    times.Seconds  `json:"began_s"` // since the call began, as those below
	Alerting times.Seconds  `json:"alerting_s,omitempty"`
	Up       times.Seconds  `json:"up_s,omitempty"`
	Gone     times.Seconds  `json:"gone_s,omitempty"`
	Cause    string         `json:"cause,omitempty"`
}

// SpanShown is a part of a recording.
type SpanShown struct {
	Kind fmc.SpanKind   `json:"kind"`
	From times.Seconds  `json:"from_s"` // since the call began
	To   times.Seconds  `json:"to_s"`
	By   fmc.EmployeeID `json:"by,omitempty"`
	Why  string         `json:"why,omitempty"`
}

const aboutCalls = "Calls"

func addCalls(p *Public) {
	add(p, operation{
		method: http.MethodGet, path: "/calls", id: "calls.list", about: aboutCalls, right: access.CallsRead,
		summary: "List calls", more: "Newest first. Private calls are listed for their owner alone, and only where asked for.",
	}, p.listCalls)
	add(p, operation{
		method: http.MethodGet, path: "/calls/live", id: "calls.live", about: aboutCalls, right: access.CallsWatch,
		summary: "List the calls that go on", more: "The oldest first, from the node's memory.",
	}, p.listLive)
	add(p, operation{
		method: http.MethodGet, path: "/calls/{call}", id: "calls.show", about: aboutCalls, right: access.CallsRead,
		summary: "Show a call", more: "With its legs, the spans of its recording, and every plan that it followed, in words.",
	}, p.showCall)
	add(p, operation{
		method: http.MethodGet, path: "/calls/{call}/minutes", id: "calls.minutes", about: aboutCalls, right: access.CallsRead,
		summary: "Tell who talked when", more: "In plain lines, for whoever was not there.",
	}, p.showMinutes)
	add(p, operation{
		method: http.MethodGet, path: "/calls/{call}/again", id: "calls.again", about: aboutCalls, right: access.CallsTrace, least: access.Company,
		summary: "Decide a call again", more: "Every plan of the call beside what this version decides on the same document, request and answers.",
	}, p.showAgain)
	add(p, operation{
		method: http.MethodPost, path: "/calls", id: "calls.make", about: aboutCalls, right: access.CallsMake,
		summary: "Make a call", more: "A person is called first, and when they took it, whom they want to speak to. What the rules forbid is refused before any phone rings. " +
			"Employee may be left out: it is you.",
	}, p.makeCall)
	add(p, operation{
		method: http.MethodPost, path: "/calls/{call}/wishes", id: "calls.wish", about: aboutCalls, right: access.CallsAct,
		summary: "Ask something of a call that goes on", more: "What a person could key in it as well: hold, transfer, park, hang up. What the call makes of it is seen in the call.",
	}, p.makeWish)
}

func (p *Public) listCalls(ctx context.Context, who asker, in *callsIn) (CallsShown, error) {
	f := store.CallFilter{
		Client: in.Client, Employee: in.Employee, Group: in.Group, Number: in.Number, Status: in.Status, Result: in.Result, Merged: in.Merged, Limit: in.Limit,
		Within: within(who.Viewer, access.CallsRead),
	}
	if in.Direction != "" {
		if err := f.Direction.UnmarshalText([]byte(in.Direction)); err != nil {
			return CallsShown{}, cause.Errorf(cause.Invalid, "direction %q: write inbound, outbound or internal", in.Direction)
		}
	}
	if in.Private {
		if who.Employee == "" {
			return CallsShown{}, cause.Errorf(cause.Denied, "private calls are a person's: a service sees none")
		}
		f.Private, f.Within = who.Employee, nil
	}
	var err error
	if f.From, f.To, err = p.api.times(in.SpanIn, who.company); err != nil {
		return CallsShown{}, err
	}
	at, id, err := placeIn(in.After)
	if err != nil {
		return CallsShown{}, err
	}
	f.After = store.CallMark{Began: at, ID: fmc.CallID(id)}
	return p.api.callsPage(ctx, who.Company, f)
}

func (p *Public) listLive(ctx context.Context, who asker, in *liveIn) ([]LiveShown, error) {
	return p.api.liveOf(ctx, who.Company, func(c call.Call) bool {
		return c.Request.Private == in.Private && watches(who.Viewer, access.CallsWatch, c)
	}), nil
}

// watches reports whether a right of a viewer reaches a call that goes on: one of theirs, or of those whom the right
// reaches, in it or being rung. A phone that rang and rings no more has no part in it: who took the call is alone with the
// client. A private one is its owner's alone.
func watches(v access.Viewer, right access.Right, c call.Call) bool {
	if c.Request.Private {
		return v.May(right) && v.Employee != "" && v.Employee == c.Request.Employee
	}
	if v.Sees(right, c.Request.Employee, "") {
		return true
	}
	if len(c.Threads) > 0 && v.Sees(right, "", c.Threads[0].Node().Group) {
		return true
	}
	return slices.ContainsFunc(c.Parties, func(p call.Party) bool {
		return p.Role == fmc.Worker && p.Link != fmc.Leaving && p.Link != fmc.Gone && p.Who.Employee != "" && v.Sees(right, p.Who.Employee, "")
	})
}

// seesRecord reports whether a right of a viewer reaches a call. A private one is its owner's alone.
func seesRecord(v access.Viewer, right access.Right, r fmc.Record) bool {
	if r.Opened.Private {
		return v.May(right) && v.Employee != "" && v.Employee == r.Who.Employee
	}
	return v.Sees(right, r.Who.Employee, r.Who.Group)
}

func (p *Public) showCall(ctx context.Context, who asker, in *CallPath) (CallDetail, error) {
	r, err := p.api.RecordFor(ctx, who.Viewer, access.CallsRead, in.Call)
	if err != nil {
		return CallDetail{}, err
	}
	shown, err := p.api.showCall(ctx, who.Company, r)
	if err != nil {
		return CallDetail{}, err
	}
	d := detailOf(who.company, r, shown.Plans)
	return d, p.api.addDesk(ctx, who.Viewer, &d)
}

// addDesk adds what people wrote about a call: who the client is, and what came of it.
func (a *API) addDesk(ctx context.Context, v access.Viewer, d *CallDetail) error {
	keep := a.o.Store.For(v.Company)
	named, err := keep.ClientsOf(ctx, []string{d.Client})
	if err != nil {
		return err
	}
	d.ClientName = named[d.Client].Called()
	said, err := keep.CallResult(ctx, d.ID)
	if cause.KindOf(err) == cause.NotFound {
		return nil
	}
	d.Result, d.ResultName, d.Said = said.Result, a.resultName(v.Company, said.Result), a.showResult(v.Company, said, v.Sees(access.RecordingsListen, d.Employee, d.Group))
	return err
}

// detailOf is a record as the API tells it.
func detailOf(c *fmc.Company, r fmc.Record, plans []StoredShown) CallDetail {
	d := CallDetail{
		CallLine: CallLine{
			ID: r.ID, Began: r.Opened.Began.UTC(), Direction: r.Opened.Direction.String(), Status: r.Status, Client: r.Who.Client.String(), Number: r.Number().String(),
			Employee: r.Who.Employee, Group: r.Who.Group, Talked: times.In(r.Times.Talked), Cause: r.Cause.String(), Recording: r.Recording.State.String(),
			Interrupted: r.Interrupted,
		},
		Shown: r.Who.Shown.String(), Why: r.Cause.Text, Fault: r.Cause.Fault.String(), Generation: r.Generation,
		Legs: []LegShown{}, Spans: []SpanShown{}, Plans: plans,
	}
	if e, ok := c.Employee(r.Who.Employee); ok {
		d.Name = e.Name
	}
	if r.MergedInto != "" {
		d.MergedInto = &r.MergedInto
	}
	for at, into := range map[time.Duration]**times.Seconds{r.Times.Answered: &d.Answered, r.Times.Ended: &d.Ended} {
		if at > 0 {
			*into = times.Maybe(&at)
		}
	}
	for _, l := range r.Legs {
		d.Legs = append(d.Legs, showLeg(l))
	}
	for _, s := range r.Recording.Spans {
		d.Spans = append(d.Spans, SpanShown{Kind: s.Kind, From: times.In(s.From), To: times.In(s.To), By: s.By, Why: s.Why})
	}
	return d
}

func showLeg(l fmc.LegRecord) LegShown {
	shown := LegShown{
		Leg: l.Leg.String(), Role: l.Role.String(), Employee: l.Employee, Device: l.Device, Number: l.Number.String(), Line: l.Line,
		Began: times.In(l.Began), Alerting: times.In(l.Alerting), Up: times.In(l.Up), Gone: times.In(l.Gone),
	}
	if l.Cause != nil {
		shown.Cause = l.Cause.String()
	}
	return shown
}

func (p *Public) showMinutes(ctx context.Context, who asker, in *CallPath) (MinutesShown, error) {
	r, err := p.api.RecordFor(ctx, who.Viewer, access.CallsRead, in.Call)
	if err != nil {
		return MinutesShown{}, err
	}
	return MinutesShown{Call: in.Call, Minutes: fmc.Minutes(r)}, nil
}

func (p *Public) showAgain(ctx context.Context, who asker, in *CallPath) (document.Again, error) {
	if _, err := p.api.RecordFor(ctx, who.Viewer, access.CallsTrace, in.Call); err != nil {
		return document.Again{}, err
	}
	return p.api.Documents.DecideAgain(ctx, who.Company, in.Call)
}

// makeIn is a call that somebody wants.
type makeIn struct {
	Body struct {
		Employee fmc.EmployeeID `json:"employee,omitempty" maxLength:"128" doc:"Who is called first; left out: you."`
		To       string         `json:"to,omitempty" maxLength:"40" example:"+79161234567" doc:"Whom they want to speak to: a number or an extension; left out: they key it."`
		Show     string         `json:"show,omitempty" maxLength:"40" example:"+74951234567" doc:"The number that is to be seen, of those that the company's rules let the person choose; left out: as its rules say. Where no line can show it, the call is refused."`
	}
}

func (p *Public) makeCall(ctx context.Context, who asker, in *makeIn) (Made, error) {
	m := Make{Employee: cmp.Or(in.Body.Employee, who.Employee), To: in.Body.To, Show: in.Body.Show}
	if m.Employee != who.Employee {
		if err := who.Need(access.CallsMake, access.Company); err != nil {
			return Made{}, err
		}
	}
	made, err := p.api.begin(who.company, m)
	store.Auditing(ctx).Object, store.Auditing(ctx).After = string(made.Call), made
	return made, err
}

// wishIn is what somebody wants of a call.
type wishIn struct {
	CallPath
	Body struct {
		Employee fmc.EmployeeID `json:"employee,omitempty" maxLength:"128" doc:"Whose wish it is, of those in the call; left out: yours, else the one person's of the company."`
		Kind     string         `json:"kind" enum:"hold,consult,complete,return,three-way,transfer,park,move,pause,mark,drop,hang-up"`
		Digits   string         `json:"digits,omitempty" maxLength:"40" doc:"Of consult and transfer: whom; of park: where."`
		Why      string         `json:"why,omitempty" maxLength:"200" doc:"Of pause."`
	}
}

func (p *Public) makeWish(ctx context.Context, who asker, in *wishIn) (Wished, error) {
	w := Wish{Employee: in.Body.Employee, Kind: in.Body.Kind, Digits: in.Body.Digits, Why: in.Body.Why}
	if who.Reach(access.CallsAct) == access.Own {
		if w.Employee != "" && w.Employee != who.Employee {
			return Wished{}, who.Need(access.CallsAct, access.Groups)
		}
		w.Employee = who.Employee
	}
	store.Auditing(ctx).After = in.Body
	return p.api.tell(who.Company, in.Call, w, func(c call.Call) bool { return mayEnd(who.Viewer, c) })
}
