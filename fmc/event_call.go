package fmc

import (
	"math"
	"slices"
	"time"

	"roadline/callerid"
)

// CallTold is a call, as far as it has come. Seconds are since it began.
type CallTold struct {
	Call       CallID     `json:"call"`
	Direction  Direction  `json:"direction"`
	Began      time.Time  `json:"began"`
	Client     string     `json:"client,omitempty"`      // E.164, "hidden", or what else is known; absent: internal or private
	Name       string     `json:"client_name,omitempty"` // of the client, where somebody wrote it
	Number     string     `json:"number,omitempty"`      // of the company: what the client called, or sees
	Employee   EmployeeID `json:"employee,omitempty"`
	Group      GroupID    `json:"group,omitempty"`
	Private    bool       `json:"private,omitempty"`
	Rings      *RingsTold `json:"rings,omitempty"`      // of call.ringing
	Answered   *float64   `json:"answered_s,omitempty"` // absent: nobody talked
	Talked     *float64   `json:"talked_s,omitempty"`   // in all; of call.ended, as are the following
	Ended      *float64   `json:"ended_s,omitempty"`
	Status     Status     `json:"status,omitempty"`
	Cause      string     `json:"cause,omitempty"`
	Recording  string     `json:"recording,omitempty"` // how its tape stands: "ready" once it will be there
	MergedInto CallID     `json:"merged_into,omitempty"`
}

// RingsTold is whose phone rings.
type RingsTold struct {
	Role     Role       `json:"role"`
	Employee EmployeeID `json:"employee,omitempty"`
	Device   DeviceID   `json:"device,omitempty"`
}

// MissedTold is a client who should be called back, or was.
type MissedTold struct {
	Task     CallID     `json:"task"`
	Call     CallID     `json:"call,omitempty"` // in which the client was lost, or talked
	Client   string     `json:"client,omitempty"`
	Name     string     `json:"client_name,omitempty"`
	Group    GroupID    `json:"group,omitempty"`
	Owner    EmployeeID `json:"owner,omitempty"`    // who should call back; absent: anybody of the group
	Employee EmployeeID `json:"employee,omitempty"` // who talked with the client
}

// RecordingTold is a recording that can be heard.
type RecordingTold struct {
	Call      CallID     `json:"call"`
	Direction Direction  `json:"direction"`
	Client    string     `json:"client,omitempty"`
	Name      string     `json:"client_name,omitempty"`
	Employee  EmployeeID `json:"employee,omitempty"`
	Group     GroupID    `json:"group,omitempty"`
	Length    float64    `json:"length_s"`
	Bytes     int64      `json:"bytes"`
}

// Client is the client of whom an event tells, E.164 or what else is known; empty: of none.
func (e Event) Client() string {
	switch told := e.Data.(type) {
	case CallTold:
		return told.Client
	case MissedTold:
		return told.Client
	case RecordingTold:
		return told.Client
	default:
		return ""
	}
}

// Named is the event with the name of its client.
func (e Event) Named(name string) Event {
	switch told := e.Data.(type) {
	case CallTold:
		told.Name = name
		e.Data = told
	case MissedTold:
		told.Name = name
		e.Data = told
	case RecordingTold:
		told.Name = name
		e.Data = told
	default: // nobody outside is told of
	}
	return e
}

// CallEvents are the events that a call's facts from number fresh on make; r is what all of them fold to. What was told
// once is not told again, where a restart wrote a fact anew. A pure function.
func CallEvents(r Record, facts []Fact, fresh int) []Event {
	t := teller{r: r}
	for i, f := range facts[fresh:] {
		t.before = facts[:fresh+i]
		t.fact(f)
	}
	return t.events
}

// teller makes events of the facts of one call.
type teller struct {
	r      Record
	before []Fact // what came before the one at hand
	events []Event
}

func (t *teller) fact(f Fact) {
	switch b := f.Body.(type) {
	case Opened:
		t.call(EventCallStarted, f.At, t.told())
	case LegIs:
		t.rings(b, f.At)
	case Talking:
		if isConversation(f) && !slices.ContainsFunc(t.before, isConversation) {
			t.answered(f.At)
		}
	case Mailed:
		if b.Prompt == "" {
			c := t.told()
			c.Group, c.Employee = b.Group, b.Employee
			t.call(EventVoicemailLeft, f.At, c)
		}
	case Alerted:
		t.tell(EventAlertRaised, f.At, AlertTold{Kind: b.Kind, Call: t.r.ID, Employee: b.Employee, About: b.About, Text: b.Text})
	case Closed:
		if !slices.ContainsFunc(t.before, isClosed) {
			t.call(EventCallEnded, f.At, t.ended())
		}
	case Kept:
		if !slices.ContainsFunc(t.before, isKept) {
			t.kept(b, f.At)
		}
	default: // nobody outside asks
	}
}

// isConversation reports whether from then on two or more hear each other.
func isConversation(f Fact) bool {
	b, is := f.Body.(Talking)
	return is && slices.ContainsFunc(b.Talks, func(c Conversation) bool { return !c.Mail && len(c.Legs) > 1 })
}

func isClosed(f Fact) bool { _, is := f.Body.(Closed); return is }
func isKept(f Fact) bool   { _, is := f.Body.(Kept); return is }

// told is the call as it began.
func (t *teller) told() CallTold {
	o := t.r.Opened
	return CallTold{
		Call: t.r.ID, Direction: o.Direction, Began: o.Began.UTC(), Client: t.r.Who.Client.String(), Number: t.r.Number().String(),
		Employee: o.Employee, Private: o.Private,
	}
}

// rings tells whose phone began to ring: of a person with two phones once.
func (t *teller) rings(b LegIs, at time.Duration) {
	i := slices.IndexFunc(t.r.Legs, func(l LegRecord) bool { return l.Leg == b.Leg })
	if b.Link != Alerting || i < 0 || t.r.Legs[i].Offered {
		return
	}
	l := t.r.Legs[i]
	again := slices.ContainsFunc(t.before, func(f Fact) bool {
		is, ok := f.Body.(LegIs)
		return ok && is.Link == Alerting && slices.ContainsFunc(t.r.Legs, func(o LegRecord) bool { return o.Leg == is.Leg && sameParty(o, l) })
	})
	if again {
		return
	}
	c := t.told()
	c.Group = l.Group
	c.Rings = &RingsTold{Role: l.Role, Employee: l.Employee, Device: l.Device}
	t.call(EventCallRinging, at, c)
}

// sameParty reports whether two legs that we dialled reach the same person.
func sameParty(a, b LegRecord) bool {
	return !a.Offered && a.Role == b.Role && a.Employee == b.Employee && (a.Employee != "" || a.Number.E164 == b.Number.E164)
}

func (t *teller) answered(at time.Duration) {
	c := t.told()
	c.Employee, c.Group, c.Answered = t.r.Who.Employee, t.r.Who.Group, secondsOf(t.r.Times.Answered)
	t.call(EventCallAnswered, at, c)
}

// ended is the call as it came out.
func (t *teller) ended() CallTold {
	c, r := t.told(), t.r
	c.Employee, c.Group = r.Who.Employee, r.Who.Group
	if r.Times.Answered > 0 {
		c.Answered = secondsOf(r.Times.Answered)
	}
	c.Talked, c.Ended = secondsOf(r.Times.Talked), secondsOf(r.Times.Ended)
	c.Status, c.Cause, c.Recording, c.MergedInto = r.Status, r.Cause.Meaning.String(), r.Recording.State.String(), r.MergedInto
	return c
}

func (t *teller) kept(k Kept, at time.Duration) {
	w := t.r.Who
	t.tell(EventRecordingReady, at, RecordingTold{
		Call: t.r.ID, Direction: t.r.Opened.Direction, Client: w.Client.String(), Employee: w.Employee, Group: w.Group,
		Length: *secondsOf(k.Length), Bytes: k.Bytes,
	})
}

// call tells of the call itself.
func (t *teller) call(kind EventType, at time.Duration, c CallTold) {
	t.tell(kind, at, c)
	e := &t.events[len(t.events)-1]
	if c.Group != "" {
		e.Group = c.Group
	}
}

// tell adds an event. It concerns whoever took part so far.
func (t *teller) tell(kind EventType, at time.Duration, data any) {
	t.events = append(t.events, Event{
		Company: t.r.Company, Type: kind, At: t.r.Opened.Began.Add(at).UTC(), People: t.r.People(), Group: t.r.Who.Group,
		Private: t.r.Opened.Private, Data: data,
	})
}

// People are the people of the company whom a call concerns: who stands for it first, then who was rung or took part.
func (r Record) People() []EmployeeID {
	var all []EmployeeID
	add := func(id EmployeeID) {
		if id != "" && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	add(r.Opened.Employee)
	add(r.Who.Employee)
	for _, l := range r.Legs {
		if l.Role == Worker {
			add(l.Employee)
		}
	}
	return all
}

// Number is the company's number that a client called, or saw.
func (r Record) Number() callerid.Number {
	switch r.Opened.Direction {
	case Inbound:
		return r.Opened.To
	case Outbound:
		return r.Who.Shown
	default:
		return callerid.Number{}
	}
}

// secondsOf is a duration as JSON has it, to the millisecond.
func secondsOf(d time.Duration) *float64 {
	s := math.Round(d.Seconds()*1000) / 1000
	return &s
}
