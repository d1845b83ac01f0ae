package recording_test

import (
	"encoding/binary"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"roadline/fmc"
	"roadline/fmc/room"
	"roadline/media"
)

// What a speaker says is the time: every 20 ms of it is one of 60 values, which come round after 1.2 s. So each sample of
// a file tells when it was said, to 20 ms.
const (
	word  = 20 * time.Millisecond
	words = 60
)

// speaker is a far end that says the time into a tap.
type speaker struct {
	d      *desk
	tap    *media.Tap
	hertz  float64 // of its clock, by ours
	codec  media.Codec
	stream uint32
	stamp  uint32
	spoken int // samples, since it began
	began  time.Duration
	way    func(packet int) (late time.Duration, lost bool) // what the network does
	base   byte                                             // 0 to 3: the values it uses, another's differ
	line   []media.Voice                                    // on the way
	count  int
}

func newSpeaker(d *desk, tape room.Tape, side fmc.Side, hertz float64) *speaker {
	role := fmc.Client
	if side == fmc.Right {
		role = fmc.Worker
	}
	s := newParty(d, tape, int(side)+1, role, side, hertz)
	if side == fmc.Right {
		s.base = 1
	}
	return s
}

// newParty is a speaker by the leg's number.
func newParty(d *desk, tape room.Tape, n int, role fmc.Role, side fmc.Side, hertz float64) *speaker {
	return &speaker{d: d, hertz: hertz, stream: uint32(6 + n), stamp: 4294967000, began: d.now(), tap: tape.Tap(fmc.LegID{Call: "c1", N: n}, role, side)}
}

// together has several speak at the same time.
func together(d time.Duration, all ...*speaker) {
	var each sync.WaitGroup
	for _, s := range all {
		each.Go(func() { s.speak(d) })
	}
	each.Wait()
}

// said is the value that stands for a moment.
func (s *speaker) said(at time.Duration) byte {
	return 0x80 + 64*s.base + byte(at/word%words)
}

// packet makes the next 20 ms of its own clock, as it leaves.
func (s *speaker) packet() media.Voice {
	payload := make([]byte, media.FrameSamples)
	for i := range payload {
		at := s.began + time.Duration(float64(s.spoken+i)/s.hertz*float64(time.Second))
		payload[i] = s.said(at)
	}
	s.spoken += len(payload)
	v := media.Voice{Codec: s.codec, Timestamp: s.stamp, Stream: s.stream, Payload: payload}
	v.At = s.began + time.Duration(float64(s.spoken)/s.hertz*float64(time.Second)) // it leaves when it is full
	s.stamp += uint32(len(payload))
	return v
}

// speak says the time for a while, in virtual time.
func (s *speaker) speak(d time.Duration) {
	for end := s.d.now() + d; s.d.now() < end; {
		v := s.packet()
		late, lost := time.Duration(0), false
		if s.way != nil {
			late, lost = s.way(s.count)
		}
		s.count++
		v.At += late
		if !lost {
			s.line = append(s.line, v)
		}
		wait(min(max(0, v.At-late-s.d.now()), end-s.d.now()))
		s.arrive()
	}
}

// arrive hands over what has come by now, in the order of arrival.
func (s *speaker) arrive() {
	for {
		first := -1
		for i, v := range s.line {
			if v.At <= s.d.now() && (first < 0 || v.At < s.line[first].At) {
				first = i
			}
		}
		if first < 0 {
			return
		}
		s.tap.Voice(s.line[first])
		s.line = append(s.line[:first], s.line[first+1:]...)
	}
}

// burst says a while's words at once: nobody takes them in between.
func (s *speaker) burst(d time.Duration) {
	for end := s.spoken + int(d.Seconds()*s.hertz); s.spoken < end; {
		s.tap.Voice(s.packet())
	}
	wait(d)
}

// tally is what a channel of a file holds: how far from its time the worst word lies, and how much is there.
type tally struct {
	worst  time.Duration
	spoken time.Duration // of this speaker's words
	other  int           // samples of somebody else's
}

// told reads a channel whose first sample lies at opened on the desk's clock.
func (s *speaker) told(channel []int16, opened time.Duration) tally {
	means := map[int16]time.Duration{}
	for i := range words {
		b := 0x80 + 64*s.base + byte(i)
		v := media.DecodeALaw(b)
		if s.codec == media.PCMU {
			v = media.DecodeMuLaw(b)
		}
		means[v] = time.Duration(i) * word
	}
	var x tally
	samples := 0
	for i, v := range channel {
		said, ok := means[v]
		switch {
		case v == 0:
		case !ok:
			x.other++
		default:
			samples++
			const round = words * word
			at := opened + time.Duration(i)*time.Second/media.SampleRate
			off := (at - said - word/2) % round // from the middle of the word
			if off > round/2 {
				off -= round
			}
			x.worst = max(x.worst, off.Abs()-word/2)
		}
	}
	x.spoken = time.Duration(samples) * time.Second / media.SampleRate
	return x
}

// channels reads a file as sox gives it, after both programs have found nothing wrong with it.
func channels(t *testing.T, file string) (left, right []int16) {
	t.Helper()
	all := samplesIn(t, file)
	for i := 0; i+1 < len(all); i += 2 {
		left, right = append(left, all[i]), append(right, all[i+1])
	}
	return left, right
}

// samplesIn reads a file's samples, of all channels one after the other.
func samplesIn(t *testing.T, file string) (all []int16) {
	t.Helper()
	if out, err := exec.Command("ffmpeg", "-v", "error", "-xerror", "-i", file, "-f", "null", "-").CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("ffmpeg (make setup installs it) on %s: %v %s", file, err, out)
	}
	var complaint strings.Builder
	sox := exec.Command("sox", file, "-t", "s16", "-")
	sox.Stderr = &complaint
	raw, err := sox.Output()
	if err != nil || complaint.Len() > 0 {
		t.Fatalf("sox (make setup installs it) on %s: %v %s", file, err, complaint.String())
	}
	for i := 0; i+1 < len(raw); i += 2 {
		all = append(all, int16(binary.LittleEndian.Uint16(raw[i:])))
	}
	return all
}
