package room

import (
	"fmt"
	"slices"

	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/media"
)

// mixing is a talk of three and more: each hears all the others.
type mixing struct {
	mixer *media.Mixer
	seats map[fmc.LegID]*mixed
}

// mixed is one leg's place in it.
type mixed struct {
	seat *media.Seat
	play *media.Play // of what it hears; one for as long as it sits
}

// mix seats who talks with two others or more, and lets the others go. Two alone are relayed.
func (r *Room) mix(w call.Wiring) {
	var legs []fmc.LegID
	for _, t := range w.Talks {
		if len(t.Legs) > 2 {
			legs = append(legs, t.Legs...) // one conference a call
		}
	}
	if len(legs) == 0 && r.mixing == nil {
		return
	}
	if r.mixing == nil {
		r.mixing = &mixing{mixer: media.NewMixer(), seats: map[fmc.LegID]*mixed{}}
	}
	for id, m := range r.mixing.seats {
		if !slices.Contains(legs, id) || r.legs[id] == nil {
			m.seat.Leave()
			delete(r.mixing.seats, id)
		}
	}
	for _, id := range legs {
		if r.mixing.seats[id] == nil && r.legs[id] != nil {
			seat := r.mixing.mixer.Join(fmt.Sprintf("leg %d", id.N))
			r.mixing.seats[id] = &mixed{seat: seat, play: media.NewPlay(seat, nil)}
		}
	}
}

// seat is where a leg that talks with several sits; false for one that has left the room.
func (r *Room) seat(id fmc.LegID) (*mixed, bool) {
	if r.mixing == nil {
		return nil, false
	}
	m, ok := r.mixing.seats[id]
	return m, ok
}
