package gsmsim

// speech is the sound side of a device: its port for speech, and whether it carries any. All of it is Network.mu's.
type speech struct {
	device *Device
	armed  bool   // a command switched speech on, for the call that goes on or is about to
	rest   []byte // what was written to the port and not spoken yet
	stale  []byte // the end of what the last call said, which comes out first when the next is armed
	shift  bool   // a byte was lost
	paused bool   // Quectel's word to the writer
}

// Of what is written the module keeps ten frames; it asks to pause, where the family can, with six waiting.
const (
	frameBytes   = 2 * frameSamples
	mostUplink   = 10 * frameBytes
	pauseUplink  = 6 * frameBytes
	resumeUplink = 2 * frameBytes
	staleBytes   = 15 * frameBytes // 300 ms
)

func (s *speech) reset() { *s = speech{device: s.device} }

// port is the device's port for speech; nil: it has none.
func (s *speech) port() *port {
	for _, p := range s.device.ports {
		if p.face.Role == PCM {
			return p
		}
	}
	return nil
}

// arm begins to carry speech. What was left in the module of the last call comes first.
func (s *speech) arm() {
	if s.armed {
		return
	}
	s.armed, s.shift, s.rest = true, false, nil
	if p := s.port(); p != nil && len(s.stale) > 0 && p.open() {
		p.write(s.stale)
	}
	s.stale = nil
}

// disarm ends it.
func (s *speech) disarm() { s.armed, s.rest, s.paused = false, nil, false }

// ended is a call's end: every family wants speech to be armed anew for the next.
func (s *speech) ended() { s.disarm() }

// take is what somebody wrote to the port for speech.
func (s *speech) take(b []byte) {
	if !s.armed || s.device.faults[SilentPort] {
		return
	}
	s.rest = append(s.rest, b...)
	if over := len(s.rest) - mostUplink; over > 0 {
		s.rest = s.rest[(over+1)&^1:]
	}
	if s.device.model.dialect.paces && !s.paused && len(s.rest) >= pauseUplink {
		s.paused = true
		s.device.say("+QPCMV: 0,0")
	}
}

// says is the next frame that the device sends to the far side: silence where nobody wrote one.
func (s *speech) says(f *frame) {
	n := min(len(s.rest)&^1, frameBytes)
	for i := range n / 2 {
		f[i] = int16(uint16(s.rest[2*i]) | uint16(s.rest[2*i+1])<<8) //nolint:gosec // the bits of a sample
	}
	s.rest = s.rest[n:]
	if s.paused && len(s.rest) <= resumeUplink {
		s.paused = false
		s.device.say("+QPCMV: 1,0")
	}
}

// hears gives out a frame of the far side.
func (s *speech) hears(f *frame) {
	p := s.port()
	if p == nil || !s.armed || s.device.faults[SilentPort] {
		return
	}
	b := make([]byte, 0, frameBytes)
	for _, v := range f {
		b = append(b, byte(v), byte(v>>8)) //nolint:gosec // the two halves of a sample
	}
	s.stale = append(s.stale, b...)
	if over := len(s.stale) - staleBytes; over > 0 {
		s.stale = s.stale[over:]
	}
	if s.device.faults[ShiftedBytes] && !s.shift {
		s.shift = true
		b = b[1:]
	}
	if p.open() {
		p.write(b)
	}
}
