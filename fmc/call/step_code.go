package call

import (
	"slices"
	"strings"

	"roadline/fmc"
)

// What a person keys in a conversation: FLOWS E4. Their keys never reach the far side by themselves: what is meant for it
// is pressed for them.

const mostCode = 24 // keys: a code and the longest number

// code collects a code: the leader *, a figure, for some an extension that # ends. Keys without a leader are for the far
// side, and so is the second of two leaders.
func (l *life) code(p *Party, e Digit) {
	in, key := &p.Input, e.Key
	switch {
	case l.policyOf(p.Leg).NoKeys:
		l.press(p.Leg, string(key))
		return
	case in.Keys == "" && key != '*':
		l.press(p.Leg, string(key))
		l.bare(p, e)
		return
	case in.Keys == "*" && key == '*':
		*in = Input{}
		l.press(p.Leg, "*")
		return
	}
	in.Keys += string(key)
	in.Due = l.Now + keyWindow
	w, done := l.codeWish(p.Leg, in.Keys)
	switch {
	case done:
		l.keyed(p, w)
	case len(in.Keys) >= mostCode:
		l.noCode(p)
	}
}

// press has whoever talks with a leg hear keys from it.
func (l *life) press(id fmc.LegID, keys string) {
	for _, t := range l.Wiring.Talks {
		if t.Mail || !slices.Contains(t.Legs, id) {
			continue
		}
		for _, other := range t.Legs {
			if other != id {
				l.command(Press{Leg: other, Keys: keys})
			}
		}
	}
}

// noCode takes that what was keyed means nothing: the person hears so, and nobody else does.
func (l *life) noCode(p *Party) {
	p.Input = Input{}
	l.cue(p.Leg, cueError)
}

// keyed carries out the wish that a code stands for.
func (l *life) keyed(p *Party, w Wish) {
	if w.Kind == 0 {
		l.noCode(p)
		return
	}
	l.note(fmc.Keyed{Leg: p.Leg, Keys: p.Input.Keys})
	p.Input = Input{}
	l.wish(w)
}

// codeWish reads a code; done is false while more may come. No kind: there is no such code.
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

// digitsWish reads the digits that follow a code up to #.
func digitsWish(w Wish, kind WishKind, keys string) (Wish, bool) {
	if !strings.HasSuffix(keys, "#") {
		return w, false
	}
	w.Kind, w.Digits = kind, keys[2:len(keys)-1]
	return w, true
}

// keysWhole takes that a person keys no more: what they keyed counts as if # had come.
func (l *life) keysWhole(id fmc.LegID) {
	p := l.party(id)
	if w, done := l.codeWish(id, strings.TrimSuffix(p.Input.Keys, "#")+"#"); done && len(p.Input.Keys) >= 2 {
		l.keyed(p, w)
		return
	}
	l.noCode(p)
}
