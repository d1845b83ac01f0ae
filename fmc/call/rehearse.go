package call

import (
	"time"

	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// rehearsalTime is how long a rehearsed call may last.
const rehearsalTime = 6 * time.Hour

// Script is how everybody behaves in a rehearsal. Zero: the caller presses nothing and waits, every phone rings and
// nobody answers.
type Script struct {
	Caller  Caller
	Devices map[fmc.DeviceID]Behaviour
	// Outside is how outside numbers behave, by E.164; "" stands for all others.
	Outside map[string]Behaviour
	// Lasts says how long a prompt is; nil: three seconds each.
	Lasts func(fmc.PromptID) time.Duration
	// NoTape has the recording fail.
	NoTape bool
}

// Caller is whoever began the call.
type Caller struct {
	Keys   []Keys
	Hangs  time.Duration // since the call began; 0: when the others did
	Talked time.Duration // hangs up after so much conversation; 0: never by itself
}

// Keys are keys pressed in the menu that comes as the Menu-th, after it began to be heard.
type Keys struct {
	Menu  int // 0 is the first
	After time.Duration
	Keys  string
}

// Behaviour is how a phone takes a call. The durations are since it was dialled, but for Key and Talks.
type Behaviour struct {
	Alerts  time.Duration // when it rings; with Ends 0 and Answers 0 it rings on
	Answers time.Duration // when it is picked up; 0: never
	Key     string        // pressed after the answer, by whoever must confirm
	KeyIn   time.Duration // since the answer
	Ends    time.Duration // when its network ends it
	Cause   cause.Cause   // of Ends
	Talks   time.Duration // hangs up after so much conversation; 0: never by itself
	Early   bool          // its network plays something before the answer
}

// Rehearsal is what a rehearsed call came to.
type Rehearsal struct {
	Record fmc.Record
	Facts  []fmc.Fact
	Plans  []plan.Plan // in the order they were decided
	Rings  []Rang
	// Follows are the calls that would begin afterwards: a person is called back. They are not rehearsed.
	Follows []Begin
}

// Rang is one device that was called.
type Rang struct {
	At     time.Duration // since the call began
	Device fmc.DeviceID
	Number callerid.Number
	Line   fmc.LineID
	Shown  callerid.Shown
	Leg    fmc.LegID
}

// Rehearse runs the real Decide and Step against a scripted world in virtual time: what would happen if this call came
// now. No call is made. It is pure: the same arguments give the same rehearsal.
func Rehearse(company *fmc.Company, w plan.World, r plan.Request, now time.Time, script Script) Rehearsal {
	if r = plan.Read(company, r); r.Call == "" {
		r.Call = "rehearsal"
	}
	h := &rehearsal{stage: newStage(now), script: script, dialled: map[fmc.LegID]Dial{}, talks: map[fmc.LegID]bool{}}
	h.company = func(fmc.CompanyID) *fmc.Company { return company }
	h.decide = func(_ Call, a Ask, at time.Time) (plan.Plan, bool) {
		p := plan.Decide(company, w, a.Request, at)
		h.Plans = append(h.Plans, p)
		return p, true
	}
	h.act = h.acts
	caller := fmc.LegID{Call: r.Call, N: 1}
	if r.Wished() {
		h.open(r.Call, r, Wished{Wish{Kind: WishBegin}})
	} else {
		h.open(r.Call, r, offeredBy(company, r, caller))
	}
	if script.Caller.Hangs > 0 {
		h.after(script.Caller.Hangs, caller, gone(caller, cause.Hangup))
	}
	for h.live() && h.now < rehearsalTime {
		h.run(h.now + time.Second)
		h.turns(company.Profile.ID)
	}
	h.Facts = h.facts[r.Call]
	h.Record = fmc.Fold(h.Facts)
	return h.Rehearsal
}

// rehearsal is the outside world that a script describes.
type rehearsal struct {
	*stage
	Rehearsal
	script  Script
	dialled map[fmc.LegID]Dial
	talks   map[fmc.LegID]bool // whose hanging up is set
	menus   int
	played  map[Question]bool
}

func (h *rehearsal) acts(c Call, cmd Command) {
	switch cmd := cmd.(type) {
	case Dial:
		h.dials(c, cmd)
	case Answer:
		h.after(0, cmd.Leg, LinkIs{Leg: cmd.Leg, Link: fmc.Up})
	case Release:
		h.after(0, cmd.Leg, LinkIs{Leg: cmd.Leg, Link: fmc.Gone, Cause: cmd.Cause})
	case OpenTape:
		state, why := fmc.TapeReady, ""
		if h.script.NoTape {
			state, why = fmc.TapeFailed, "The script has the recording fail."
		}
		h.cue(0, c.ID, TapeIs{State: state, Why: why})
	case Wire:
		h.wired(c, cmd.Wiring)
	case Begin:
		h.Follows = append(h.Follows, cmd)
	case Note, Progress, Ask, Give, Press, Text:
	}
}

func (h *rehearsal) dials(c Call, d Dial) {
	h.dialled[d.Leg] = d
	line := d.Try.Lines[0]
	h.Rings = append(h.Rings, Rang{
		At: h.now - h.began[c.ID], Device: d.Try.Device, Number: d.Try.Number, Line: line.Line, Shown: line.Shown, Leg: d.Leg,
	})
	b := h.behaviour(d)
	h.after(b.Alerts, d.Leg, LinkIs{Leg: d.Leg, Link: fmc.Alerting, Line: line.Line, Early: b.Early})
	if b.Ends > 0 {
		h.after(b.Ends, d.Leg, LinkIs{Leg: d.Leg, Link: fmc.Gone, Cause: b.Cause})
	}
	if b.Answers == 0 {
		return
	}
	h.after(b.Answers, d.Leg, LinkIs{Leg: d.Leg, Link: fmc.Up, Line: line.Line})
	for i := range len(b.Key) {
		h.after(b.Answers+b.KeyIn, d.Leg, Digit{Leg: d.Leg, Key: b.Key[i]})
	}
}

func (h *rehearsal) behaviour(d Dial) Behaviour {
	if d.Try.Device == fmc.Outside {
		if b, ok := h.script.Outside[d.Try.Number.E164]; ok {
			return b
		}
		return h.script.Outside[""]
	}
	return h.script.Devices[d.Try.Device]
}

// wired has prompts end, menus answered and talks hung up.
func (h *rehearsal) wired(c Call, w Wiring) {
	if h.played == nil {
		h.played = map[Question]bool{}
	}
	for _, x := range w.Hears {
		if x.Sound != Prompt || x.Asked == (Question{}) || h.played[x.Asked] {
			continue
		}
		h.played[x.Asked] = true
		h.cue(h.lasts(x.Say), c.ID, Played{Asked: x.Asked, Version: "rehearsed"})
		if x.Asked.Thread >= 0 && x.Asked.Thread < len(c.Threads) && c.Threads[x.Asked.Thread].Node().Do == plan.Gather {
			h.keys(x.Leg)
		}
	}
	for _, id := range w.Await {
		h.after(0, id, SoundCame{Leg: id})
	}
	for _, t := range w.Talks {
		if t.Mail {
			continue
		}
		for _, id := range t.Legs {
			h.hangsUp(id)
		}
	}
}

func (h *rehearsal) lasts(p fmc.PromptID) time.Duration {
	if h.script.Lasts == nil {
		return 3 * time.Second
	}
	return h.script.Lasts(p)
}

func (h *rehearsal) keys(leg fmc.LegID) {
	for _, k := range h.script.Caller.Keys {
		if k.Menu != h.menus {
			continue
		}
		for i := range len(k.Keys) {
			h.after(k.After, leg, Digit{Leg: leg, Key: k.Keys[i]})
		}
	}
	h.menus++
}

func (h *rehearsal) hangsUp(leg fmc.LegID) {
	if h.talks[leg] {
		return
	}
	h.talks[leg] = true
	talks := h.script.Caller.Talked
	if d, ok := h.dialled[leg]; ok {
		talks = h.behaviour(d).Talks
	}
	if talks > 0 {
		h.after(talks, leg, gone(leg, cause.Hangup))
	}
}
