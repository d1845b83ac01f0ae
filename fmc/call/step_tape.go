package call

import (
	"slices"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// recorded reports whether what is said in a thread belongs on tape.
func (c Call) recorded(t Thread) bool {
	return t.Plan.Recording.Record && !t.Plan.Recording.Private && !c.Request.Private && !c.Tape.Refused
}

// openTape starts the recording with the first leg that is up in a call that records, or that leaves a message.
func (l *life) openTape() {
	if l.Tape.State != fmc.NoTape || l.End != nil {
		return
	}
	for ti := range l.Threads {
		t := l.Threads[ti]
		if t.over() || !l.recorded(t) && t.Node().Do != plan.Mail {
			continue
		}
		if !slices.ContainsFunc(l.Parties, func(p Party) bool { return p.Link == fmc.Up }) {
			continue
		}
		l.Tape.State, l.Tape.Due = fmc.TapeWanted, l.Now+tapeTime
		l.note(fmc.TapeIs{State: fmc.TapeWanted})
		l.command(OpenTape{t.Plan.Recording})
		return
	}
}

// tapeIs takes how the recording stands.
func (l *life) tapeIs(e TapeIs) {
	switch {
	case e.State == fmc.TapeReady && l.Tape.State == fmc.TapeWanted:
		l.Tape.State, l.Tape.Due = fmc.TapeReady, 0
		l.note(fmc.TapeIs{State: fmc.TapeReady})
	case e.State == fmc.TapeFailed && (l.Tape.State == fmc.TapeWanted || l.Tape.State == fmc.TapeReady):
		l.tapeFailed(e.Why)
	}
}

func (l *life) tapeFailed(why string) {
	for ti := range l.Threads {
		if l.Threads[ti].Node().Do == plan.Mail {
			l.mailed(ti) // what was said before is on it
		}
	}
	l.Tape = Tape{State: fmc.TapeFailed, Refused: l.Tape.Refused}
	c := cause.Because(cause.Failed, "%s", why)
	l.note(fmc.TapeIs{State: fmc.TapeFailed, Cause: &c})
}

func (l *life) expireTape() {
	if l.Tape.State == fmc.TapeWanted && l.Tape.Due <= l.Now {
		l.tapeFailed("The recording was not ready within a second.")
	}
	if p := l.Tape.Pause; p != nil && p.Until <= l.Now {
		l.resume("The pause was over.")
	}
}

// forbid ends talks and messages that may not be without a tape.
func (l *life) forbid() {
	if l.Tape.State != fmc.TapeFailed || l.End != nil {
		return
	}
	for ti := range l.Threads {
		t := l.Threads[ti]
		if t.Node().Do == plan.Mail || t.Node().Do == plan.Talk && l.recorded(t) && t.Plan.Recording.FailClosed {
			l.leave(ti, plan.Forbidden)
		}
	}
}

// pause stops the recording for a while, or goes on with it; false where nobody may, or nothing is recorded.
func (l *life) pause(w Wish) bool {
	longest := l.policyOf(w.Leg).Pause
	if l.Tape.State != fmc.TapeReady || longest <= 0 || l.Tape.Refused {
		return false
	}
	if l.Tape.Pause != nil {
		if l.Tape.Pause.Leg != w.Leg {
			l.cue(w.Leg, sayResumed)
		}
		l.resume(w.Why)
		return true
	}
	by := l.party(w.Leg).Who.Employee
	l.Tape.Pause = &Pause{Leg: w.Leg, By: by, Why: w.Why, Until: l.Now + longest}
	l.note(fmc.TapePaused{Paused: true, By: by, Why: w.Why})
	l.cue(w.Leg, sayPaused)
	return true
}

// resume goes on with the recording; who stopped it is told.
func (l *life) resume(why string) {
	p := l.Tape.Pause
	l.Tape.Pause = nil
	l.note(fmc.TapePaused{Paused: false, By: p.By, Why: why})
	l.cue(p.Leg, sayResumed)
}

// policyOf is the policy of the talk that a leg is in; of the contact's for whoever is in none.
func (c Call) policyOf(id fmc.LegID) plan.Policy {
	for ti := len(c.Threads) - 1; ti > 0; ti-- { // who consults talks there
		if t := c.Threads[ti]; t.Node().Do == plan.Talk && (t.Subject == id || slices.Contains(t.With, id)) {
			return t.Plan.Recording
		}
	}
	if len(c.Threads) == 0 {
		return plan.Policy{}
	}
	return c.Threads[0].Plan.Recording
}

// refuseTape has the call go on unrecorded, since a client wants it so; false where the key means nothing now.
func (l *life) refuseTape(p *Party, key byte) bool {
	t, ok := l.hearsNotice(p.Leg)
	if !ok || p.Role != fmc.Client || t.Plan.Recording.Refusal != string(key) {
		return false
	}
	l.Tape.Refused = true
	p.Notice = Notice{}
	l.note(fmc.RefusedTape{Leg: p.Leg, Key: string(key)})
	l.cue(p.Leg, sayRefused)
	for ti := range l.Threads { // nobody need hear the rest
		if n := l.Threads[ti].Node(); n.Do == plan.Say && n.Notice {
			l.leave(ti, plan.Done)
		}
	}
	return true
}

// hearsNotice returns the thread whose recording notice a leg hears now.
func (c Call) hearsNotice(id fmc.LegID) (Thread, bool) {
	i := slices.IndexFunc(c.Wiring.Hears, func(h Hears) bool { return h.Leg == id && c.isNotice(h) })
	if i < 0 {
		return Thread{}, false
	}
	return c.Threads[c.Wiring.Hears[i].Asked.Thread], true
}

// noticesBegin marks since when a leg hears the notice.
func (l *life) noticesBegin(w Wiring) {
	for i := range l.Parties {
		p := &l.Parties[i]
		hears := slices.ContainsFunc(w.Hears, func(h Hears) bool { return h.Leg == p.Leg && l.isNotice(h) })
		switch {
		case hears && p.Notice.Since == 0:
			p.Notice.Since = max(l.Now, 1)
		case !hears:
			p.Notice.Since = 0
		}
	}
}

// isNotice reports whether what a leg hears is the recording notice.
func (c Call) isNotice(h Hears) bool {
	if h.Asked.Serial == 0 || !c.current(h.Asked) {
		return false
	}
	n := c.Threads[h.Asked.Thread].Node()
	return n.Do == plan.Say && n.Notice || n.Do == plan.Talk
}

// heardNotice takes the notice's end, where a leg heard it or should have.
func (l *life) heardNotice(ti int, e Played) {
	t := &l.Threads[ti]
	if n := t.Node(); n.Do != plan.Talk && !(n.Do == plan.Say && n.Notice) {
		return
	}
	if e.Missing {
		if l.Tape.State == fmc.TapeWanted || l.Tape.State == fmc.TapeReady {
			l.tapeFailed("The recording notice could not be played.")
		}
		return
	}
	if p := l.party(e.Asked.Leg); p.Notice.Since > 0 {
		l.note(fmc.Announced{Leg: p.Leg, Prompt: l.noticeOf(*t), Version: e.Version, Language: e.Language, From: p.Notice.Since})
		p.Notice = Notice{Heard: true}
	}
}

// noticeOf is the notice that a thread plays.
func (c Call) noticeOf(t Thread) fmc.PromptID {
	if n := t.Node(); n.Do == plan.Say {
		return n.Say
	}
	if t.Plan.Recording.Notice != "" {
		return t.Plan.Recording.Notice
	}
	return "recording-notice"
}

// mayTalk reports whether a thread's legs may hear each other as far as the tape goes: invariant 6.
func (c Call) mayTalk(t Thread) bool {
	switch {
	case !c.recorded(t), c.Tape.State == fmc.TapeReady:
		return true
	case c.Tape.State == fmc.TapeFailed:
		return !t.Plan.Recording.FailClosed
	default:
		return false
	}
}
