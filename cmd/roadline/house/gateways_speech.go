package house

import (
	"sync"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/modem"
	"roadline/media"
)

// boxSpeech is the sound of a gateway's line as that of a module: the packets that come by RTP are its clock. Between the two
// stands a device's leg: what the line is told goes out by it at once, and what comes is evened out there.
type boxSpeech struct {
	port   *media.Port // of the SIP leg
	device *media.PCM
	came   chan struct{} // one for each frame that came
	keys   chan byte     // that came in words, to be sounded
	once   sync.Once
	closed chan struct{}

	part int // samples of a frame that is not whole; owned by the port's read loop

	// owned by whoever reads
	wait     *time.Timer
	patience time.Duration
	tone     media.Source // of a key; nil: none sounds
}

var _ modem.Speech = (*boxSpeech)(nil)

// How long the next frame is waited for. A gateway that sends nothing while nobody speaks must still be spoken to: without its
// packets ours is the clock.
const (
	frameLate = 3 * media.FrameTime
	mostCame  = 16
)

func newBoxSpeech(ports *media.Ports, port *media.Port, name string) (*boxSpeech, error) {
	s := &boxSpeech{
		port: port, came: make(chan struct{}, mostCame), keys: make(chan byte, mostCame), closed: make(chan struct{}),
		wait: time.NewTimer(frameLate), patience: frameLate,
	}
	device, err := ports.LeasePCM(name+" by its gateway", func(k media.Key) { s.key(k.Digit) })
	if err != nil {
		return nil, err
	}
	s.device = device
	device.Port().Route(&media.Route{Forward: []*media.Port{port}})
	port.Route(&media.Route{Forward: []*media.Port{device.Port()}, ForwardKeys: true, Into: s})
	return s, nil
}

func (s *boxSpeech) String() string { return "a gateway's line" }

// Voice implements media.Sink.
func (s *boxSpeech) Voice(v media.Voice) {
	for s.part += len(v.Payload); s.part >= media.FrameSamples; s.part -= media.FrameSamples {
		select {
		case s.came <- struct{}{}:
		default: // nobody reads
		}
	}
}

// key has a key sounded that the gateway told of in words: whoever listens to a line listens to its sound. It does not wait.
func (s *boxSpeech) key(k byte) {
	select {
	case s.keys <- k:
	default: // nobody presses so fast
	}
}

// Read implements modem.Speech, as do the others. It ends with Close alone: that the call is over its steps say.
func (s *boxSpeech) Read(frame *[160]int16) error {
	s.wait.Reset(s.patience)
	select {
	case <-s.closed:
		s.wait.Stop()
		return cause.Errorf(cause.Unavailable, "the sound is closed")
	case <-s.came:
		s.patience = frameLate
	case <-s.wait.C:
		s.patience = media.FrameTime
	}
	s.device.Hear(frame)
	s.sound(frame)
	return nil
}

// sound puts the tone of a key in the place of what was heard.
func (s *boxSpeech) sound(frame *[160]int16) {
	if s.tone == nil {
		select {
		case k := <-s.keys:
			s.tone, _ = media.NewKeyTones(string(rune(k)), boxTone, boxPause) // what came was a key
		default:
		}
	}
	var alaw [media.FrameSamples]byte
	if s.tone == nil {
		return
	}
	if !s.tone.Frame(&alaw) {
		s.tone = nil
		return
	}
	for i, b := range alaw {
		frame[i] = media.DecodeALaw(b)
	}
}

// Write gives a frame to the far side.
func (s *boxSpeech) Write(frame *[160]int16) error {
	s.device.Say(frame)
	return nil
}

// Lost counts nothing: what RTP lost is in the quality of the leg.
func (s *boxSpeech) Lost() (frames, bytes int) { return 0, 0 }

// Close ends the sound.
func (s *boxSpeech) Close() error {
	s.once.Do(func() {
		close(s.closed)
		s.port.Route(nil)
		s.device.Close()
	})
	return nil
}
