package call

import (
	"slices"

	"roadline/fmc"
	"roadline/fmc/plan"
)

// wiring says who hears whom, what is on tape and whose keys count. It is the one place that does: nothing else
// bridges, holds, records or mutes. The invariants about confirmation, notice and recording are properties of this
// function.
func wiring(c Call) Wiring {
	w := wirer{c: c}
	for _, p := range c.Parties {
		if p.Part != nil && p.Link == fmc.Up {
			w.hears(Hears{Leg: p.Leg, Sound: Prompt, Say: p.Part.Say, Asked: Question{Thread: -1, Leg: p.Leg}})
		}
		if p.Cue.Say != "" && p.Link == fmc.Up && !p.Held && c.End == nil {
			w.hears(Hears{Leg: p.Leg, Sound: Prompt, Say: p.Cue.Say, Asked: Question{Thread: OfCue, Serial: p.Cue.Serial, Leg: p.Leg}})
		}
	}
	if c.End != nil {
		return w.Wiring
	}
	for ti := range c.Threads {
		w.thread(ti)
	}
	w.Hears = slices.DeleteFunc(w.Hears, func(h Hears) bool { return h.Asked.Thread != OfCue && w.talking(h.Leg) })
	for i := range w.Talks {
		w.Talks[i].Roles = w.roles(w.Talks[i].Legs)
	}
	w.listen()
	return w.Wiring
}

// wirer is a wiring in the making.
type wirer struct {
	Wiring
	c Call
}

// hears has a leg hear something, unless it hears something already: a leg has one pair of ears, and a thread that
// comes later is an errand that may not cut off the contact.
func (w *wirer) hears(h Hears) {
	if !slices.ContainsFunc(w.Hears, func(x Hears) bool { return x.Leg == h.Leg }) && !w.talking(h.Leg) {
		w.Hears = append(w.Hears, h)
	}
}

func (w *wirer) talking(id fmc.LegID) bool {
	return slices.ContainsFunc(w.Talks, func(t Talk) bool { return slices.Contains(t.Legs, id) })
}

// up reports whether a leg can hear and be heard.
func (w *wirer) up(id fmc.LegID) bool {
	p, ok := w.c.Party(id)
	return ok && p.Link == fmc.Up && p.Part == nil && !p.Held
}

// away reports whether a leg of the contact's thread is busy with a consultation.
func (w *wirer) away(ti int, id fmc.LegID) bool {
	return ti == 0 && w.c.errand(id, Consult) > 0
}

func (w *wirer) thread(ti int) {
	t := w.c.Threads[ti]
	if t.over() || w.away(ti, t.Subject) && t.Node().Do != plan.Talk {
		return
	}
	q := Question{Thread: ti, Serial: t.Visit.Serial}
	switch n := t.Node(); n.Do {
	case plan.Say:
		w.say(t, n, q)
	case plan.Gather, plan.Mail:
		w.asked(t, n, q)
	case plan.Ring:
		w.ring(t, n)
	case plan.Ask, plan.Give:
		w.waits(t)
	case plan.Wait, plan.Park:
		if w.up(t.Subject) && t.Errand != Move {
			w.hears(Hears{Leg: t.Subject, Sound: Music, Say: n.Say})
		}
	case plan.Talk:
		if t.Errand == Move { // it stays here until it is heard
			w.Await = append(w.Await, t.Subject)
			return
		}
		w.talk(ti, t, q)
	case plan.End:
	}
}

func (w *wirer) say(t Thread, n plan.Node, q Question) {
	for _, id := range w.c.audience(t) {
		p, _ := w.c.Party(id)
		if !w.up(id) && !(n.Early && p.Link == fmc.Offered) || slices.Contains(t.Visit.Heard, id) {
			continue
		}
		q.Leg = id
		w.hears(Hears{Leg: id, Sound: Prompt, Say: n.Say, Asked: q})
	}
}

// asked is a subject that hears a prompt and then keys or speaks.
func (w *wirer) asked(t Thread, n plan.Node, q Question) {
	if !w.up(t.Subject) {
		return
	}
	p, _ := w.c.Party(t.Subject)
	heard := slices.Contains(t.Visit.Heard, t.Subject)
	switch {
	case n.Do == plan.Mail && heard && w.c.Tape.State == fmc.TapeReady:
		w.Talks = append(w.Talks, Talk{Legs: []fmc.LegID{t.Subject}, Sides: w.sides([]fmc.LegID{t.Subject}), Tape: true, Mail: true})
	case !heard && p.Input.Keys == "" && n.Say != "":
		q.Leg = t.Subject
		w.hears(Hears{Leg: t.Subject, Sound: Prompt, Say: n.Say, Asked: q})
	}
}

// waits is a subject for whom something is being found.
func (w *wirer) waits(t Thread) {
	if !w.up(t.Subject) || t.Errand == Move {
		return
	}
	if t.Place != (Place{}) {
		w.hears(Hears{Leg: t.Subject, Sound: Music})
		return
	}
	w.hears(Hears{Leg: t.Subject, Sound: RingBack})
}

func (w *wirer) ring(t Thread, n plan.Node) {
	if from := w.early(t, n); !from.IsZero() {
		w.hears(Hears{Leg: t.Subject, Sound: EarlyMedia, From: from})
	}
	w.waits(t)
	for i, a := range t.Tries {
		if a.State == Answered && w.up(a.Leg) {
			w.hears(Hears{Leg: a.Leg, Sound: Prompt, Say: n.Tries[i].Whisper, Times: 2})
		}
	}
}

// early returns the leg whose sound before the answer the subject hears: only a person of ours hears it, and only of
// the one client that is called. What a mobile's network plays never reaches a client.
func (w *wirer) early(t Thread, n plan.Node) fmc.LegID {
	subject, _ := w.c.Party(t.Subject)
	if subject.Role != fmc.Worker || len(n.Tries) != 1 || len(t.Tries) != 1 || t.Tries[0].State == Withdrawn {
		return fmc.LegID{}
	}
	p, _ := w.c.Party(t.Tries[0].Leg)
	if p.Role != fmc.Client || !p.Early || p.Link >= fmc.Up || subject.Link != fmc.Up && subject.Link != fmc.Offered || subject.Held {
		return fmc.LegID{}
	}
	return p.Leg
}

// talk bridges who may hear each other: up, assented, not held, not in a consultation; on a recorded call only with
// the tape ready, and whoever is a client only after they heard the notice.
func (w *wirer) talk(ti int, t Thread, q Question) {
	var here, active []fmc.LegID
	for _, id := range append([]fmc.LegID{t.Subject}, t.With...) {
		p, _ := w.c.Party(id)
		if !w.up(id) || p.Assent != fmc.NotNeeded && p.Assent != fmc.Granted || w.away(ti, id) {
			continue
		}
		here = append(here, id)
		if !p.OnHold {
			active = append(active, id)
		}
	}
	if len(active) >= 2 && w.c.mayTalk(t) {
		active = w.inform(t, active, q)
		if len(active) >= 2 {
			w.Talks = append(w.Talks, Talk{Legs: active, Sides: w.sides(active), Tape: w.c.recorded(t) && w.c.Tape.State == fmc.TapeReady && w.c.Tape.Pause == nil})
		}
		if active == nil {
			return
		}
	}
	for _, id := range here {
		w.hears(Hears{Leg: id, Sound: Music})
	}
}

// inform has the clients among the legs hear the notice who have not: invariant 4. It returns who may talk meanwhile;
// where that is one alone, they hear it too, and it returns nobody.
func (w *wirer) inform(t Thread, active []fmc.LegID, q Question) []fmc.LegID {
	if !w.c.recorded(t) || w.c.Tape.State != fmc.TapeReady {
		return active
	}
	informed := slices.DeleteFunc(slices.Clone(active), w.uninformed)
	if len(informed) == len(active) {
		return active
	}
	for _, id := range active {
		if slices.Contains(t.Visit.Heard, id) || len(informed) >= 2 && slices.Contains(informed, id) {
			continue
		}
		q.Leg = id
		w.hears(Hears{Leg: id, Sound: Prompt, Say: w.c.noticeOf(t), Asked: q})
	}
	if len(informed) < 2 {
		return nil
	}
	return informed
}

// sides gives each leg its channel on tape: a client the left, a person the right; of two persons whoever is longer in
// the call, who called, the left; whoever comes to a channel that is taken, a track of its own.
func (w *wirer) sides(legs []fmc.LegID) []fmc.Side {
	sides := make([]fmc.Side, len(legs))
	staff := !slices.ContainsFunc(legs, func(id fmc.LegID) bool { p, _ := w.c.Party(id); return p.Role == fmc.Client })
	var left, right bool
	for _, p := range w.c.Parties {
		i := slices.Index(legs, p.Leg)
		switch {
		case i < 0:
		case !left && (p.Role == fmc.Client || staff):
			sides[i], left = fmc.Left, true
		case !right && p.Role == fmc.Worker:
			sides[i], right = fmc.Right, true
		default:
			sides[i] = fmc.Third
		}
	}
	return sides
}

// roles says what each leg is to the call.
func (w *wirer) roles(legs []fmc.LegID) []fmc.Role {
	roles := make([]fmc.Role, len(legs))
	for i, id := range legs {
		p, _ := w.c.Party(id)
		roles[i] = p.Role
	}
	return roles
}

// uninformed reports whether a leg is of a client who has not heard the notice: invariant 4.
func (w *wirer) uninformed(id fmc.LegID) bool {
	p, _ := w.c.Party(id)
	return p.Role == fmc.Client && !p.Notice.Heard
}

// listen says whose keys count: who is asked, who must confirm, persons in a talk, and clients who may refuse to be
// recorded.
func (w *wirer) listen() {
	for _, p := range w.c.Parties {
		if p.Link != fmc.Up || p.Part != nil {
			continue
		}
		_, _, racing := attemptOf(w.c, p.Leg)
		asked := slices.ContainsFunc(w.c.Threads, func(t Thread) bool {
			do := t.Node().Do
			return t.Subject == p.Leg && !t.over() && (do == plan.Gather || do == plan.Mail)
		})
		if racing || asked || p.Role == fmc.Worker && w.c.talks(p.Leg) || p.Role == fmc.Client && w.mayRefuse(p.Leg) {
			w.Listen = append(w.Listen, p.Leg)
		}
	}
}

// mayRefuse reports whether a leg hears a recording notice now that a key refuses.
func (w *wirer) mayRefuse(id fmc.LegID) bool {
	return slices.ContainsFunc(w.Hears, func(h Hears) bool {
		return h.Leg == id && w.c.isNotice(h) && w.c.Threads[h.Asked.Thread].Plan.Recording.Refusal != ""
	})
}
