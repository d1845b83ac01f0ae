package modemtest

import (
	"math"

	"roadline/fmc/cause"
	"roadline/hardware/gsmsim"
	"roadline/hardware/modem"
)

// speechless: a family without speech says so.
func speechless(b *bench) {
	b.ready()
	_, err := b.modem.Speech(b.ctx())
	b.kind(err, cause.Unsupported)
}

const (
	theirs = 440.0 // hertz, what the far side says
	ours   = 860.0
	level  = 3277 // peak: a tenth of full scale, as gsmsim.Tone has it
)

// converse speaks so many frames and returns what was heard meanwhile, the first half second left out.
func (b *bench) converse(s modem.Speech, frames int) []int16 {
	b.Helper()
	var heard []int16
	var in, out [160]int16
	speak := gsmsim.Tone(ours)
	for i := range frames {
		b.check(s.Read(&in))
		speak(&out)
		b.check(s.Write(&out))
		if i >= 25 {
			heard = append(heard, in[:]...)
		}
	}
	return heard
}

// tone says that the sound is the tone, at its level, and little else.
func (b *bench) tone(who string, sound []int16, hz float64) {
	b.Helper()
	if len(sound) < 8000 {
		b.Fatalf("%s heard %d samples only", who, len(sound))
	}
	power := 0.0
	for _, v := range sound {
		power += float64(v) * float64(v)
	}
	power /= float64(len(sound))
	// Of the tone: block by block, since a frame that is lost shifts its phase.
	const block = 800
	of := 0.0
	for i := 0; i+block <= len(sound); i += block {
		var re, im float64
		for j, v := range sound[i : i+block] {
			re += float64(v) * math.Cos(2*math.Pi*hz*float64(j)/8000)
			im += float64(v) * math.Sin(2*math.Pi*hz*float64(j)/8000)
		}
		of += 2 * (re*re + im*im) / block / block
	}
	of /= float64(len(sound) / block)
	want := float64(level) * level / 2
	if power < want*0.8 || power > want*1.25 || of < 0.9*power {
		b.Errorf("%s heard level %.0f (want %.0f), %.0f %% of it at %.0f Hz", who, math.Sqrt(power), math.Sqrt(want), 100*of/power, hz)
	}
}

// call makes a call with sound, looks at both directions and hangs up.
func (b *bench) call() {
	b.Helper()
	h := b.talk(gsmsim.Behaviour{Says: func() gsmsim.Voice { return gsmsim.Tone(theirs) }})
	s, err := b.modem.Speech(b.ctx())
	b.check(err)
	b.tone("we", b.converse(s, 150), theirs)
	heard := h.Heard()
	b.tone("the far side", heard[len(heard)/2:], ours)
	if frames, bytes := s.Lost(); bytes != 0 || frames > 5 {
		b.Errorf("%d frames and %d bytes were lost", frames, bytes)
	}
	_, err = b.modem.Speech(b.ctx())
	b.kind(err, cause.NoRoom)
	h.HangUp()
	b.callIs(modem.CallEnded)
	b.check(s.Close())
	var f [160]int16
	if err := s.Read(&f); err == nil {
		b.Error("there is sound after the close")
	}
}

func speech(b *bench) {
	b.ready()
	b.call()
}

func speechAgain(b *bench) {
	b.ready()
	b.call()
	b.call()
}

func speechShifted(b *bench) {
	b.ready()
	h := b.talk(gsmsim.Behaviour{Says: func() gsmsim.Voice { return gsmsim.Tone(theirs) }})
	s, err := b.modem.Speech(b.ctx())
	b.check(err)
	b.tone("we", b.converse(s, 100), theirs)
	b.device.Fault(gsmsim.ShiftedBytes)
	b.tone("we", b.converse(s, 100), theirs)
	if _, bytes := s.Lost(); bytes != 1 {
		b.Errorf("%d bytes were thrown away", bytes)
	}
	h.HangUp()
	b.callIs(modem.CallEnded)
	b.check(s.Close())
}
