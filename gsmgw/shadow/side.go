package shadow

import (
	"sync"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/media"
)

// Side is one side of an attempt's call, in place of a call's room: it says its own tones and listens for the other's.
type Side struct {
	Trial *Trial
	voice *media.SignatureVoice // owned by whoever pumps the speech

	mu  sync.Mutex
	ear media.SignatureEar // guarded by mu
}

func (x *Trial) side(back bool) *Side {
	return &Side{Trial: x, voice: media.NewSignatureVoice(x.ID.Tones(back))}
}

// Called is the side of the card that is called.
func (x *Trial) Called() *Side { return x.side(true) }

// Say takes what the far side said.
func (x *Side) Say(frame *[media.FrameSamples]int16) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ear.Frame(frame)
	return true
}

// Hear gives what the far side is to hear.
func (x *Side) Hear(frame *[media.FrameSamples]int16) bool {
	x.voice.Frame(frame)
	return true
}

// Close does nothing: nobody else listens.
func (x *Side) Close() {}

// heard is how the other side's tones were heard.
func (x *Side) heard(back bool) *fmc.ShadowSound {
	x.mu.Lock()
	defer x.mu.Unlock()
	h := x.ear.Heard(x.Trial.ID.Tones(back))
	return &fmc.ShadowSound{Heard: h.Heard, Level: int(h.Level), Lost: h.Lost}
}

// Told takes what becomes of the side's leg.
func (x *Side) Told(link fmc.Link, why cause.Cause) {
	side := callingSide
	if x != x.Trial.calling {
		side = calledSide
	}
	x.Trial.post(event{side: side, link: link, cause: why})
}
