package call

import (
	"slices"
	"strings"

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
	if ti, i, ok := l.attempt(e.Leg); ok {
		l.confirm(ti, i, e.Key)
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
		l.code(p, e.Key)
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

// gather collects what the subject keys.
func (l *life) gather(ti int, key byte) {
	t := &l.Threads[ti]
	n := t.Node()
	in := &l.party(t.Subject).Input
	switch key {
	case '*':
		if _, ok := n.Keys["*"]; !ok {
			in.Keys = ""
			t.Due = l.Now + keyGap
			return
		}
		in.Keys += "*"
	case '#':
		l.gathered(ti)
		return
	default:
		in.Keys += string(key)
	}
	t.Due = l.Now + keyGap
	_, known := n.Keys[in.Keys]
	longer := n.Begins != "" && len(in.Keys) < n.Most && strings.IndexByte(n.Begins, in.Keys[0]) >= 0
	for keys := range n.Keys {
		longer = longer || len(keys) > len(in.Keys) && strings.HasPrefix(keys, in.Keys)
	}
	switch {
	case known && !longer, n.Most > 0 && len(in.Keys) >= n.Most:
		l.gathered(ti)
	case known:
		t.Due = l.Now + keyWindow // longest match
	case !longer && n.Most == 0:
		l.gathered(ti)
	}
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

// code collects a mid-call code of FLOWS E4: a leader, a figure, for some an extension that # ends.
func (l *life) code(p *Party, key byte) {
	in := &p.Input
	switch {
	case in.Keys == "" && key != '*':
		return // for the far side
	case in.Keys == "*" && key == '*': // a literal * for the far side
		*in = Input{}
		return
	}
	in.Keys += string(key)
	in.Due = l.Now + keyWindow
	if len(in.Keys) > 16 {
		*in = Input{}
		return
	}
	if w, done := l.codeWish(p.Leg, in.Keys); done {
		l.keyed(p, w)
	}
}

// keyed carries out the wish that a code stands for.
func (l *life) keyed(p *Party, w Wish) {
	l.note(fmc.Keyed{Leg: p.Leg, Keys: p.Input.Keys})
	p.Input = Input{}
	if w.Kind != 0 {
		l.wish(w)
	}
}

// codeWish reads a code; done is false while more may come.
func (l *life) codeWish(id fmc.LegID, keys string) (w Wish, done bool) {
	if len(keys) < 2 {
		return Wish{}, false
	}
	w.Leg = id
	consulting := l.errand(id, Consult) > 0
	switch keys[1] {
	case '5':
		w.Kind = WishHold
	case '6':
		w.Kind = WishThreeWay
	case '7':
		w.Kind = WishPause
	case '8', '9':
		w.Kind = WishMove
	case '1':
		w.Kind = WishMark
	case '0':
		w.Kind = WishDropLast
		if consulting {
			w.Kind = WishReturn
		}
	case '2':
		if consulting {
			w.Kind = WishComplete
			return w, true
		}
		return digitsWish(w, WishConsult, keys)
	case '3':
		return digitsWish(w, WishTransfer, keys)
	case '4':
		return digitsWish(w, WishPark, keys)
	}
	return w, true
}

func digitsWish(w Wish, kind WishKind, keys string) (Wish, bool) {
	if !strings.HasSuffix(keys, "#") {
		return w, false
	}
	w.Kind, w.Digits = kind, keys[2:len(keys)-1]
	return w, true
}

// keysWhole takes that a party keys no more: what it keyed counts as if # had come.
func (l *life) keysWhole(id fmc.LegID) {
	p := l.party(id)
	keys := p.Input.Keys
	if !strings.HasSuffix(keys, "#") {
		keys += "#"
	}
	if w, done := l.codeWish(id, keys); done && len(keys) > 2 {
		l.keyed(p, w)
		return
	}
	p.Input = Input{}
}
