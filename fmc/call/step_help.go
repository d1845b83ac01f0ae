package call

// A mobile network may lose the leader of a code, and what is left of it reads as keys for the far side: FLOWS E4. Who keys
// the same twice in vain is told how, once, and nobody else hears it.

// bare takes a key without a leader that was heard in the voice. Keys that a network tells of apart are never lost.
func (l *life) bare(p *Party, e Digit) {
	b := &p.Bare
	if !e.InVoice || b.Told {
		return
	}
	b.Keys += string(e.Key)
	b.Due = l.Now + keyWindow
	if e.Key == '#' || len(b.Keys) >= mostCode {
		l.bareWhole(p)
	}
}

// bareWhole takes that no more keys belong to those that were keyed without a leader.
func (l *life) bareWhole(p *Party) {
	b := &p.Bare
	again := b.Keys == b.Before && l.Now <= b.Until
	switch {
	case !l.lacksLeader(p, b.Keys):
		*b = Bare{}
	case again:
		*b = Bare{Told: true}
		l.cue(p.Leg, sayStar)
	default:
		*b = Bare{Before: b.Keys, Until: l.Now + bareTime}
	}
}

// lacksLeader reports whether keys would be a code, no more and no less, with a leader before them.
func (l *life) lacksLeader(p *Party, keys string) bool {
	code := "*" + keys
	for n := 1; n < len(code); n++ {
		if _, done := l.codeWish(p.Leg, code[:n]); done {
			return false
		}
	}
	w, done := l.codeWish(p.Leg, code)
	return done && w.Kind != 0
}
