package call

import (
	"slices"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// digit is the key collector: whoever must confirm confirms, whoever is asked answers, a person in a talk commands.
func (l *life) digit(e Digit) {
	p := l.party(e.Leg)
	if p.Link != fmc.Up || p.Part != nil || l.End != nil || strings.IndexByte("0123456789*#ABCD", e.Key) < 0 {
		return
	}
	l.sounds(e.Leg) // a phone that sends keys sends sound
	if ti, i, ok := l.attempt(e.Leg); ok {
		l.confirm(ti, i, e.Key)
		return
	}
	if l.refuseTape(p, e.Key) {
		return
	}
	for ti := range l.Threads {
		t := &l.Threads[ti]
		if t.Subject != e.Leg || t.over() {
			continue
		}
		switch t.Node().Do {
		case plan.Gather:
			l.gather(ti, e.Key)
			return
		case plan.Mail:
			if e.Key == '#' && slices.Contains(t.Visit.Heard, e.Leg) {
				l.leave(ti, plan.Done)
			}
			return
		case plan.Say, plan.Ring, plan.Talk, plan.Wait, plan.Park, plan.Give, plan.Ask, plan.End:
		}
	}
	if p.Role == fmc.Worker && l.talks(e.Leg) {
		l.code(p, e)
	}
}

// confirm takes the key of whoever picked up and must say so: FLOWS E0, "Call confirm".
func (l *life) confirm(ti, i int, key byte) {
	t := &l.Threads[ti]
	a := t.Tries[i]
	if a.State != Answered {
		return
	}
	p := l.party(a.Leg)
	switch key {
	case '1':
		p.Assent = fmc.Granted
		l.note(fmc.Assented{Leg: a.Leg, Assent: fmc.Granted})
		l.win(ti, a.Leg)
	case '2':
		p.Assent = fmc.Declined
		l.note(fmc.Assented{Leg: a.Leg, Assent: fmc.Declined})
		l.fail(t, i, plan.TurnedDown, cause.Of(cause.Declined))
		l.settleRing(ti)
	case '3':
		p.Assent = fmc.Declined
		l.note(fmc.Assented{Leg: a.Leg, Assent: fmc.Declined})
		l.leave(ti, plan.ToVoicemail)
	}
}

// gather collects what the subject keys. * begins anew, except where it is a key itself.
func (l *life) gather(ti int, key byte) {
	t := &l.Threads[ti]
	n := t.Node()
	in := &l.party(t.Subject).Input
	if t.Visit.Until == 0 { // keyed into the prompt
		t.Visit.Until = l.Now + max(n.For, keysTime)
	}
	switch {
	case key == '#':
		l.gathered(ti)
		return
	case key == '*' && !starts(n, in.Keys+"*"):
		in.Keys = ""
		l.collect(ti, keyGap)
		return
	}
	in.Keys += string(key)
	l.collect(ti, keyGap)
	_, known := n.Keys[in.Keys]
	longer := longerThan(n, in.Keys)
	switch {
	case known && !longer, n.Most > 0 && len(in.Keys) >= n.Most:
		l.gathered(ti)
	case known:
		l.collect(ti, keyWindow) // longest match
	case !longer && n.Most == 0:
		l.gathered(ti)
	}
}

// collect waits for the next key, as long as there is time for keys at all.
func (l *life) collect(ti int, gap time.Duration) {
	t := &l.Threads[ti]
	t.Due = min(l.Now+gap, t.Visit.Until)
}

// starts reports whether something of a Gather begins with keys that end in *: a code that it knows, or ** where it takes
// what begins with *.
func starts(n plan.Node, keys string) bool {
	for k := range n.Keys {
		if strings.HasPrefix(k, keys) {
			return true
		}
	}
	return strings.Contains(n.Begins, "*") && (keys == "*" || keys == "**")
}

// longerThan reports whether more than what was keyed may follow.
func longerThan(n plan.Node, keys string) bool {
	for k := range n.Keys {
		if len(k) > len(keys) && strings.HasPrefix(k, keys) {
			return true
		}
	}
	return n.Begins != "" && len(keys) < n.Most && strings.IndexByte(n.Begins, keys[0]) >= 0
}

// gathered ends the collecting: to where the keys lead; other keys are kept for the question that follows.
func (l *life) gathered(ti int) {
	t := &l.Threads[ti]
	n := t.Node()
	keys := l.party(t.Subject).Input.Keys
	if keys == "" {
		l.leave(ti, plan.TimedOut)
		return
	}
	f := fmc.Keyed{Leg: t.Subject, Keys: keys}
	if n.Secret {
		f.Keys, f.Count = "", len(keys)
	}
	l.note(f)
	if to, ok := n.Keys[keys]; ok {
		l.party(t.Subject).Input = Input{}
		l.enter(ti, to, plan.Done)
		return
	}
	l.leave(ti, plan.Done)
}

// talks reports whether a leg's keys are commands now: it talks, or has somebody on hold.
func (c Call) talks(id fmc.LegID) bool {
	return slices.ContainsFunc(c.Threads, func(t Thread) bool {
		return !t.over() && (t.By == id || t.Node().Do == plan.Talk && (t.Subject == id || slices.Contains(t.With, id)))
	})
}
