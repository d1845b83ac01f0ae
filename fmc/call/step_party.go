package call

import (
	"slices"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// nobody is what party returns for a leg that is not here: whatever is written to it is lost.
func nobody() *Party { return &Party{Link: fmc.Gone} }

func (l *life) party(id fmc.LegID) *Party {
	for i := range l.Parties {
		if l.Parties[i].Leg == id {
			return &l.Parties[i]
		}
	}
	return nobody()
}

// alive reports whether a leg is here and not on its way out.
func (c Call) alive(id fmc.LegID) bool {
	p, ok := c.Party(id)
	return ok && p.Link < fmc.Leaving && p.Part == nil
}

// offered begins a call with the leg that calls us.
func (l *life) offered(e LegOffered) {
	if len(l.Parties) > 0 || l.End != nil || len(l.Threads) > 0 {
		return
	}
	l.Born = max(l.Born, e.Leg.N)
	l.Parties = append(l.Parties, Party{Leg: e.Leg, Role: e.Role, Who: e.Who, Number: l.outside(l.Request.From), Line: e.Line, Link: fmc.Offered, Assent: fmc.NotNeeded, Dialog: e.Dialog})
	l.opened()
	l.note(fmc.LegBegan{
		Leg: e.Leg, Offered: true, Role: e.Role, Employee: e.Who.Employee, Device: e.Who.Device, Number: l.Request.From, Line: e.Line,
	})
	l.known(e.Leg)
	l.begin(e.Leg)
}

func (l *life) opened() {
	r := l.Request
	l.note(fmc.Opened{
		Began: l.Began.UTC(), Direction: r.Direction, From: r.From, To: r.To, Diversion: r.Diversion, Trunk: r.Trunk, Account: r.Account, Employee: r.Employee, Private: r.Private,
		Promised: r.Promised,
	})
}

// link is the party's machine: what a leg's own technology says of it.
func (l *life) link(e LinkIs) {
	p := l.party(e.Leg)
	switch {
	case p.Link == fmc.Gone:
		return
	case p.Link == fmc.Leaving && e.Link == fmc.Up: // its answer crossed our release
		l.command(Release{p.Leg, cause.Of(cause.Cancelled)})
		return
	case p.Link == fmc.Leaving && e.Link != fmc.Gone:
		return
	}
	if e.Dialog != nil {
		p.Dialog = e.Dialog
	}
	if e.Line != "" {
		p.Line = e.Line
	}
	if e.Link == fmc.Dialing || e.Link == fmc.Alerting {
		l.textTo(p.Leg)
	}
	note := fmc.LegIs{Leg: p.Leg, Link: e.Link, Line: e.Line, Dialog: e.Dialog, Shown: l.shownOn(p.Leg, e.Line)}
	switch e.Link {
	case fmc.Dialing:
		if p.Early == e.Early && e.Dialog == nil && e.Line == "" {
			return
		}
		p.Early = p.Early || e.Early
		l.note(note)
	case fmc.Alerting:
		p.Early = p.Early || e.Early
		if p.Link >= fmc.Alerting {
			return
		}
		p.Link = fmc.Alerting
		l.note(note)
		l.alerts(p.Leg)
	case fmc.Up:
		if p.Link == fmc.Up {
			if e.Dialog != nil {
				l.note(note)
			}
			return
		}
		p.Link = fmc.Up
		l.note(note)
		l.up(p.Leg)
		l.arrived(p.Leg)
	case fmc.Gone:
		p.Link = fmc.Gone
		p.quiet()
		note.Cause, note.Quality = &e.Cause, e.Quality
		l.note(note)
		l.gone(p.Leg, e.Cause)
	case fmc.Offered, fmc.Leaving:
	}
}

// held takes what a leg's far end did.
func (l *life) held(e HeldIs) {
	if p := l.party(e.Leg); p.Link == fmc.Up && p.Held != e.Held {
		p.Held = e.Held
		l.note(fmc.LegHeld{Leg: e.Leg, Held: e.Held})
	}
}

// release ends a leg; its LinkIs Gone is awaited.
func (l *life) release(id fmc.LegID, c cause.Cause) {
	p := l.party(id)
	if p.Link >= fmc.Leaving {
		return
	}
	p.Link = fmc.Leaving
	p.quiet()
	l.command(Release{id, c})
}

// quiet ends what a leg keys and is told.
func (p *Party) quiet() {
	p.Part, p.Input, p.Cue, p.Remind = nil, Input{}, Cue{}, 0
	p.Bare = Bare{Told: p.Bare.Told}
}

// dismiss lets a leg go with a word, where it can hear one.
func (l *life) dismiss(id fmc.LegID, say fmc.PromptID, c cause.Cause) {
	p := l.party(id)
	if p.Link != fmc.Up {
		l.release(id, c)
		return
	}
	if p.Part == nil {
		p.quiet()
		p.Part = &Parting{Say: say, Cause: c, Due: l.Now + partingTime}
	}
}

// ring tells an offered leg that somebody is rung.
func (l *life) ring(id fmc.LegID) {
	if p := l.party(id); p.Link == fmc.Offered && p.Told < ToldRinging {
		p.Told = ToldRinging
		l.command(Progress{Leg: id})
	}
}

// answer answers an offered leg. It is up when its far side acknowledged; how to hang it up is written before.
func (l *life) answer(id fmc.LegID) {
	if p := l.party(id); p.Link == fmc.Offered && p.Told < ToldAnswered {
		p.Told = ToldAnswered
		if p.Dialog != nil {
			l.note(fmc.LegIs{Leg: id, Link: fmc.Offered, Dialog: p.Dialog})
		}
		l.command(Answer{id})
	}
}

// needed reports whether some thread has a use for a leg.
func (l *life) needed(id fmc.LegID) bool {
	if l.End != nil {
		return false
	}
	return slices.ContainsFunc(l.Threads, func(t Thread) bool {
		if t.over() {
			return false
		}
		return t.Subject == id || t.By == id || slices.Contains(t.With, id) || slices.ContainsFunc(t.Tries, func(a Attempt) bool {
			return a.Leg == id && a.State != Withdrawn
		})
	})
}

// gone tells the threads that a leg went. Errands first: what a consultation makes of it, the contact builds on.
func (l *life) gone(id fmc.LegID, c cause.Cause) {
	for ti := len(l.Threads) - 1; ti >= 0; ti-- {
		t := &l.Threads[ti]
		if t.over() {
			continue
		}
		if i := slices.IndexFunc(t.Tries, func(a Attempt) bool { return a.Leg == id && a.State != Withdrawn }); i >= 0 {
			l.attemptGone(ti, i, c)
			continue
		}
		switch {
		case t.Subject == id || slices.Contains(t.With, id):
			l.left(ti, id, c)
		case t.Errand == Move && t.By == id && t.Node().Do == plan.Talk: // the new device answered: nothing is left to lose
			l.movesOn(ti)
		}
	}
}

// left takes a leg out of a thread that it spoke in.
func (l *life) left(ti int, id fmc.LegID, c cause.Cause) {
	t := &l.Threads[ti]
	l.console(*t, id, c)
	t.With = slices.DeleteFunc(t.With, func(x fmc.LegID) bool { return x == id })
	talks := t.Node().Do == plan.Talk
	l.holderLeft(*t, id)
	switch {
	case t.Errand == Consult:
		l.leftConsult(ti, id)
	case t.Subject != id:
		if len(t.With) == 0 && talks && !l.moving(id) && t.Node().Conference == "" {
			l.leave(ti, l.parted(id, c))
		}
		if t.Node().Do == plan.Say && l.said(*t) { // whoever is left has heard it
			l.leave(ti, plan.Done)
		}
	case len(t.With) > 1: // a conference goes on without the leg it began with
		t.Subject, t.With = t.With[0], t.With[1:]
	case len(t.With) == 1 && talks && (l.moving(id) || t.Node().Conference != ""):
		t.Subject, t.With = t.With[0], nil
	case len(t.With) == 1 && talks && l.parted(id, c) == plan.Dropped && t.leads(plan.Dropped):
		t.Subject, t.With = t.With[0], nil // rescue serves who is left
		l.leave(ti, plan.Dropped)
	case ti == 0:
		l.end(c, id)
	default:
		l.finish(ti, c)
	}
	if talks && l.deserted(ti) {
		l.leave(ti, plan.Done)
	}
}

// deserted reports a conference in which only parties are left whom we called: nobody is there for whom they were, and
// they stay at our cost.
func (c Call) deserted(ti int) bool {
	t := c.Threads[ti]
	if t.Node().Do != plan.Talk || t.Node().Conference == "" || c.End != nil {
		return false
	}
	return !slices.ContainsFunc(append([]fmc.LegID{t.Subject}, t.With...), func(id fmc.LegID) bool {
		p, _ := c.Party(id)
		return p.Role != fmc.Client || p.Told != ToldNothing
	})
}

// holderLeft takes back whom the one who left a talk had on hold: nobody is left who could.
func (l *life) holderLeft(t Thread, id fmc.LegID) {
	rest := slices.DeleteFunc(append([]fmc.LegID{t.Subject}, t.With...), func(x fmc.LegID) bool { return x == id })
	if t.Errand != Serve || slices.ContainsFunc(rest, func(x fmc.LegID) bool { return !l.party(x).OnHold }) {
		return
	}
	for _, x := range rest {
		l.unhold(x)
	}
}

// console lets a person hear why it is silent, where the client was lost rather than hung up.
func (l *life) console(t Thread, id fmc.LegID, c cause.Cause) {
	if t.Node().Do != plan.Talk || l.party(id).Role != fmc.Client || !lost(c) || len(t.With) > 1 {
		return
	}
	for _, other := range append([]fmc.LegID{t.Subject}, t.With...) {
		if other != id && l.party(other).Role == fmc.Worker {
			l.dismiss(other, "client-left", cause.Of(cause.Hangup))
		}
	}
}

// lost reports whether a leg in speech went without anybody hanging up.
func lost(c cause.Cause) bool { return c.Meaning == cause.Lost || c.Meaning == cause.LineFault }

// parted says how a talk lost a leg: Dropped only for a person of ours who did not hang up.
func (l *life) parted(id fmc.LegID, c cause.Cause) plan.Outcome {
	if l.party(id).Role == fmc.Worker && lost(c) {
		return plan.Dropped
	}
	return plan.Done
}
