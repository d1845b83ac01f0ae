package web

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/ladder"
	"roadline/fmc"
	"roadline/store"
)

var callRoutes = []route{
	{pattern: "GET /calls/{call}", right: access.CallsRead, do: callTab("route", (*callPage).route)},
	{pattern: "GET /calls/{call}/ladder", right: access.CallsTrace, do: callTab("ladder", (*callPage).ladder)},
	{pattern: "GET /calls/{call}/ladder.txt", right: access.CallsTrace, do: ladderText},
	{pattern: "GET /calls/{call}/ladder.mmd", right: access.CallsTrace, do: ladderMermaid},
	{pattern: "GET /calls/{call}/ladder.pcap", right: access.CallsTrace, do: ladderCapture},
	{pattern: "GET /calls/{call}/quality", right: access.CallsRead, do: callTab("quality", (*callPage).quality)},
	{pattern: "GET /calls/{call}/events", right: access.CallsRead, do: callTab("events", (*callPage).events)},
	{pattern: "GET /calls/{call}/audit", right: access.AuditRead, do: callTab("audit", (*callPage).audit)},
}

var callScreens = shows{"call": callView{}}

// callView is one call: what everybody sees of it, and one of its sides.
type callView struct {
	Call     fmc.CallID
	Tabs     []callSide
	Tab      string
	Who      string // the client by name, else by number, or who was called
	Written  string // the client's number beside a name; empty: there is no name
	Client   string // address of the client's page; empty: there is none, or not for this viewer
	With     string // who talked, or who called; empty: nobody
	Out      bool   // With called Who, else the other way round
	Dialled  bool   // there is somebody whom a call out was to reach
	Began    moment
	Status   fmc.Status
	Live     bool
	Ended    bool   // it ended while the page was looked at
	Feed     string // address of what keeps the page as things are; empty: nothing does
	Told     callNumbers
	Sentence string
	Cause    string // why it ended
	Private  bool
	Verdict  string
	Grade    ladder.Grade
	Sound    *callSound    // nil: there is none, or not for this viewer
	Tape     *callTape     // nil: there never was a recording, or not for this viewer
	Result   *resultForm   // nil: nothing was said, and the viewer is not asked
	Balance  *callBalance  // nil: nothing can be heard
	Reviewed *callReviewed // nil: nobody talked, or not for this viewer
	Notes    *callNotes    // nil: not for this viewer

	Route   *callRoute
	Ladder  *callLadder
	Quality *callQuality
	Events  []callEvent
	Audit   []callAudit
}

// callSide is a side of a call that can be chosen.
type callSide struct {
	Name, Path string
	Here       bool
}

// callNumbers are the figures of a call that everybody asks for.
type callNumbers struct {
	Waited, Talked time.Duration
	Answered       bool
}

// callSound is the recording with its spans.
type callSound struct {
	Call  fmc.CallID
	Spans []callSpan
}

// callSpan is a part of the recording.
type callSpan struct {
	Kind     fmc.SpanKind
	From, To time.Duration // on the call's clock
	At       int           // seconds into the recording
	Who      string        // whose side it is of; empty: everybody's
	By, Why  string
}

// callPage is a visit of a call's page.
type callPage struct {
	*visit
	record fmc.Record
	story  ladder.Story
	view   *callView
}

// callTab answers with one side of a call.
func callTab(tab string, side func(*callPage) error) func(*visit) (answer, error) {
	return func(v *visit) (answer, error) {
		p, err := openCall(v, tab)
		if err == nil {
			err = side(p)
		}
		return page{screen: "call", title: v.say("call.title", "Who", p.view.Who), view: *p.view}, err
	}
}

// openCall reads a call that the visitor may see.
func openCall(v *visit, tab string) (*callPage, error) {
	p := &callPage{visit: v, view: &callView{Tab: tab}}
	var err error
	if p.record, err = v.site.o.API.RecordFor(v.ctx(), v.viewer, access.CallsRead, fmc.CallID(v.PathValue("call"))); err != nil {
		return p, err
	}
	if p.story, err = v.site.o.API.Story(v.ctx(), p.record); err != nil {
		return p, err
	}
	if err = p.named(); err != nil {
		return p, err
	}
	p.head()
	if err = p.result(); err != nil {
		return p, err
	}
	if err = p.reviewed(); err != nil {
		return p, err
	}
	if err = p.tape(); err != nil {
		return p, err
	}
	p.balance()
	if v.viewer.May(access.RecordingsListen) {
		p.view.Notes, err = v.callNotes(p.record.ID, p.view.Sound != nil)
	}
	return p, err
}

// named finds out who the client is.
func (p *callPage) named() error {
	n := p.record.Who.Client
	if n.E164 == "" || p.record.Opened.Private {
		return nil
	}
	if p.viewer.May(access.ClientsRead) {
		p.view.Client = clientPath(n.E164)
	}
	all, err := p.keep().ClientsOf(p.ctx(), []string{n.E164})
	if c, ok := all[n.E164]; ok {
		p.view.Who, p.view.Written = c.Called(), p.phone(n)
	}
	return err
}

// head fills in what every side shows.
func (p *callPage) head() {
	r, view := p.record, p.view
	view.Call, view.Live, view.Private = r.ID, r.Times.Ended == 0, r.Opened.Private
	view.Out, view.Dialled = r.Opened.Direction != fmc.Inbound && !r.Opened.Private, true
	view.With = p.story.Person(r.Who.Employee)
	if view.Out {
		view.With = p.story.Person(cmp.Or(r.Opened.Employee, r.Who.Employee))
	}
	if view.Who == "" {
		if view.Who, view.Dialled = p.client(); !view.Dialled {
			view.Client = ""
		}
	}
	view.Began, view.Status, view.Cause = p.at(r.Opened.Began), r.Status, p.said(r.Cause.Text)
	view.Feed = p.feedOf(view.Tab)
	view.Told = callNumbers{Waited: r.Times.Answered, Talked: r.Times.Talked, Answered: r.Times.Answered > 0}
	view.Sentence = p.sentence()
	q := ladder.Listen(p.story)
	view.Verdict, view.Grade = p.words(q.Verdict), q.Grade
	for _, side := range []struct {
		name  string
		right access.Right
	}{{"route", access.CallsRead}, {"ladder", access.CallsTrace}, {"quality", access.CallsRead}, {"events", access.CallsRead}, {"audit", access.AuditRead}} {
		if p.viewer.May(side.right) {
			path := "/calls/" + url.PathEscape(string(r.ID))
			if side.name != "route" {
				path += "/" + side.name
			}
			view.Tabs = append(view.Tabs, callSide{side.name, path, side.name == view.Tab})
		}
	}
	view.Sound = p.sound()
}

// client is the party outside, or the colleague who was called; false where nobody was dialled yet.
func (p *callPage) client() (string, bool) {
	r := p.record
	n := r.Who.Client
	if n.IsZero() && r.Opened.Direction != fmc.Inbound {
		n = r.Opened.To
	} else if n.IsZero() {
		n = r.Opened.From
	}
	_, ours := p.company.NumberOf(n.E164)
	switch to := p.company.Extension(n.Raw); {
	case r.Opened.Private:
		return p.say("call.private"), true
	case r.Opened.Direction == fmc.Internal && to.Employee != "":
		return p.story.Person(to.Employee), true
	case r.Opened.Direction == fmc.Internal && to.Group != "":
		return p.groupName(to.Group), true
	case r.Opened.Direction != fmc.Inbound && (n.IsZero() || ours): // by our number people on the road ask to be put through
		return p.say("calls.not-dialled"), false
	case n.IsZero():
		return p.say("call.hidden"), true
	}
	return p.phone(n), true
}

// sentence says in one line what the call was.
func (p *callPage) sentence() string {
	r := p.record
	args := []any{
		"Number", p.phone(r.Opened.To), "Waited", p.tongue.length(r.Times.Answered), "Who", p.story.Person(r.Who.Employee), "Client", p.view.Who,
		"Shown", p.phone(r.Who.Shown), "Cause", p.said(r.Cause.Text), "By", p.story.Person(cmp.Or(r.Opened.Employee, r.Who.Employee)), "Because", p.because(),
	}
	key := r.Opened.Direction.String()
	switch {
	case r.Opened.Private:
		return p.say("call.sentence-private")
	case !p.view.Dialled && r.Times.Ended == 0:
		key = "none-open"
	case !p.view.Dialled:
		key = "none"
	case r.Times.Ended == 0 && r.Times.Answered == 0:
		key += "-open"
	case r.Times.Answered > 0 && r.Who.Employee != "":
		key += "-answered"
	case r.Status == fmc.StatusVoicemail:
		key += "-voicemail"
	default:
		key += "-lost"
	}
	return p.say("call.sentence-"+key, args...)
}

// because is why the call went to whom it went.
func (p *callPage) because() string {
	who := p.record.Who
	for _, s := range p.plans() {
		for _, reason := range s.plan.Because {
			if reason.Topic == "sticky" && reason.About == string(who.Employee) {
				return p.say("call.because-sticky")
			}
		}
	}
	if g, ok := p.company.Group(who.Group); ok {
		return p.say("call.because-group", "Group", cmp.Or(g.Name, string(g.ID)))
	}
	return ""
}

// sound is the recording, for whoever may hear it.
func (p *callPage) sound() *callSound {
	r := p.record
	if r.Recording.Kept == nil || !p.hears() {
		return nil
	}
	s := &callSound{Call: r.ID}
	for _, span := range r.Recording.Spans {
		shown := callSpan{
			Kind: span.Kind, From: span.From, To: span.To, At: p.second(span.From), By: p.story.Person(span.By), Why: p.said(span.Why),
		}
		if i := slices.IndexFunc(r.Legs, func(l fmc.LegRecord) bool { return l.Leg == span.Leg }); i >= 0 {
			shown.Who = cmp.Or(p.story.Person(r.Legs[i].Employee), p.phone(r.Legs[i].Number))
		}
		s.Spans = append(s.Spans, shown)
	}
	return s
}

// hears reports whether the visitor may hear the call's recording.
func (p *callPage) hears() bool {
	_, err := p.site.o.API.RecordFor(p.ctx(), p.viewer, access.RecordingsListen, p.record.ID)
	return err == nil
}

// second is where a time of the call stands in the recording, in seconds.
func (p *callPage) second(at time.Duration) int {
	if p.record.Recording.Kept == nil {
		return 0
	}
	return int(max(0, at-p.record.Recording.Kept.Opened) / time.Second)
}

// words is a sentence of a ladder in the visitor's language.
func (v *visit) words(s ladder.Say) string {
	args := make([]any, 0, 2*len(s.Of))
	for name, value := range s.Of {
		if name == "why" || name == "op" || name == "outcome" {
			value = v.said(value)
		}
		args = append(args, name, value)
	}
	return v.say("ladder."+s.Key, args...)
}

// callEvent is one thing that happened.
type callEvent struct {
	At    time.Duration
	Said  int // seconds into the recording; -1: there is none to hear
	Bad   bool
	Words string
}

// events are what happened, in words.
func (p *callPage) events() error {
	for _, r := range ladder.Build(p.story).Rows {
		if r.Kind != ladder.Choice && r.Kind != ladder.Event {
			continue
		}
		e := callEvent{At: r.At, Said: -1, Bad: r.Bad, Words: p.readable(p.words(r.Say))}
		if p.view.Sound != nil && r.At >= p.record.Recording.Kept.Opened {
			e.Said = p.second(r.At)
		}
		p.view.Events = append(p.view.Events, e)
	}
	return nil
}

// callAudit is who looked at the call or listened to it.
type callAudit struct {
	At        moment
	Who, What string
	Address   string
	Detail    *deedDetail // nil: there is none
}

// mostAudit is how many entries the page shows.
const mostAudit = 200

// audit lists who listened and what was done to the call; to whom the right does not reach further, what they did.
func (p *callPage) audit() error {
	f := store.AuditFilter{Object: string(p.record.ID), Limit: mostAudit}
	if p.viewer.Reach(access.AuditRead) < access.Company {
		f.Of = p.viewer.Employee
	}
	all, err := p.keep().AuditEntries(p.ctx(), f)
	for _, e := range all {
		p.view.Audit = append(p.view.Audit, callAudit{At: p.at(e.At), Who: p.doer(e.Who), What: p.deed(e.What), Address: e.Address, Detail: p.deedDetail(e.Before, e.After)})
	}
	return err
}

// seconds writes a time of the call to the millisecond.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }
