package room

import (
	"sync"

	"roadline/fmc"
	"roadline/media"
)

// Trace is who is told how the legs in rooms sound.
type Trace struct {
	To     fmc.Tracer
	Signal func(fmc.LegID) int // of the radio of a leg on a SIM, dBm; 0: not known. nil: there are none
}

// seated are the legs in all rooms.
type seated struct {
	mu   sync.Mutex // guards:
	legs map[fmc.LegID]*media.Port
}

func (s *seated) enter(id fmc.LegID, p *media.Port) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.legs[id] = p
}

// leave reports whether the leg was there: one that went to another room first is that room's.
func (s *seated) leave(id fmc.LegID, p *media.Port) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.legs[id] != p {
		return false
	}
	delete(s.legs, id)
	return true
}

// Measure tells the trace how every leg sounds that is in a room. Any goroutine may call it; it does not wait for calls.
func (r *Rooms) Measure() {
	r.seated.mu.Lock()
	all := make(map[fmc.LegID]*media.Port, len(r.seated.legs))
	for id, p := range r.seated.legs {
		all[id] = p
	}
	r.seated.mu.Unlock()
	for id, p := range all {
		r.measure(id, p)
	}
}

// measure tells how a leg sounds, where anything was said at all.
func (r *Rooms) measure(id fmc.LegID, p *media.Port) {
	if r.o.Trace.To == nil {
		return
	}
	f := figures(p)
	if f.Heard.Packets == 0 && f.Sent.Packets == 0 {
		return
	}
	if r.o.Trace.Signal != nil {
		f.SignalDBm = r.o.Trace.Signal(id)
	}
	r.o.Trace.To.Told(id, fmc.TraceLine{Kind: fmc.TraceSound, Sound: &f})
}

// figures are a port's in the trace's nouns.
func figures(p *media.Port) fmc.SoundFigures {
	q := p.Quality()
	f := fmc.SoundFigures{
		Codec: p.Codec(), RTT: q.RTT,
		Heard: fmc.SoundStream{Packets: q.Heard.Packets, Lost: q.Heard.Lost, Jitter: q.Heard.Jitter, MOS: q.MOS},
		Sent:  fmc.SoundStream{Packets: q.Sent.Packets, Lost: q.Sent.RemoteLost, Jitter: q.Sent.RemoteJitter, MOS: q.Sent.MOS},
	}
	if device := p.Device(); device != nil {
		d := device.Figures()
		f.Heard.Packets, f.Heard.Lost = d.Said, int64(d.Missing)           //nolint:gosec // frames of a call
		f.Sent.Packets, f.Sent.Lost = d.Heard-d.Silent, int64(d.Concealed) //nolint:gosec // as above
	}
	return f
}
