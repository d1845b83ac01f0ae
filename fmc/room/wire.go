package room

import (
	"fmt"
	"slices"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/media"
)

// Wire makes the wiring true: every leg of the room gets the one route that follows from it.
func (r *Room) Wire(w call.Wiring) {
	r.mark(r.wiring, w)
	r.wiring = w
	r.mix(w)
	keep := map[played]*media.Play{}
	for id, s := range r.legs {
		s.port.Route(r.route(id, s, w, keep))
	}
	r.playing = keep
}

// route is what one leg says to whom, and hears.
func (r *Room) route(id fmc.LegID, s *seat, w call.Wiring, keep map[played]*media.Play) *media.Route {
	route := &media.Route{}
	if slices.Contains(w.Listen, id) {
		post := r.post
		route.Keys = func(k media.Key) { post(call.Digit{Leg: id, Key: k.Digit, InVoice: k.InVoice}) }
	}
	if slices.Contains(w.Await, id) {
		route.First = r.first(s)
	}
	r.talks(s, route, w)
	for _, h := range w.Hears {
		switch {
		case h.Leg == id && h.Sound == call.EarlyMedia:
		case h.Leg == id && s.with != nil:
			route.Cue = r.play(played{id, h}, keep)
		case h.Leg == id:
			route.Hear = r.play(played{id, h}, keep)
		case h.Sound == call.EarlyMedia && h.From == id:
			if other, ok := r.legs[h.Leg]; ok {
				route.Forward = append(route.Forward, other.port)
			}
		}
	}
	return route
}

// first tells the call that a leg is heard, once for as long as it is in the room.
func (r *Room) first(s *seat) *media.First {
	if s.first == nil {
		post, ev := r.post, call.Event(call.SoundCame{Leg: s.id})
		s.first = media.NewFirst(func() { post(ev) })
	}
	return s.first
}

// talks is what a leg says to those with whom it is in a conversation, and to the tape. Keys that are for us go no
// further: what of them is for the far side comes back as Press.
func (r *Room) talks(s *seat, route *media.Route, w call.Wiring) {
	var with []fmc.LegID
	for _, t := range w.Talks {
		i := slices.Index(t.Legs, s.id)
		if i < 0 {
			continue
		}
		if t.Tape {
			route.Tape = r.tap(s, t, i)
		}
		switch len(t.Legs) {
		case 1:
			continue
		case 2:
			if other, ok := r.legs[t.Legs[1-i]]; ok {
				route.Forward, route.ForwardKeys = []*media.Port{other.port}, route.Keys == nil
			}
		default:
			if m, ok := r.seat(s.id); ok {
				route.Into, route.Hear = m.seat, m.play
			}
		}
		with = t.Legs
	}
	if !slices.Equal(with, s.with) {
		s.with, s.gate = with, nil
	}
	if with == nil || route.Keys == nil {
		s.gate = nil
	} else if s.gate == nil {
		s.gate = media.NewGate()
	}
	route.Gate = s.gate
}

// Press sends keys to a leg, after those that are still on their way.
func (r *Room) Press(id fmc.LegID, keys string) {
	s, ok := r.legs[id]
	if !ok {
		return
	}
	if err := s.port.Press(keys, media.UsualTone, media.UsualPause); err != nil {
		r.o.Log.Warn("keys not sent", "call", r.label.Call, "leg", id, "cause", err)
	}
}

// play goes on with what a leg hears already, or begins it. The end of a prompt is told to the call, also where there
// is no such prompt: nobody may wait for it.
func (r *Room) play(p played, keep map[played]*media.Play) *media.Play {
	if on, ok := r.playing[p]; ok {
		keep[p] = on
		return on
	}
	var source media.Source
	end := call.Played{Asked: p.hears.Asked}
	company := r.label.Company
	switch p.hears.Sound {
	case call.RingBack:
		source = r.o.Words.RingBack(company)
	case call.Music:
		source = r.o.Words.Music(company, p.hears.Say)
	case call.Prompt, call.Tone:
		u, ok := r.o.Words.Find(company, p.hears.Say)
		if !ok {
			r.o.Log.Error("prompt missing", "company", company, "call", r.label.Call, "cause", p.hears.Say)
			end.Missing = true
			r.ended(p, end)
			return nil
		}
		end.Version, end.Language = u.Version, u.Language
		source = u.Play(max(1, p.hears.Times))
	case call.EarlyMedia:
		return nil
	}
	post, ev := r.post, call.Event(end)
	asked := p.hears.Asked != (call.Question{})
	on := media.NewPlay(source, func() {
		if asked {
			post(ev)
		}
	})
	keep[p] = on
	return on
}

// ended tells the end of a prompt that never began, once.
func (r *Room) ended(p played, end call.Played) {
	if p.hears.Asked != (call.Question{}) {
		r.post(end)
	}
}

// tap is the leg's own on the tape, for as long as it is in the room: one for each side that it comes to be heard on.
func (r *Room) tap(s *seat, t call.Talk, i int) *media.Tap {
	if r.tape == nil {
		return nil
	}
	side := t.Sides[i]
	if s.taps[side] == nil {
		s.taps[side] = r.tape.Tap(s.id, t.Roles[i], side)
	}
	return s.taps[side]
}

// mark tells the tape which spans begin and end with a new wiring.
func (r *Room) mark(was, is call.Wiring) {
	if r.tape == nil {
		return
	}
	for _, kind := range []fmc.SpanKind{fmc.SpanTalk, fmc.SpanMail} {
		before, after := taped(was, kind), taped(is, kind)
		if before != after {
			r.tape.Mark(Mark{At: r.now(), Kind: kind, On: after})
		}
	}
}

func taped(w call.Wiring, kind fmc.SpanKind) bool {
	return slices.ContainsFunc(w.Talks, func(t call.Talk) bool { return t.Tape && t.Mail == (kind == fmc.SpanMail) })
}

// String prints the room's chains, one leg a line, for tests and the trace.
func (r *Room) String() string {
	ids := make([]fmc.LegID, 0, len(r.legs))
	for id := range r.legs {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b fmc.LegID) int { return a.N - b.N })
	s := ""
	for _, id := range ids {
		s += fmt.Sprintf("%d: %s\n", id.N, r.legs[id].port.Wiring())
	}
	return s
}
