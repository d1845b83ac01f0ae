package media

import (
	"sync/atomic"
	"time"
)

// Figures are those of a leg on a device that Quality has no place for. All count 20 ms frames, or sound of that length.
type Figures struct {
	Said      uint64        // that the device gave
	Missing   uint64        // that it did not give, in time that is lost
	Late      uint64        // of Said, those that came so late that it was owed none
	Heard     uint64        // that it took
	Silent    uint64        // of Heard, those that are silence: nobody speaks to it, or nothing came in time
	Concealed uint64        // of Heard, sound that was missing and made up
	Dropped   uint64        // sound that it did not hear: its clock is the slower, it stood still, or too much came at once
	Delay     time.Duration // for how long what came of late has waited for it, on average
}

// Figures takes a snapshot.
func (d *PCM) Figures() Figures {
	f := Figures{Said: d.said.Load(), Missing: d.missing.Load(), Late: d.late.Load(), Silent: d.silent.Load(), Heard: d.heard.Load()}
	var made, dropped uint64
	made, dropped, f.Delay = d.ear.figures()
	f.Concealed, f.Dropped = made/FrameSamples, dropped/FrameSamples
	return f
}

// Speech is what was said and heard on a leg whose sound is looked at: one on a device. Speech is any sound louder than
// the noise of a quiet line; tones and prompts count too.
type Speech struct {
	Measured bool // false: the leg is of another kind
	Said     Talk // by the leg
	Heard    Talk // by the leg
}

// Talk is speech in one direction.
type Talk struct {
	For   time.Duration // the sum of it
	Quiet time.Duration // since the last of it, else since the leg began
}

// leastTalk is how much sound in each direction shows that speech goes both ways: more than a click or two.
const leastTalk = 300 * time.Millisecond

// Both reports whether speech was seen in both directions.
func (s Speech) Both() bool { return min(s.Said.For, s.Heard.For) >= leastTalk }

// speechFloor, in dBm0, is the level above which 20 ms are speech: the comfort noise of a mobile lies at -50 and below,
// quiet words at -40 and above.
const speechFloor = -45.0

// speechEnergy is the energy of one frame at that level.
var speechEnergy = int64(amplitude(speechFloor) * amplitude(speechFloor) * FrameSamples / 2)

// speechMeter counts speech in one direction. One goroutine feeds it, snapshots read.
type speechMeter struct {
	frames atomic.Int64
	last   atomic.Int64 // when it was heard last, on Options.Now; 0: never
}

// frame looks at 20 ms.
func (m *speechMeter) frame(frame *[FrameSamples]int16, now time.Duration) {
	energy := int64(0)
	for _, s := range frame {
		energy += int64(s) * int64(s)
	}
	if energy > speechEnergy {
		m.frames.Add(1)
		m.last.Store(int64(now))
	}
}

func (m *speechMeter) talk(now time.Duration, began int64) Talk {
	return Talk{For: time.Duration(m.frames.Load()) * FrameTime, Quiet: since(now, m.last.Load(), began)}
}

// The radio between a mobile and the network, which the device does not show: it conceals what the air loses and does
// not tell.
const (
	radioDelay      = 90 * time.Millisecond // one way; 3GPP TS 43.005 §4.2.1: 180 ms both ways
	radioImpairment = 5.0                   // Ie of GSM EFR and AMR at 12.2 kbit/s, ITU-T G.113 appendix I
)

// quality adds to a leg's figures what a device shows. Either direction is rated with the codec and the delay of a radio
// that works well: what the device misses or is given made up lowers that, what the air does is not known.
func (d *PCM) quality(q *Quality, now time.Duration) {
	began := d.port.count.began.Load()
	q.Speech = Speech{Measured: true, Said: d.mouth.talk(now, began), Heard: d.head.talk(now, began)}
	f := d.Figures()
	if f.Said > 0 {
		q.MOS = rating{
			delay: radioDelay + FrameTime + 2*q.Heard.Jitter, got: float64(f.Said), lost: float64(f.Missing),
			impairment: radioImpairment, robustness: bareRobustness,
		}.mos()
	}
	if sound := float64(f.Heard - f.Silent); sound > 0 {
		lost := min(float64(f.Concealed), sound)
		q.Sent.MOS = rating{
			delay: radioDelay + FrameTime + f.Delay, got: sound - lost, lost: lost,
			impairment: radioImpairment, robustness: lossRobustness,
		}.mos()
	}
}
