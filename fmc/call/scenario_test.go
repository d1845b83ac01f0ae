package call

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// theatre is a stage with hand-written plans, on which a test plays everybody outside: it follows FLOWS.md move by
// move. It is in package call since the stage is.
type theatre struct {
	*stage
	t       testing.TB
	plans   map[plan.QueryKind]func(plan.Request) plan.Plan
	asked   []plan.Query
	up      map[fmc.LegID]bool // as the far ends see it
	told    map[fmc.LegID]cause.Cause
	device  map[fmc.LegID]fmc.DeviceID
	pressed map[fmc.LegID]string // keys that a far side heard
	texts   []Text
	begun   []Begin
	noTape  bool
	noAct   bool // the outside world answers nothing by itself
	mute    bool // phones that answer send no sound
	oracles []func(was, is Call)
}

const second = time.Second

var monday = time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)

func newTheatre(t testing.TB) *theatre {
	t.Helper()
	h := &theatre{
		stage: newStage(monday), t: t, plans: handWritten(), up: map[fmc.LegID]bool{}, told: map[fmc.LegID]cause.Cause{}, device: map[fmc.LegID]fmc.DeviceID{},
		pressed: map[fmc.LegID]string{},
	}
	company := &fmc.Company{Profile: fmc.Profile{ID: "acme", Zone: time.UTC}}
	for _, id := range []fmc.EmployeeID{"ivanov", "petrov", "sidorov"} {
		company.Employees = append(company.Employees, fmc.Employee{ID: id, Groups: []fmc.GroupID{"sales"}})
	}
	h.company = func(fmc.CompanyID) *fmc.Company { return company }
	h.decide = func(_ Call, a Ask, _ time.Time) (plan.Plan, bool) {
		h.asked = append(h.asked, a.Request.Query)
		if p, ok := h.plans[a.Request.Query.What]; ok {
			return p(a.Request), true
		}
		return plan.Plan{}, false
	}
	h.act = h.acts
	h.see = func(was, is Call, ev Event, cmds []Command) {
		for _, oracle := range h.oracles {
			oracle(was, is)
		}
		check(t, was, is, ev, cmds)
	}
	return h
}

func (h *theatre) acts(c Call, cmd Command) {
	switch cmd := cmd.(type) {
	case Dial:
		h.up[cmd.Leg], h.device[cmd.Leg] = true, cmd.Try.Device
	case Answer:
		if !h.noAct {
			h.post(c.ID, LinkIs{Leg: cmd.Leg, Link: fmc.Up})
		}
	case Release:
		h.told[cmd.Leg] = cmd.Cause
		if h.up[cmd.Leg] {
			delete(h.up, cmd.Leg)
			h.post(c.ID, LinkIs{Leg: cmd.Leg, Link: fmc.Gone, Cause: cmd.Cause})
		}
	case OpenTape:
		if h.noAct {
			return
		}
		ev := TapeIs{State: fmc.TapeReady}
		if h.noTape {
			ev = TapeIs{State: fmc.TapeFailed, Why: "disk full"}
		}
		h.post(c.ID, ev)
	case Wire:
		for _, id := range cmd.Wiring.Await {
			if !h.mute {
				h.post(c.ID, SoundCame{Leg: id})
			}
		}
	case Press:
		h.pressed[cmd.Leg] += cmd.Keys
	case Text:
		h.texts = append(h.texts, cmd)
	case Begin:
		h.begun = append(h.begun, cmd)
	case Note, Progress, Ask, Give:
	}
}

// offer has a client, or a person where who is given, call.
func (h *theatre) offer(id fmc.CallID, who fmc.EmployeeID) fmc.LegID {
	leg := fmc.LegID{Call: id, N: 1}
	r := plan.Request{Company: "acme", Direction: fmc.Inbound, Trunk: "carrier-a", From: callerid.Number{E164: "+79120000001"}}
	first := LegOffered{Leg: leg, Role: fmc.Client}
	h.device[leg] = "client"
	if who != "" {
		r = plan.Request{Company: "acme", Direction: fmc.Outbound, Account: fmc.AccountID(who), Employee: who, To: callerid.Number{E164: "+79120000002"}}
		first.Role, first.Who = fmc.Worker, Who{Employee: who, Device: fmc.DeviceID(who)}
		h.device[leg] = fmc.DeviceID(who)
	}
	h.up[leg] = true
	h.open(id, r, first)
	return leg
}

// leg is the latest leg to a device.
func (h *theatre) leg(id fmc.CallID, device fmc.DeviceID) fmc.LegID {
	h.t.Helper()
	for _, p := range slices.Backward(h.calls[id].Parties) {
		if h.device[p.Leg] == device {
			return p.Leg
		}
	}
	h.t.Fatalf("call %s has no leg to %s", id, device)
	return fmc.LegID{}
}

func (h *theatre) link(leg fmc.LegID, l fmc.Link) {
	h.post(h.legs[leg], LinkIs{Leg: leg, Link: l})
}

func (h *theatre) hangUp(leg fmc.LegID) { h.ends(leg, cause.Hangup) }

func (h *theatre) ends(leg fmc.LegID, m cause.Meaning) {
	delete(h.up, leg)
	h.post(h.legs[leg], gone(leg, m))
}

func (h *theatre) keys(leg fmc.LegID, keys string) {
	for i := range len(keys) {
		h.post(h.legs[leg], Digit{Leg: leg, Key: keys[i]})
	}
}

// played ends what every leg of a call hears once.
func (h *theatre) played(id fmc.CallID) {
	for _, x := range h.calls[id].Wiring.Hears {
		if x.Sound == Prompt && x.Asked != (Question{}) {
			h.post(id, Played{Asked: x.Asked, Version: "v1", Language: "en"})
		}
	}
}

// wants compares the wiring in words: "[client mobile tape] ivanov:music".
func (h *theatre) wants(id fmc.CallID, want string) {
	h.t.Helper()
	if got := h.words(h.calls[id].Wiring); got != want {
		h.t.Fatalf("at %v call %s is wired %q, want %q", h.now, id, got, want)
	}
}

func (h *theatre) words(w Wiring) string {
	var parts []string
	for _, t := range w.Talks {
		var in []string
		for _, id := range t.Legs {
			in = append(in, string(h.device[id]))
		}
		if t.Mail {
			in = append(in, "mail")
		}
		if t.Tape {
			in = append(in, "tape")
		}
		parts = append(parts, "["+strings.Join(in, " ")+"]")
	}
	for _, x := range w.Hears {
		what := map[Sound]string{RingBack: "ringback", Music: "music", EarlyMedia: "early media", Prompt: string(x.Say), Tone: string(x.Say)}[x.Sound]
		parts = append(parts, fmt.Sprintf("%s:%s", h.device[x.Leg], what))
	}
	return strings.Join(parts, " ")
}

// over checks that a call has its one record and no leg.
func (h *theatre) over(id fmc.CallID, want fmc.Status) fmc.Record {
	h.t.Helper()
	c := h.calls[id]
	if !c.Over() {
		h.t.Fatalf("call %s goes on: %+v", id, c)
	}
	for leg := range h.up {
		if h.legs[leg] == id {
			h.t.Fatalf("invariant 13: leg %s (%s) outlives its call", leg, h.device[leg])
		}
	}
	r := fmc.Fold(h.facts[id])
	if r.Status != want {
		h.t.Fatalf("call %s is %s, want %s", id, r.Status, want)
	}
	return r
}

// handWritten are plans like those Decide makes, small enough to see through.
func handWritten() map[plan.QueryKind]func(plan.Request) plan.Plan {
	policy := plan.Policy{Record: true, Notice: "recording-notice", Pause: 2 * time.Minute}
	fixed := func(p plan.Policy, nodes ...plan.Node) func(plan.Request) plan.Plan {
		return func(plan.Request) plan.Plan { return plan.Plan{Generation: 1, Recording: p, Nodes: nodes} }
	}
	person := func(device fmc.DeviceID, who fmc.EmployeeID, confirm bool) plan.Try {
		return plan.Try{
			Device: device, Employee: who, Role: fmc.Worker, For: 20 * second, Confirm: confirm, Whisper: "confirm",
			Lines: []plan.Candidate{{Line: fmc.LineID("line:" + device)}},
		}
	}
	client := plan.Try{Device: "outside", Role: fmc.Client, For: 40 * second, Lines: []plan.Candidate{{Line: "trunk:carrier-a"}}}
	ring := plan.Node{
		Do: plan.Ring, Group: "sales", For: 25 * second,
		Tries: []plan.Try{person("sip", "ivanov", false), person("mobile", "ivanov", true), person("mobile2", "petrov", true)},
		On:    map[plan.Outcome]int{plan.ToVoicemail: 2, plan.NoAnswer: 2, plan.TurnedDown: 2, plan.Busy: 2, plan.Unreachable: 2, plan.Congested: 2},
	}
	return map[plan.QueryKind]func(plan.Request) plan.Plan{
		plan.AskStart: func(r plan.Request) plan.Plan {
			if r.Direction == fmc.Outbound {
				return plan.Plan{Generation: 1, Recording: policy, Nodes: []plan.Node{
					{Do: plan.Ring, Tries: []plan.Try{client}, On: map[plan.Outcome]int{plan.Busy: 3}},
					{Do: plan.Say, Say: "recording-notice", Notice: true, To: plan.ToAll},
					{Do: plan.Talk},
					{Do: plan.End},
				}}
			}
			return plan.Plan{Generation: 1, Recording: policy, Nodes: []plan.Node{
				{Do: plan.Say, Say: "recording-notice", Notice: true},
				{Do: plan.Gather, Say: "welcome", For: 6 * second, Keys: map[string]int{"2": 2}, Begins: "2", Most: 3, On: map[plan.Outcome]int{plan.TimedOut: 2, plan.Done: 3}},
				{Do: plan.Ask, Query: plan.Query{What: plan.AskGroup, Group: "sales"}},
				{Do: plan.Ask, Query: plan.Query{What: plan.AskExtension}},
			}}
		},
		plan.AskGroup: fixed(
			policy, ring,
			plan.Node{Do: plan.Talk, On: map[plan.Outcome]int{plan.Dropped: 3, plan.Done: 4, plan.Forbidden: 5}},
			plan.Node{Do: plan.Mail, Say: "leave-message", Group: "sales", On: map[plan.Outcome]int{plan.Done: 4}},
			plan.Node{Do: plan.Ask, Query: plan.Query{What: plan.AskRescue}},
			plan.Node{Do: plan.End},
			plan.Node{Do: plan.Say, Say: "unavailable", On: map[plan.Outcome]int{plan.Done: 4}},
		),
		plan.AskExtension: fixed(policy, plan.Node{Do: plan.Ring, Tries: []plan.Try{person("sip", "sidorov", false)}}, plan.Node{Do: plan.Talk}),
		plan.AskRescue:    fixed(policy, plan.Node{Do: plan.Ring, Tries: []plan.Try{person("mobile", "ivanov", true)}}, plan.Node{Do: plan.Talk}),
		plan.AskConsult: func(r plan.Request) plan.Plan {
			return plan.Plan{Recording: policy, Nodes: []plan.Node{
				{Do: plan.Ring, Tries: []plan.Try{person(fmc.DeviceID("t"+r.Query.Digits), "sidorov", true)}},
				{Do: plan.Talk},
			}}
		},
		plan.AskTransfer: func(r plan.Request) plan.Plan {
			return plan.Plan{Recording: policy, Nodes: []plan.Node{
				{Do: plan.Ring, For: 20 * second, Tries: []plan.Try{person(fmc.DeviceID("t"+r.Query.Digits), "sidorov", true)}, On: map[plan.Outcome]int{plan.NoAnswer: 2, plan.Unreachable: 2}},
				{Do: plan.Talk, On: map[plan.Outcome]int{plan.Done: 3}},
				{Do: plan.Ask, Query: plan.Query{What: plan.AskRescue, Employee: r.Query.Employee}},
				{Do: plan.End},
			}}
		},
		plan.AskMove: fixed(policy, plan.Node{Do: plan.Ring, Tries: []plan.Try{person("soft", "ivanov", false)}}, plan.Node{Do: plan.Talk}),
		plan.AskPark: func(r plan.Request) plan.Plan {
			return plan.Plan{Recording: policy, Nodes: []plan.Node{
				{Do: plan.Park, Slot: r.Query.Slot, For: 90 * second, On: map[plan.Outcome]int{plan.TimedOut: 3}},
				{Do: plan.Talk, On: map[plan.Outcome]int{plan.Done: 2}},
				{Do: plan.End},
				{Do: plan.Ask, Query: plan.Query{What: plan.AskRecall}},
			}}
		},
		plan.AskRecall: fixed(policy, plan.Node{Do: plan.Ring, Tries: []plan.Try{person("mobile", "ivanov", true)}}, plan.Node{Do: plan.Talk}),
		plan.AskPickUp: fixed(
			plan.Policy{},
			plan.Node{Do: plan.Give, Gift: fmc.Take, Query: plan.Query{What: plan.AskPickUp, Group: "sales"}, On: map[plan.Outcome]int{plan.Unreachable: 1}},
			plan.Node{Do: plan.Say, Say: "no-call", On: map[plan.Outcome]int{plan.Done: 2}},
			plan.Node{Do: plan.End},
		),
		plan.AskRetrieve: fixed(plan.Policy{}, plan.Node{Do: plan.Give, Gift: fmc.Take, Query: plan.Query{What: plan.AskRetrieve, Slot: "1"}}),
		plan.AskOut: fixed(
			policy, plan.Node{Do: plan.Ring, Tries: []plan.Try{client}},
			plan.Node{Do: plan.Say, Say: "recording-notice", Notice: true, To: plan.ToAll},
			plan.Node{Do: plan.Talk, On: map[plan.Outcome]int{plan.Done: 3}},
			plan.Node{Do: plan.Gather, Say: "next-number", For: 5 * second, Most: 16, On: map[plan.Outcome]int{plan.TimedOut: 5}},
			plan.Node{Do: plan.Ask, Query: plan.Query{What: plan.AskOut}},
			plan.Node{Do: plan.End},
		),
	}
}

// check holds every step against the invariants that can be seen in one.
func check(t testing.TB, was, is Call, ev Event, cmds []Command) {
	t.Helper()
	for _, talk := range is.Wiring.Talks {
		for _, id := range talk.Legs {
			p, ok := is.Party(id)
			if !ok || p.Link != fmc.Up {
				t.Fatalf("after %T leg %s is in a talk and is %s", ev, id, p.Link)
			}
			if p.Assent == fmc.Awaited || p.Assent == fmc.Declined {
				t.Fatalf("invariant 1: after %T the unconfirmed leg %s is in a talk", ev, id)
			}
			if talk.Tape && !talk.Mail && p.Role == fmc.Client && !p.Notice.Heard {
				t.Fatalf("invariant 4: after %T client %s is recorded in a talk without having heard the notice", ev, id)
			}
		}
		if len(talk.Legs) < 2 && !talk.Mail {
			t.Fatalf("after %T a talk of one: %+v", ev, is.Wiring)
		}
		thread := is.threadOf(talk)
		switch {
		case is.recorded(thread) && is.Tape.State != fmc.TapeReady && is.Tape.State != fmc.TapeFailed:
			t.Fatalf("invariant 6: after %T a recorded talk while the tape is %s", ev, is.Tape.State)
		case is.recorded(thread) && thread.Plan.Recording.FailClosed && is.Tape.State != fmc.TapeReady:
			t.Fatalf("invariant 6: after %T a fail-closed talk while the tape is %s", ev, is.Tape.State)
		case is.recorded(thread) && is.Tape.State == fmc.TapeReady && is.Tape.Pause == nil && !talk.Tape:
			t.Fatalf("invariant 5: after %T a recorded talk is off tape", ev)
		}
	}
	if l, ok := ev.(LinkIs); ok && l.Link == fmc.Up {
		if p, _ := is.Party(l.Leg); p.Assent == fmc.Awaited {
			for _, cmd := range cmds {
				if r, ok := cmd.(Release); ok && r.Leg != l.Leg {
					t.Fatalf("invariant 2: the unconfirmed answer of %s released %s", l.Leg, r.Leg)
				}
			}
		}
	}
	if next, ok := is.Next(); !is.Over() && (!ok || next <= 0) && (len(is.Threads) > 0 || is.End != nil) {
		t.Fatalf("after %T the call waits for nothing: %+v", ev, is)
	}
	if is.Over() {
		for _, p := range is.Parties {
			if p.Link != fmc.Gone {
				t.Fatalf("invariant 13: the call is over and leg %s is %s", p.Leg, p.Link)
			}
		}
	}
	if was.Over() && len(is.Parties) != len(was.Parties) {
		t.Fatalf("after its end the call changed by %T", ev)
	}
}

// threadOf is the thread that holds a talk.
func (c Call) threadOf(talk Talk) Thread {
	for _, t := range c.Threads {
		for _, id := range talk.Legs {
			if !t.over() && (t.Subject == id || slices.Contains(t.With, id)) && (t.Node().Do == plan.Talk || t.Node().Do == plan.Mail) && (t.Errand == Consult || c.errand(id, Consult) == 0) {
				return t
			}
		}
	}
	return Thread{}
}
