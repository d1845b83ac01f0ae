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

// tone says that the sound is the tone at its level: block by block, since a frame that is lost shifts its phase, and three blocks
// of five, since a busy machine that holds both sides up for a moment loses frames that nobody is to blame for.
func (b *bench) tone(who string, sound []int16, hz float64) {
	b.Helper()
	const block = 800
	blocks, right, loudness := len(sound)/block, 0, 0.0
	if blocks < 10 {
		b.Fatalf("%s heard %d samples only", who, len(sound))
	}
	const want = level * level / 2
	for i := range blocks {
		var power, re, im float64
		for j, v := range sound[i*block : (i+1)*block] {
			power += float64(v) * float64(v) / block
			re += float64(v) * math.Cos(2*math.Pi*hz*float64(j)/8000)
			im += float64(v) * math.Sin(2*math.Pi*hz*float64(j)/8000)
		}
		loudness += power / float64(blocks)
		if of := 2 * (re*re + im*im) / block / block; power > want*0.8 && power < want*1.25 && of > 0.9*power {
			right++
		}
	}
	if 5*right < 3*blocks {
		b.Errorf("%s heard %.0f Hz in %d of %d blocks; the level is %.0f (want %.0f)", who, hz, right, blocks, math.Sqrt(loudness), math.Sqrt(want))
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
	if _, bytes := s.Lost(); bytes != 0 {
		b.Errorf("%d bytes were thrown away", bytes)
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
